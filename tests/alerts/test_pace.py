"""The pace of instant mails, decided purely: at once after a quiet spell, else together."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.alerts.schedule import (
    FLOOD_WINDOW,
    QUIET_SPELL,
    at_once_share,
    flood_end,
    instant_slot,
)

NOON = datetime(2030, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def before(**delta: float) -> datetime:
    return NOON - timedelta(**delta)


def minutes_ago(*minutes: float) -> list[datetime]:
    return [before(minutes=m) for m in sorted(minutes, reverse=True)]


def test_the_first_change_ever_is_due_at_once_without_waiting_for_a_whole_second() -> None:
    assert instant_slot(NOON, None, [], 20) <= NOON.timestamp()


def test_after_a_quiet_spell_a_change_is_due_at_once() -> None:
    last = NOON - QUIET_SPELL
    assert instant_slot(NOON, last, [last], 20) <= NOON.timestamp()


@pytest.mark.parametrize("ago", [0, 0.001, 5, 9.999])
def test_what_follows_a_mail_is_due_when_its_quiet_spell_is_over_and_no_earlier(ago: float) -> None:
    last = before(seconds=ago)
    slot = instant_slot(NOON, last, [last], 20)
    assert timedelta(0) <= datetime.fromtimestamp(slot, UTC) - (last + QUIET_SPELL) < SECOND


def test_a_mail_of_a_clock_that_is_ahead_counts_from_its_own_time() -> None:
    ahead = NOON + 2 * SECOND
    assert instant_slot(NOON, ahead, [ahead], 20) >= (ahead + QUIET_SPELL).timestamp()


@pytest.mark.parametrize(("limit", "share"), [(1, 1), (2, 1), (3, 2), (8, 4), (20, 16), (100, 96)])
def test_a_part_of_the_limit_is_kept_for_the_flood(limit: int, share: int) -> None:
    assert at_once_share(limit) == share


def test_in_a_flood_mails_are_a_quarter_of_an_hour_apart() -> None:
    mails = minutes_ago(*(1 + number / 10 for number in range(16)))
    slot = instant_slot(NOON, None, mails, 20)
    assert slot == -(-(mails[-1] + timedelta(minutes=15)).timestamp() // 1)


def test_a_flood_that_ends_sooner_keeps_nobody_for_longer() -> None:
    mails = minutes_ago(58, *range(1, 16))
    assert flood_end(NOON, mails, 20) == mails[0] + FLOOD_WINDOW
    assert instant_slot(NOON, None, mails, 20) - NOON.timestamp() < 121


def test_with_the_limit_used_up_a_change_waits_until_the_hour_has_room() -> None:
    mails = minutes_ago(*(30 + number for number in range(20)))
    slot = instant_slot(NOON, None, mails, 20)
    assert datetime.fromtimestamp(slot, UTC) >= mails[0] + FLOOD_WINDOW


def test_mails_that_are_built_together_count_but_do_not_wait_for_each_other() -> None:
    mails = minutes_ago(*(20 + number for number in range(17)))
    assert instant_slot(NOON, None, mails, 20, beside=2) <= NOON.timestamp()
    assert instant_slot(NOON, None, mails, 20, beside=3) > NOON.timestamp()


def test_there_is_no_flood_below_the_share() -> None:
    assert flood_end(NOON, minutes_ago(*range(1, 16)), 20) is None
    assert flood_end(NOON, minutes_ago(*range(50, 80)), 20) is None


@dataclass
class Reader:
    """One user's alerts, woken and built as the services do it, without a database."""

    limit: int
    pending: dict[int, int] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)
    mails: list[tuple[datetime, int, int]] = field(default_factory=list)

    def times(self, alert: int | None = None) -> list[datetime]:
        return [at for at, of, _ in self.mails if alert in (None, of)]

    def last(self, alert: int) -> datetime | None:
        times = self.times(alert)
        return times[-1] if times else None

    def finds(self, alert: int, now: datetime) -> None:
        self.pending[alert] = self.pending.get(alert, 0) + 1
        slot = instant_slot(now, self.last(alert), self.times(), self.limit)
        self.slots[alert] = min(slot, self.slots.get(alert, slot))
        self.builds(now)

    def builds(self, now: datetime) -> None:
        mails, beside = self.times(), 0
        for alert in [a for a, slot in self.slots.items() if slot <= now.timestamp()]:
            slot = instant_slot(now, self.last(alert), mails, self.limit, beside)
            if slot > now.timestamp():
                self.slots[alert] = slot
                continue
            del self.slots[alert]
            self.mails.append((now, alert, self.pending.pop(alert)))
            beside += 1

    def passes(self, until: datetime) -> None:
        """Time goes on; slots are looked at when they come."""
        while self.slots and min(self.slots.values()) <= until.timestamp():
            self.builds(datetime.fromtimestamp(min(self.slots.values()), UTC))


GAPS = st.one_of(st.floats(0, 12), st.floats(0, 600), st.floats(0, 4000))
STORY = st.lists(st.tuples(GAPS, st.integers(1, 4)), max_size=80)


@given(story=STORY, limit=st.integers(1, 24))
def test_whatever_happens_the_limit_holds_in_any_hour_and_everything_is_told(
    story: list[tuple[float, int]], limit: int
) -> None:
    reader, now = Reader(limit), NOON
    for gap, alert in story:
        now += timedelta(seconds=gap)
        reader.passes(now)
        was_quiet = all(at <= now - QUIET_SPELL for at in reader.times(alert))
        in_flood = flood_end(now, reader.times(), limit) is not None
        reader.finds(alert, now)
        if was_quiet and not in_flood:
            assert reader.last(alert) == now
    reader.passes(now + timedelta(days=1))

    times = reader.times()
    assert all(times[n + limit] - times[n] >= FLOOD_WINDOW for n in range(len(times) - limit))
    assert sum(count for _, _, count in reader.mails) == len(story)
    for alert in range(1, 5):
        assert all(b - a >= QUIET_SPELL for a, b in pairwise(reader.times(alert)))

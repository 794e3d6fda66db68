"""Slots: when an alert's mails are due."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES, next_slot, phase_of, slot_time
from ebay_alerts.alerts.services.cursors import skip_quiet
from tests.alerts.conftest import Desk

INTERVALS = st.integers(1, MAX_INTERVAL_MINUTES)
TIMES = st.integers(946_684_800_000, 4_102_444_800_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
USERS = st.integers(1, 2**63 - 1)


@given(now=TIMES, interval=INTERVALS, user=USERS)
def test_a_slot_is_the_next_multiple_of_the_interval_from_the_users_phase(
    now: datetime, interval: int, user: int
) -> None:
    phase = phase_of(user)
    slot = next_slot(now, interval, phase)
    assert slot is not None
    assert (slot - phase) % (interval * 60) == 0
    assert now < slot_time(slot) <= now + timedelta(minutes=interval)


@given(now=TIMES, interval=INTERVALS, user=USERS)
def test_one_slot_follows_the_other_by_exactly_the_interval(
    now: datetime, interval: int, user: int
) -> None:
    first = next_slot(now, interval, phase_of(user))
    assert first is not None
    assert next_slot(slot_time(first), interval, phase_of(user)) == first + interval * 60


@given(now=TIMES, interval=st.integers(1, 200), times=st.integers(1, 200), user=USERS)
def test_the_slots_of_one_user_coincide(
    now: datetime, interval: int, times: int, user: int
) -> None:
    """Whoever has mails every 15 and every 60 minutes gets the hourly ones with the others."""
    rare = next_slot(now, interval * times, phase_of(user))
    assert rare is not None
    assert next_slot(slot_time(rare - 1), interval, phase_of(user)) == rare


def test_users_are_spread_over_the_interval() -> None:
    slots = {next_slot(datetime(2030, 1, 1, tzinfo=UTC), 60, phase_of(user)) for user in range(360)}
    assert len(slots) > 300


def test_an_instant_alert_has_no_slots() -> None:
    assert next_slot(datetime(2030, 1, 1, tzinfo=UTC), 0, 17) is None


@pytest.mark.backend
@pytest.mark.parametrize("day", ["2026-02-03", "2030-12-31", "2038-01-10", "2100-02-28"])
def test_quiet_alerts_are_moved_to_the_very_slot_that_the_schedule_gives(
    desk: Desk, day: str
) -> None:
    """In 2038 seconds leave the 32 bits that the other figures have in the database."""
    template = desk.keep(desk.user())
    random = Random(day)
    now = datetime.fromisoformat(f"{day}T04:05:06.999999Z") + timedelta(
        seconds=random.randrange(10**5)
    )
    Alert.objects.all().delete()
    alerts = []
    for number in range(300):
        alert = Alert(**{f.attname: getattr(template, f.attname) for f in Alert._meta.fields})
        alert.pk, alert.filters = None, str(number)
        alert.state, alert.cursor, alert.slot = Alert.State.ACTIVE, 0, int(now.timestamp())
        alert.phase = phase_of(random.randrange(1, 10**9))
        alert.interval_minutes = random.choice([1, 15, 60, 1440, MAX_INTERVAL_MINUTES, number + 1])
        alerts.append(alert)
    Alert.objects.bulk_create(alerts)

    assert skip_quiet(now) == 300

    for alert in Alert.objects.all():
        assert alert.slot == next_slot(now, alert.interval_minutes, alert.phase)

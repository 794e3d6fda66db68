"""Auctions are told before they end, once for each end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.ending import Reminder, planned
from ebay_alerts.alerts.models import Alert, EndingReminder
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.ending import plan_reminders, tell_endings
from ebay_alerts.alerts.services.snoozing import snooze_listing
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk, news, usd, wish

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, Reminder(NOW, NOW - 10 * MINUTE)),
        (Reminder(NOW, NOW - 10 * MINUTE), None),
        (Reminder(NOW, NOW - 9 * MINUTE), None),
        (Reminder(NOW, NOW - 30 * MINUTE), Reminder(NOW, NOW - 10 * MINUTE)),
        (Reminder(NOW - MINUTE, NOW, NOW), Reminder(NOW, NOW - 10 * MINUTE)),
        (Reminder(NOW - MINUTE / 2, NOW, NOW), None),
        (Reminder(NOW - MINUTE / 2, NOW), Reminder(NOW, NOW - 10 * MINUTE)),
    ],
)
def test_a_reminder_is_for_one_end(known: Reminder | None, expected: Reminder | None) -> None:
    assert planned(NOW, 10, known) == expected


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    """An hourly alert that wants to know 10 minutes before an end."""
    kept = desk.keep(ann, interval_minutes=60, ending_minutes=10)
    desk.start()
    return kept


def auction(desk: Desk, name: str = "a", minutes: float = 30, **offer: Any) -> None:
    desk.show(name, None, bid=usd(20), ends_at=desk.now + timedelta(minutes=minutes), **offer)


def pass_by(desk: Desk, minutes: float) -> list[Message]:
    """The time passes and what has its own time is told; nothing else is."""
    known = set(Message.objects.values_list("pk", flat=True))
    for _ in range(int(minutes)):
        desk.clock.step(minutes=1)
        plan_reminders(desk.now)
        while tell_endings(desk.now):
            pass
    return list(Message.objects.exclude(pk__in=known).order_by("pk"))


pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_an_auction_is_told_before_it_ends_once_and_not_at_a_slot(desk: Desk, alert: Alert) -> None:
    auction(desk)
    before = Alert.objects.get()
    assert pass_by(desk, 19) == []
    [mail] = pass_by(desk, 3)
    assert mail.subject.startswith("1 ends soon for wine")
    assert "Ending soon" in mail.text
    assert news(alert) == [("ending", "a", 20)]
    assert pass_by(desk, 15) == []
    after = Alert.objects.get()
    assert (after.slot, after.cursor) == (before.slot, before.cursor)


def test_what_else_is_news_is_told_at_its_slot_all_the_same(desk: Desk, alert: Alert) -> None:
    auction(desk, minutes=9)
    pass_by(desk, 2)
    desk.put("b", 5)
    desk.slot(minutes=60)
    assert news(alert) == [("ending", "a", 20), ("appeared", "b", 5)]


def test_another_end_is_another_reminder(desk: Desk, alert: Alert) -> None:
    auction(desk, minutes=9)
    pass_by(desk, 1)
    auction(desk, minutes=40)
    assert pass_by(desk, 28) == []
    assert len(pass_by(desk, 4)) == 1
    assert news(alert) == [("ending", "a", 20), ("ending", "a", 20)]


def test_one_that_ends_before_is_not_told_and_its_reminder_goes(desk: Desk, alert: Alert) -> None:
    auction(desk, minutes=15)
    pass_by(desk, 1)
    assert EndingReminder.objects.exists()
    desk.end("a")
    assert pass_by(desk, 10) == []
    assert not EndingReminder.objects.exists()


def test_fixed_prices_have_no_reminder(desk: Desk, alert: Alert) -> None:
    desk.put("a", 10, ends_at=desk.now + timedelta(minutes=5))
    assert pass_by(desk, 4) == []


def test_gates_pauses_and_snoozes_hold(desk: Desk, ann: User, alert: Alert) -> None:
    auction(desk, minutes=12)
    snooze_listing(ann, desk.listing("a").pk, None, desk.now)
    auction(desk, "b", minutes=12, country="CN")
    keeping.change_alert(
        ann,
        alert.pk,
        _wish(excluded_countries=["CN"]),
        desk.now,
    )
    assert pass_by(desk, 8) == []
    auction(desk, "c", minutes=12)
    keeping.pause_alert(ann, alert.pk, desk.now)
    assert pass_by(desk, 8) == []


def _wish(**fields: Any) -> Wish:
    return wish(interval_minutes=60, ending_minutes=10, **fields)


def test_two_alerts_of_one_user_tell_an_end_once(desk: Desk, ann: User, alert: Alert) -> None:
    desk.keep(ann, ending_minutes=8, buying="auction")
    desk.start()
    auction(desk)
    assert len(pass_by(desk, 29)) == 1


def test_one_that_was_not_sent_in_time_is_told_anew(desk: Desk, alert: Alert) -> None:
    auction(desk, minutes=9)
    [first] = pass_by(desk, 1)
    keeping.pause_alert(alert.user, alert.pk, desk.now)
    first.refresh_from_db()
    assert first.state == "withdrawn"
    keeping.resume_alert(alert.user, alert.pk, desk.now)
    desk.start()
    assert len(pass_by(desk, 2)) == 1


def test_a_reminder_waits_for_the_end_of_quiet_hours_and_goes_if_the_auction_went(
    desk: Desk, ann: User, alert: Alert
) -> None:
    begin, end = (desk.now + timedelta(minutes=minutes) for minutes in (15, 45))
    times = (begin.hour * 60 + begin.minute, end.hour * 60 + end.minute)
    set_preferences(ann, desk.now, quiet_hours=times)
    auction(desk, "over", minutes=32)
    auction(desk, "later", minutes=52)
    assert pass_by(desk, 43) == []
    [mail] = pass_by(desk, 4)
    assert "Wine later" in mail.text
    assert news(alert) == [("ending", "later", 20)]

"""Rows whose stored state trips the work on them hold up no other, wherever they come from."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import due_lag_seconds
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.alerts.services.ending import plan_reminders, tell_endings
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.kit.money import Money
from ebay_alerts.mail.models import Message
from ebay_alerts.setbacks.models import Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.setbacks.services import retry
from tests.alerts.conftest import Desk, news

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def spoil(alert: Alert) -> None:
    """No code of ours writes such a price basis; every look at the alert's gates raises."""
    Alert.objects.filter(pk=alert.pk).update(price_basis="spoil")


def mend(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(price_basis="item")


def noted() -> list[tuple[str, int, int]]:
    return list(Setback.objects.order_by("pk").values_list("kind", "row_id", "failures"))


def pass_waits(desk: Desk, work: Any) -> None:
    """Until all tries are used up."""
    for _ in range(6):
        desk.clock.step(minutes=70)
        work(desk.now)


def test_an_alert_that_cannot_be_mailed_holds_up_no_other_of_anybody(
    desk: Desk, ann: User, bob: User
) -> None:
    spoilt, other, of_bob = desk.keep(ann), desk.keep(ann, "wine -beer"), desk.keep(bob)
    desk.start()
    spoil(spoilt)
    desk.put("a", 10)

    assert len(desk.slot()) == 2

    assert news(other) == news(of_bob) == [("appeared", "a", 10)]
    assert news(spoilt) == []
    assert noted() == [("digest", spoilt.pk, 1)]
    desk.deliver()
    desk.put("b", 11)
    assert len(desk.slot(seconds=900)) == 2
    assert news(other) == news(of_bob) == [("appeared", "a", 10), ("appeared", "b", 11)]


def test_it_is_set_aside_and_tells_the_net_of_all_once_it_is_mended_and_tried_again(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann)
    desk.start()
    spoil(alert)
    desk.put("a", 10)
    desk.slot()
    pass_waits(desk, build_due)
    [aside] = set_aside()
    assert (aside.kind, aside.row_id, aside.failures) == ("digest", alert.pk, 5)
    assert due_lag_seconds(desk.now) == 0
    mend(alert)
    desk.clock.step(days=1)
    assert build_due(desk.now) == 0
    desk.put("a", 8)
    retry(set_aside(), desk.now)
    build_due(desk.now)
    assert news(alert) == [("appeared", "a", 8)]
    assert not Setback.objects.exists()


def test_one_that_waits_for_a_mail_in_flight_is_not_held_for_mended(desk: Desk, ann: User) -> None:
    alert, other = desk.keep(ann), desk.keep(ann, "wine -beer")
    desk.start()
    spoil(alert)
    desk.put("a", 10)
    desk.slot()
    Message.objects.filter(state="queued").update(state="sending")
    desk.clock.step(minutes=2)
    build_due(desk.now)
    assert noted() == [("digest", alert.pk, 1)]
    assert news(other)


def test_a_welcome_that_cannot_be_written_holds_up_no_other(
    desk: Desk, ann: User, bob: User
) -> None:
    spoilt, other, of_bob = desk.keep(ann), desk.keep(ann, "wine -beer"), desk.keep(bob)
    desk.put("a", 10)
    desk.fill()
    spoil(spoilt)
    while welcome_filled(desk.now):
        pass
    states = dict(Alert.objects.values_list("pk", "state"))
    assert states == {spoilt.pk: "filling", other.pk: "active", of_bob.pk: "active"}
    pass_waits(desk, welcome_filled)
    mend(spoilt)
    retry(set_aside(), desk.now)
    welcome_filled(desk.now)
    spoilt.refresh_from_db()
    assert spoilt.state == "active"


def test_a_reminder_that_cannot_be_written_holds_up_no_other(
    desk: Desk, ann: User, bob: User
) -> None:
    spoilt = desk.keep(ann, interval_minutes=60, ending_minutes=10)
    other = desk.keep(bob, interval_minutes=60, ending_minutes=10)
    desk.start()
    spoil(spoilt)
    desk.show("a", None, bid=Money(2000, "USD"), ends_at=desk.now + timedelta(minutes=9))
    plan_reminders(desk.now)
    while tell_endings(desk.now):
        pass
    assert [kind for kind, *_ in news(other)] == ["ending"]
    assert noted() == [("reminder", spoilt.pk, 1)]


def test_a_single_poisonous_row_is_counted_on_the_first_round_too(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.ROW_TRIES = 1
    alert = desk.keep(ann)
    desk.start()
    spoil(alert)
    desk.put("a", 10)
    assert desk.slot() == []
    assert set_aside().get().row_id == alert.pk

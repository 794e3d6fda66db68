"""Whom mails may go to: digests, welcome mails and reports wait for a suppressed address."""

import re

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import users_with_report_due
from ebay_alerts.accounts.services import confirm, ensure_user, request_confirmation
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.digests import WINDOW
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.models import Message, Suppression
from ebay_alerts.mail.suppressions import lift_suppression, record_bounce
from tests.alerts.conftest import Desk, news
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import person
from tests.mail.conftest import smtp
from tests.mail.scripted_smtp import ScriptedSmtp

__all__ = ["smtp"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def suppress(user: User, desk: Desk) -> None:
    record_bounce(user.email, "550 5.1.1 no such user", desk.now, desk.now)
    Suppression.objects.filter(address=user.email.lower()).update(until=None)


def test_what_happens_while_an_address_is_suppressed_is_told_once_it_is_lifted(
    desk: Desk, ann: User, bob: User, smtp: ScriptedSmtp
) -> None:
    alert, of_bob = desk.keep(ann), desk.keep(bob)
    desk.put("a", 30)
    desk.start()
    desk.put("b", 10)
    [waiting, _] = desk.slot()
    suppress(ann, desk)
    deliver_batch("alerts")
    assert [letter.recipient for letter in smtp.received] == [bob.email]
    desk.outage(minutes=1)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    desk.put("c", 5)
    assert {message.to_address for message in desk.slot(hours=30)} == {bob.email}
    assert (news(alert), len(news(of_bob))) == ([], 2)

    lift_suppression(ann.email, desk.now)

    [digest] = [message for message in desk.slot() if message.to_address == ann.email]
    assert digest.state == "queued"
    assert sorted(news(alert)) == [("appeared", "b", 10), ("appeared", "c", 5)]


def test_a_welcome_and_a_report_wait_too(desk: Desk, ann: User) -> None:
    desk.keep(ann)
    suppress(ann, desk)
    desk.fill()
    assert welcome_filled(desk.now) == 0
    at = desk.clock.step(days=2)
    assert not users_with_report_due(at).exists()
    lift_suppression(ann.email, desk.now)
    assert list(users_with_report_due(at)) == [ann]
    assert welcome_filled(desk.now) == 1


def test_the_account_says_why_no_mail_comes_and_lifts_it(
    desk: Desk, stepped_clock: SteppedClock
) -> None:
    api = person("Ann@example.com", stepped_clock)
    assert api.send("GET", "/account").json()["suppression"] is None
    suppress(api.user, desk)
    told = api.send("GET", "/account").json()["suppression"]
    assert told["reason"] == "bounced"
    assert (told["words"], told["until"]) == ("550 5.1.1 no such user", None)
    assert api.send("POST", "/account/lift-suppression").json()["suppression"] is None
    suppress(api.user, desk)
    refused = api.send("POST", "/account/lift-suppression")
    assert refused.status_code == 429
    assert "once a day" in refused.json()["detail"]


def test_nothing_but_the_confirmation_goes_to_an_unconfirmed_address(
    desk: Desk, smtp: ScriptedSmtp
) -> None:
    request_confirmation("ann@example.com", desk.now)
    ann = User.objects.get()
    alert, instant = desk.keep(ann), desk.keep(ann, "port", interval_minutes=0)
    listed = desk.keep(ann, "rum", mail_when="always")
    desk.put("a", 30)
    for more in range(3):
        desk.fill()
        desk.outage(minutes=20)
        desk.put("b", 10 + more)
        desk.put("p", 5 + more, title="Port")
        deliver_batch("alerts")
    # Also if they had begun: a state that an edit of the database may leave.
    ids = [alert.pk, instant.pk, listed.pk]
    Alert.objects.filter(pk__in=ids).update(state="active", cursor=0, slot=0)
    assert desk.slot(hours=30) == []
    assert not users_with_report_due(desk.now).exists()
    assert {message.subject for message in Message.objects.all()} == {
        "Confirm your address for eBay Alerts"
    }
    assert len(smtp.received) == 1

    confirm(re.findall(r"/c/([^/\s]+)/", Message.objects.get().text)[0], desk.now)

    assert desk.slot()[0].subject.endswith("in 3 alerts: wine, rum, port")
    assert users_with_report_due(desk.clock.step(days=1)).exists()


def test_a_welcome_comes_once_the_address_is_confirmed(desk: Desk) -> None:
    request_confirmation("ann@example.com", desk.now)
    desk.keep(User.objects.get())
    desk.put("a", 30)
    desk.start()
    assert Message.objects.count() == 1
    ensure_user("ann@example.com", desk.now)
    assert welcome_filled(desk.now) == 1
    assert [one.subject for one in desk.deliver()] == ["1 listing for wine, cheapest $30.00"]


def test_due_alerts_of_suppressed_users_hold_up_nobody(desk: Desk, ann: User, bob: User) -> None:
    alert, waiting = desk.keep(ann), desk.keep(bob)
    desk.start()
    suppress(ann, desk)
    desk.put("a", 10)
    # More than are looked at together, and due before all others.
    alert.refresh_from_db()
    Alert.objects.filter(pk=alert.pk).update(slot=1)
    fields = {field.attname: getattr(alert, field.attname) for field in Alert._meta.fields}
    copies = (
        fields | {"id": None, "slot": 1, "filters": f"{number}"} for number in range(WINDOW + 1)
    )
    Alert.objects.bulk_create([Alert(**copy) for copy in copies])
    assert {message.to_address for message in desk.slot()} == {bob.email}
    assert news(waiting) == [("appeared", "a", 10)]
    assert not Alert.objects.filter(slot=1).exists()
    Alert.objects.exclude(pk__in=[alert.pk, waiting.pk]).delete()
    lift_suppression(ann.email, desk.now)
    desk.slot()
    assert news(alert) == [("appeared", "a", 10)]

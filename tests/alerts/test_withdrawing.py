"""Mails that no server took in time: withdrawn with what they told, and folded anew."""

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, Digest, Line
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.withdrawing import BATCH, withdraw_stale
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.services import mark_stale
from ebay_alerts.mail.states import State
from tests.alerts.conftest import Desk, news, told, wish

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_an_outage_gives_one_digest_with_everything(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.put_all({"fell": 30, "gone": 20})
    desk.start()

    desk.put("new", 10)
    desk.outage(minutes=20)
    desk.put("new", 9)
    desk.put("fell", 25)
    desk.outage(minutes=20)
    desk.end("gone")
    desk.put("fell", 22)
    desk.put("brief", 5)
    desk.outage(minutes=20)
    desk.end("brief")
    desk.outage(minutes=20)
    [mail] = desk.deliver()

    assert sorted(news(alert)) == [
        ("appeared", "new", 9),
        ("ended", "gone", 20),
        ("repriced", "fell", 22),
    ]
    assert mail.subject == "1 new, 1 price change, 1 ended for wine, cheapest $9.00"
    assert "was $30.00" in mail.text
    desk.outage(minutes=20)
    assert desk.deliver() == []


def test_an_outage_gives_an_alert_that_always_mails_one_list(desk: Desk, ann: User) -> None:
    desk.keep(ann, mail_when="always")
    desk.put("a", 30)
    desk.start()
    for price in (29, 28, 27):
        desk.put("a", price)
        desk.outage(minutes=20)

    [mail] = desk.deliver()
    assert "was $30.00" in mail.text
    assert "$27.00" in mail.text


def test_what_rests_on_a_withdrawn_digest_is_withdrawn_with_it(desk: Desk, ann: User) -> None:
    """Another alert's later digest tells the end of a listing that nobody got to know of."""
    first = desk.keep(ann, "wine", interval_minutes=10)
    second = desk.keep(ann, "red", interval_minutes=1)
    desk.start()
    desk.put("a", 30, title="White wine")
    desk.put("b", 30, title="Red wine")
    desk.outage(minutes=11)
    desk.end("b")
    desk.put("c", 5, title="Red port")
    desk.outage(minutes=14)
    desk.outage(minutes=2)
    mails = desk.deliver()

    assert sorted(news(first, second)) == [("appeared", "a", 30), ("appeared", "c", 5)]
    assert not any("Red wine" in mail.text for mail in mails)


def test_a_withdrawn_welcome_is_made_again_with_what_matches_then(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.put("a", 30)
    desk.fill()
    desk.outage()
    desk.put("a", 25)
    desk.put("b", 20)
    desk.outage(minutes=20)
    desk.outage(minutes=20)

    [mail] = desk.deliver()
    assert mail.subject == "2 listings for wine, cheapest $20.00"
    assert told(alert) == [("listed", "b", 20), ("listed", "a", 25)]
    alert.refresh_from_db()
    assert alert.state == "active"
    assert desk.slot() == []


def test_a_withdrawn_welcome_is_made_again_for_an_alert_that_has_moved(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann, "port")
    desk.keep(bob)
    desk.put("a", 30)
    desk.fill()
    desk.outage()
    keeping.change_alert(ann, alert.pk, wish("wine"), desk.now)
    desk.outage(minutes=20)
    desk.outage(minutes=1)

    assert {mail.to_address for mail in desk.deliver()} == {"ann@example.com", "bob@example.com"}
    assert told(alert) == [("listed", "a", 30)]


def test_the_welcome_of_a_paused_alert_comes_once_it_is_resumed(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.put("a", 30)
    desk.fill()
    desk.outage()
    keeping.pause_alert(ann, alert.pk, desk.now)
    desk.outage(minutes=20)
    assert desk.deliver() == []

    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.fill()
    desk.outage(minutes=1)
    [mail] = desk.deliver()
    assert mail.subject == "1 listing for wine, cheapest $30.00"


def test_what_a_server_took_stays_told(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 30)
    desk.slot()
    desk.deliver()
    desk.put("b", 20)
    desk.outage(minutes=20)
    desk.outage(minutes=20)

    [mail] = desk.deliver()
    assert "Wine a" not in mail.text
    assert news(alert) == [("appeared", "a", 30), ("appeared", "b", 20)]


def test_withdrawn_mails_leave_no_lines_and_no_digests(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 30)
    desk.slot()
    alert.refresh_from_db()
    stood_at = Digest.objects.get(kind="changes").from_at
    desk.clock.step(minutes=16)
    mark_stale(desk.now)

    assert withdraw_stale(desk.now) == 1

    assert not Line.objects.filter(alert=alert).exists()
    assert not Digest.objects.filter(kind="changes").exists()
    alert.refresh_from_db()
    assert (alert.cursor, alert.cursor_at, alert.slot) == (0, stood_at, int(desk.now.timestamp()))
    assert Message.objects.filter(state=State.WITHDRAWN).count() == 1
    assert withdraw_stale(desk.now) == 0


def test_stale_mails_of_alerts_that_are_gone_keep_no_others_waiting(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 30)
    desk.slot()
    digest = Digest.objects.get(kind="changes")
    fields = {f.attname: getattr(digest.message, f.attname) for f in Message._meta.fields}
    orphans = range(-BATCH, 0)
    Message.objects.bulk_create(
        Message(**fields | {"id": number, "key": f"orphan {number}"}) for number in orphans
    )
    desk.clock.step(minutes=16)
    mark_stale(desk.now)

    while Message.objects.filter(state=State.STALE).exists():
        before = Message.objects.filter(state=State.STALE).count()
        withdraw_stale(desk.now)
        assert Message.objects.filter(state=State.STALE).count() < before

    assert not Line.objects.filter(alert=alert).exists()
    assert Alert.objects.get().cursor == 0

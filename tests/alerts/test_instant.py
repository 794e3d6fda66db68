"""Instant alerts: the first change at once, what follows together, a flood as it says itself."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.schedule import FLOOD_WINDOW, slot_time
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.alerts.services.waking import wake_instant
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.outcomes import Session, Verdict
from ebay_alerts.mail.services import claim_messages, record_outcome
from ebay_alerts.mail.states import Outcome, Queue
from ebay_alerts.market.models import EventStream, Fetch
from tests.alerts.conftest import LEASE, Desk, news, wish
from tests.end_to_end.conftest import person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

REFUSED_FOR_NOW = Verdict(Outcome.DEFERRED, Session.GOES_ON, 451, "later")
NAMES = (f"n{number}" for number in count())


def change(desk: Desk, word: str = "Wine") -> str:
    """A new listing, which every search for the word finds; a second passes."""
    name = next(NAMES)
    desk.put(name, 10, title=f"{word} {name}")
    return name


def mails_of(desk: Desk, user: User) -> list[Message]:
    """The instant mails this user has been built, oldest first."""
    digests = Digest.objects.filter(alert__user=user, kind=Digest.Kind.CHANGES)
    return [d.message for d in digests.select_related("message").order_by("created_at", "pk")]


def slot_of(alert: Alert) -> int | None:
    return Alert.objects.get(pk=alert.pk).slot


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    """Of ann's, instant, for wine; welcomed a while ago."""
    alert = desk.keep(ann, interval_minutes=0)
    desk.start()
    desk.slot()
    return alert


@pytest.fixture
def apart(ann: User) -> User:
    """Ann, who wants a mail for each alert."""
    User.objects.filter(pk=ann.pk).update(one_mail=False)
    return ann


@pytest.fixture
def low_limit(settings: Settings) -> int:
    """Four mails an hour, of which two leave at once."""
    settings.INSTANT_MAILS_PER_HOUR = 4
    return 4


def flood(desk: Desk) -> None:
    """Two mails at once, which is what may be, under the low limit."""
    for _ in range(2):
        change(desk)
        assert len(desk.slot(seconds=1)) == 1
        desk.deliver()
        desk.clock.step(seconds=10)


def test_the_first_change_leaves_at_once_and_what_follows_within_ten_seconds_together(
    desk: Desk, alert: Alert
) -> None:
    first = change(desk)
    assert len(desk.slot(seconds=0)) == 1
    desk.deliver()
    names = []
    for _ in range(4):
        names.append(change(desk))
        assert desk.slot(seconds=1) == []
    [mail] = desk.slot(seconds=3)

    assert "4 new" in mail.subject
    assert [name for _, name, _ in news(alert)] == [first, *names]
    assert desk.slot(seconds=60) == []


def test_the_welcome_mail_holds_up_no_first_change(desk: Desk, ann: User) -> None:
    desk.keep(ann, interval_minutes=0)
    desk.start()
    desk.slot(seconds=0)
    change(desk)
    assert len(desk.slot(seconds=0)) == 1


def test_one_alerts_chatter_holds_up_no_other_alerts_first_change(
    desk: Desk, alert: Alert, ann: User
) -> None:
    other = desk.keep(ann, "port", interval_minutes=0)
    desk.start()
    desk.slot()
    change(desk)
    desk.slot(seconds=0)
    desk.deliver()
    change(desk)
    assert desk.slot(seconds=0) == []

    name = change(desk, "Port")
    assert len(desk.slot(seconds=0)) == 1
    assert news(other) == [("appeared", name, 10)]


@pytest.mark.usefixtures("apart")
def test_alerts_that_found_something_together_tell_together_again(
    desk: Desk, alert: Alert, ann: User
) -> None:
    desk.keep(ann, "port", interval_minutes=0)
    desk.start()
    desk.slot()
    for seconds in (0, 10):
        change(desk), change(desk, "Port")
        assert len(desk.slot(seconds=seconds)) == 2
        desk.deliver()


def test_news_that_takes_itself_back_before_it_may_leave_is_not_told(
    desk: Desk, alert: Alert
) -> None:
    change(desk)
    desk.slot(seconds=0)
    desk.deliver()
    desk.end(change(desk))
    assert desk.slot(seconds=0) == []
    assert slot_of(alert) is not None
    assert desk.slot(seconds=10) == []
    assert slot_of(alert) is None


def test_a_slot_that_an_alert_has_is_not_put_off_by_more_news(desk: Desk, alert: Alert) -> None:
    change(desk)
    desk.slot(seconds=0)
    desk.deliver()
    change(desk)
    desk.slot(seconds=0)
    slot = slot_of(alert)
    for _ in range(5):
        change(desk)
        wake_instant(desk.now)
    assert slot_of(alert) == slot


def test_an_alert_that_is_due_keeps_its_place_however_much_more_it_finds(
    desk: Desk, alert: Alert
) -> None:
    change(desk)
    wake_instant(desk.now)
    slot = slot_of(alert)
    desk.clock.step(seconds=20)
    change(desk)
    wake_instant(desk.now)
    assert slot_of(alert) == slot


def test_mails_of_an_alert_with_an_interval_do_not_count(
    desk: Desk, alert: Alert, ann: User, low_limit: int
) -> None:
    desk.keep(ann, "gin", interval_minutes=1)
    desk.start()
    desk.slot()
    for _ in range(5):
        change(desk, "Gin")
        assert len(desk.slot(minutes=1)) == 1
        desk.deliver()
    change(desk)
    assert len(desk.slot(seconds=0)) == 1


def test_an_edit_does_not_hurry_what_waits(desk: Desk, alert: Alert, ann: User) -> None:
    change(desk)
    desk.slot(seconds=0)
    desk.deliver()
    change(desk)
    desk.slot(seconds=0)
    keeping.change_alert(ann, alert.pk, wish(interval_minutes=0, max_price=50), desk.now)
    assert desk.slot(seconds=1) == []
    keeping.pause_alert(ann, alert.pk, desk.now)
    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.start()
    assert desk.slot(seconds=1) == []
    assert len(desk.slot(seconds=8)) == 1
    assert len(news(alert)) == 2


def test_a_flood_turns_into_digests_that_say_so_and_then_news_is_told_at_once_again(
    desk: Desk, alert: Alert, ann: User, low_limit: int
) -> None:
    flood(desk)
    began = desk.now
    told_before = len(news(alert))
    while desk.now < began + timedelta(minutes=14):
        change(desk)
        assert desk.slot(seconds=29) == []
    [digest] = desk.slot(minutes=1)
    assert f"{len(news(alert)) - told_before} new" in digest.subject
    assert len(news(alert)) > 20
    words = r"more than fits into 4 mails an hour: until (\d\d:\d\d) UTC what they find comes"
    [said] = re.findall(words, digest.text)
    assert set(re.findall(words, digest.html)) == {said}
    first, second, *_ = mails_of(desk, ann)
    assert "more than fits" not in first.text
    assert "more than fits" in second.text

    assert said == (second.created_at + FLOOD_WINDOW + timedelta(minutes=1)).strftime("%H:%M")

    desk.deliver()
    desk.slot(minutes=62)
    change(desk)
    [mail] = desk.slot(seconds=0)
    assert "more than fits" not in mail.text


def test_a_flood_holds_all_instant_alerts_of_the_user_and_nobody_elses(
    desk: Desk, alert: Alert, ann: User, bob: User, low_limit: int
) -> None:
    desk.keep(ann, "port", interval_minutes=0), desk.keep(bob, "port", interval_minutes=0)
    timed = desk.keep(ann, "gin", interval_minutes=1)
    desk.start()
    desk.slot()
    flood(desk)
    change(desk, "Port"), change(desk, "Gin")
    mails = desk.slot(minutes=1)
    assert sorted(mail.to_address for mail in mails) == ["ann@example.com", "bob@example.com"]
    assert [kind for kind, *_ in news(timed)] == ["appeared"]


@pytest.mark.usefixtures("apart")
def test_alerts_that_find_something_at_one_moment_stay_within_the_limit_together(
    desk: Desk, ann: User, low_limit: int
) -> None:
    words = ("Red", "White", "Port", "Gin", "Rum", "Ale")
    alerts = [desk.keep(ann, word, interval_minutes=0) for word in words]
    desk.start()
    desk.slot()
    for word in words:
        change(desk, word)
    assert len(desk.slot(seconds=0)) == low_limit
    desk.deliver()
    assert desk.slot(minutes=59) == []
    assert len(desk.slot(minutes=2)) == len(words) - low_limit
    assert all(len(news(alert)) == 1 for alert in alerts)


def test_a_mail_that_was_taken_back_does_not_count(
    desk: Desk, alert: Alert, ann: User, low_limit: int
) -> None:
    """Nothing leaves for a while; each digest takes the place of the one before."""
    for _ in range(6):
        change(desk)
        assert len(desk.slot(seconds=11)) == 1
    desk.deliver()
    assert len(mails_of(desk, ann)) == 1
    change(desk)
    assert len(desk.slot(seconds=11)) == 1


@pytest.mark.usefixtures("apart")
def test_a_mail_that_takes_the_place_of_one_that_waits_is_not_put_off_by_a_flood(
    desk: Desk, ann: User, low_limit: int
) -> None:
    """Four leave together and make the flood; one of them is refused for now, and its alert's
    news is folded anew when another alert of the user mails."""
    words = ("Red", "White", "Port", "Gin")
    first, *_ = [desk.keep(ann, word, interval_minutes=0) for word in words]
    desk.keep(ann, "rum", interval_minutes=1)
    desk.start()
    desk.slot()
    for word in words:
        change(desk, word)
    refused, *_ = desk.slot(seconds=0)
    claim = claim_messages(Queue.ALERTS, desk.now, 1, LEASE)
    assert claim.messages == [refused]
    record_outcome(refused, claim.token, REFUSED_FOR_NOW, desk.now)
    desk.deliver()

    change(desk, "Rum")
    assert len(desk.slot(minutes=1)) == 2
    refused.refresh_from_db()
    assert refused.state == "withdrawn"
    assert len(news(first)) == 1
    assert slot_of(first) is None


def test_who_is_held_sees_until_when_and_why(
    desk: Desk, alert: Alert, ann: User, low_limit: int
) -> None:
    api = person("ann@example.com", desk.clock)
    assert api.alert(alert.pk)["held_until"] is None
    assert api.alert(alert.pk)["held_reason"] is None
    flood(desk)
    change(desk)
    desk.slot(seconds=0)

    shown = api.alert(alert.pk)
    first = mails_of(desk, ann)[0]
    held_until = datetime.fromisoformat(shown["held_until"])
    assert held_until == pytest.approx(first.created_at + FLOOD_WINDOW, abs=timedelta(seconds=0.01))
    assert "more than fits into 4 mails an hour" in shown["held_reason"]
    assert datetime.fromisoformat(shown["next_mail_at"]) == slot_time(slot_of(alert) or 0)
    page = api.client.get(alert_page(alert.pk)).content.decode()
    assert shown["held_reason"] in page
    assert api.send("GET", "/alerts").json()["items"] == [shown]

    keeping.change_alert(ann, alert.pk, wish(interval_minutes=5), desk.now)
    assert api.alert(alert.pk)["held_until"] is None


def test_without_a_stream_an_instant_alert_says_how_often_ebay_is_asked(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.EVENT_STREAM_URL, settings.INSTANT_SECONDS = "", 300
    said = sayings(desk, ann)
    assert said == (300, "Instant: eBay is asked every 5 minutes.")


def test_a_refresh_that_takes_longer_is_said_as_it_is(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.EVENT_STREAM_URL = ""
    alert = desk.keep(ann, interval_minutes=0)
    Fetch.objects.update(refresh_seconds=754)
    assert person("ann@example.com", desk.clock).alert(alert.pk)["instant_every_seconds"] == 754


def test_with_a_stream_an_instant_alert_says_that_it_hears_of_news(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.EVENT_STREAM_URL = "http://stream.example"
    EventStream.objects.create(url="http://stream.example", followed_at=desk.now)
    said = sayings(desk, ann)
    assert said == (None, "Instant: the marketplace tells us as it happens.")


@pytest.mark.parametrize("fault", ["fails", "is not read", "was never read"])
def test_a_stream_that_nobody_follows_counts_as_none(
    desk: Desk, ann: User, settings: Settings, fault: str
) -> None:
    settings.EVENT_STREAM_URL, settings.INSTANT_SECONDS = "http://stream.example", 5
    if fault != "was never read":
        EventStream.objects.create(
            url="http://stream.example",
            followed_at=desk.now - timedelta(minutes=2 if fault == "is not read" else 0),
            failure_reason="the event log answered 500" if fault == "fails" else "",
        )
    assert sayings(desk, ann) == (5, "Instant: eBay is asked every 5 seconds.")


def sayings(desk: Desk, user: User) -> tuple[int | None, str]:
    """What API, welcome mail and page say of a new instant alert; page and mails say the same."""
    alert = desk.keep(user, interval_minutes=0)
    desk.fill()
    desk.outage()
    [welcome] = desk.deliver()
    api = person(user.email, desk.clock)
    page = api.client.get(alert_page(alert.pk)).content.decode()
    [said] = re.findall(r"Instant: [^.<]+\.", page)
    assert said in " ".join(welcome.text.split())
    assert said in welcome.html
    every: int | None = api.alert(alert.pk)["instant_every_seconds"]
    return every, said


def test_an_alert_with_an_interval_says_nothing_of_it(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, interval_minutes=15)
    desk.fill()
    desk.outage()
    [welcome] = desk.deliver()
    api = person("ann@example.com", desk.clock)
    assert api.alert(alert.pk)["instant_every_seconds"] is None
    assert "Instant:" not in welcome.text
    assert "Instant:" not in api.client.get(alert_page(alert.pk)).content.decode()


def test_waking_asks_as_much_for_many_alerts_as_for_one(desk: Desk) -> None:
    def queries() -> int:
        change(desk)
        with CaptureQueriesContext(connection) as asked:
            wake_instant(desk.now)
        desk.slot(minutes=1)
        desk.deliver()
        return len(asked)

    desk.keep(desk.user("first"), interval_minutes=0)
    desk.start()
    desk.slot()
    few = queries()
    for number in range(20):
        desk.keep(desk.user(f"u{number}"), interval_minutes=0)
    desk.start()
    desk.slot()
    assert queries() == few


def in_threads(*works: Callable[[], object]) -> None:
    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(run, work) for work in works]:
            done.result(30)


@pytest.mark.usefixtures("apart")
@pytest.mark.django_db(transaction=True)
def test_builders_and_wakers_at_once_stay_within_the_limit_and_lose_nothing(
    desk: Desk, ann: User, low_limit: int
) -> None:
    words = ("Red", "White", "Port", "Gin", "Rum", "Ale", "Sake", "Mead")
    alerts = [desk.keep(ann, word, interval_minutes=0) for word in words]
    desk.start()
    desk.slot()
    for word in words:
        change(desk, word)

    def loop() -> None:
        for _ in range(5):
            wake_instant(desk.now)
            build_due(desk.now)

    in_threads(loop, loop, loop)
    assert len(mails_of(desk, ann)) == low_limit
    for _ in range(5):
        desk.deliver()
        desk.slot(minutes=31)
    assert [len(news(alert)) for alert in alerts] == [1] * len(words)
    assert len(mails_of(desk, ann)) == len(words)

"""Instant alerts: news wakes them, and nothing else does."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event

import pytest
from django.db import connection, connections, transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.cursors import Move, advance
from ebay_alerts.alerts.services.waking import wake_instant
from tests.alerts.conftest import Desk, news, wish

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_news_wakes_instant_alerts_and_is_told_at_once(desk: Desk, ann: User, bob: User) -> None:
    instant, slow = desk.keep(ann, interval_minutes=0), desk.keep(bob, interval_minutes=60)
    desk.start()
    desk.slot(seconds=1)
    desk.put("a", 10)

    [mail] = desk.slot(seconds=1)

    assert mail.to_address == "ann@example.com"
    assert (news(instant), news(slow)) == ([("appeared", "a", 10)], [])
    assert desk.slot(seconds=1) == []


def test_no_alert_is_woken_without_news_of_its_search(desk: Desk, ann: User, bob: User) -> None:
    for user, keywords in ((ann, "wine"), (bob, "port")):
        desk.keep(user, keywords, interval_minutes=0)
    desk.start()
    desk.slot(seconds=1)
    assert wake_instant(desk.now) == 0

    desk.put("a", 10)
    assert wake_instant(desk.now) == 1
    woken = Alert.objects.exclude(slot=None)
    assert [alert.user for alert in woken] == [ann]
    assert wake_instant(desk.now) == 0


def test_news_while_an_alert_is_paused_is_told_when_it_goes_on(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann, interval_minutes=0)
    desk.keep(bob)
    desk.start()
    keeping.pause_alert(ann, alert.pk, desk.now)
    desk.put("a", 10)
    wake_instant(desk.now)
    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.start()

    assert [mail.to_address for mail in desk.slot(seconds=1)] == ["ann@example.com"]


def test_an_alert_that_becomes_instant_tells_at_once_what_it_had_kept_for_its_slot(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, interval_minutes=600)
    desk.start()
    desk.put("a", 10)
    wake_instant(desk.now)
    keeping.change_alert(ann, alert.pk, wish(interval_minutes=0), desk.now)

    assert len(desk.slot(seconds=1)) == 1


def test_an_instant_alert_that_moves_tells_at_once_what_it_finds_to_be_new_there(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann, "port", interval_minutes=0)
    desk.keep(bob, "wine")
    desk.start()
    desk.put("a", 10)
    keeping.change_alert(ann, alert.pk, wish("wine", interval_minutes=0), desk.now)

    desk.slot(seconds=1)
    assert news(alert) == [("appeared", "a", 10)]


@dataclass
class OtherWorker:
    """Has an alert under its lock, with the head of its search already read, until `finish()` puts
    the alert to sleep."""

    alert: Alert
    ready: Event = field(default_factory=Event)
    finish: Event = field(default_factory=Event)

    def build(self) -> None:
        with transaction.atomic():
            locked = Alert.objects.select_for_update(no_key=True).get(pk=self.alert.pk)
            self.ready.set()
            assert self.finish.wait(30)
            advance([Move(locked, locked.cursor or 0, None, None)], self.alert.created_at)


def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], object]) -> Future[None]:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return threads.submit(run)


def _is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_nothing_is_lost_when_news_arrives_while_a_digest_is_built(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, interval_minutes=0)
    desk.start()
    desk.slot(seconds=1)
    desk.put("a", 10)
    wake_instant(desk.now)
    worker = OtherWorker(alert)
    with ThreadPoolExecutor(2) as threads:
        built = _in_thread(threads, worker.build)
        assert worker.ready.wait(30)
        desk.put("b", 20)
        woken = _in_thread(threads, lambda: wake_instant(desk.now))
        for _ in range(600):
            if wait([woken], timeout=0.05).done or _is_waiting_for_a_lock():
                break
        worker.finish.set()
        built.result(30)
        woken.result(30)

    desk.slot(seconds=1)
    assert [name for _, name, _ in news(alert)] == ["a", "b"]


@pytest.mark.parametrize("begin", ["welcome", "resume", "change", "move"])
def test_an_alert_that_becomes_instant_looks_once_by_itself(
    desk: Desk, ann: User, bob: User, begin: str
) -> None:
    """News may be claimed by a waker that cannot yet see that the alert is instant."""
    alert = desk.keep(ann, interval_minutes=30)
    desk.keep(bob, "wine -x")
    desk.start()
    if begin == "welcome":
        alert = desk.keep(ann, "red", interval_minutes=0)
    elif begin == "move":
        keeping.change_alert(ann, alert.pk, wish("wine -x", interval_minutes=0), desk.now)
    else:
        keeping.change_alert(ann, alert.pk, wish(interval_minutes=0), desk.now)
    if begin == "resume":
        keeping.pause_alert(ann, alert.pk, desk.now)
        keeping.resume_alert(ann, alert.pk, desk.now)
    desk.start()

    alert.refresh_from_db()
    assert alert.slot == int(desk.now.timestamp())
    assert desk.slot(seconds=1) == []
    alert.refresh_from_db()
    assert alert.slot is None

"""Digests: what changed since the cursor becomes one mail, its lines and the cursor at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, Digest, Line
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.cursors import LostRace, Move, advance, skip_quiet
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.states import State
from ebay_alerts.market.models import Fetch, Search
from tests.alerts.conftest import Desk, news, told, wish

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_a_digest_tells_the_net_changes_since_the_last_one(desk: Desk, ann: User) -> None:
    desk_alert = desk.keep(ann)
    for name, price in {"kept": 10, "dearer": 20, "gone": 30, "wobbly": 40}.items():
        desk.put(name, price)
    desk.start()
    desk.put("dearer", 25)
    desk.put("wobbly", 45)
    desk.put("wobbly", 40)
    desk.end("gone")
    desk.put("new", 5)
    desk.put("passing", 6)
    desk.end("passing")

    [mail] = desk.slot()

    assert sorted(news(desk_alert)) == [
        ("appeared", "new", 5),
        ("ended", "gone", 30),
        ("repriced", "dearer", 25),
    ]
    assert mail.subject == "1 new, 1 price change, 1 ended for wine, cheapest $5.00"
    assert desk.slot() == []


def test_a_cursor_its_lines_and_its_mail_are_of_one_digest(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 10)
    [mail] = desk.slot()

    alert.refresh_from_db()
    digest = Digest.objects.get(kind="changes")
    assert digest.message == mail
    assert (digest.from_revision, digest.to_revision, alert.cursor) == (0, 1, 1)
    assert list(digest.lines.values_list("revision", "is_shown")) == [(1, True)]
    assert alert.mailed_at == digest.created_at == desk.now


def test_two_alerts_of_one_user_tell_a_listing_once(desk: Desk, ann: User, bob: User) -> None:
    alerts = [desk.keep(ann, "wine"), desk.keep(ann, "red")]
    other = desk.keep(bob, "red")
    desk.start()
    desk.put("a", 10, title="Red wine")
    mails = desk.slot()

    assert news(*alerts) == news(other) == [("appeared", "a", 10)]
    assert sorted(mail.to_address for mail in mails) == ["ann@example.com", "bob@example.com"]

    desk.put("a", 9)
    desk.end("a")
    desk.put("b", 8, title="Red wine")
    desk.slot()
    assert sorted(news(*alerts)) == [("appeared", "a", 10), ("appeared", "b", 8), ("ended", "a", 9)]


def test_what_one_alert_told_is_what_the_users_next_one_compares_with(
    desk: Desk, ann: User
) -> None:
    often, rarely = desk.keep(ann, "wine", interval_minutes=1), desk.keep(ann, "red")
    desk.put("a", 10, title="Red wine")
    desk.start()
    desk.put("a", 9)
    desk.slot(minutes=2)
    desk.put("a", 8)
    desk.slot(minutes=60)

    assert [line[2] for line in news(often, rarely)] == [9, 8]
    assert list(Line.objects.exclude(kind="listed").values_list("was_minor", flat=True)) == [
        1000,
        900,
    ]


def test_gates_are_the_alerts_own(desk: Desk, ann: User, bob: User) -> None:
    cheap, any_price = desk.keep(ann, max_price=50), desk.keep(bob)
    desk.start()
    desk.put("a", 60)
    desk.slot()
    assert (news(cheap), news(any_price)) == ([], [("appeared", "a", 60)])

    desk.put("a", 50)
    [first, second] = desk.slot()
    assert news(cheap) == [("entered", "a", 50)]
    assert news(any_price)[1:] == [("repriced", "a", 50)]
    assert "$60.00" in first.text
    assert "$60.00" in second.text


def test_a_fall_that_is_recorded_after_the_welcome_was_built_is_told(desk: Desk, ann: User) -> None:
    """The poll was sent before the welcome, so its price is older than the alert's beginning."""
    alert = desk.keep(ann, max_price=50)
    desk.put("a", 60)
    desk.clock.step(minutes=1)
    desk.start()
    desk.clock.step(seconds=-30)
    desk.put("a", 40)
    desk.slot(minutes=20)

    assert news(alert) == [("entered", "a", 40)]


def test_three_small_falls_are_told_as_one(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, min_change_percent=5)
    desk.put("a", 1000)
    desk.start()
    for price in (970, 941, 913, 890):
        desk.put("a", price)
        desk.slot()

    assert news(alert) == [("repriced", "a", 941), ("repriced", "a", 890)]
    assert [line.was_minor for line in Line.objects.filter(kind="repriced")] == [100_000, 94_100]


def test_alerts_without_news_are_passed_over_by_one_statement(
    desk: Desk,
    ann: User,
    bob: User,
    django_assert_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    for user in (ann, bob):
        for keywords in ("wine", "red", "white", "port"):
            desk.keep(user, keywords)
    desk.start()
    desk.clock.step(minutes=16)

    with django_assert_num_queries(5):  # where the portion ends, times of day, a savepoint around
        assert skip_quiet(desk.now) == 8

    assert not Alert.objects.filter(slot__lte=desk.now.timestamp()).exists()
    assert build_due(desk.now) == 0


def test_an_alert_that_always_mails_sends_its_list_cheapest_first_and_marks_changes(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, mail_when="always")
    desk.put_all({"a": 30, "b": 20, "c": 10})
    desk.start()
    [still] = desk.slot()
    assert still.subject == "3 listings for wine, nothing changed"
    assert _titles(still) == ["Wine c", "Wine b", "Wine a"]

    desk.put("a", 15)
    desk.end("c")
    [changed] = desk.slot()
    assert _titles(changed)[:2] == ["Wine a", "Wine b"]
    assert "was $30.00, down 50 %" in changed.text
    assert sorted(news(alert)) == [("ended", "c", 10), ("repriced", "a", 15)]
    assert len(desk.slot()) == 1


def test_a_list_shows_its_fifty_cheapest(desk: Desk, ann: User) -> None:
    desk.keep(ann, mail_when="always")
    desk.put_all({f"n{price}": price for price in range(1, 71)})
    desk.start()

    [mail] = desk.slot()

    assert _titles(mail) == [f"Wine n{price}" for price in range(1, 51)]
    assert "20 more on the alert's page" in mail.text
    assert mail.subject == "70 listings for wine, nothing changed"


def test_changes_below_the_fifty_cheapest_count_once_in_what_is_left(desk: Desk, ann: User) -> None:
    desk.keep(ann, mail_when="always")
    desk.put_all({f"n{price}": price for price in range(101, 221)})
    desk.start()
    desk.put_all({f"n{price}": price + 1 for price in range(101, 221)})

    [mail] = desk.slot()

    assert len(_titles(mail)) == 70
    assert "50 more on the alert's page" in mail.text


def test_of_a_flood_fifty_are_shown_and_the_rest_is_behind_the_link(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put_all({f"n{price}": price for price in range(1, 71)})

    [mail] = desk.slot()

    assert len(_titles(mail)) == 50
    assert "20 more on the alert's page" in mail.text
    assert mail.subject == "70 new for wine, cheapest $1.00"
    shown = Line.objects.filter(alert=alert)
    assert (shown.filter(is_shown=True).count(), shown.filter(is_shown=False).count()) == (50, 20)
    assert desk.slot() == []


def _most_reads(desk: Desk) -> int:
    """Build all that is due; the most statements that one turn needed. Inserts go in portions."""
    counts = [0]
    while True:
        with CaptureQueriesContext(connection) as queries:
            if not build_due(desk.now):
                return max(counts)
        asked = [query["sql"] for query in queries]
        counts.append(sum("SAVEPOINT" not in sql and "INSERT" not in sql for sql in asked))


def test_more_users_alerts_and_news_cost_no_more_queries(desk: Desk, ann: User) -> None:
    few = [desk.keep(ann, "wine"), desk.keep(ann, "red")]
    desk.put("a", 10, title="Red wine")
    desk.start()
    desk.put("a", 9)
    desk.clock.step(minutes=16)
    cost = _most_reads(desk)

    many = [desk.keep(desk.user(name), "wine") for name in "bcde"]
    many += [desk.keep(ann, f"wine -x{number}") for number in range(20)]
    desk.start()
    desk.put_all({f"n{price}": price for price in range(1, 40)}, title="Red wine")
    desk.put("a", 8)
    desk.clock.step(minutes=16)

    assert _most_reads(desk) <= cost
    assert len(news(*few, *many)) > 150


def test_a_user_may_have_more_searches_due_than_a_condition_has_room_for(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann)
    desk.start()
    alert.refresh_from_db()
    search = Search.objects.get()
    of_search = {f.attname: getattr(search, f.attname) for f in Search._meta.fields} | {"id": None}
    searches = Search.objects.bulk_create(
        Search(**of_search | {"query": f"wine -x{number}", "head": 7}) for number in range(1200)
    )
    of_alert = {f.attname: getattr(alert, f.attname) for f in Alert._meta.fields} | {"id": None}
    Alert.objects.bulk_create(
        Alert(**of_alert | {"search_id": search.pk, "cursor": number % 7})
        for number, search in enumerate(searches)
    )
    desk.put("a", 10)

    assert len(desk.slot()) == 1
    assert Alert.objects.filter(cursor=F("search__head")).count() == 1201


def test_advancing_an_alert_that_was_edited_meanwhile_is_a_lost_race(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    other = desk.keep(ann, "red")
    desk.start()
    alert.refresh_from_db()
    other.refresh_from_db()
    keeping.change_alert(ann, alert.pk, wish("wine", max_price=5), desk.now)

    moves = [Move(one, 7, None, None) for one in (other, alert)]
    with pytest.raises(LostRace, match="1 of 2"), transaction.atomic():
        advance(moves, desk.now)

    other.refresh_from_db()
    assert other.cursor == 0


@pytest.mark.django_db(transaction=True)
def test_two_builders_at_once_build_each_digest_once(desk: Desk) -> None:
    users = [desk.user(f"u{number}") for number in range(12)]
    for user in users:
        desk.keep(user)
        desk.keep(user, "red")
    desk.start()
    desk.put_all({"a": 10, "b": 20}, title="Red wine")
    desk.clock.step(minutes=16)
    together = Barrier(4, timeout=30)

    def build(_: int) -> None:
        try:
            together.wait()
            while Alert.objects.filter(slot__lte=desk.now.timestamp()).exists():
                build_due(desk.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(build, range(4)))

    assert Digest.objects.filter(kind="changes").count() == len(users)
    assert Message.objects.filter(state=State.QUEUED).count() == len(users)
    assert Line.objects.values("user", "listing").distinct().count() == Line.objects.count() == 24


def _titles(mail: Message) -> list[str]:
    return [line[2:] for line in mail.text.splitlines() if line.startswith("* ")]


def test_a_welcome_lists_what_the_gates_admit_and_nothing_is_told_again(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, max_price=20)
    desk.put_all({"a": 10, "b": 20, "c": 21})
    desk.start()
    assert told(alert) == [("listed", "a", 10), ("listed", "b", 20)]
    assert desk.slot() == []


def test_a_mail_says_how_often_ebay_is_asked_where_that_is_more_rarely_than_wished(
    desk: Desk, ann: User
) -> None:
    desk.keep(ann)
    desk.start()
    Fetch.objects.update(planned_seconds=4 * 86_400, asked_at=desk.now)
    desk.put("a", 10)
    (mail,) = desk.slot()
    told = "It is asked about every 4 days, since eBay's quota of calls allows no more."
    assert told in mail.text
    assert told.replace("'", "&#x27;") in mail.html


def test_a_listing_that_was_not_found_for_hours_is_told_neither_twice_nor_as_new(
    desk: Desk, ann: User
) -> None:
    """A new one that was told, a new one that was not yet, and an old one that never is."""
    alert = desk.keep(ann)
    desk.start()
    long_ago = desk.now - timedelta(days=30)
    began = desk.now
    desk.put("told", 10, started_at=began)
    desk.slot()
    desk.put("untold", 20, started_at=began)
    desk.put("old", 30, started_at=long_ago)
    desk.lose()
    assert kept(alert) == set()
    desk.slot()
    desk.put_all({"told": 10, "untold": 20}, started_at=began)
    desk.put("old", 30, started_at=long_ago)
    assert kept(alert) == {"told", "untold", "old"}
    desk.slot()
    assert news(alert) == [("appeared", "told", 10), ("appeared", "untold", 20)]
    desk.put("told", 9, started_at=began)
    desk.slot()
    assert news(alert)[2:] == [("repriced", "told", 9)]


def kept(alert: Alert) -> set[str]:
    rows = alert.search.memberships.values_list("listing__legacy_id", flat=True)
    return set(rows)

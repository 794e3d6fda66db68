"""Several writers record overlapping listings at once: nothing is lost, nothing is locked out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, transaction

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Listing, Membership, PricePoint, Search, SearchChange
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.services.recording import record_observations
from tests.market.scenery import (
    NOON,
    assert_log_adds_up,
    matcher,
    offer,
    record,
    search_for,
    seen,
)

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]

WRITERS, ROUNDS, LISTINGS = 4, 12, 30
Result = TypeVar("Result")


def at_once(work: Callable[[int], Result], writers: int = WRITERS) -> list[Result]:
    """Run `work` in that many threads that begin together, each with its own connection."""
    start = Barrier(writers)

    def run(number: int) -> Result:
        start.wait(10)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def page(random: Random, writer: int, number: int) -> list[Observation]:
    """Most of the listings in any order, at a time and at prices that only this page has."""
    minute = number + writer / WRITERS
    shown = random.sample(range(LISTINGS), LISTINGS * 2 // 3)
    return [
        seen(minute, None if random.random() < 0.1 else some_offer(random, minute), str(listing))
        for listing in shown
    ]


def some_offer(random: Random, minute: float):
    return offer(random.choice(["Wine", "Red wine", "Beer"]), 1000 + int(minute * WRITERS))


def test_writers_at_once_lose_nothing() -> None:
    searches = [search_for(keywords) for keywords in ("wine", "red wine", "wine -red", "beer")]
    matches = matcher(*searches)
    pages = [
        [page(Random(writer * 100 + number), writer, number) for number in range(ROUNDS)]
        for writer in range(WRITERS)
    ]

    def write(writer: int) -> int:
        return sum(record_observations(one, matches, one[0].at) for one in pages[writer])

    counts = at_once(write)
    assert SearchChange.objects.count() == sum(counts) > 0
    for search in searches:
        assert_log_adds_up(search)
    assert_newest_won([one for writer in pages for page in writer for one in page])


def assert_newest_won(observations: list[Observation]) -> None:
    """A listing is as the newest observation of it says, whoever came last."""
    newest: dict[str, Observation] = {}
    for one in sorted(observations, key=lambda one: one.at):
        newest[one.legacy_id] = one
    for listing in Listing.objects.all():
        last = newest[listing.legacy_id]
        assert listing.observed_at == last.at
        assert (listing.ended_at is None) == (last.offer is not None)
        if last.offer:
            assert (listing.title, listing.price_minor) == (
                last.offer.title,
                last.offer.figure.minor,
            )


@pytest.mark.parametrize("turn", range(3))
def test_writers_that_find_the_same_new_listings_at_once_record_each_once(turn: int) -> None:
    wine = search_for("wine")
    matches = matcher(wine)
    names = [str(number) for number in range(60)]

    def write(writer: int) -> int:
        order = Random(writer + turn * 10).sample(names, len(names))
        return record_observations(
            [seen(1, offer(), name) for name in order], matches, wine.created_at
        )

    assert sum(at_once(write)) == len(names)
    assert Listing.objects.count() == len(names)
    assert_log_adds_up(wine)


def test_a_reader_that_stands_at_a_head_misses_nothing_that_commits_later() -> None:
    """Heads are read before changes: what lies up to the head is there, all of it."""
    wine = search_for("wine")
    matches = matcher(wine)

    def write_or_read(number: int) -> list[tuple[int, list[int]]]:
        if number > 1:
            for turn in range(20):
                names = [f"{number}-{turn}-{n}" for n in range(5)]
                record_observations(
                    [seen(1, offer(), name) for name in names], matches, wine.created_at
                )
            return []
        return [read_up_to_the_head(wine) for _ in range(60)]

    for readings in at_once(write_or_read):
        for head, revisions in readings:
            assert revisions == list(range(1, head + 1))
    assert_log_adds_up(wine)


def read_up_to_the_head(search: Search) -> tuple[int, list[int]]:
    head = Search.objects.values_list("head", flat=True).get(pk=search.pk)
    rows = SearchChange.objects.filter(search=search, revision__lte=head).order_by("revision")
    return head, list(rows.values_list("revision", flat=True))


def test_listings_deleted_under_their_locks_while_others_record_leave_nothing_behind() -> None:
    """The log has no constraints in the database: the locks and Django's cascade stand for them."""
    wine = search_for("wine")
    matches = matcher(wine)

    def record_or_delete(number: int) -> int:
        if number == 0:
            return sum(delete_some(listings=4) for _ in range(40))
        names = [f"{number}-{listing}" for listing in range(10)]
        return sum(
            record_observations(
                [seen(turn, offer(price=1000 + turn), name) for name in names], matches, NOON
            )
            for turn in range(20)
        )

    assert all(at_once(record_or_delete))
    alive = Listing.objects.values("pk")
    for rows in (Membership.objects, SearchChange.objects, PricePoint.objects):
        assert not rows.exclude(listing__in=alive).exists()


def delete_some(listings: int) -> int:
    with write_turn(), transaction.atomic():
        locked = Listing.objects.order_by("pk").select_for_update()[:listings]
        return Listing.objects.filter(pk__in=[listing.pk for listing in locked]).delete()[0]


def test_a_search_deleted_under_its_lock_takes_its_log_along() -> None:
    wine, beer = search_for("wine"), search_for("beer")
    record([seen(1, offer("Wine and beer"))], wine, beer)
    with transaction.atomic():
        Search.objects.select_for_update().get(pk=wine.pk).delete()
    for rows in (Membership.objects, SearchChange.objects):
        assert [row.search_id for row in rows.all()] == [beer.pk]
    assert_log_adds_up(beer)

"""Searches, their fetches, and the demand that makes them due."""

import pytest

from ebay_alerts.market.models import Fetch, Search, Urgency
from ebay_alerts.market.services.searches import ensure_search
from tests.market.scenery import NOON, at, demand, search_for, terms_of

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def fetch_of(search: Search) -> Fetch:
    return Fetch.objects.get(pk=search.fetch_id)


def test_equal_terms_share_one_search() -> None:
    one = ensure_search(terms_of("wine -cooler red"), NOON)
    other = ensure_search(terms_of("RED wine  -cooler"), at(1))
    assert one == other
    assert one.created_at == NOON


def test_searches_that_differ_in_exclusions_alone_share_one_fetch() -> None:
    searches = [ensure_search(terms_of(text), NOON) for text in ("wine", "wine -a", 'wine -"b c"')]
    assert len({search.pk for search in searches}) == 3
    assert len({search.fetch_id for search in searches}) == 1


@pytest.mark.parametrize("other", [terms_of("beer"), terms_of("wine", category="11450")])
def test_searches_that_ask_ebay_something_else_have_their_own_fetch(other: object) -> None:
    wine = ensure_search(terms_of("wine"), NOON)
    assert ensure_search(other, NOON).fetch_id != wine.fetch_id  # type: ignore[arg-type]


def test_a_search_that_nobody_wants_yet_is_not_due() -> None:
    assert fetch_of(ensure_search(terms_of("wine"), NOON)).due_at is None


def test_a_search_that_is_wanted_is_due_at_once_and_urgent() -> None:
    fetch = fetch_of(search_for("wine", filled_at=None, seconds=300))
    assert (fetch.due_at, fetch.urgency, fetch.refresh_seconds) == (NOON, Urgency.PERSON, 300)


def test_a_search_that_nobody_wants_any_more_is_neither_due_nor_filled() -> None:
    wine = search_for("wine")
    demand(wine, None, at(1))
    wine.refresh_from_db()
    fetch = fetch_of(wine)
    assert (wine.refresh_seconds, wine.filled_at) == (None, None)
    assert (fetch.refresh_seconds, fetch.due_at, fetch.urgency) == (None, None, Urgency.ROUTINE)


def test_a_fetch_is_as_eager_as_the_most_eager_of_its_searches() -> None:
    slow, fast = search_for("wine", seconds=3600), search_for("wine -cooler", seconds=60)
    assert fetch_of(slow).refresh_seconds == 60
    demand(fast, None, at(1))
    assert fetch_of(slow).refresh_seconds == 3600
    demand(slow, None, at(1))
    assert fetch_of(slow).due_at is None


def test_a_demand_that_grows_is_due_at_once_and_one_that_shrinks_is_not() -> None:
    wine = search_for("wine", seconds=3600)
    Fetch.objects.update(due_at=at(50), urgency=Urgency.ROUTINE)
    demand(wine, 3600, at(1))
    assert fetch_of(wine).due_at == at(50)
    demand(wine, 7200, at(2))
    assert fetch_of(wine).due_at == at(50)
    demand(wine, 60, at(3))
    assert fetch_of(wine).due_at == at(3)


def test_a_fetch_that_fails_keeps_its_distance_however_urgent() -> None:
    wine = search_for("wine", seconds=3600)
    Fetch.objects.update(due_at=at(50), failures=2)
    demand(wine, 60, at(1))
    search_for("wine -cooler", filled_at=None, now=at(2))
    fetch = fetch_of(wine)
    assert (fetch.due_at, fetch.urgency) == (at(50), Urgency.PERSON)


def test_a_failing_fetch_that_was_given_up_is_due_when_it_is_wanted_again() -> None:
    wine = search_for("wine")
    Fetch.objects.update(due_at=at(50), failures=2)
    demand(wine, None, at(1))
    demand(wine, 300, at(2))
    assert fetch_of(wine).due_at == at(2)


def test_the_demand_for_a_search_that_is_gone_is_nothing() -> None:
    demand(Search(pk=12345), 60, NOON)
    assert not Fetch.objects.exists()


def test_a_request_to_ebay_stands_there_in_words() -> None:
    assert str(fetch_of(search_for("wine -cooler"))) == "EBAY_US wine  US"

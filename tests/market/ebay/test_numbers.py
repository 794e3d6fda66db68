"""One listing by its number, also where it has variations or is gone."""

from collections.abc import Iterator
from typing import Any

import pytest

from ebay_alerts.market.ebay.client import EbayClient, HasVariations
from ebay_alerts.market.errors import EbayError, Malformed, Unavailable
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay, scripted_ebay

ASKED = ("EBAY_US", "256123456789", "US")


@pytest.fixture
def script() -> Iterator[ScriptedEbay]:
    with scripted_ebay() as script:
        yield script


@pytest.fixture
def client(script: ScriptedEbay) -> Iterator[EbayClient]:
    client = EbayClient(script.url, "id", "secret")
    yield client
    client.close()


def variation(number: int, price: str, **more: Any) -> dict[str, Any]:
    return {
        "itemId": f"v1|256123456789|{number}",
        "title": "Shirt",
        "price": {"value": price, "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE"],
    } | more


def error(number: int, status: int = 404) -> Answer:
    return Answer(status, {"errors": [{"errorId": number, "message": "no"}]})


def test_the_cheapest_variation_that_is_offered_stands_for_the_listing(
    script: ScriptedEbay, client: EbayClient
) -> None:
    ended = variation(1, "5.00", itemEndDate="2020-01-01T00:00:00.000Z")
    items = [ended, variation(2, "12.00"), variation(3, "9.00"), {"itemId": "odd"}]
    script.answers = [Answer(body={"items": items})]

    seen = client.look_at_variations(*ASKED)

    assert (seen.legacy_id, seen.reference) == ("256123456789", "v1|256123456789|3")
    assert seen.offer is not None
    assert (seen.offer.figure.minor, seen.offer.is_from_price) == (900, True)


def test_a_number_of_variations_says_so(script: ScriptedEbay, client: EbayClient) -> None:
    script.answers = [error(11006, 400)]

    with pytest.raises(HasVariations):
        client.look_at_number(*ASKED)


@pytest.mark.parametrize("number", [11001, 11003, 11004])
def test_a_listing_that_is_gone_has_no_offer(
    script: ScriptedEbay, client: EbayClient, number: int
) -> None:
    script.answers = [error(number)]

    assert client.look_at_number(*ASKED).offer is None


def test_variations_that_are_gone_have_no_offer(script: ScriptedEbay, client: EbayClient) -> None:
    script.answers = [error(11002), Answer(body={"items": []})]

    assert client.look_at_variations(*ASKED).offer is None
    assert client.look_at_variations(*ASKED).offer is None


@pytest.mark.parametrize("body", [{}, [], {"items": None}, {"items": [{"itemId": "odd"}]}])
def test_what_cannot_be_read_ends_nothing(
    script: ScriptedEbay, client: EbayClient, body: Any
) -> None:
    script.answers = [Answer(body=body)]

    with pytest.raises(Malformed):
        client.look_at_variations(*ASKED)


def test_a_404_of_something_else_ends_nothing(script: ScriptedEbay, client: EbayClient) -> None:
    script.answers = [Answer(404, "<html>not here</html>"), error(2002)]

    with pytest.raises(Unavailable):
        client.look_at_number(*ASKED)
    with pytest.raises(EbayError):
        client.look_at_number(*ASKED)

"""What has its own time is told by the whole system, at that time."""

from datetime import timedelta

import pytest

from ebay_alerts.market.models import Listing
from tests.end_to_end.conftest import Person, System

pytestmark = pytest.mark.backend


def test_an_auction_at_the_mock_is_told_before_it_ends(system: System, owner: Person) -> None:
    owner.keep("zinfandel", interval_minutes=1440, ending_minutes=10)
    ends_at = (system.clock.now() + timedelta(minutes=30)).isoformat()
    auction = {"buying_options": ["AUCTION"], "bid": 12, "bid_count": 2, "ends_at": ends_at}
    system.mock.create("Zinfandel magnum", 12, **auction)
    welcome = system.run(seconds=5)
    assert [mail["Subject"] for mail in welcome] == ["1 listing for zinfandel, cheapest $12.00"]
    assert system.run(minutes=15) == []
    [mail] = system.run(minutes=6)
    assert mail["Subject"] == "1 ends soon for zinfandel, $12.00"
    assert system.run(minutes=2) == []


def test_gates_hold_for_what_the_mock_says_of_sellers_and_conditions(
    system: System, owner: Person
) -> None:
    owner.keep("zinfandel", conditions=["used"], sellers=["VINNY"], excluded_words=["empty"])
    for name, seller, condition in (
        ("Zinfandel one", "vinny", 3000),
        ("Zinfandel two", "vinny", 1000),
        ("Zinfandel three", "corky", 3000),
        ("Zinfandel empty", "vinny", 3000),
    ):
        system.mock.create(name, 12, seller=seller, condition_id=condition)
    [welcome] = system.run(seconds=5)
    assert "1 listing for zinfandel" in welcome["Subject"]
    body = welcome.get_body(("plain",))
    assert body is not None
    assert "Zinfandel one" in body.get_content()
    assert not Listing.objects.filter(seller__contains="vinny").exists()

"""An alert that slept past the log is told the same as if the log were still there."""

import pytest

from ebay_alerts.market.models import Search, SearchChange, SearchRegistration
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import text_of, titles


@pytest.mark.backend
def test_an_alert_below_the_pruned_log_is_told_the_net_effect_once(
    system: System, owner: Person, stranger: Person
) -> None:
    alert = owner.keep("wine", 15)
    stranger.keep("wine", 15)
    assert len(system.run()) == 2
    owner.send("PATCH", f"/alerts/{alert['id']}", {"paused": True})
    _make_three_changes(system)
    system.run(minutes=16)
    assert SearchChange.objects.exclude(kind="discovered").count() == 3

    system.run(days=46)
    assert SearchChange.objects.count() == 0
    assert SearchRegistration.objects.count() == 0
    assert Search.objects.get().pruned_to == Search.objects.get().head

    owner.send("PATCH", f"/alerts/{alert['id']}", {"paused": False})
    assert system.run() == []
    (digest,) = system.run(minutes=16)
    assert digest["To"] == "owner@example.com"
    assert len(titles(digest)) == 3
    assert "1 new, 1 price change, 1 ended for wine" in digest["Subject"]
    assert "was $" in text_of(digest)
    assert system.run(minutes=16) == []


def _make_three_changes(system: System) -> None:
    wines = system.mock.products("wine")
    dear = max(wines, key=lambda product: product["price"])
    cheap = min(wines, key=lambda product: product["price"])
    system.mock.create("Wine - Vintage of the Long Sleep", 42)
    system.mock.change(dear["id"], price=dear["price"] - 5)
    system.mock.delete(cheap["id"])

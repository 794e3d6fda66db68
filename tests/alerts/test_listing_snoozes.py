"""A listing that a user snoozes is told nothing of, and then the net of what happened."""

from datetime import timedelta
from typing import Any

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import InvalidAlert, UnknownListing
from ebay_alerts.alerts.models import HeldListing, ListingSnooze
from ebay_alerts.alerts.services.snoozing import snooze_listing, wake_listing
from tests.alerts.conftest import Desk, news, told
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def snooze(desk: Desk, user: User, name: str = "a", **delta: float) -> None:
    until = desk.now + timedelta(**delta) if delta else None
    snooze_listing(user, desk.listing(name).pk, until, desk.now)


def test_nothing_of_it_is_told_until_then_and_the_net_afterwards(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put_all({"a": 100, "b": 100})
    desk.slot()
    desk.deliver()
    snooze(desk, ann, days=2)
    for price in (90, 70, 80):
        desk.put_all({"a": price, "b": price})
        desk.slot()
        desk.deliver()
    assert [name for _, name, _ in news(alert)].count("a") == 1
    desk.slot(days=2)
    assert news(alert)[-1] == ("repriced", "a", 80)
    assert desk.slot() == []


def test_what_is_snoozed_for_good_is_told_when_the_snooze_is_ended(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100)
    desk.slot()
    desk.deliver()
    snooze(desk, ann)
    desk.put("a", 90)
    assert desk.slot(days=300) == []
    desk.end("a")
    assert desk.slot(days=300) == []
    wake_listing(ann, desk.listing("a").pk, desk.now)
    desk.slot()
    assert news(alert)[-1] == ("ended", "a", 90)
    assert not HeldListing.objects.exists()


def test_what_was_new_when_it_was_held_is_told_as_new(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100)
    snooze(desk, ann, days=1)
    assert desk.slot() == []
    desk.put("a", 90)
    assert desk.slot() == []
    desk.slot(days=1)
    assert news(alert) == [("appeared", "a", 90)]


def test_what_waits_in_the_outbox_goes_without_it(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put_all({"a": 100, "b": 100})
    desk.slot()
    snooze(desk, ann, days=1)
    [mail] = desk.slot(seconds=1)
    assert "Wine a" not in mail.text
    assert news(alert) == [("appeared", "b", 100)]


def test_a_snooze_is_of_one_user_and_of_all_alerts(desk: Desk, ann: User, bob: User) -> None:
    mine, other, bobs = desk.keep(ann), desk.keep(ann, buying="fixed_price"), desk.keep(bob)
    desk.start()
    desk.put("a", 100)
    snooze(desk, ann, days=1)
    desk.slot()
    assert news(mine, other) == []
    assert news(bobs) == [("appeared", "a", 100)]


def test_neither_a_welcome_mail_nor_a_standing_list_shows_it(desk: Desk, ann: User) -> None:
    first = desk.keep(ann, mail_when="always")
    desk.start()
    desk.put_all({"a": 100, "b": 100})
    desk.slot()
    snooze(desk, ann)
    [mail] = desk.slot()
    assert "Wine b" in mail.text
    assert "Wine a" not in mail.text
    second = desk.keep(ann, buying="fixed_price")
    desk.start()
    assert told(second) == [("listed", "b", 100)]
    assert first.pk != second.pk


def test_only_what_ones_alerts_found_is_snoozed_and_for_a_year_at_most(
    desk: Desk, ann: User, bob: User
) -> None:
    desk.keep(ann)
    desk.put("a", 100)
    with pytest.raises(UnknownListing):
        snooze(desk, bob)
    with pytest.raises(InvalidAlert):
        snooze(desk, ann, days=400)
    assert not ListingSnooze.objects.exists()


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


def test_the_api_snoozes_lists_explains_and_wakes(desk: Desk, api: Person) -> None:
    alert_id = api.keep("wine")["id"]
    desk.start()
    desk.put("a", 100)
    listing = desk.listing("a").pk
    path, explained = f"/listings/{listing}/snooze", f"/alerts/{alert_id}/explain?listing={listing}"

    def put(body: dict[str, Any]) -> Any:
        return api.send("PUT", path, body)

    assert put({}).json()["until"] is None
    until = (desk.now + timedelta(days=3)).isoformat()
    answer = put({"until": until})
    assert answer.status_code == 200, answer.content
    listed = api.send("GET", "/listings/snoozed").json()["items"]
    assert listed == [answer.json()]
    assert listed[0]["title"] == "Wine a"
    found = api.send("GET", explained).json()
    assert (found["snoozed"], found["held_until"] is None) == (True, False)
    assert "you snoozed it" in found["words"]
    assert put({"until": "2001-01-01T00:00:00Z"}).status_code == 422
    assert api.send("PUT", f"/listings/{listing + 1}/snooze", {}).status_code == 404
    assert api.send("DELETE", path).status_code == 204
    assert api.send("DELETE", path).status_code == 204
    assert api.send("GET", "/listings/snoozed").json() == {"items": [], "next": None}
    assert api.send("GET", explained).json()["snoozed"] is False

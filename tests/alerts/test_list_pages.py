"""The list of alerts: choosing among many, doing something with several, and undoing it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services import keeping
from tests.alerts.conftest import Desk
from tests.alerts.test_site import site, text

__all__ = ["site"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]
State = Alert.State


@pytest.fixture
def four(desk: Desk, ann: User) -> list[Alert]:
    """Active, snoozed, paused, filling."""
    kept = [desk.keep(ann, name) for name in ("zebra", "apple", "mango")]
    desk.start()
    keeping.snooze_alert(ann, kept[1].pk, desk.now + timedelta(days=2), desk.now)
    keeping.pause_alert(ann, kept[2].pk, desk.now)
    return [*kept, desk.keep(ann, "100%", name="Percent")]


def shown(client: Client, **asked: str) -> list[str]:
    page = client.get("/alerts/", asked).content.decode()
    return re.findall(r'<a class="listing"[^>]*>([^<]*)</a>', page)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Percent", "mango", "apple", "zebra"]),
        ({"sort": "name"}, ["apple", "mango", "Percent", "zebra"]),
        ({"q": "APP"}, ["apple"]),
        ({"q": "%"}, ["Percent"]),
        ({"q": "\x00"}, ["Percent", "mango", "apple", "zebra"]),
        ({"state": "paused"}, ["mango"]),
        ({"state": "snoozed"}, ["apple"]),
        ({"state": "active"}, ["zebra"]),
        ({"state": "filling", "sort": "x"}, ["Percent"]),
    ],
)
def test_the_list_shows_what_is_chosen_in_the_order_chosen(
    site: Client, four: list[Alert], asked: dict[str, str], found: list[str]
) -> None:
    assert shown(site, **asked) == found


def test_a_choice_without_alerts_says_so_and_shows_no_examples(
    site: Client, four: list[Alert]
) -> None:
    page = text(site, "/alerts/?q=nothing")
    assert "No alert is like that" in page
    assert "You have none yet" not in page


def states(user: User) -> dict[str, str]:
    return dict(alerts_of(user).values_list("keywords", "state"))


def ticked(*alerts: Alert, **others: str) -> dict[str, Any]:
    return {"alert": [alert.pk for alert in alerts], **others}


def test_several_are_paused_and_that_is_undone(site: Client, four: list[Alert], ann: User) -> None:
    before = states(ann)
    zebra, apple, mango, _ = four
    answer = site.post(
        "/alerts/several/", ticked(zebra, apple, mango, action="pause", query="sort=name")
    )
    assert answer.headers["Location"] == "/alerts/?sort=name"
    assert list(states(ann).values()).count("paused") == 3
    assert "Paused: 2 alerts." in text(site, "/alerts/")
    assert "Undo" in text(site, f"/alerts/{zebra.pk}/")
    assert "Undo" not in text(site, f"/alerts/{mango.pk}/"), "nothing was done to it"
    site.post("/alerts/undo/")
    after = states(ann)
    assert after["mango"] == before["mango"] == "paused"
    assert after["zebra"] != "paused"
    assert site.post("/alerts/undo/").status_code == 302
    assert states(ann) == after


def test_several_are_snoozed_and_undoing_it_brings_back_earlier_snoozes(
    site: Client, four: list[Alert], ann: User, desk: Desk
) -> None:
    zebra, apple, *_ = four
    earlier = alerts_of(ann).get(pk=apple.pk).snoozed_until
    site.post("/alerts/several/", ticked(zebra, apple, action="snooze", days="30"))
    snoozed = alerts_of(ann).filter(snoozed_until__gt=desk.now + timedelta(days=29))
    assert {alert.pk for alert in snoozed} == {zebra.pk, apple.pk}
    site.post("/alerts/undo/")
    assert alerts_of(ann).get(pk=zebra.pk).snoozed_until is None
    assert alerts_of(ann).get(pk=apple.pk).snoozed_until == earlier


def test_an_undo_is_at_hand_for_a_minute(site: Client, four: list[Alert], desk: Desk) -> None:
    site.post("/alerts/several/", ticked(four[0], action="pause"))
    assert "Paused: zebra." in text(site, "/alerts/")
    desk.clock.step(seconds=61)
    assert "Paused: zebra." not in text(site, "/alerts/")


def test_a_copy_that_was_not_changed_is_not_resumed_with_the_others(
    site: Client, four: list[Alert], ann: User, desk: Desk
) -> None:
    copy = keeping.duplicate_alert(ann, four[0].pk, desk.now)
    given = ticked(copy, four[2], action="resume")
    page = site.post("/alerts/several/", given, follow=True).content.decode()
    assert "You keep this alert already" in page
    assert alerts_of(ann).get(pk=copy.pk).state == State.PAUSED
    assert alerts_of(ann).get(pk=four[2].pk).state != State.PAUSED


def test_several_are_deleted_after_asking(site: Client, four: list[Alert], ann: User) -> None:
    given = ticked(four[0], four[3], action="delete")
    page = site.post("/alerts/several/", given).content.decode()
    assert "Delete 2 alerts?" in page
    assert alerts_of(ann).count() == 4
    site.post("/alerts/several/", given | {"sure": "yes"})
    assert shown(site) == ["mango", "apple"]


def test_nothing_is_done_with_alerts_of_others(
    site: Client, desk: Desk, bob: User, four: list[Alert]
) -> None:
    theirs = desk.keep(bob, "port", name="Bobs own")
    for action in ("pause", "snooze", "resume"):
        site.post("/alerts/several/", ticked(theirs, action=action))
    page = site.post("/alerts/several/", ticked(theirs, action="delete")).content.decode()
    assert "Bobs own" not in page
    site.post("/alerts/several/", ticked(theirs, action="delete", sure="yes"))
    theirs.refresh_from_db()
    assert (theirs.state, theirs.snoozed_until) == (State.FILLING, None)


@pytest.mark.parametrize(
    "given",
    [
        {"action": "pause"},
        {"alert": ["x", "9" * 30, "-1", "²"], "action": "pause"},
        {"alert": ["1"], "action": "explode"},
        {"alert": ["1"], "action": "pause", "query": "https://evil.example/?q=%00"},
    ],
)
def test_strange_forms_lead_back_to_the_list(
    site: Client, four: list[Alert], given: dict[str, Any]
) -> None:
    answer = site.post("/alerts/several/", given)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/alerts/")


def test_the_forms_want_the_sites_token(ann: User, four: list[Alert]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    for path in ("several", "undo", "import"):
        assert strict.post(f"/alerts/{path}/", ticked(four[0], action="pause")).status_code == 403


def test_news_since_the_last_mail_are_counted_within_the_limits(
    site: Client, desk: Desk, ann: User
) -> None:
    desk.keep(ann, "wine", name="all")
    desk.keep(ann, "wine", name="cheap", max_price=50)
    desk.keep(ann, "wine", name="fixed", buying="fixed_price")
    desk.start()
    desk.put_all({"a": 40, "b": 60, "c": 45})
    desk.put("a", 30)
    desk.put("old", 10, started_at=desk.now - timedelta(days=400))
    found = dict(
        re.findall(
            r'class="listing"[^>]*>(\w+)<.*?class="news"[^>]*>([^<]*)<',
            text(site, "/alerts/"),
            re.DOTALL,
        )
    )
    assert found == {
        "all": "3 listings with news since the last mail",
        "cheap": "2 listings with news since the last mail",
        "fixed": "up to 3 listings with news since the last mail",
    }
    desk.slot()
    assert "since the last mail" not in text(site, "/alerts/")


def test_the_list_takes_as_many_queries_for_many_alerts_as_for_one(
    site: Client, desk: Desk, ann: User
) -> None:
    def queries() -> int:
        counted = 0
        for alias in ("default", "analytics"):
            with CaptureQueriesContext(connections[alias]) as captured:
                site.get("/alerts/")
            counted += len(captured)
        return counted

    desk.keep(ann, "wine")
    desk.start()
    desk.put("a", 10)
    before = queries()
    for number in range(30):
        desk.keep(ann, f"wine{number}")
    desk.start()
    desk.put_all({f"w{number}": 10 for number in range(20)})
    assert queries() <= before
    assert before < 25

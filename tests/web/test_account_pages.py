"""The pages of a signed-in user's account: preferences, export, deletion; and the first page."""

import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from ebay_alerts.accounts.models import BrowserSession, User
from ebay_alerts.kit import clock
from ebay_alerts.web.leaving import erase_leaving
from tests.alerts.conftest import Desk, ann, bob, desk

__all__ = ["ann", "bob", "desk"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def preferences(**others: Any) -> dict[str, Any]:
    return {
        "time_zone": "Europe/Berlin",
        "one_mail": "no",
        "text_only": "on",
        "quiet_from": "22:00",
        "quiet_until": "07:30",
        "report_frequency": "weekly",
        "report_hour": "9",
        **others,
    }


def test_preferences_are_kept_and_shown(site: Client, ann: User) -> None:
    answer = site.post("/settings/", preferences(), follow=True)
    page = answer.content.decode()
    assert "Kept." in page
    assert 'value="Europe/Berlin"' in page
    assert 'value="22:00"' in page
    ann.refresh_from_db()
    assert (ann.time_zone, ann.one_mail, ann.text_only) == ("Europe/Berlin", False, True)
    assert (ann.quiet_from, ann.quiet_until) == (22 * 60, 7 * 60 + 30)
    assert (ann.report_frequency, ann.report_hour) == ("weekly", 9)
    site.post("/settings/", preferences(quiet_from="", quiet_until=""))
    ann.refresh_from_db()
    assert ann.quiet_hours is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("time_zone", "Nowhere"), ("quiet_from", ""), ("quiet_until", "22:00")),
        *(("report_hour", "24"), ("report_frequency", "hourly")),
    ],
)
def test_a_wrong_preference_is_said_at_its_field_and_changes_nothing(
    site: Client, ann: User, field: str, value: str
) -> None:
    answer = site.post("/settings/", preferences(**{field: value}))
    assert answer.status_code == 422
    assert f"field-{field} wrong" in answer.content.decode()
    ann.refresh_from_db()
    assert ann.time_zone == "UTC"


def test_every_wrong_preference_is_said_at_once_and_nothing_typed_is_lost(site: Client) -> None:
    wrong = preferences(time_zone="Nowhere", quiet_until="", report_hour="11")
    page = site.post("/settings/", wrong).content.decode()
    assert "field-time_zone wrong" in page
    assert "field-quiet_until wrong" in page
    assert "leave both empty" in page
    for kept in ('value="Nowhere"', 'value="22:00"', 'value="11" selected'):
        assert kept in page


@pytest.mark.parametrize(
    ("written", "meant"),
    [("berlin", "Europe/Berlin"), ("america/new york", "America/New_York"), ("utc", None),
     (" Tokyo ", "Asia/Tokyo")],
)  # fmt: skip
def test_a_place_is_enough_for_a_time_zone(
    site: Client, ann: User, written: str, meant: str | None
) -> None:
    site.post("/settings/", preferences(time_zone=written))
    ann.refresh_from_db()
    assert ann.time_zone == (meant or "UTC")


def test_feed_and_calendar_are_made_anew_and_ended(site: Client, ann: User, bob: User) -> None:
    site.post("/settings/data/feed/")
    first = re.findall(
        r'value="http://[^/]+(/f/[^"]+)"', site.get("/settings/data/").content.decode()
    )
    assert [path.rpartition(".")[2] for path in first] == ["atom", "ics"]
    assert {Client().get(path).status_code for path in first} == {200}
    site.post("/settings/data/feed/")
    assert {Client().get(path).status_code for path in first} == {404}
    stranger = Client()
    stranger.force_login(bob)
    assert "/f/" not in stranger.get("/settings/data/").content.decode()
    site.post("/settings/data/feed/end/")
    assert "/f/" not in site.get("/settings/data/").content.decode()


def test_the_page_shows_the_time_there_now(site: Client, ann: User) -> None:
    ann.time_zone = "Asia/Kolkata"
    ann.save()
    shown = clock.now().astimezone(ZoneInfo("Asia/Kolkata"))
    page = site.get("/settings/").content.decode()
    assert f"on {shown:%A} there now" in page


def test_the_export_is_of_who_is_signed_in(site: Client, desk: Desk, ann: User, bob: User) -> None:
    desk.keep(ann, "wine")
    desk.keep(bob, "port")
    answer = site.get("/settings/export/")
    kept = json.loads(b"".join(answer))  # type: ignore[arg-type]  # it comes in pieces
    assert kept["account"]["email"] == ann.email
    assert [one["wish"]["keywords"] for one in kept["alerts"]] == ["wine"]


def test_deleting_the_account_wants_the_address_and_then_leaves_nothing(
    site: Client, desk: Desk, ann: User, bob: User
) -> None:
    desk.keep(ann)
    assert site.get("/settings/delete/").status_code == 200
    refused = site.post("/settings/delete/", {"email": bob.email})
    assert refused.status_code == 422
    assert User.objects.filter(pk=ann.pk, leaving_at=None).exists()
    answer = site.post("/settings/delete/", {"email": ann.email})
    assert b"Your account is deleted" in answer.content
    erase_leaving()
    assert [user.email for user in User.objects.all()] == [bob.email]
    assert site.get("/alerts/").status_code == 302


def test_sessions_that_are_over_are_deleted(site: Client, desk: Desk) -> None:
    BrowserSession.objects.update(expire_date="2020-01-01T00:00:00Z")
    erase_leaving()
    assert not BrowserSession.objects.exists()


def test_the_first_page_explains_and_leads_who_is_signed_in_to_the_alerts(
    client: Client, ann: User
) -> None:
    page = client.get("/").content.decode()
    assert "/sign-up/" in page
    assert "comes by mail" in page
    client.force_login(ann)
    assert client.get("/").headers["Location"] == "/alerts/"

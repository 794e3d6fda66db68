"""The pages of a signed-in user's account: preferences, export, deletion; and the first page."""

import json
from typing import Any

import pytest
from django.test import Client

from ebay_alerts.accounts.models import BrowserSession, User
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

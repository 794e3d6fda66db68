"""`/api/account`: who one is, and when the price report comes."""

from datetime import timedelta
from typing import Any

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import next_report_at
from ebay_alerts.mail.models import Message
from tests.alerts.test_api_refusals import refusal
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def api(stepped_clock: SteppedClock) -> Person:
    return person("ann@example.com", stepped_clock)


def written(user: User) -> str | None:
    due_at = User.objects.get(pk=user.pk).report_due_at
    return due_at and due_at.isoformat().replace("+00:00", "Z")


def test_an_account_is_answered_whole(api: Person) -> None:
    assert api.send("GET", "/account").json() == {
        "email": "ann@example.com",
        "time_zone": "UTC",
        "report_frequency": "daily",
        "report_hour": 7,
        "next_report_at": written(api.user),
        "one_mail": True,
        "text_only": False,
        "quiet_from": None,
        "quiet_until": None,
        "suppression": None,
    }


def test_a_patch_changes_what_is_given_and_keeps_the_rest(
    api: Person, stepped_clock: SteppedClock
) -> None:
    bob = person("bob@example.com", stepped_clock)
    before = api.send("GET", "/account").json()
    assert api.send("PATCH", "/account", {}).json() == before
    changes = {"time_zone": "Asia/Kolkata", "report_hour": 0}
    answer = api.send("PATCH", "/account", changes)
    assert answer.status_code == 200
    changed = answer.json()
    assert changed == before | changes | {"next_report_at": written(api.user)}
    due_at = User.objects.get(pk=api.user.pk).report_due_at
    assert due_at == next_report_at(stepped_clock.now(), "Asia/Kolkata", 0, "daily")
    apart = api.send("PATCH", "/account", {"one_mail": False}).json()
    assert apart == changed | {"one_mail": False}
    assert api.send("PATCH", "/account", {"one_mail": True}).json() == changed
    off = api.send("PATCH", "/account", {"report_frequency": "off"}).json()
    assert off == changed | {"report_frequency": "off", "next_report_at": None}
    assert api.send("GET", "/account").json() == off
    assert bob.send("GET", "/account").json() == before | {"email": "bob@example.com"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", None),
        ("time_zone", ""),
        ("time_zone", "Mars/Phobos"),
        ("time_zone", 7),
        ("time_zone", ["UTC"]),
        ("time_zone", "U" * 65),
        ("time_zone", "UTC\x00"),
        ("report_frequency", None),
        ("report_frequency", "hourly"),
        ("report_frequency", "DAILY"),
        ("report_frequency", False),
        ("report_hour", None),
        ("report_hour", -1),
        ("report_hour", 24),
        ("report_hour", 7.0),
        ("report_hour", "7"),
        ("report_hour", True),
        ("report_hour", 10**30),
        ("email", "eve@example.com"),
        ("next_report_at", "2030-01-01T00:00:00Z"),
        ("is_staff", True),
        ("surprise", 1),
    ],
)
def test_a_bad_field_is_named_and_nothing_changes(api: Person, field: str, value: Any) -> None:
    before = api.send("GET", "/account").json()
    body = {"report_hour": 5, "time_zone": "Asia/Tokyo"} | {field: value}
    refusal(api.send("PATCH", "/account", body), 422, field)
    assert api.send("GET", "/account").json() == before


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_without_a_token_nobody_is_told(api: Person, method: str) -> None:
    refusal(api.client.generic(method, "/api/account", data="{}"), 401, "Authorization")
    api.token = api.token[:-1]
    refusal(api.send(method, "/account", {}), 401, "Authorization")


def test_other_methods_are_refused(api: Person) -> None:
    answer = api.send("PUT", "/account", {})
    refusal(answer, 405)
    assert set(answer["Allow"].split(", ")) == {"GET", "PATCH", "DELETE"}


def test_the_next_report_is_within_a_day_or_a_week(
    api: Person, stepped_clock: SteppedClock
) -> None:
    for frequency, most in (("daily", 1), ("weekly", 7)):
        api.send("PATCH", "/account", {"report_frequency": frequency})
        due_at = User.objects.get(pk=api.user.pk).report_due_at
        assert due_at is not None
        assert timedelta() < due_at - stepped_clock.now() <= timedelta(days=most)


def test_another_address_is_asked_for_and_nothing_changes_before_it_is_confirmed(
    api: Person, stepped_clock: SteppedClock
) -> None:
    bob = person("bob@example.com", stepped_clock)
    answers = [
        api.send("POST", "/account/change-address", {"address": address})
        for address in (bob.user.email, "ann@new.example")
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].json()["address"] == "ann@new.example"
    api.user.refresh_from_db()
    assert api.user.email == "ann@example.com"
    sent = list(Message.objects.order_by("pk").values_list("to_address", flat=True))
    assert sent == ["ann@example.com", "ann@example.com", "ann@new.example"]
    refusal(api.send("POST", "/account/change-address", {"address": "nobody"}), 422, "address")

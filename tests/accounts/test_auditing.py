"""The audit log: what touched the security of an account, who asked for it, when and from where."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from ebay_alerts.accounts.addresses import confirm_address
from ebay_alerts.accounts.auditing import PRUNED, kept_address
from ebay_alerts.accounts.confirming import other_link
from ebay_alerts.accounts.models import Address, ApiToken, AuditEvent, User
from ebay_alerts.accounts.tasks import prune
from ebay_alerts.mail.channels import create_channel
from ebay_alerts.web.limits import _bursts
from ebay_alerts.web.metrics import render_metrics
from tests.alerts.test_api_refusals import refusal
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def ann(stepped_clock: SteppedClock) -> Person:
    ann = person("ann@example.com", stepped_clock)
    ann.client = Client(REMOTE_ADDR="198.51.100.77")
    return ann


def log_of(api: Person, part: str = "") -> list[dict[str, Any]]:
    answer = api.send("GET", f"/account/audit{part}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["items"])


def test_tokens_made_and_revoked_are_told_with_when_and_from_where(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    made = ann.send("POST", "/account/tokens", {"scopes": ["read"]}).json()
    at = stepped_clock.now()
    stepped_clock.step(minutes=1)
    ann.send("DELETE", f"/account/tokens/{made['id']}")
    revoked, created, first = log_of(ann)
    assert (revoked["kind"], created["kind"]) == ("token_revoked", "token_created")
    assert revoked["about"] == created["about"] == made["hint"]
    assert created["at"][:19] == at.isoformat()[:19]
    assert created["origin"] == revoked["origin"] == "198.51.100.0/24"
    assert created["token"] == ann.token[:9]
    assert (first["kind"], first["origin"], first["token"]) == ("token_created", "", "")
    assert made["token"] not in str(list(AuditEvent.objects.values_list()))


def test_other_addresses_are_told_by_a_part_of_them(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    kept = ann.send("POST", "/account/addresses", {"address": "phone@example.com"}).json()
    ann.send("POST", "/account/addresses", {"address": "phone@example.com"})
    link = other_link(Address.objects.get(), stepped_clock.now()).rstrip("/").split("/")[-1]
    for _ in range(2):
        confirm_address(link, stepped_clock.now())
    ann.send("DELETE", f"/account/addresses/{kept['id']}")
    told = [(one["kind"], one["about"]) for one in log_of(ann)][:-1]
    assert told == [
        ("address_deleted", "p…@example.com"),
        ("address_confirmed", "p…@example.com"),
        ("address_added", "p…@example.com"),
    ]


def test_a_rotated_secret_and_an_export_are_told(ann: Person, stepped_clock: SteppedClock) -> None:
    url = ("https://hooks.example/x", "https://hooks.example/…")
    channel, _ = create_channel(ann.user.pk, "webhook", "", url, stepped_clock.now())
    ann.send("POST", f"/channels/{channel.pk}/rotate-secret")
    ann.send("POST", "/channels/999/rotate-secret")
    assert [(one["kind"], one["about"]) for one in log_of(ann)][:-1] == [
        ("secret_rotated", f"channel {channel.pk}")
    ]


def test_what_is_refused_is_no_event(ann: Person) -> None:
    ann.send("POST", "/account/tokens", {"scopes": ["admin"]})
    ann.send("DELETE", "/account/tokens/999")
    assert len(log_of(ann)) == 1


def test_nobody_reads_the_log_of_another(ann: Person, stepped_clock: SteppedClock) -> None:
    bob = person("bob@example.com", stepped_clock)
    ann.send("POST", "/account/tokens", {"scopes": ["read"]})
    assert len(log_of(bob)) == 1
    assert {one["about"] for one in log_of(bob)} == {bob.token[:9]}


def test_the_log_comes_in_portions(ann: Person, stepped_clock: SteppedClock) -> None:
    for n in range(4):
        AuditEvent.objects.create(
            user=ann.user, kind="signed_in", at=stepped_clock.now(), about=str(n)
        )
    answer = ann.send("GET", "/account/audit?limit=3").json()
    assert [one["about"] for one in answer["items"]] == ["3", "2", "1"]
    rest = ann.send("GET", f"/account/audit?limit=3&cursor={answer['next']}").json()
    assert [one["about"] for one in rest["items"]] == ["0", ann.token[:9]]
    assert rest["next"] is None
    refusal(ann.send("GET", "/account/audit?cursor=x"), 422, "cursor")


def test_whole_addresses_are_kept_where_the_operator_says_so(
    ann: Person, settings: Settings
) -> None:
    assert kept_address("198.51.100.77") == "198.51.100.0/24"
    settings.WHOLE_ADDRESSES = True
    ann.send("POST", "/account/tokens", {"scopes": ["read"]})
    assert log_of(ann)[0]["origin"] == "198.51.100.77"


@pytest.mark.django_db(databases="__all__")
def test_an_address_refused_for_wrong_tokens_is_one_event_a_minute_and_a_figure(
    ann: Person, settings: Settings, stepped_clock: SteppedClock
) -> None:
    settings.FAILED_TOKENS_PER_MINUTE = 3
    stepped_clock.step(seconds=60 - stepped_clock.now().timestamp() % 60)
    stranger = Person(ann.user, Client(REMOTE_ADDR="203.0.113.5"), "eba_wrong")
    for _ in range(9):
        stranger.send("GET", "/alerts")
    event = AuditEvent.objects.get(kind="tokens_refused")
    assert (event.user, event.origin, event.about) == (None, "203.0.113.0/24", "")
    assert b"ebay_alerts_token_bursts 1.0" in render_metrics(stepped_clock.now())
    stepped_clock.step(days=1)
    assert b"ebay_alerts_token_bursts 0.0" in render_metrics(stepped_clock.now())


def test_many_addresses_with_wrong_tokens_do_not_fill_the_log(
    ann: Person, settings: Settings, stepped_clock: SteppedClock
) -> None:
    settings.FAILED_TOKENS_PER_MINUTE = 1
    stepped_clock.step(seconds=3600 - stepped_clock.now().timestamp() % 3600)
    for n in range(_bursts().most + 5):
        Person(ann.user, Client(REMOTE_ADDR=f"203.0.113.{n}"), "eba_no").send("GET", "/alerts")
    assert AuditEvent.objects.filter(kind="tokens_refused").count() == _bursts().most


def test_events_are_pruned_by_age(
    ann: Person, settings: Settings, stepped_clock: SteppedClock
) -> None:
    settings.AUDIT_DAYS = 10
    now = stepped_clock.now()
    old = [
        AuditEvent(user=ann.user, kind="signed_in", at=now - timedelta(days=10, seconds=n))
        for n in range(PRUNED + 2)
    ]
    AuditEvent.objects.bulk_create(old)
    assert [prune(), prune(), prune()] == [PRUNED, 1, 0]
    assert set(AuditEvent.objects.values_list("kind", flat=True)) == {"token_created", "signed_in"}


def test_with_a_user_go_their_events(ann: Person) -> None:
    User.objects.all().delete()
    assert not AuditEvent.objects.exists()
    assert not ApiToken.objects.exists()

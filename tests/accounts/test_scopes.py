"""What a token may do: every operation needs a scope, and is refused without it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ebay_alerts.accounts.models import ApiToken
from ebay_alerts.accounts.scopes import SCOPES, scope_needed, scopes_text
from ebay_alerts.accounts.services import issue_token
from ebay_alerts.accounts.tokens import MOST, USE_NOTED_EVERY
from tests.alerts.test_api_refusals import refusal
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def ann(stepped_clock: SteppedClock) -> Person:
    return person("ann@example.com", stepped_clock)


def limited(api: Person, *scopes: str) -> Person:
    """The same user with a token that may do less."""
    made = ApiToken.objects.latest("pk").created_at
    return Person(api.user, Client(), issue_token(api.user, made, scopes=scopes))


def calls(client: Client) -> list[tuple[str, str, str]]:
    """Method, path and scope of every operation, as the API describes itself."""
    description = json.loads(client.get("/openapi.json").content)
    return [
        (method.upper(), path, requirement["TokenAuth"][0])
        for path, methods in description["paths"].items()
        for method, call in methods.items()
        for requirement in call["security"]
        if "TokenAuth" in requirement
    ]


def answer_to(api: Person, method: str, path: str) -> Any:
    """Of a call with nothing in its body, and a number that nothing has."""
    for place in ("alert_id", "listing_id", "channel_id", "address_id", "token_id"):
        path = path.replace(f"{{{place}}}", "999999")
    return api.send(method, path.removeprefix("/api").replace("{date}", "2026-01-01"))


@pytest.mark.django_db(databases="__all__")
@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_without_the_scope_of_a_call_is_refused_and_with_it_is_not(
    ann: Person, scope: str
) -> None:
    only, others = limited(ann, scope), limited(ann, *(one for one in SCOPES if one != scope))
    needing = [one for one in calls(ann.client) if one[2] == scope]
    assert len(needing) >= 5
    for method, path, _ in needing:
        answer = answer_to(others, method, path)
        refusal(answer, 403)
        assert answer.json()["scope"] == scope, (method, path)
        assert f'scope="{scope}"' in answer["WWW-Authenticate"]
        assert answer_to(only, method, path).status_code not in (401, 403), (method, path)


def test_every_call_says_its_scope_and_its_refusal(ann: Person) -> None:
    description = json.loads(ann.client.get("/openapi.json").content)
    described = [call for methods in description["paths"].values() for call in methods.values()]
    with_tokens = [one for one in described if "TokenAuth" in one["security"][0]]
    assert len(with_tokens) == len(calls(ann.client)) == len(described) - 1
    assert all("403" in call["responses"] for call in with_tokens)
    assert {scope for _, _, scope in calls(ann.client)} == set(SCOPES)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/alerts", "read"),
        ("POST", "/api/alerts/preview", "read"),
        ("POST", "/api/alerts", "write"),
        ("PATCH", "/api/account", "write"),
        ("GET", "/api/account", "read"),
        ("DELETE", "/api/account", "account"),
        ("GET", "/api/account/export", "account"),
        ("GET", "/api/account/tokens", "account"),
        ("GET", "/api/account/addresses", "read"),
        ("POST", "/api/account/change-address", "account"),
        ("POST", "/api/account/addresses", "account"),
        ("POST", "/api/nothing-that-is-known", "write"),
        ("PURGE", "/api/alerts", "write"),
    ],
)
def test_a_call_needs_the_scope_of_its_method_and_kind(method: str, path: str, scope: str) -> None:
    assert scope_needed(method, path) == scope


def test_scopes_are_kept_in_their_order_and_unknown_ones_are_refused() -> None:
    assert scopes_text(["write", "read", "write"]) == "read write"
    with pytest.raises(ValueError, match="admin"):
        scopes_text(["admin"])


def test_a_token_of_an_earlier_version_may_do_everything(ann: Person) -> None:
    assert ApiToken.objects.get().scope_list == ["read", "write", "account"]
    assert ApiToken._meta.get_field("scopes").db_default == "read write account"


def test_tokens_are_made_listed_and_revoked(ann: Person, stepped_clock: SteppedClock) -> None:
    body = {"scopes": ["read"], "name": "Home\r\nAssistant\x00"}
    answer = ann.send("POST", "/account/tokens", body)
    assert answer.status_code == 201
    made = answer.json()
    text = made.pop("token")
    assert (made["scopes"], made["name"], made["expires_at"]) == (["read"], "Home Assistant", None)
    assert text.startswith(made["hint"])
    listed = ann.send("GET", "/account/tokens")
    assert [one["scopes"] for one in listed.json()["items"]] == [list(SCOPES), ["read"]]
    assert listed.json()["items"][1] == made
    assert text not in listed.content.decode()
    reader = Person(ann.user, Client(), text)
    assert reader.send("GET", "/alerts").status_code == 200
    assert ann.send("DELETE", f"/account/tokens/{made['id']}").status_code == 204
    refusal(reader.send("GET", "/alerts"), 401, "Authorization")
    refusal(ann.send("DELETE", f"/account/tokens/{made['id']}"), 404, "id")


def test_a_token_gives_no_more_than_it_has_and_for_no_longer(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    text = issue_token(
        ann.user, now, scopes=("read", "account"), expires_at=now + timedelta(days=1)
    )
    api = Person(ann.user, Client(), text)
    answer = api.send("POST", "/account/tokens", {"scopes": ["read", "write"]})
    refusal(answer, 403)
    assert answer.json()["scope"] == "write"
    for wished in (None, (now + timedelta(days=2)).isoformat()):
        made = api.send("POST", "/account/tokens", {"scopes": ["read"], "expires_at": wished})
        kept = ApiToken.objects.get(pk=made.json()["id"])
        assert kept.expires_at == now + timedelta(days=1)


def test_a_token_is_refused_once_it_has_expired(ann: Person, stepped_clock: SteppedClock) -> None:
    until = stepped_clock.now() + timedelta(hours=1)
    body = {"scopes": ["read"], "expires_at": until.isoformat()}
    api = Person(ann.user, Client(), ann.send("POST", "/account/tokens", body).json()["token"])
    stepped_clock.step(minutes=59)
    assert api.send("GET", "/alerts").status_code == 200
    stepped_clock.step(minutes=1)
    refusal(api.send("GET", "/alerts"), 401, "Authorization")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes.0"),
        ({"scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"scopes": ["read"], "expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"scopes": ["read"], "name": "x" * 61}, "name"),
        ({"scopes": ["read"], "digest": "00"}, "digest"),
    ],
)
def test_a_token_that_cannot_be_is_refused(ann: Person, body: dict[str, Any], field: str) -> None:
    refusal(ann.send("POST", "/account/tokens", body), 422, field)
    assert ApiToken.objects.count() == 1


def test_nobody_sees_or_revokes_the_tokens_of_another(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    bob = person("bob@example.com", stepped_clock)
    of_ann = ApiToken.objects.get(user=ann.user)
    assert len(bob.send("GET", "/account/tokens").json()["items"]) == 1
    refusal(bob.send("DELETE", f"/account/tokens/{of_ann.pk}"), 404, "id")
    assert ann.send("GET", "/account").status_code == 200


def test_a_user_has_so_many_tokens_at_most(ann: Person, stepped_clock: SteppedClock) -> None:
    for _ in range(MOST - 1):
        issue_token(ann.user, stepped_clock.now())
    refusal(ann.send("POST", "/account/tokens", {"scopes": ["read"]}), 409)
    assert ApiToken.objects.count() == MOST


def test_the_use_of_a_token_is_written_every_few_minutes_at_most(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    def last_used() -> Any:
        return ApiToken.objects.get().last_used_at

    assert last_used() is None
    ann.send("GET", "/account")
    first = last_used()
    assert first == stepped_clock.now()
    stepped_clock.step(seconds=USE_NOTED_EVERY.total_seconds() - 1)
    ann.send("GET", "/account")
    assert last_used() == first
    stepped_clock.step(seconds=1)
    ann.send("GET", "/account")
    assert last_used() == stepped_clock.now()

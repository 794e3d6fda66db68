"""The API against its own description: what /openapi.json says is what the API does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services import keeping
from ebay_alerts.kit import clock
from ebay_alerts.market.models import Search
from ebay_alerts.market.tasks import ebay_client
from tests.alerts.conftest import Desk, desk
from tests.analytics.test_trend_api import keep_days
from tests.servers import RunningMock

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(databases="__all__")
schemathesis.serializer.alias("message/rfc822", "text/plain")
api = schemathesis.openapi.from_wsgi("/openapi.json", WSGIHandler())
# What is answered as JSON or as CSV.
TABLES = {
    *("list_reports", "get_report", "list_prices", "list_trend", "list_alert_changes"),
    "export_alerts",
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def kept_connection(db: None) -> Iterator[None]:
    """The handler would end each request by closing the connection that the test rolls back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(
    kept_connection: None, desk: Desk, monkeypatch: pytest.MonkeyPatch, mock: RunningMock
) -> Iterator[str]:
    """Of a user with two alerts and some listings, so that some calls succeed."""
    monkeypatch.setattr(django_settings, "EBAY_BASE_URL", mock.url)
    ebay_client.cache_clear()
    user = ensure_user("ann@example.com", clock.now())
    desk.keep(user)
    desk.keep(user, "red", max_price=50)
    desk.put_all({"a": 10, "b": 20}, title="Red wine")
    desk.start()
    keep_days(0, 1, search_id=Search.objects.earliest("pk").pk)
    token = issue_token(user, clock.now())
    monkeypatch.setattr(django_settings, "BOUNCE_TOKEN", token)
    yield token
    ebay_client().close()
    ebay_client.cache_clear()


@api.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)


def test_the_history_of_an_alert_is_as_described_also_after_its_deletion(
    desk: Desk, token: str
) -> None:
    alert = Alert.objects.order_by("pk")[0]
    keeping.pause_alert(alert.user, alert.pk, desk.now)
    keeping.delete_alert(alert.user, alert.pk, desk.now)
    call = api["/api/alerts/{alert_id}/history"]["GET"]
    for alert_id, status in ((alert.pk, 200), (10**9, 404)):
        case = call.Case(path_parameters={"alert_id": alert_id})
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
        assert answer.status_code == status


def test_the_description_names_every_call_and_its_refusals(client: Client) -> None:
    description = json.loads(client.get("/openapi.json").content)
    assert description["openapi"].startswith("3.")
    calls = {
        f"{method.upper()} {path}": set(call["responses"])
        for path, methods in description["paths"].items()
        for method, call in methods.items()
    }
    assert set(calls) >= {
        "GET /api/account",
        "PATCH /api/account",
        "DELETE /api/account",
        "GET /api/account/export",
        "GET /api/alerts",
        "POST /api/alerts",
        "GET /api/alerts/export",
        "POST /api/alerts/import",
        "GET /api/alerts/{alert_id}",
        "PATCH /api/alerts/{alert_id}",
        "DELETE /api/alerts/{alert_id}",
        "POST /api/alerts/preview",
        "PUT /api/listings/{listing_id}/snooze",
        "DELETE /api/listings/{listing_id}/snooze",
        "GET /api/listings/snoozed",
        "POST /api/alerts/{alert_id}/duplicate",
        "GET /api/alerts/{alert_id}/history",
        "GET /api/alerts/{alert_id}/listings",
        "GET /api/listings/{listing_id}/prices",
        "GET /api/alerts/{alert_id}/trend",
        "GET /api/reports",
        "GET /api/reports/{date}",
    }
    assert "201" in calls["POST /api/alerts"]
    assert "204" in calls["DELETE /api/alerts/{alert_id}"]
    for name, statuses in calls.items():
        assert {"401", "422"} <= statuses, name


def test_refusals_are_described_with_their_media_type(client: Client) -> None:
    description = json.loads(client.get("/openapi.json").content)
    for methods in description["paths"].values():
        for call in methods.values():
            for status, answer in call["responses"].items():
                media = {"application/problem+json" if status >= "400" else "application/json"}
                if status == "200" and call["operationId"] in TABLES:
                    media |= {"text/csv"}
                assert set(answer.get("content", {})) == (set() if status == "204" else media)


def test_every_field_and_parameter_has_a_description_and_an_example(client: Client) -> None:
    description = json.loads(client.get("/openapi.json").content)
    fields = list(_fields(description))
    assert len(fields) > 100
    assert [where for where, field in fields if not _says(field, "description")] == []
    assert [where for where, field in fields if not _has_example(field)] == []


def test_examples_are_of_the_type_of_their_field(client: Client) -> None:
    description = json.loads(client.get("/openapi.json").content)
    assert [
        (where, example)
        for where, field in _fields(description)
        for example in _examples(field)
        if not any(isinstance(example, kind) for kind in _kinds(field))
    ] == []


def _fields(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of each shape and each parameter of each call, and where it stands."""
    for name, schema in description["components"]["schemas"].items():
        for field, said in schema.get("properties", {}).items():
            yield f"{name}.{field}", said
    for path, methods in description["paths"].items():
        for method, call in methods.items():
            for parameter in call.get("parameters", []):
                yield f"{method} {path} {parameter['name']}", parameter


def _alternatives(field: dict[str, Any]) -> list[dict[str, Any]]:
    """The field as described, and all that it may be one of."""
    inner = [*field.get("anyOf", []), *([field["schema"]] if "schema" in field else [])]
    return [field, *(one for part in inner for one in _alternatives(part))]


def _kinds(field: dict[str, Any]) -> list[type]:
    kinds = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list}
    kinds["object"] = dict
    types = [one.get("type") for one in _alternatives(field)]
    return [kinds[one] for one in types if one in kinds]


def _says(field: dict[str, Any], name: str) -> bool:
    return any(len(str(one.get(name, ""))) > 3 for one in _alternatives(field))


def _examples(field: dict[str, Any]) -> list[Any]:
    return [
        example
        for one in _alternatives(field)
        for example in [*one.get("examples", []), *([one["example"]] if "example" in one else [])]
    ]


def _has_example(field: dict[str, Any]) -> bool:
    """Of its own; what is made of other shapes has theirs."""
    shapes = [one for one in _alternatives(field) if _references([one, one.get("items")])]
    return bool(_examples(field)) or bool(shapes)


def test_the_description_is_the_same_every_time_and_resolves_its_references(client: Client) -> None:
    text = client.get("/openapi.json").content.decode()
    description = json.loads(text)
    assert client.get("/openapi.json").content.decode() == text
    references = set(_references(description))
    assert references
    for reference in references:
        place: Any = description
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in _references(inner)]
    if isinstance(value, list):
        return [ref for inner in value for ref in _references(inner)]
    return []

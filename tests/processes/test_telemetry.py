"""Error reports and spans as real receivers on loopback get them: useful, and without secrets."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.db import connection
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.kit import clock
from ebay_alerts.kit.queue import Task
from ebay_alerts.processes import logs
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.error_reports import (
    BadDsn,
    MissingPackage,
    report_errors,
    stop_reporting,
)
from ebay_alerts.processes.runs import run_task
from ebay_alerts.processes.spans import collect_spans
from tests.mail.receiver import Receiver, receiving
from tests.processes.conftest import NewPlace

TITLE, ADDRESS, COOKIE, BODY = "Rare Rioja 1982", "ann@example.com", "cookie-crumbs", "body-words"
PASSWORD = "hunter2-Zx81"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def task_of(run: Callable[[], int]) -> Task:
    return Task("mail.alerts", "mail.alerts", run, timedelta(seconds=1), 10)


@contextmanager
def reporting(receiver: Receiver) -> Iterator[None]:
    """As the commands set it up, with logs on standard error."""
    logs.set_up_logging("INFO")
    report_errors(f"{receiver.url.replace('://', '://public@').rsplit('/', 1)[0]}/1", "1.2.3")
    try:
        yield
    finally:
        stop_reporting()
        structlog.reset_defaults()


def envelopes(receiver: Receiver) -> list[str]:
    return [
        (gzip.decompress(one.body) if one.headers.get("content-encoding") == "gzip" else one.body)
        .decode()
        for one in receiver.came
    ]  # fmt: skip


def events(receiver: Receiver) -> list[dict[str, Any]]:
    lines = [json.loads(line) for one in envelopes(receiver) for line in one.splitlines() if line]
    return [line for line in lines if "exception" in line]


def trip() -> int:
    """A fault with all that must not be sent in its words, its variables and its cause."""
    title, address, password = TITLE, ADDRESS, PASSWORD
    try:
        raise KeyError(title)
    except KeyError as error:
        raise ValueError(f"{address} {password} {BODY}") from error


@pytest.mark.django_db
def test_an_error_of_a_task_is_reported_with_where_it_was_and_nothing_of_anybody(
    receiver: Receiver,
) -> None:
    with reporting(receiver):
        engine = Engine([task_of(trip)])
        engine._workers[0]._run(task_of(trip))
    [event] = events(receiver)
    assert [one["type"] for one in event["exception"]["values"]] == ["KeyError", "ValueError"]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert "trip" in {frame["function"] for frame in frames}
    assert event["tags"]["task"] == "mail.alerts"
    assert event["release"] == "1.2.3"
    sent = "".join(envelopes(receiver))
    for secret in (TITLE, ADDRESS, PASSWORD, BODY):
        assert secret not in sent, secret


@pytest.mark.django_db
def test_an_error_of_a_request_is_reported_without_cookies_body_address_or_token(
    receiver: Receiver,
) -> None:
    user = ensure_user(ADDRESS, clock.now())
    token = issue_token(user, clock.now())
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = COOKIE
    with reporting(receiver), broken_table():
        answer = client.post(
            f"/api/alerts?title={TITLE.split()[0]}",
            json.dumps({"keywords": TITLE, "interval_minutes": 15, "note": BODY}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "X-Request-ID": "r-17"},
        )
    assert answer.status_code == 500
    assert events(receiver)
    assert {event["tags"]["request"] for event in events(receiver)} == {"r-17"}
    sent = "".join(envelopes(receiver))
    for secret in (TITLE, "Rioja", ADDRESS, COOKIE, BODY, token, user.email):
        assert secret not in sent, secret


@contextmanager
def broken_table() -> Iterator[None]:
    """Alerts cannot be kept: a real fault of the database, which tells whole statements."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "market_search"'):
            raise ValueError(f"{TITLE} {BODY} {ADDRESS} {params}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def test_what_is_no_error_is_not_reported(receiver: Receiver) -> None:
    with reporting(receiver):
        log = structlog.get_logger()
        try:
            trip()
        except ValueError:
            log.warning("passing", exc_info=True)
        log.error("without a traceback")
    assert events(receiver) == []


def test_without_the_package_the_start_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(MissingPackage, match=r"ebay-alerts\[sentry\]"):
        report_errors("http://public@localhost/1", "1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingPackage, match=r"ebay-alerts\[telemetry\]"):
        collect_spans("http://localhost:4318", "1")


def test_a_dsn_that_is_none_is_refused_and_not_shown() -> None:
    with pytest.raises(BadDsn) as refusal:
        report_errors(f"nonsense-{PASSWORD}", "1")
    assert PASSWORD not in str(refusal.value)
    stop_reporting()


def spans_of(receiver: Receiver) -> dict[str, dict[str, Any]]:
    found = {}
    for one in receiver.came:
        assert one.path == "/v1/traces"
        asked = ExportTraceServiceRequest()
        body = one.body
        asked.ParseFromString(
            gzip.decompress(body) if one.headers.get("content-encoding") == "gzip" else body
        )
        for resource in asked.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    facts = {
                        a.key: getattr(a.value, a.value.WhichOneof("value"))
                        for a in span.attributes
                    }
                    found[span.name] = facts | {"status": span.status.code}
    return found


@pytest.mark.django_db
def test_spans_of_tasks_and_requests_arrive_with_names_and_nothing_of_anybody(
    receiver: Receiver,
) -> None:
    end = collect_spans(receiver.url.rsplit("/", 1)[0], "1.2.3")
    try:
        run_task(task_of(lambda: User.objects.count() + 3))
        with pytest.raises(ValueError, match=BODY):
            run_task(Task("market.plan", "market", trip, timedelta(seconds=1), 1))
        client = Client()
        client.cookies["sessionid"] = COOKIE
        client.get(f"/c/{PASSWORD}/?title=Rioja", headers={"X-Request-ID": "r-18"})
        client.get("/healthz")
    finally:
        end()
    found = spans_of(receiver)
    assert found["task mail.alerts"]["task.name"] == "mail.alerts"
    assert found["task mail.alerts"]["task.rows"] == 3
    assert found["task mail.alerts"]["db.queries"] == 1
    assert found["task market.plan"]["error.type"] == "ValueError"
    assert found["task market.plan"]["status"] == 2
    page = found["GET /c/<str:token>/"]
    assert (page["request.id"], page["http.response.status_code"]) == ("r-18", 404)
    assert "GET /healthz" in found
    sent = b"".join(
        gzip.decompress(one.body) if one.headers.get("content-encoding") == "gzip" else one.body
        for one in receiver.came
    )
    for secret in (TITLE, "Rioja", ADDRESS, COOKIE, BODY, PASSWORD):
        assert secret.encode() not in sent, secret


def test_a_collector_that_is_away_costs_nothing_but_the_spans(receiver: Receiver) -> None:
    receiver.answer(500)
    end = collect_spans(receiver.url.rsplit("/", 1)[0], "1")
    assert run_task(task_of(lambda: 3)) == 3
    end()


def test_a_system_that_is_told_where_to_report_to_starts_and_sends_spans(
    new_place: NewPlace, receiver: Receiver
) -> None:
    base = receiver.url.rsplit("/", 1)[0]
    place = new_place(
        SENTRY_DSN=f"{base.replace('://', '://public@')}/1", OTEL_EXPORTER_OTLP_ENDPOINT=base
    )
    place.up().stop()
    assert "task market.plan" in spans_of(receiver)

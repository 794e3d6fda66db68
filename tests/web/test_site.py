"""The frame of the site: first page, health, metrics, Swagger and error pages."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from ebay_alerts.market.models import ApiPause
from ebay_alerts.web.views import server_error
from tests.alerts.conftest import Desk, desk
from tests.end_to_end.conftest import person

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(databases="__all__")


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer).decode(errors="replace")  # type: ignore[arg-type]  # files come in pieces


def loaded(page: str) -> list[str]:
    """What a browser fetches to show the page."""
    tags = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page)
    found = [re.search(r'(?:src|href)="([^"]*)"', tag) for tag in tags]
    return [match[1] for match in found if match]


@pytest.mark.parametrize("path", ["/", "/swagger", "/nothing-here"])
def test_a_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    addresses = loaded(page)
    assert addresses
    assert all(address.startswith(("/static/", "data:")) for address in addresses)
    assert "@import" not in page


def test_swagger_has_its_parts_at_hand(client: Client) -> None:
    page = read(client, "/swagger")
    assert 'id="swagger-ui"' in page
    for address in loaded(page):
        assert read(client, address)
    assert "/openapi.json" in page


def test_the_styles_are_served_and_load_nothing_from_elsewhere(client: Client) -> None:
    [style] = [address for address in loaded(read(client, "/")) if address.endswith(".css")]
    assert "http" not in read(client, style)


def test_health_is_a_word(client: Client) -> None:
    assert json.loads(read(client, "/healthz")) == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_metrics_count_alerts_and_mails_by_state(client: Client, desk: Desk) -> None:
    desk.keep(desk.user())
    desk.start()
    desk.keep(desk.user(), "port")
    desk.put("a", 10)
    desk.slot()
    desk.clock.step(seconds=90)
    text = read(client, "/metrics")
    assert 'ebay_alerts_alerts{state="active"} 1.0' in text
    assert 'ebay_alerts_alerts{state="filling"} 1.0' in text
    assert 'ebay_alerts_messages{state="queued"} 1.0' in text
    assert "ebay_alerts_mail_backlog_seconds 90.0" in text
    assert "ebay_alerts_fetches_due" in text
    assert "ebay_alerts_postings_waiting 0.0" in text
    assert "ebay_alerts_channels_suspended 0.0" in text
    assert "ebay_alerts_fetches_failing 0.0" in text
    assert "ebay_alerts_quota_left 0.0" in text


def test_metrics_take_as_many_queries_however_much_there_is(client: Client, desk: Desk) -> None:
    def queries() -> int:
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        read(client, "/metrics")
        connection.force_debug_cursor = False
        return len(connection.queries_log)

    before = queries()
    for number in range(10):
        desk.keep(desk.user(f"u{number}"))
    assert queries() == before


def test_the_first_page_says_how_the_market_stands(client: Client, desk: Desk) -> None:
    desk.keep(desk.user())
    assert "all well" in read(client, "/")
    until = clock.now() + timedelta(hours=1)
    ApiPause.objects.create(pk=1, until=until, reason="<b>the quota is spent</b>")
    page = read(client, "/")
    assert "eBay takes no calls until" in page
    assert "&lt;b&gt;the quota" in page


def test_what_is_not_there_is_said_in_the_sites_frame(client: Client) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content
    assert b"eBay Alerts" in answer.content


def test_a_fault_of_ours_is_said_in_the_sites_frame() -> None:
    answer = server_error(HttpRequest())
    assert answer.status_code == 500
    assert b"Something went wrong here" in answer.content


def test_a_fault_of_ours_in_the_api_is_a_problem_that_tells_no_secrets(
    client: Client, desk: Desk
) -> None:
    desk.keep(desk.user())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE alerts_alert RENAME TO alerts_away")
    answer = person("ann@example.com", desk.clock).send("GET", "/alerts")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Internal Server Error"
    assert "alerts_a" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/swagger", "/openapi.json", "/nothing-here"])
def test_every_answer_forbids_framing_and_guessing_of_types(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_nothing_of_the_outbox_is_in_public_pages(client: Client, desk: Desk) -> None:
    desk.keep(desk.user(), "secret wish")
    desk.fill()
    desk.outage()
    assert Message.objects.exists()
    for path in ("/", "/metrics", "/healthz"):
        page = read(client, path)
        assert "secret wish" not in page
        assert "@example.com" not in page.replace("you@example.com", "")

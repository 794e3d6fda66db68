"""Lists as CSV: when they are, that they are whole, and that they say what the JSON says."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from ebay_alerts.market.models import Listing, PricePoint
from tests.alerts.conftest import Desk
from tests.alerts.test_api_refusals import refusal
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
JSON, CSV = "application/json", "text/csv; charset=utf-8; header=present"


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


@pytest.fixture
def path(api: Person, desk: Desk) -> str:
    """Of a listing with three price points that the user may see."""
    api.keep("wine")
    for price in (10, 12, 9):
        desk.put("a", price)
    PricePoint.objects.filter(minor=1200).update(own_minor=1105, own_currency="EUR")
    return f"/listings/{desk.listing('a').pk}/prices"


def get(api: Person, path: str, **headers: str) -> Any:
    headers["authorization"] = f"Bearer {api.token}"
    return api.client.get(f"/api{path}", headers=headers)


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cells(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {name: "" if value is None else str(value) for name, value in item.items()}
        for item in items
    ]


def test_csv_says_what_the_json_says(api: Person, path: str) -> None:
    items = get(api, path).json()["items"]
    assert [(item["amount"], item["own_amount"], item["own_currency"]) for item in items] == [
        ("10.00", None, None),
        ("12.00", "11.05", "EUR"),
        ("9.00", None, None),
    ]
    assert rows_of(get(api, path, accept="text/csv")) == as_cells(items)


@pytest.mark.parametrize(
    ("accept", "query", "media"),
    [
        (None, "", JSON),
        ("*/*", "", JSON),
        ("text/csv", "", CSV),
        ("text/*", "", CSV),
        ("text/csv;q=0.5, application/json;q=0.4", "", CSV),
        ("text/csv;q=0.4, application/json;q=0.5", "", JSON),
        ("*/*;q=0.1, text/csv", "", CSV),
        ("text/csv;q=0, */*", "", JSON),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", "", JSON),
        ("image/png", "", JSON),
        (";;q=nan,,text", "", JSON),
        (None, "?format=csv", CSV),
        ("application/json", "?format=csv", CSV),
        ("text/csv", "?format=json", JSON),
    ],
)
def test_the_format_is_the_one_asked_for(
    api: Person, path: str, accept: str | None, query: str, media: str
) -> None:
    answer = get(api, path + query, **({} if accept is None else {"accept": accept}))
    assert answer.status_code == 200
    assert answer["Content-Type"].replace("application/json; charset=utf-8", JSON) == media
    assert "Accept" in answer["Vary"]


def test_a_file_is_saved_under_a_name_of_its_own(api: Person, path: str, desk: Desk) -> None:
    answer = get(api, path + "?format=csv")
    name = f"prices-{desk.listing('a').pk}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("text", ["xml", "CSV", "", "csv,json", "%00"])
def test_another_format_is_refused(api: Person, path: str, text: str) -> None:
    problem = refusal(get(api, f"{path}?format={text}"), 422, "format")
    assert problem["detail"] == "format: write 'json' or 'csv'."


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=501", "limit=", "cursor=MXwy"])
def test_what_cannot_be_answered_is_refused_before_a_file_begins(
    api: Person, path: str, query: str
) -> None:
    refusal(get(api, f"{path}?format=csv&{query}"), 422, query.split("=")[0])
    refusal(get(api, "/listings/0/prices?format=csv"), 404)


def long_history(listing: Listing, rows: int) -> None:
    first = listing.price_points.order_by("pk")[0].at
    PricePoint.objects.bulk_create(
        PricePoint(
            listing=listing,
            at=first + timedelta(minutes=minute),
            kind="price",
            minor=minute,
            currency="USD",
        )
        for minute in range(rows)
    )


def test_the_whole_list_is_sent_and_read_as_it_is_sent(api: Person, path: str, desk: Desk) -> None:
    long_history(desk.listing("a"), 1200)
    answer = get(api, path + "?format=csv")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        parts = []
        asked = []
        for part in answer.streaming_content:
            parts.append(part.decode())
            asked.append(len(queries))
    assert asked == [0, 1, 2], "the first portion was read before the answer began"
    rows = list(csv.DictReader(io.StringIO("".join(parts), newline="")))
    assert [row["amount"] for row in rows[3:]] == [f"{minor / 100:.2f}" for minor in range(1200)]
    assert "Link" not in answer


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_connection(api: Person, path: str, desk: Desk) -> None:
    long_history(desk.listing("a"), 600)
    answer = get(api, path + "?format=csv")
    held = [connection.connection is not None for _ in answer.streaming_content]
    assert held == [False, False]


def test_with_a_limit_a_header_leads_to_the_next_rows(api: Person, path: str) -> None:
    answer = get(api, f"{path}?limit=2", accept="text/csv")
    assert [row["amount"] for row in rows_of(answer)] == ["10.00", "12.00"]
    address, relation = answer["Link"].split("; ")
    assert relation == 'rel="next"'
    rest = get(api, address.strip("<>").removeprefix("/api"), accept="text/csv")
    assert [row["amount"] for row in rows_of(rest)] == ["9.00"]
    assert "Link" not in rest


def test_from_a_cursor_on_the_file_has_what_follows(api: Person, path: str) -> None:
    following = get(api, f"{path}?limit=1").json()["next"]
    rows = rows_of(get(api, f"{path}?format=csv&cursor={following}"))
    assert [row["amount"] for row in rows] == ["12.00", "9.00"]


def test_the_server_that_people_run_sends_the_same(api: Person, path: str, desk: Desk) -> None:
    """Served asynchronously, Django would read the whole file first, and warn of it."""
    long_history(desk.listing("a"), 600)

    async def fetch() -> bytes:
        answer: Any = await AsyncClient().get(
            f"/api{path}?format=csv", headers={"authorization": f"Bearer {api.token}"}
        )
        assert answer.is_async
        return b"".join([part async for part in answer.streaming_content])

    synchronous = b"".join(get(api, path + "?format=csv").streaming_content)
    assert async_to_sync(fetch)() == synchronous
    assert synchronous.count(b"\r\n") == 604

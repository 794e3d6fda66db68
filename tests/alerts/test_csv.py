"""Lists as CSV: when they are, that they are whole, and that they say what the JSON says."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from ebay_alerts.alerts.lists import ROWS_AT_ONCE
from ebay_alerts.alerts.schemas.history import (
    WishOut,
)
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
        {name: "" if value is None else _cell(value) for name, value in item.items()}
        for item in items
    ]


def _cell(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


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


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=501", "limit=", "cursor=MQ"])
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
    long_history(desk.listing("a"), 2 * ROWS_AT_ONCE + 200)
    answer = get(api, path + "?format=csv")
    with CaptureQueriesContext(connection) as queries:
        parts: list[str] = []
        asked: list[int] = []
        for part in answer.streaming_content:
            parts.append(part.decode())
            asked.append(len(queries))
    assert asked == [0, 1, 2], "the first portion was read before the answer began"
    assert all(part.count("\r\n") <= ROWS_AT_ONCE + 1 for part in parts)
    rows = list(csv.DictReader(io.StringIO("".join(parts), newline="")))
    amounts = [f"{minor / 100:.2f}" for minor in range(2 * ROWS_AT_ONCE + 200)]
    assert sorted(row["amount"] for row in rows) == sorted([*amounts, "10.00", "12.00", "9.00"])
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert "Link" not in answer


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_connection(api: Person, path: str, desk: Desk) -> None:
    long_history(desk.listing("a"), ROWS_AT_ONCE)
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
    long_history(desk.listing("a"), ROWS_AT_ONCE)

    async def fetch() -> bytes:
        answer: Any = await AsyncClient().get(
            f"/api{path}?format=csv", headers={"authorization": f"Bearer {api.token}"}
        )
        assert answer.is_async
        return b"".join([part async for part in answer.streaming_content])

    synchronous = b"".join(get(api, path + "?format=csv").streaming_content)
    assert async_to_sync(fetch)() == synchronous
    assert synchronous.count(b"\r\n") == 1 + 3 + ROWS_AT_ONCE


class TestHistory:
    """`GET /api/alerts/{id}/history` as CSV."""

    @pytest.fixture
    def history(self, api: Person) -> str:
        """Of an alert that was created, changed and deleted."""
        alert = api.keep("-cooler wine", name="=1+1", max_price=50)
        api.send("PATCH", f"/alerts/{alert['id']}", {"interval_minutes": 60, "max_price": None})
        api.send("DELETE", f"/alerts/{alert['id']}")
        return f"/alerts/{alert['id']}/history"

    def test_each_field_of_the_wishes_has_a_column(self, api: Person, history: str) -> None:
        answer = get(api, history, accept="text/csv")
        number = history.split("/")[2]
        name = f'attachment; filename="history-{number}.csv"'
        assert answer["Content-Disposition"] == name
        rows = rows_of(answer)
        wish = [f"{part}.{name}" for part in ("before", "after") for name in WishOut.model_fields]
        assert list(rows[0]) == ["at", "kind", *wish, "changed"]
        assert [row["kind"] for row in rows] == ["deleted", "changed", "created"]
        assert [row["changed"] for row in rows] == ["", "interval_minutes max_price", ""]
        deleted, changed, created = rows
        assert (changed["before.max_price"], changed["after.max_price"]) == ("50.00", "")
        assert (changed["before.interval_minutes"], changed["after.interval_minutes"]) == (
            "15",
            "60",
        )
        assert {created[name] for name in wish if name.startswith("before.")} == {""}
        assert {deleted[name] for name in wish if name.startswith("after.")} == {""}

    def test_csv_says_what_the_json_says(self, api: Person, history: str) -> None:
        items = get(api, history).json()["items"]
        parts = ("before", "after")
        flat = [
            {"at": item["at"], "kind": item["kind"], "changed": " ".join(item["changed"])}
            | {
                f"{part}.{name}": " ".join(value) if isinstance(value, list) else value
                for part in parts
                for name, value in (item[part] or {}).items()
            }
            for item in items
        ]
        rows = [
            {name: cell for name, cell in row.items() if cell}
            for row in rows_of(get(api, history + "?format=csv"))
        ]
        shown = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]
        expected = [{name: cell for name, cell in row.items() if cell} for row in as_cells(flat)]
        assert shown == expected

    def test_what_a_user_typed_is_no_formula(self, api: Person, history: str) -> None:
        created = rows_of(get(api, history + "?format=csv"))[-1]
        assert created["after.name"] == "'=1+1"
        assert created["after.keywords"] == "'-cooler wine"

    def test_with_a_limit_a_header_leads_to_the_older_changes(
        self, api: Person, history: str
    ) -> None:
        answer = get(api, f"{history}?limit=2&format=csv")
        address = answer["Link"].split(";")[0].strip("<>").removeprefix("/api")
        assert [row["kind"] for row in rows_of(answer)] == ["deleted", "changed"]
        assert [row["kind"] for row in rows_of(get(api, address))] == ["created"]

    def test_nobody_elses_is_there(self, api: Person, history: str, desk: Desk) -> None:
        bob = person("bob@example.com", desk.clock)
        for path in (history, "/alerts/0/history", f"/alerts/{10**30}/history"):
            refusal(get(bob, f"{path}?format=csv"), 404, "id")

    @pytest.mark.parametrize("query", ["cursor=x", "cursor=MXwy", "limit=0", "format=xml"])
    def test_what_cannot_be_answered_is_refused(
        self, api: Person, history: str, query: str
    ) -> None:
        refusal(get(api, f"{history}?{query}"), 422, query.split("=")[0])

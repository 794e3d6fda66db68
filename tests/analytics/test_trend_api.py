"""The trend of an alert over the API: whose it is, its days, its portions, its CSV, its switch."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.alerts.models import Alert
from ebay_alerts.analytics.models import SearchDay
from ebay_alerts.analytics.services.etl import run_etl
from tests.alerts.conftest import Desk, desk
from tests.alerts.test_api_refusals import refusal
from tests.analytics.story import kept_search_days
from tests.end_to_end.conftest import Person, person

__all__ = ["desk"]
BOTH = ["default", "analytics"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases=BOTH)]
FIRST = date(2026, 1, 1)
PERCENTILES = ("p10", "median", "p90")


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


@pytest.fixture
def path(api: Person) -> str:
    """Of an alert without history."""
    return f"/alerts/{api.keep('wine')['id']}/trend"


def keep_days(*after_first: int, currency: str = "USD", search_id: int | None = None) -> None:
    """A row of a search (of the only one by default) on each of these days, which it tells."""
    search_id = search_id or Alert.objects.get().search_id
    SearchDay.objects.bulk_create(
        SearchDay(
            search_id=search_id,
            day=FIRST.toordinal() + number,
            live=number + 2,
            appeared=1,
            gone=number,
            currency=currency,
            priced=number + 1 if currency else 0,
            p10=1000 + number if currency else None,
            median=2050 + number if currency else None,
            p90=3000 + number if currency else None,
        )
        for number in after_first
    )


def get(api: Person, path: str, **headers: str) -> Any:
    headers["authorization"] = f"Bearer {api.token}"
    return api.client.get(f"/api{path}", headers=headers)


def items_of(api: Person, path: str) -> list[dict[str, Any]]:
    answer = get(api, path)
    assert answer.status_code == 200, answer.content
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def numbers(items: list[dict[str, Any]]) -> list[int]:
    return [(date.fromisoformat(item["day"]) - FIRST).days for item in items]


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cells(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {name: "" if value is None else str(value) for name, value in item.items()}
        for item in items
    ]


def test_a_day_is_answered_whole(api: Person, path: str) -> None:
    keep_days(3)
    assert items_of(api, path) == [
        {
            "day": "2026-01-04",
            "live": 5,
            "appeared": 1,
            "gone": 3,
            "currency": "USD",
            "priced": 4,
            "p10": "10.03",
            "median": "20.53",
            "p90": "30.03",
        }
    ]


def test_amounts_are_in_the_units_of_their_currency(api: Person, path: str) -> None:
    keep_days(0, currency="JPY")
    assert [items_of(api, path)[0][name] for name in PERCENTILES] == ["1000", "2050", "3000"]


def test_without_prices_there_are_counts_alone(api: Person, path: str) -> None:
    keep_days(0, currency="")
    (item,) = items_of(api, path)
    assert (item["live"], item["priced"], item["currency"]) == (2, 0, None)
    assert [item[name] for name in PERCENTILES] == [None] * 3


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_the_trend_is_what_the_etl_figured(api: Person, path: str, desk: Desk) -> None:
    desk.put_all({"a": 10, "b": 20, "c": 40})
    desk.clock.step(days=2)
    desk.put("b", 30)
    desk.end("a")
    run_etl(desk.now)
    items = items_of(api, path)
    days = kept_search_days(Alert.objects.get().search)
    assert [date.fromisoformat(item["day"]).toordinal() for item in items] == sorted(days)
    assert [(item["live"], item["appeared"], item["gone"]) for item in items] == [
        (3, 3, 0),
        (2, 0, 1),
    ]
    assert [item["median"] for item in items] == ["20.00", "30.00"]


def test_a_user_sees_the_trend_of_their_own_alerts_alone(
    api: Person, path: str, desk: Desk
) -> None:
    keep_days(0)
    bob = person("bob@example.com", desk.clock)
    for asked in (path, f"{path}?format=csv", f"/alerts/{10**30}/trend", "/alerts/0/trend"):
        refusal(get(bob, asked), 404, "id")
    own = bob.keep("port")["id"]
    assert items_of(bob, f"/alerts/{own}/trend") == []
    refusal(api.client.get(f"/api{path}"), 401)


def test_an_alert_without_history_has_no_days(api: Person, path: str) -> None:
    assert get(api, path).json() == {"items": [], "next": None}
    assert rows_of(get(api, f"{path}?format=csv")) == []
    assert items_of(api, f"{path}?from=2026-01-01&to=2026-12-31") == []


@pytest.mark.parametrize(("limit", "query"), [(1, ""), (3, "&from=2026-01-05"), (500, "")])
def test_portions_hold_every_day_exactly_once(
    api: Person, path: str, limit: int, query: str
) -> None:
    keep_days(*range(0, 40, 2))
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = get(api, f"{path}?limit={limit}&cursor={cursor}{query}").json()
        assert len(answer["items"]) <= limit
        found += numbers(answer["items"])
        cursor = answer["next"]
    assert found == list(range(4 if query else 0, 40, 2))


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [
        (None, None, [2, 5, 9]),
        (2, None, [2, 5, 9]),
        (3, None, [2, 5, 9]),
        (5, None, [5, 9]),
        (8, None, [5, 9]),
        (30, None, [9]),
        (0, None, [2, 5, 9]),
        (None, 5, [2, 5]),
        (None, 4, [2]),
        (None, 1, []),
        (3, 4, [2]),
        (5, 5, [5]),
        (6, 9, [5, 9]),
        (0, 1, []),
    ],
)
def test_a_period_begins_with_the_day_that_holds_on_its_first(
    api: Person, path: str, begin: int | None, end: int | None, found: list[int]
) -> None:
    keep_days(2, 5, 9)
    bounds = {"from": begin, "to": end}
    query = "&".join(f"{name}={day(at)}" for name, at in bounds.items() if at is not None)
    assert numbers(items_of(api, f"{path}?{query}")) == found


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-02-30", "2026-13-01", "0000-01-01", "2026-1-1", "20260101"),
        *("2026-W01-1", "2026-01-01T00:00:00Z", "1767225600", "-2026-01-01", "%00", "２026-01-01"),
    ],
)
def test_what_is_no_date_is_refused(api: Person, path: str, name: str, text: str) -> None:
    problem = refusal(get(api, f"{path}?{name}={text}"), 422, name)
    assert problem["detail"] == f"{name}: write a date such as 2026-07-31."


@pytest.mark.parametrize("query", ["", "&format=csv"])
def test_a_period_that_ends_before_it_begins_is_refused(api: Person, path: str, query: str) -> None:
    problem = refusal(get(api, f"{path}?from=2026-02-01&to=2026-01-31{query}"), 422, "to")
    assert problem["detail"].startswith("2026-01-31 is before 2026-02-01")


def test_the_ends_of_time_are_dates_like_others(api: Person, path: str) -> None:
    keep_days(0)
    assert numbers(items_of(api, f"{path}?from=0001-01-01&to=9999-12-31")) == [0]


@pytest.mark.parametrize("cursor", ["x", "MXwy", "A" * 5000, "%FF%FE"])
def test_a_cursor_that_is_not_ours_is_refused(api: Person, path: str, cursor: str) -> None:
    refusal(get(api, f"{path}?cursor={cursor}"), 422, "cursor")
    refusal(get(api, f"{path}?format=csv&cursor={cursor}"), 422, "cursor")


def test_a_cursor_beyond_all_days_ends_the_list(api: Person, path: str) -> None:
    keep_days(0)
    # 9223372036854775807, the largest number that a cursor may hold.
    assert items_of(api, f"{path}?cursor=OTIyMzM3MjAzNjg1NDc3NTgwNw") == []


def test_csv_has_all_days_as_the_json_has_them(api: Person, path: str) -> None:
    keep_days(*range(700))
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = get(api, f"{path}?limit=500&cursor={cursor}").json()
        items, cursor = items + answer["items"], answer["next"]
    answer = get(api, path, accept="text/csv")
    assert answer["Content-Disposition"].endswith(f'filename="trend-{Alert.objects.get().pk}.csv"')
    assert rows_of(answer) == as_cells(items)
    assert len(items) == 700

    part = rows_of(get(api, f"{path}?format=csv&from={day(690)}&to={day(694)}"))
    assert part == as_cells(items[690:695])


def test_without_market_statistics_the_counts_remain(
    api: Person, path: str, settings: Settings
) -> None:
    keep_days(0, 1)
    shown = items_of(api, path)
    settings.MARKET_STATISTICS = False
    hidden = items_of(api, path)
    assert hidden == [item | dict.fromkeys(PERCENTILES) for item in shown]
    assert rows_of(get(api, f"{path}?format=csv")) == as_cells(hidden)

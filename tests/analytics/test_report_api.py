"""Price reports over the API: whose they are, what they tell, their portions and CSV."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.analytics.models import Listing, Report
from tests.alerts.test_api_refusals import refusal
from tests.analytics.mornings import Mornings
from tests.end_to_end.conftest import Person, person

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


@pytest.fixture
def api(days: Mornings) -> Person:
    return person("ann@example.com", days.desk.clock)


def answer(api: Person, path: str) -> dict[str, Any]:
    response = api.send("GET", path)
    assert response.status_code == 200, response.content
    return dict(response.json())


def mornings_of(days: Mornings, api: Person, *prices: dict[str, int]) -> None:
    """A watched market whose prices move from day to day."""
    if not api.user.alerts.exists():
        api.keep("wine", name="Cellar")
    days.desk.put_all(dict.fromkeys(prices[0], 100))
    days.desk.start()
    days.morning()
    for some in prices:
        days.desk.put_all(some)
        days.morning()


def test_a_report_tells_what_moved(days: Mornings, api: Person) -> None:
    alert_id = api.keep("wine", name="Cellar")["id"]
    mornings_of(days, api, {"a": 80, "b": 130})
    on = days.desk.now.date()
    [listed] = answer(api, "/reports")["items"]
    assert listed == {
        "date": str(on),
        "compares": str(on - timedelta(days=2)),
        "covers": str(on - timedelta(days=1)),
        "falls": 1,
        "rises": 1,
    }
    report = answer(api, f"/reports/{on}")
    assert {name: report[name] for name in listed} == listed
    assert report["alerts"] == [{"id": alert_id, "name": "Cellar", "falls": 1, "rises": 1}]
    fall, rise = report["items"]
    assert fall == {
        "listing_id": days.desk.listing("a").pk,
        "title": "Wine a",
        "url": "https://www.ebay.com/itm/1",
        "currency": "USD",
        "was": "100.00",
        "price": "80.00",
        "change": "-20.00",
        "change_percent": "-20.0",
        "lowest_in_days": 1,
        "highest_in_days": None,
        "known_days": 1,
        "price_30_days_ago": None,
        "standing": "too few to compare",
        "alerts": [alert_id],
    }
    assert (rise["title"], rise["change"], rise["change_percent"]) == ("Wine b", "30.00", "30.0")


def test_reports_come_in_portions_the_latest_first(days: Mornings, api: Person) -> None:
    mornings_of(days, api, {"a": 90}, {"a": 90}, {"a": 80}, {"a": 70})
    first = answer(api, "/reports?limit=2")
    rest = answer(api, f"/reports?limit=2&cursor={first['next']}")
    dates = [one["date"] for one in (*first["items"], *rest["items"])]
    assert dates == sorted(dates, reverse=True)
    assert (len(dates), rest["next"]) == (3, None)


def test_another_users_reports_are_not_there(days: Mornings, api: Person) -> None:
    mornings_of(days, api, {"a": 80})
    other = person("bob@example.com", days.desk.clock)
    assert answer(other, "/reports")["items"] == []
    response = other.send("GET", f"/reports/{days.desk.now.date()}")
    assert response.status_code == 404
    assert response.json()["field"] == "date"


def test_a_report_that_is_still_made_is_not_there(days: Mornings, api: Person) -> None:
    today = days.desk.now.date()
    Report.objects.create(user_id=api.user.pk, report_date=today, lease_until=days.desk.now)
    assert answer(api, "/reports")["items"] == []
    assert api.send("GET", f"/reports/{today}").status_code == 404


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", "2026-1-1", "20260101"])
def test_what_is_no_date_is_refused(days: Mornings, api: Person, given: str) -> None:
    problem = refusal(api.send("GET", f"/reports/{given}"), 422)
    assert problem["field"] == "date"
    assert "2026-07-31" in problem["detail"]


@pytest.mark.parametrize("query", ["?format=xml", "?limit=0", "?cursor=x"])
def test_what_cannot_be_asked_for_is_refused(days: Mornings, api: Person, query: str) -> None:
    assert api.send("GET", f"/reports{query}").status_code == 422


def test_reports_come_as_csv(days: Mornings, api: Person) -> None:
    mornings_of(days, api, {"a": 80, "b": 130})
    Listing.objects.filter(legacy_id="a").update(title="=1+1")
    on = days.desk.now.date()
    response = api.send("GET", f"/reports/{on}?format=csv")
    assert response["Content-Type"].startswith("text/csv")
    assert f'filename="report-{on}.csv"' in response["Content-Disposition"]
    fall, rise = csv.DictReader(io.StringIO(response.getvalue().decode()))
    assert (fall["title"], fall["was"], fall["change"]) == ("'=1+1", "100.00", "-20.00")
    assert (rise["lowest_in_days"], rise["highest_in_days"]) == ("", "1")
    response = api.send("GET", "/reports?format=csv")
    [row] = csv.DictReader(io.StringIO(response.getvalue().decode()))
    assert (row["date"], row["falls"]) == (str(on), "1")


def test_nothing_is_compared_with_others_where_that_is_switched_off_since(
    days: Mornings, api: Person, settings: Settings
) -> None:
    mornings_of(days, api, {"a": 80})
    settings.MARKET_STATISTICS = False
    report = answer(api, f"/reports/{days.desk.now.date()}")
    assert [move["standing"] for move in report["items"]] == [None]

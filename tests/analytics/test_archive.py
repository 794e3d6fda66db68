"""The archive of price reports: its user's own, each as it was mailed."""

import re

import pytest
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.analytics.models import Report
from tests.alerts.conftest import bob
from tests.analytics.mornings import Mornings

__all__ = ["bob"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "analytics"])


def figures(text: str) -> list[str]:
    return sorted(re.findall(r"\$[\d,]+\.\d\d", text))


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def test_an_empty_archive_says_what_to_wait_for(site: Client) -> None:
    page = site.get("/reports/").content.decode()
    assert "There is none yet." in page
    assert "/alerts/new/" in page


def test_the_archived_page_says_what_the_mail_said(
    days: Mornings, site: Client, ann: User, bob: User
) -> None:
    days.desk.keep(ann, "wine", name="Red <b>wine</b>")
    days.desk.put_all({"a": 100, "b": 200, "c": 300})
    days.desk.start()
    days.morning()
    days.desk.put_all({"a": 50, "b": 230})
    [first] = days.morning()
    days.desk.put_all({"a": 45})
    days.morning()
    reports = list(Report.objects.filter(falls__gt=0).order_by("report_date"))
    dates = [one.report_date.isoformat() for one in reports]
    listed = site.get("/reports/").content.decode()
    assert all(f"/reports/{on}/" in listed for on in dates)
    assert "1 fell, 1 rose" in listed
    assert "Red &lt;b&gt;wine&lt;/b&gt;" in listed
    page = site.get(f"/reports/{dates[0]}/").content.decode()
    shown = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    moved = shown.partition("falls first")[2].partition("Your alerts")[0]
    told = first.text.partition("Your alerts")[0]
    assert figures(moved) == figures(told)
    assert len(figures(told)) == 6
    for words in ("1 fell, 1 rose", "down 50 %", "up 15 %", "Wine a", "Wine b"):
        assert words.lower() in shown.lower()
        assert words.lower() in first.text.lower()
    assert f"/reports/{dates[1]}/" in page
    assert f"/reports/{dates[0]}/" in site.get(f"/reports/{dates[1]}/").content.decode()
    stranger = Client()
    stranger.force_login(bob)
    assert stranger.get(f"/reports/{dates[0]}/").status_code == 404
    assert dates[0] not in stranger.get("/reports/").content.decode()


@pytest.mark.parametrize("on", ["2026-02-31", "20261124", "x", "0000-00-00"])
def test_a_date_without_a_report_has_no_page(site: Client, on: str) -> None:
    assert site.get(f"/reports/{on}/").status_code == 404


def test_the_archive_wants_a_sign_in(client: Client) -> None:
    for path in ("/reports/", "/reports/2026-11-24/"):
        assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"

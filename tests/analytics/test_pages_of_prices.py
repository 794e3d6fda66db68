"""The pages that show history: the list with sparklines, an alert's chart, and a listing."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, ListingSnooze
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.kit.money import Money
from tests.alerts.test_site import HOSTILE, attributes_in, text
from tests.analytics.mornings import Mornings

pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def alert(days: Mornings, ann: User) -> Alert:
    """Three nights: the median falls from $100 to $80, and its user was told of it."""
    desk = days.desk
    kept = desk.keep(ann, name="Mine")
    desk.start()
    desk.put_all({"a": 100, "b": 90, "c": 120})
    desk.slot()
    days.night()
    days.night()
    desk.put_all({"a": 80, "b": 60})
    desk.slot()
    days.night()
    return kept


def figures_in(page: str) -> dict[str, Any]:
    """What the script is given to draw."""
    [block] = re.findall(
        r'<script id="chart-figures" type="application/json">(.*?)</script>', page, re.DOTALL
    )
    return dict(json.loads(block))


def test_an_alerts_page_shows_its_median_in_its_band_and_what_was_told(
    site: Client, alert: Alert
) -> None:
    page = text(site, f"/alerts/{alert.pk}/")
    figures = figures_in(page)
    assert figures["line"] == [100.0, 100.0, 80.0]
    assert (figures["low"], figures["high"]) == ([90.0, 90.0, 60.0], [120.0, 120.0, 120.0])
    assert sorted(minor for _, minor in figures["told"]) == [60, 80, 90, 100, 120]
    assert len(set(figures["x"])) == 3
    assert "Median $80.00 of 3 prices, 20 % lower than 2 days ago." in page
    assert "The cheapest now, $60.00, is 40 % under the 30-day median." in page


def test_without_scripts_a_chart_is_drawn_and_written_in_the_pages_colours(
    site: Client, alert: Alert
) -> None:
    page = text(site, f"/alerts/{alert.pk}/")
    [svg] = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert "#" not in svg
    assert 'stroke="var(--accent)"' in svg
    table = page[page.index("As a table") : page.index("</table>")]
    assert re.findall(r"<td>([^<]*)</td>", table)[:4] == ["$80.00", "$60.00", "$120.00", "3"]


def test_the_list_shows_where_the_median_went(site: Client, alert: Alert) -> None:
    page = text(site, "/alerts/")
    [spark] = re.findall(r'<a class="spark".*?</a>', page, re.DOTALL)
    assert "$80.00" in spark
    assert "down 20 %" in spark
    assert 'd="M4 4L60 4L116 28"' in spark


def test_before_two_days_are_figured_the_chart_is_of_the_log(
    site: Client, days: Mornings, ann: User
) -> None:
    desk = days.desk
    kept = desk.keep(ann)
    assert "A chart of what its listings cost comes here" in text(site, f"/alerts/{kept.pk}/")
    desk.start()
    desk.put_all({"a": 100, "b": 90, "c": 120})
    desk.clock.step(hours=1)
    desk.put("a", 40)
    desk.end("b")
    desk.clock.step(hours=1)
    page = text(site, f"/alerts/{kept.pk}/")
    figures = figures_in(page)
    assert (figures["line"][0], figures["line"][-1]) == (100.0, 40.0)
    assert (figures["low"][-1], figures["high"][-1]) == (40.0, 120.0)
    assert "Median $40.00 of 2 prices now, 8 of 10 between $40.00 and $120.00." in page
    assert 'class="spark"' not in text(site, "/alerts/")


def test_where_market_statistics_are_switched_off_none_are_shown(
    site: Client, alert: Alert, days: Mornings, settings: Any
) -> None:
    settings.MARKET_STATISTICS = False
    listing = days.desk.listing("a")
    for path in ("/alerts/", f"/alerts/{alert.pk}/", f"/listings/{listing.pk}/"):
        page = text(site, path)
        assert "edian" not in page, path


def test_while_the_analytics_database_is_away_the_pages_do_without(
    site: Client, alert: Alert, days: Mornings
) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("it is away")

    listing = days.desk.listing("a")
    with connections["analytics"].execute_wrapper(refuse):
        for path in ("/alerts/", f"/alerts/{alert.pk}/", f"/listings/{listing.pk}/"):
            assert "30-day median" not in text(site, path)


def test_a_listings_page_shows_what_it_cost_and_when_that_was_told(
    site: Client, alert: Alert, days: Mornings
) -> None:
    page = text(site, f"/listings/{days.desk.listing('a').pk}/")
    figures = figures_in(page)
    assert figures["line"] == [100.0, 80.0, 80.0]
    assert [price for _, price in figures["told"]] == [100.0, 80.0]
    assert figures["x"] == sorted(figures["x"])
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "20 % under the 30-day median of “Mine”, $100.00" in said
    assert "at its lowest since first seen" in said
    assert "✓ It passes every gate" in said
    assert "What you were told of it" in said
    assert f"/alerts/{alert.pk}/why/" in page


def test_a_listing_that_an_alert_refuses_is_said_why(
    site: Client, days: Mornings, ann: User
) -> None:
    desk = days.desk
    desk.keep(ann, max_price=50)
    desk.start()
    desk.put("a", 100)
    page = text(site, f"/listings/{desk.listing('a').pk}/")
    assert "highest price: wanted at most $50.00, there $100.00" in page


def test_an_auctions_page_counts_down_and_shows_bids(
    site: Client, days: Mornings, ann: User
) -> None:
    desk = days.desk
    desk.keep(ann)
    desk.start()
    end = desk.now + timedelta(hours=5)
    desk.show("a", None, bid=Money(2100, "USD"), bid_count=7, ends_at=end)
    page = text(site, f"/listings/{desk.listing('a').pk}/")
    assert re.search(r'class="countdown" datetime="[^"]+" data-ends="[^"]+"', page)
    assert "ends in 4 hours" in page
    assert "7 bids" in page
    assert figures_in(page)["line"] == [21.0, 21.0]


def test_a_listing_that_ended_says_so_and_one_told_before_is_still_there(
    site: Client, alert: Alert, days: Mornings
) -> None:
    days.desk.end("a")
    page = text(site, f"/listings/{days.desk.listing('a').pk}/")
    assert "It ended" in page
    assert "None finds it now" in page


def test_a_listing_is_snoozed_and_that_is_undone(
    site: Client, alert: Alert, days: Mornings
) -> None:
    listing = days.desk.listing("a").pk
    act = f"/listings/{listing}/act/"
    page = site.post(act, {"action": "snooze", "days": "7"}, follow=True).content.decode()
    assert "Snoozed: you hear of it again" in page
    snooze = ListingSnooze.objects.get()
    assert snooze.until is not None
    assert snooze.until - days.desk.now > timedelta(days=6)
    site.post(act, {"action": "wake"})
    assert not ListingSnooze.objects.exists()
    page = site.post(act, {"action": "snooze", "days": "0"}, follow=True).content.decode()
    assert "for good" in page
    assert ListingSnooze.objects.get().until is None


def test_a_listing_is_watched_once(site: Client, alert: Alert, days: Mornings, ann: User) -> None:
    listing = days.desk.listing("a")
    listing_page = f"/listings/{listing.pk}/"
    listing.legacy_id = "110551991234"
    listing.save()
    for _ in range(2):
        page = site.post(f"{listing_page}act/", {"action": "watch"}, follow=True).content.decode()
    assert "Watched by" in page
    assert alerts_of(ann).filter(search__legacy_id="110551991234").count() == 1


def test_only_what_ones_own_alerts_found_is_there(
    site: Client, alert: Alert, days: Mornings
) -> None:
    desk = days.desk
    desk.keep(desk.user("bob"), "port")
    desk.start()
    desk.put("p", 10, title="Port p")
    theirs = f"/listings/{desk.listing('p').pk}/"
    assert site.get(theirs).status_code == 404
    assert site.post(f"{theirs}act/", {"action": "snooze"}).status_code == 404
    assert site.get("/listings/999999/").status_code == 404
    assert Client().get(f"/listings/{desk.listing('a').pk}/").status_code == 302
    assert not ListingSnooze.objects.exists()


def test_what_strangers_wrote_does_not_become_markup(
    site: Client, days: Mornings, ann: User
) -> None:
    desk = days.desk
    kept = desk.keep(ann, name=f"{HOSTILE}</script><script>alert(1)</script>")
    desk.start()
    title = "</script><svg onload=alert(1)>wine"
    desk.put("a", 100, title=title, url="javascript:alert(1)", image_url="javascript:alert(2)")
    desk.slot()
    days.night()
    days.night()
    for path in (f"/alerts/{kept.pk}/", f"/listings/{desk.listing('a').pk}/", "/alerts/"):
        page = text(site, path)
        assert "<svg onload" not in page
        assert "<script>alert" not in page
        assert "javascript:" not in page
        assert not [name for name in attributes_in(page) if name.startswith("on")]


def test_pages_weigh_little(site: Client, alert: Alert, days: Mornings) -> None:
    days.desk.put_all({f"n{number}": number for number in range(1, 40)}, title="Wine " + "w" * 75)
    vendored = sum(
        len(b"".join(site.get(f"/static/web/{name}")))  # type: ignore[arg-type]  # it is streamed
        for name in (
            *("vendor/htmx-4.0.1.min.js", "vendor/uPlot-1.6.32.iife.min.js", "charts.js"),
            *("vendor/uPlot-1.6.32.min.css", "live.js", "site.css"),
        )
    )
    page = len(text(site, f"/alerts/{alert.pk}/").encode())
    assert page + vendored < 150_000

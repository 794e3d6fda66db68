"""What price reports tell, and of which listings."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.models import Line
from ebay_alerts.alerts.services.keeping import pause_alert, snooze_alert
from ebay_alerts.alerts.services.snoozing import snooze_listing, wake_listing
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.selectors import get_report
from ebay_alerts.kit.money import Money
from ebay_alerts.mail.models import Message, Picture
from ebay_alerts.market.sellers import mark_of
from tests.analytics.mornings import Mornings, told_in, watched

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


def lines_of(message: Message) -> list[str]:
    """What the mail says of each listing: its title, then its price before and now."""
    rows = message.text.split("\n* ")[1:]
    return [f"{row.splitlines()[0]}: {row.splitlines()[1].strip()}" for row in rows if "was" in row]


def test_falls_come_first_by_size_then_rises_and_nothing_else(days: Mornings, ann: User) -> None:
    prices = {"a": 100, "b": 100, "c": 100, "d": 100, "e": 100, "f": 100, "g": 100}
    watched(days, ann, prices)
    days.desk.put_all({"a": 90, "b": 60, "c": 105, "d": 130, "e": 70, "f": 80, "new": 50})
    days.desk.put_all({"e": 100})
    days.desk.end("f")
    [report] = days.morning()
    assert told_in(report) == [
        ("Wine b", 100, 60),
        ("Wine a", 100, 90),
        ("Wine d", 100, 130),
        ("Wine c", 100, 105),
    ]
    assert lines_of(report) == [
        "Wine b: $60.00, was $100.00: down 40 %, $40.00 less",
        "Wine a: $90.00, was $100.00: down 10 %, $10.00 less",
        "Wine d: $130.00, was $100.00: up 30 %, $30.00 more",
        "Wine c: $105.00, was $100.00: up 5 %, $5.00 more",
    ]
    assert report.subject == "2 prices fell, 2 rose: Wine b down 40 %"
    assert (report.queue, report.to_address) == ("reports", ann.email)
    assert days.morning() == []


def test_each_alerts_limits_and_least_change_hold(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100, "b": 100, "c": 20}, max_price=95, min_change_percent=8)
    days.desk.put_all({"a": 94, "b": 90, "c": 19})
    [report] = days.morning()
    assert told_in(report) == [("Wine b", 100, 90)]
    days.desk.put_all({"a": 91})
    assert days.morning() == []


def test_a_report_tells_what_moved_since_the_morning_before(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 1000})
    for _ in range(3):
        assert days.morning() == []
    days.desk.put("a", 980)
    [report] = days.morning()
    assert told_in(report) == [("Wine a", 1000, 980)]
    kept = get_report(ann.pk, days.desk.now.date())
    assert kept.from_day == days.desk.now.toordinal() - 2
    assert kept.to_day == days.desk.now.toordinal() - 1


def test_what_an_outage_missed_is_told_at_once_as_its_net(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100, "b": 100})
    for prices in ({"a": 90, "b": 80}, {"a": 80, "b": 90}, {"b": 100}):
        days.desk.put_all(prices)
        days.night()
    [report] = days.reports(days.at(7, 1))
    assert told_in(report) == [("Wine a", 100, 80)]
    assert days.morning() == []


def test_reports_hold_to_every_gate(days: Mornings, ann: User) -> None:
    days.desk.keep(ann, "wine f", free_shipping=True)
    days.desk.keep(ann, "wine t", max_price=20, price_basis="total")
    days.desk.keep(ann, "wine c", countries=["CA"], min_change_amount=5)
    days.desk.keep(ann, "wine b", buying="auction")
    days.desk.keep(ann, "wine n", conditions=["new"])
    days.desk.keep(ann, "wine s", sellers=["Bob"])
    days.desk.keep(ann, "wine w", excluded_words=["box"])
    dear = {"shipping": "fixed", "shipping_minor": 1000}
    cases: dict[str, tuple[dict[str, Any], bool]] = {
        "f free": ({}, True),
        "f dear": (dear, False),
        "t ten": (dear, True),
        "c canada": ({"country": "CA"}, True),
        "c china": ({"country": "CN"}, False),
        "b fixed": ({}, False),
        "b both": ({"bid": Money(100, "USD")}, True),
        "n new": ({"condition_group": "new"}, True),
        "n used": ({"condition_group": "used"}, False),
        "s bob": ({"seller": mark_of("bob")}, True),
        "s eve": ({"seller": mark_of("eve")}, False),
        "w boxer": ({}, True),
        "w box": ({}, False),
    }
    for price in (40, 10):
        for name, (offer, _) in cases.items():
            days.desk.put(name, price, **offer)
        days.desk.put("t eleven", price + 1, **dear)
        days.desk.put("c little", 20 - price // 10, country="CA")
        days.desk.start()
        mails = days.morning()
    [report] = mails
    told = {name.removeprefix("Wine ") for name, _, _ in told_in(report)}
    assert told == {name for name, (_, is_told) in cases.items() if is_told}


def test_a_listing_that_two_alerts_find_stands_once_with_both_names(
    days: Mornings, ann: User
) -> None:
    days.desk.keep(ann, "wine a", name="First")
    watched(days, ann, {"a": 100}, name="Second")
    days.desk.put("a", 50)
    [report] = days.morning()
    assert told_in(report) == [("Wine a", 100, 50)]
    assert "First, Second" in report.text
    assert "First, Second" in report.html


def test_another_users_alerts_and_paused_ones_tell_nothing(days: Mornings, ann: User) -> None:
    bob = days.desk.user("bob")
    days.desk.keep(bob, "beer")
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    [alert] = ann.alerts.all()
    pause_alert(ann, alert.pk, days.desk.now)
    assert days.morning() == []


def test_a_snoozed_alert_tells_nothing_until_it_wakes(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    [alert] = ann.alerts.all()
    snooze_alert(ann, alert.pk, days.desk.now + timedelta(days=1, hours=1), days.desk.now)
    days.desk.put("a", 50)
    assert days.morning() == []
    days.desk.put("a", 40)
    [report] = days.morning()
    assert told_in(report) == [("Wine a", 50, 40)]


def test_nothing_is_told_of_a_snoozed_listing_and_what_moves_afterwards_is(
    days: Mornings, ann: User
) -> None:
    watched(days, ann, {"a": 100, "b": 100})
    snooze_listing(ann, days.desk.listing("a").pk, None, days.desk.now)
    days.desk.put_all({"a": 50, "b": 80})
    [report] = days.morning()
    assert told_in(report) == [("Wine b", 100, 80)]
    wake_listing(ann, days.desk.listing("a").pk, days.desk.now)
    days.desk.put("a", 40)
    [report] = days.morning()
    assert told_in(report) == [("Wine a", 50, 40)]


def test_what_a_maker_left_that_died_goes(days: Mornings, ann: User) -> None:
    days.desk.put("a", 50)
    Report.objects.create(
        user_id=99, report_date=days.desk.now.date(), lease_until=days.desk.now - timedelta(days=1)
    )
    days.night()
    assert not Report.objects.exists()


def test_reports_neither_read_nor_write_lines(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    before = list(Line.objects.values_list())
    days.desk.put("a", 50)
    assert days.morning()
    assert list(Line.objects.values_list()) == before


def test_an_exchange_rate_alone_is_no_move(days: Mornings, ann: User) -> None:
    days.desk.keep(ann)
    days.desk.put("a", 100, own=Money(9000, "EUR"))
    days.desk.start()
    days.morning()
    days.desk.put("a", 120, own=Money(9000, "EUR"), title="Wine a, aged")
    assert days.morning() == []
    days.desk.put("a", 120, own=Money(8100, "EUR"))
    [report] = days.morning()
    assert lines_of(report) == ["Wine a, aged: €81.00, was €90.00: down 10 %, €9.00 less"]


def test_a_price_that_has_moved_on_since_midnight_says_so(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()
    days.desk.put("a", 45)
    [report] = days.reports(days.at(7, 1))
    assert lines_of(report) == ["Wine a: $50.00, was $100.00: down 50 %, $50.00 less"]
    assert "meanwhile $45.00" in report.text
    assert "meanwhile $45.00" in report.html


def test_what_ended_since_midnight_or_left_the_search_is_not_told(
    days: Mornings, ann: User
) -> None:
    watched(days, ann, {"a": 100, "b": 100, "c": 100})
    days.desk.put_all({"a": 50, "b": 50})
    days.desk.put("c", 50, title="Beer c")
    days.night()
    days.desk.end("a")
    [report] = days.reports(days.at(7, 1))
    assert told_in(report) == [("Wine b", 100, 50)]


def test_a_price_that_has_held_for_long_is_called_a_new_low(days: Mornings, ann: User) -> None:
    watched(days, ann, {f"{n}": 100 + n for n in range(12)})
    for _ in range(8):
        assert days.morning() == []
    days.desk.put("5", 50)
    [report] = days.morning()
    assert "lowest since first seen 9 days ago" in report.text
    assert "cheaper than 9 of 10 like it" in report.text


def test_nothing_is_said_of_markets_where_that_is_switched_off(
    days: Mornings, ann: User, settings: Settings
) -> None:
    settings.MARKET_STATISTICS = False
    watched(days, ann, {f"{n}": 100 + n for n in range(12)})
    days.desk.put("5", 50)
    [report] = days.morning()
    assert "like it" not in report.text
    assert "edian" not in report.text + report.html
    assert [picture.key.split(":")[1] for picture in Picture.objects.all()] == ["listing"]
    assert "Price of Wine 5: $105.00 1 day ago, $50.00 now" in report.text


def test_a_weekly_report_tells_the_net_of_the_week_on_monday(days: Mornings, ann: User) -> None:
    set_preferences(ann, days.desk.now, report_frequency="weekly")
    days.desk.keep(ann)
    days.desk.put_all({"a": 100, "b": 100})
    days.desk.start()
    while days.desk.now.weekday() != 1:
        days.at(12)
    days.desk.put("late", 80)
    mails = days.morning()
    days.desk.put_all({"a": 70, "late": 60})
    mails += days.morning()
    days.desk.put_all({"a": 75, "b": 90})
    mails += days.morning()
    days.desk.put_all({"b": 100})
    assert mails == []
    while not mails:
        mails = days.morning()
    assert days.desk.now.weekday() == 0
    assert told_in(mails[0]) == [("Wine a", 100, 75), ("Wine late", 80, 60)]

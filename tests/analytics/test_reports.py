"""Price reports: who gets which, exactly once, and what is in them."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from ebay_alerts.accounts.errors import ReportTaken
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.models import Line
from ebay_alerts.alerts.services.keeping import pause_alert, snooze_alert
from ebay_alerts.analytics.errors import NoHistory
from ebay_alerts.analytics.models import EtlRun, Report
from ebay_alerts.analytics.report_letters import kept_moves
from ebay_alerts.analytics.selectors import get_report
from ebay_alerts.analytics.services import reports
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.analytics.services.report_charts import ChartRoom, Kind, Subject
from ebay_alerts.analytics.services.reports import preview, send_due, send_now
from ebay_alerts.kit.money import Money
from ebay_alerts.mail.models import Message, Picture
from ebay_alerts.mail.suppressions import lift_suppression, record_bounce
from ebay_alerts.market.models import Listing, Search
from ebay_alerts.market.sellers import mark_of
from tests.analytics.mornings import Mornings

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


class Died(BaseException):
    """The process was killed here."""


def lines_of(message: Message) -> list[str]:
    """What the mail says of each listing: its title, then its price before and now."""
    rows = message.text.split("\n* ")[1:]
    return [f"{row.splitlines()[0]}: {row.splitlines()[1].strip()}" for row in rows if "was" in row]


def told_in(message: Message) -> list[tuple[str, int, int]]:
    """Title, price before and now in whole dollars, in the order of the report."""
    _, user_id, on = message.key.split(":")
    report = get_report(int(user_id), date.fromisoformat(on))
    titles = dict(Listing.objects.values_list("pk", "title"))
    return [
        (titles[move.listing_id], move.was // 100, move.now // 100) for move in kept_moves(report)
    ]


def watched(days: Mornings, user: User, prices: dict[str, int], **alert: Any) -> None:
    """The user watches these listings since yesterday."""
    days.desk.keep(user, **alert)
    days.desk.put_all(prices)
    days.desk.start()
    assert days.morning() == []


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


def test_reports_that_are_off_do_not_come(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    set_preferences(ann, days.desk.now, report_frequency="off")
    days.desk.put("a", 50)
    assert days.morning() == []


def test_reports_wait_for_a_run_of_the_etl_that_is_late(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    assert days.reports(days.at(7, 1)) == []
    days.night()
    now = days.at(8)
    EtlRun.objects.create(started_at=now, lease_until=now + timedelta(hours=1))
    assert days.reports(days.at(8, 30)) == []
    [report] = days.reports(days.at(9))
    assert told_in(report) == [("Wine a", 100, 50)]


def test_a_report_sent_early_waits_for_a_late_run_too(days: Mornings, ann: User) -> None:
    """Else the day would count as told, and its moves would never be."""
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    early = days.at(5)
    with pytest.raises(NoHistory):
        send_now(ann, early)
    days.night()
    [report] = days.reports(days.at(7, 1))
    assert told_in(report) == [("Wine a", 100, 50)]


def test_two_schedulers_at_once_send_one_report_to_each(days: Mornings) -> None:
    people = [days.desk.user(f"user{n}") for n in range(6)]
    for user in people:
        days.desk.keep(user)
    days.desk.put("a", 100)
    days.desk.start()
    days.morning()
    days.desk.put("a", 50)
    days.night()
    now, ready = days.at(7, 1), Barrier(2)

    def work() -> None:
        ready.wait(10)
        while send_due(now):
            pass
        connections.close_all()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    mails = Message.objects.filter(queue="reports")
    assert sorted(mails.values_list("to_address", flat=True)) == sorted(u.email for u in people)
    assert Report.objects.filter(made_at__isnull=False, lease_until=None).count() == len(people)
    assert not User.objects.filter(report_due_at__lte=now).exists()


def test_a_report_that_nobody_ended_is_made_again_once_its_lease_is_over(
    days: Mornings, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()

    def die(*given: object) -> None:
        raise Died

    now = days.at(7, 1)
    with monkeypatch.context() as patch:
        patch.setattr(reports, "_write", die)
        with pytest.raises(Died):
            send_due(now)
    assert days.reports(days.at(7, 5)) == []
    [report] = days.reports(days.at(7, 30))
    assert told_in(report) == [("Wine a", 100, 50)]


def test_a_report_kept_without_its_mail_is_made_again_and_sent(
    days: Mornings, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two databases commit one after the other; the process died between them."""
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()

    def die(*given: object) -> None:
        raise Died

    now = days.at(7, 1)
    with monkeypatch.context() as patch:
        patch.setattr(reports, "_release", die)
        with pytest.raises(Died):
            send_due(now)
    assert Report.objects.get().made_at is not None
    assert not Message.objects.filter(queue="reports").exists()
    [report] = days.reports(days.at(7, 5))
    assert told_in(report) == [("Wine a", 100, 50)]
    assert days.morning() == []


def test_turning_reports_off_while_one_is_made_sends_none_and_keeps_none(
    days: Mornings, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()
    written = reports.write_mails

    def turn_off(*given: Any) -> Any:
        set_preferences(ann, days.desk.now, report_frequency="off")
        return written(*given)

    monkeypatch.setattr(reports, "write_mails", turn_off)
    assert days.reports(days.at(7, 1)) == []
    assert not Report.objects.exists()


def test_moving_to_another_date_while_a_report_is_made_leaves_it_to_that_date(
    days: Mornings, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.desk.keep(ann)
    days.desk.put("a", 100)
    days.desk.start()
    days.night()
    days.at(12)
    days.desk.put("a", 50)
    days.night()
    User.objects.filter(pk=ann.pk).update(report_due_at=days.desk.now)
    now = days.at(7, 1)
    written = reports.write_mails

    def move_west(*given: Any) -> Any:
        set_preferences(ann, now, time_zone="Pacific/Honolulu")
        return written(*given)

    monkeypatch.setattr(reports, "write_mails", move_west)
    [report] = days.reports(now)
    assert report.key == f"report:{ann.pk}:{now.date() - timedelta(days=1)}"
    [kept] = Report.objects.all()
    assert (kept.report_date, kept.lease_until) == (now.date() - timedelta(days=1), None)


def test_a_chart_that_another_process_kept_is_not_drawn_again(
    days: Mornings, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.morning()
    [search] = Search.objects.all()
    subject = Subject(Kind.SEARCH, search.pk)
    drawn: list[object] = []
    monkeypatch.setattr("resvg_py.svg_to_bytes", lambda **given: drawn.append(given))
    room = ChartRoom()
    room.make([subject], days.desk.now.toordinal() - 1, days.desk.now)
    assert drawn == []
    chart = room.find(subject)
    assert chart
    assert chart.key == Picture.objects.get().key


def test_a_chart_of_a_search_is_drawn_once_for_all_its_users(days: Mornings) -> None:
    for number in range(5):
        days.desk.keep(days.desk.user(f"user{number}"))
    days.desk.put("a", 100)
    days.desk.start()
    days.morning()
    days.desk.put("a", 50)
    mails = days.morning()
    assert len(mails) == 5
    assert Picture.objects.count() == 1
    assert {picture[0] for mail in mails for picture in mail.pictures or ()} == {
        Picture.objects.get().key
    }


def test_however_many_users_a_batch_costs_the_same_number_of_queries(days: Mornings) -> None:
    def queries(users: int) -> int:
        for number in range(users):
            user = days.desk.user(f"user{users}-{number}")
            days.desk.keep(user)
            days.desk.keep(user, "wine a")
        days.desk.start()
        days.morning()
        days.desk.put("a", 100 + users)
        days.night()
        now = days.at(7, 1)
        analytics = connections["analytics"]
        with CaptureQueriesContext(connection) as one, CaptureQueriesContext(analytics) as two:
            send_due(now)
        return len(one) + len(two)

    days.desk.keep(days.desk.user("first"))
    days.desk.put("a", 100)
    assert queries(2) == queries(7)


def test_a_report_can_be_looked_at_before_and_after_it_is_sent(days: Mornings, ann: User) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()
    now = days.at(6)
    before = preview(ann, now.date(), now)
    assert before
    assert not Report.objects.exists()
    assert not Picture.objects.exists()
    [report] = days.reports(days.at(7, 1))
    after = preview(ann, now.date(), days.desk.now)
    assert after
    assert before.text == report.text == after.text
    assert preview(ann, now.date() - timedelta(days=1), days.desk.now) is None


def test_todays_report_can_be_sent_before_its_hour_and_comes_once(
    days: Mornings, ann: User
) -> None:
    watched(days, ann, {"a": 100})
    days.desk.put("a", 50)
    days.night()
    assert send_now(ann, days.at(5))
    again = days.at(6)
    with pytest.raises(ReportTaken):
        send_now(ann, again)
    assert days.reports(days.at(7, 1)) == []
    assert Message.objects.filter(queue="reports").count() == 1


@pytest.mark.parametrize(
    ("zone", "local_day"),
    [("Europe/Berlin", date(2026, 3, 29)), ("America/New_York", date(2026, 11, 1))],
)
def test_a_day_of_23_or_25_hours_brings_one_report(
    days: Mornings, ann: User, zone: str, local_day: date
) -> None:
    begin = local_day - timedelta(days=3)
    clock = days.desk.clock
    clock._now = clock.now().replace(year=begin.year, month=begin.month, day=begin.day, minute=20)
    set_preferences(ann, clock.now(), time_zone=zone, report_hour=2)
    prices = [1000, 950, 900, 850, 800]
    days.desk.keep(ann)
    days.desk.put("a", 1050)
    days.desk.start()
    dates = []
    for hour in range(5 * 24):
        clock.step(seconds=3600 - clock.now().timestamp() % 3600 + 1200)
        if hour % 24 == 3:
            days.desk.put("a", prices[hour // 24])
        if clock.now().hour == 0:
            run_etl(clock.now())
        dates += [mail.key.split(":")[-1] for mail in days.reports(clock.now())]
    first = date.fromisoformat(dates[0])
    assert dates == [str(first + timedelta(days=number)) for number in range(len(dates))]
    assert dates[0] < str(local_day) < dates[-1]


def test_no_report_goes_to_an_address_that_is_not_confirmed_or_suppressed(
    days: Mornings, ann: User
) -> None:
    days.desk.keep(ann)
    days.desk.put("a", 30)
    days.desk.start()
    days.morning()
    User.objects.update(confirmed_at=None)
    days.desk.put("a", 20)
    assert days.morning() == []
    User.objects.update(confirmed_at=days.desk.now)
    with transaction.atomic():
        record_bounce(ann.email, "550 5.1.1 no such user", days.desk.now, days.desk.now)
    days.desk.put("a", 10)
    assert days.morning(hour=6) == []
    lift_suppression(ann.email, days.desk.now)
    assert len(days.reports(days.desk.now)) == 1

"""When price reports are made: at whose turn, once, by whom and whatever dies."""

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from ebay_alerts.accounts.errors import ReportTaken
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.analytics.errors import NoHistory
from ebay_alerts.analytics.models import EtlRun, Report
from ebay_alerts.analytics.services import reports
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.analytics.services.report_charts import ChartRoom, Kind, Subject
from ebay_alerts.analytics.services.reports import preview, send_due, send_now
from ebay_alerts.mail.models import Message, Picture
from ebay_alerts.mail.suppressions import lift_suppression, record_bounce
from ebay_alerts.market.models import Search
from tests.analytics.mornings import Mornings, told_in, watched

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


class Died(BaseException):
    """The process was killed here."""


def die_at(place: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the due reports in a process that is killed where it comes to that function."""

    def die(*given: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(reports, place, die)
        with pytest.raises(Died):
            send_due(now)


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
    die_at("_write", days.at(7, 1), monkeypatch)
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
    die_at("_release", days.at(7, 1), monkeypatch)
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

"""Snoozing an alert: nothing comes before, and everything afterwards in one digest."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import moment_on
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.selectors import get_alert
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk, news, wish
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    alert = desk.keep(ann)
    desk.put_all({"a": 30, "b": 20})
    desk.start()
    return alert


def snooze(desk: Desk, alert: Alert, **delta: float) -> Alert:
    return keeping.snooze_alert(
        alert.user, alert.pk, desk.now + timedelta(**(delta or {"hours": 10})), desk.now
    )


@pytest.mark.parametrize("interval", [0, 15, 1440])
def test_what_happens_in_a_snooze_comes_afterwards_in_one_digest(
    desk: Desk, ann: User, interval: int
) -> None:
    alert = desk.keep(ann, interval_minutes=interval)
    desk.put("a", 30)
    desk.start()
    snooze(desk, alert, hours=50)
    desk.put("b", 10)
    assert desk.slot(hours=24) == []
    desk.put("a", 25)
    desk.put("c", 5)
    desk.end("c")
    assert desk.slot(hours=25) == []
    assert news(alert) == []

    [digest] = desk.slot(hours=1)

    assert sorted(news(alert)) == [("appeared", "b", 10), ("repriced", "a", 25)]
    assert desk.slot(hours=25) == []
    assert "Wine c" not in digest.text


def test_a_snooze_in_which_nothing_happens_ends_in_no_mail(desk: Desk, alert: Alert) -> None:
    snooze(desk, alert)
    assert desk.slot(hours=11) == []
    desk.put("b", 10)
    assert len(desk.slot()) == 1


def test_a_list_at_every_slot_is_put_off_too_and_comes_once(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, mail_when="always")
    desk.put("a", 30)
    desk.start()
    snooze(desk, alert)
    assert desk.slot(hours=9) == []
    assert len(desk.slot(hours=1)) == 1
    assert desk.slot(seconds=1) == []


def test_a_mail_that_waits_is_taken_back_and_its_news_told_after_the_snooze(
    desk: Desk, alert: Alert
) -> None:
    desk.put("b", 10)
    [waiting] = desk.slot()
    snooze(desk, alert)
    assert desk.deliver() == []
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert desk.slot(hours=9) == []
    desk.slot(hours=1)
    assert news(alert) == [("repriced", "b", 10)]


def test_a_welcome_mail_is_put_off_by_a_snooze(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.put("a", 30)
    snooze(desk, alert)
    desk.start()
    assert not Message.objects.exists()
    desk.clock.step(hours=10)
    assert welcome_filled(desk.now) == 1
    assert [message.subject for message in desk.deliver()] == [
        "1 listing for wine, cheapest $30.00"
    ]


def test_an_edit_in_a_snooze_leaves_it(desk: Desk, alert: Alert) -> None:
    until = snooze(desk, alert).snoozed_until
    changed = keeping.change_alert(alert.user, alert.pk, wish(interval_minutes=5), desk.now)
    assert changed.snoozed_until == until
    desk.put("b", 10)
    assert desk.slot(hours=9) == []
    assert len(desk.slot(hours=1)) == 1


def test_a_snooze_that_is_ended_tells_at_the_next_slot(desk: Desk, alert: Alert) -> None:
    snooze(desk, alert)
    desk.put("b", 10)
    assert desk.slot() == []
    keeping.snooze_alert(alert.user, alert.pk, None, desk.now)
    assert len(desk.slot()) == 1


def test_a_pause_ends_a_snooze_and_a_paused_alert_takes_none(desk: Desk, alert: Alert) -> None:
    snooze(desk, alert)
    paused = keeping.pause_alert(alert.user, alert.pk, desk.now)
    assert (paused.state, paused.snoozed_until) == ("paused", None)
    with pytest.raises(InvalidAlert, match="paused"):
        snooze(desk, alert)
    keeping.snooze_alert(alert.user, alert.pk, None, desk.now)
    keeping.resume_alert(alert.user, alert.pk, desk.now)
    desk.start()
    desk.put("b", 10)
    assert len(desk.slot()) == 1


def test_snoozes_are_in_the_history(desk: Desk, alert: Alert) -> None:
    until = snooze(desk, alert).snoozed_until
    assert until
    keeping.snooze_alert(alert.user, alert.pk, None, desk.now)
    snoozed, ended = AlertChange.objects.order_by("pk")[1:]
    assert (snoozed.kind, snoozed.before["snoozed_until"]) == ("snoozed", None)
    assert datetime.fromisoformat(snoozed.after["snoozed_until"]) == until
    assert (ended.kind, ended.before) == ("changed", snoozed.after)
    assert ended.after["snoozed_until"] is None


@pytest.fixture
def api(stepped_clock: SteppedClock) -> Person:
    return person("ann@example.com", stepped_clock)


def iso(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def test_the_api_snoozes_and_ends_a_snooze(desk: Desk, api: Person) -> None:
    alert = desk.keep(api.user)
    desk.start()
    until = iso(desk.now + timedelta(hours=3))
    path = f"/alerts/{alert.pk}"
    answer = api.send("PATCH", path, {"snoozed_until": until}).json()
    assert (answer["snoozed_until"], answer["state"]) == (until, "active")
    assert answer["next_mail_at"] == until
    assert api.send("GET", f"{path}/history").json()["items"][0]["changed"] == ["snoozed_until"]
    assert api.send("PATCH", path, {"snoozed_until": None}).json()["snoozed_until"] is None
    api.send("PATCH", path, {"snoozed_until": until})
    desk.clock.step(hours=3)
    assert api.send("GET", path).json()["snoozed_until"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"snoozed_until": "2020-01-01T00:00:00Z"},
        {"snoozed_until": "9999-12-31T23:59:59-23:00"},
        {"snoozed_until": "2030-01-01T00:00:00"},
        {"snoozed_until": "tomorrow"},
        {"snoozed_until": 0},
        {"snoozed_until": "later", "paused": True},
    ],
)
def test_the_api_refuses_a_snooze_that_cannot_be_and_changes_nothing(
    desk: Desk, api: Person, fields: dict[str, Any]
) -> None:
    alert = desk.keep(api.user)
    if fields["snoozed_until"] == "later":
        fields = fields | {"snoozed_until": iso(desk.now + timedelta(hours=1))}
    answer = api.send("PATCH", f"/alerts/{alert.pk}", fields | {"interval_minutes": 60})
    assert answer.status_code == 422
    assert answer.json()["field"] == "snoozed_until"
    kept = get_alert(api.user, alert.pk)
    assert (kept.interval_minutes, kept.snoozed_until, kept.state) == (15, None, "filling")


def press(alert: Alert, action: str, **fields: str) -> HttpResponse:
    """Press a button of the alert's page as a browser does."""
    browser, path = Client(enforce_csrf_checks=True), urlsplit(alert_page(alert.pk)).path
    page = browser.get(path).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    return browser.post(  # type: ignore[return-value]
        path, {"csrfmiddlewaretoken": token[1], "action": action} | fields
    )


def shown(alert: Alert) -> str:
    return Client().get(urlsplit(alert_page(alert.pk)).path).content.decode()


@pytest.mark.parametrize(("until", "days"), [("tomorrow", 1), ("week", 7), ("date", 30)])
def test_the_page_snoozes_until_the_users_morning(
    desk: Desk, alert: Alert, until: str, days: int
) -> None:
    zone = "America/New_York"
    set_preferences(alert.user, desk.now, time_zone=zone, report_hour=8)
    on = desk.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    assert press(alert, "snooze", until=until, on=on.isoformat()).status_code == 302
    alert.refresh_from_db()
    assert alert.snoozed_until == moment_on(on, zone, 8)
    page = shown(alert)
    assert f"Snoozed until {on:%A}, {on.day} {on:%B}, 08:00 (America/New_York)" in page
    assert press(alert, "wake").status_code == 302
    assert "Snoozed" not in shown(alert)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"until": "never"},
        {"until": "date"},
        {"until": "date", "on": "2020-01-01"},
        {"until": "date", "on": "9999-12-31"},
        {"until": "date", "on": "0001-01-01"},
        {"until": "date", "on": "soon"},
    ],
)
def test_a_date_that_cannot_be_is_refused_on_the_page(alert: Alert, fields: dict[str, str]) -> None:
    answer = press(alert, "snooze", **fields)
    assert answer.status_code == 422
    assert b"errorlist" in answer.content
    alert.refresh_from_db()
    assert alert.snoozed_until is None


def test_opening_every_link_of_a_mail_changes_nothing(desk: Desk, ann: User) -> None:
    """Mail scanners open all links; none of them sends forms."""
    desk.keep(ann)
    desk.put("a", 30)
    desk.fill()
    desk.outage()
    [welcome] = desk.deliver()
    before = list(Alert.objects.values())
    links = re.findall(r'href="(http://localhost[^"]+)"', welcome.html)
    assert len(links) > 4
    for link in links:
        for method in (Client().get, Client().head):
            assert method(urlsplit(link).path).status_code == 200
    assert list(Alert.objects.values()) == before


def test_morning_hours_follow_the_clock_on_the_wall() -> None:
    spring = date(2026, 3, 29)
    assert moment_on(spring, "Europe/Berlin", 2) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    samoa = date(2011, 12, 30)
    assert moment_on(samoa, "Pacific/Apia", 7) == datetime(2011, 12, 30, 17, tzinfo=UTC)

"""Quiet hours hold: the slot is put off, nothing is rendered or lost, and one mail follows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import users_with_report_due
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.holding import hold_quiet
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk, news
from tests.alerts.story import STEPS, Market, Reader, Step, untruths
from tests.alerts.test_api_refusals import refusal
from tests.alerts.test_told_and_true import BRIEFLY, happen, read_lines
from tests.alerts.test_unsubscribing import path
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
NIGHT = (22 * 60, 7 * 60)


def go_to(desk: Desk, hour: int, minute: int = 0, day: int = 2) -> None:
    wanted = datetime(2030, 1, day, hour, minute, tzinfo=UTC)
    desk.clock.step(seconds=(wanted - desk.now).total_seconds())


@pytest.fixture
def sleeper(desk: Desk, ann: User) -> User:
    """Ann at noon, who wants no mail from 22:00 to 07:00."""
    go_to(desk, 12)
    return set_preferences(ann, desk.now, quiet_hours=NIGHT)


def test_what_is_found_at_night_comes_in_the_morning_in_one_mail(
    desk: Desk, sleeper: User, bob: User
) -> None:
    wine, port = desk.keep(sleeper), desk.keep(sleeper, "port", interval_minutes=0)
    desk.keep(bob)
    desk.start()
    desk.slot(hours=9, minutes=59)
    go_to(desk, 23)
    desk.put("a", 10)
    desk.put("p", 20, title="Port p")
    assert {mail.to_address for mail in desk.slot()} == {bob.email}
    desk.put("p", 19, title="Port p")
    desk.put("b", 20)
    desk.end("b")
    for hour in (2, 5):
        go_to(desk, hour, day=3)
        assert {mail.to_address for mail in desk.slot(minutes=1)} <= {bob.email}
    go_to(desk, 6, 59, day=3)
    assert news(wine, port) == []
    assert set(Alert.objects.filter(user=sleeper).values_list("slot", flat=True)) == {
        int(desk.now.timestamp()) + 60
    }

    [mail] = desk.slot(seconds=60)

    assert mail.subject == "2 new in 2 alerts: wine, port"
    assert sorted(news(wine, port)) == [("appeared", "a", 10), ("appeared", "p", 19)]


def test_a_welcome_answers_its_user_also_at_night(desk: Desk, sleeper: User) -> None:
    go_to(desk, 23)
    desk.keep(sleeper)
    desk.put("a", 10)
    desk.fill()
    assert welcome_filled(desk.now) == 1
    assert len(desk.deliver()) == 1


def test_a_report_comes_at_the_hour_that_its_user_set_also_at_night(
    desk: Desk, sleeper: User
) -> None:
    set_preferences(sleeper, desk.now, report_hour=6)
    go_to(desk, 6, day=3)
    assert list(users_with_report_due(desk.now)) == [sleeper]


def test_what_no_server_took_before_the_night_is_taken_back_and_comes_after_it(
    desk: Desk, sleeper: User
) -> None:
    alert = desk.keep(sleeper, interval_minutes=0)
    desk.start()
    desk.slot()
    go_to(desk, 21, 58)
    desk.put("a", 10)
    [waiting] = desk.slot(seconds=1)
    go_to(desk, 22)
    assert desk.deliver() == []
    desk.put("a", 9)
    desk.outage(minutes=1)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    desk.outage(hours=3)
    assert desk.deliver() == []
    go_to(desk, 7, day=3)
    desk.outage()
    [mail] = desk.deliver()
    assert "$9.00" in mail.text
    assert news(alert) == [("appeared", "a", 9)]


def test_a_mail_of_the_evening_that_is_taken_in_time_is_left_alone(
    desk: Desk, sleeper: User
) -> None:
    desk.keep(sleeper, interval_minutes=0)
    desk.start()
    desk.slot()
    go_to(desk, 21, 58)
    desk.put("a", 10)
    desk.slot(seconds=1)
    assert len(desk.deliver()) == 1


def test_who_turns_quiet_hours_off_at_night_gets_what_was_held(desk: Desk, sleeper: User) -> None:
    desk.keep(sleeper, interval_minutes=0)
    desk.keep(sleeper, "port")
    desk.start()
    desk.slot()
    go_to(desk, 23)
    desk.put("a", 10)
    desk.put("p", 10, title="Port p")
    assert desk.slot() == []
    set_preferences(sleeper, desk.now, quiet_hours="off")
    assert [mail.subject for mail in desk.slot(seconds=1)] == ["1 new for wine, $10.00"]
    assert [mail.subject for mail in desk.slot()] == ["1 new for port, $10.00"]


def test_other_quiet_hours_hold_what_was_held_until_their_own_end(
    desk: Desk, sleeper: User
) -> None:
    desk.keep(sleeper, interval_minutes=0)
    desk.start()
    desk.slot()
    go_to(desk, 23)
    desk.put("a", 10)
    desk.slot(seconds=1)
    set_preferences(sleeper, desk.now, quiet_hours=(1320, 360))
    assert desk.slot(seconds=1) == []
    go_to(desk, 5, 59, day=3)
    assert desk.slot(seconds=1) == []
    assert len(desk.slot(minutes=1)) == 1


def test_users_with_the_same_quiet_hours_are_held_by_one_statement(
    desk: Desk,
    sleeper: User,
    bob: User,
    django_assert_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    set_preferences(bob, desk.now, quiet_hours=NIGHT)
    for user in (sleeper, bob):
        for word in ("wine", "port", "gin"):
            desk.keep(user, word)
    desk.start()
    go_to(desk, 23)
    with django_assert_num_queries(3):
        assert hold_quiet(desk.now) == 6


def test_an_alert_says_that_it_is_held_and_until_when(stepped_clock: SteppedClock) -> None:
    desk = Desk(stepped_clock)
    go_to(desk, 23)
    api = person("ann@example.com", stepped_clock)
    alert = desk.keep(api.user)
    desk.start()
    api.send("PATCH", "/account", {"quiet_from": "22:00", "quiet_until": "7:00"})
    told = api.send("GET", f"/alerts/{alert.pk}").json()
    assert told["held_until"] == told["next_mail_at"] == "2030-01-03T07:00:00Z"
    words = "Quiet hours: what is found until 07:00 comes then, together."
    assert told["held_reason"] == words
    assert words in Client().get(path(told["page"])).content.decode()


@pytest.mark.parametrize(
    ("given_fields", "field"),
    [
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"quiet_from": "24:00", "quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00", "quiet_until": "late"}, "quiet_until"),
        ({"quiet_from": 22, "quiet_until": "07:00"}, "quiet_from"),
    ],
)
def test_nonsense_is_refused_by_the_field_that_is_wrong(
    stepped_clock: SteppedClock, given_fields: dict[str, Any], field: str
) -> None:
    api = person("ann@example.com", stepped_clock)
    assert refusal(api.send("PATCH", "/account", given_fields), 422)["field"] == field


def test_one_end_may_be_moved_alone_and_null_turns_them_off(stepped_clock: SteppedClock) -> None:
    api = person("ann@example.com", stepped_clock)

    def send(**fields: str | None) -> tuple[str | None, str | None]:
        answer = api.send("PATCH", "/account", fields).json()
        return answer["quiet_from"], answer["quiet_until"]

    assert send(quiet_from="22:00", quiet_until="7:00") == ("22:00", "07:00")
    assert send(quiet_until="06:30") == ("22:00", "06:30")
    assert (
        refusal(api.send("PATCH", "/account", {"quiet_from": None}), 422)["field"] == "quiet_from"
    )
    assert send(quiet_from=None, quiet_until=None) == (None, None)


@examples(BRIEFLY, max_examples=6)
@given(
    steps=STEPS.map(lambda steps: steps[:12]),
    pauses=st.lists(st.integers(1, 9), min_size=12, max_size=12),
    interval=st.sampled_from([0, 15, 600]),
)
def test_for_any_history_nothing_held_by_quiet_hours_is_lost(
    desk: Desk, ann: User, steps: list[Step], pauses: list[int], interval: int
) -> None:
    """Hours pass between the steps. No mail is built in the quiet ones; the first look after them
    tells all that is true by then."""
    with transaction.atomic():
        go_to(desk, 12)
        set_preferences(ann, desk.now, quiet_hours=NIGHT)
        alert = desk.keep(ann, interval_minutes=interval)
        desk.start()
        market = Market()
        reader = Reader(market, alert.gates)
        reader.begin()
        for step, hours in zip(steps, pauses, strict=False):
            if step.act != "digest":
                happen(desk, market, step)
            desk.slot(hours=hours)
            desk.deliver()
        begin = desk.now + timedelta(days=1)
        go_to(desk, 23, day=begin.day) if begin.month == 1 else desk.clock.step(days=1)
        for step in steps:
            if step.act != "digest":
                happen(desk, market, step)
                desk.slot(minutes=1)
        desk.slot(hours=11)
        desk.slot(hours=11)
        read_lines(reader, alert)
        assert untruths(reader) == []
        built = Message.objects.filter(subject__gt="").values_list("created_at", flat=True)
        assert [at for at in built if at.hour >= 22 or at.hour < 7] == []
        transaction.set_rollback(True)

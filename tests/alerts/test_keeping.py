"""What users do with their alerts: create, change, pause, resume, delete."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import DuplicateAlert, TooManyAlerts, UnknownAlert
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.selectors import get_alert, history_of
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.history import wish_of
from ebay_alerts.mail.models import Message
from ebay_alerts.market.models import Fetch, Search, Urgency
from tests.alerts.conftest import Desk, news, told, wish

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_a_new_alert_fills_and_its_search_is_asked_at_once(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, interval_minutes=15)
    assert (alert.state, alert.cursor, alert.slot) == ("filling", None, None)
    fetch = Fetch.objects.get()
    assert (fetch.urgency, fetch.due_at) == (Urgency.PERSON, desk.now)


def test_the_same_alert_twice_is_refused_and_the_first_one_named(desk: Desk, ann: User) -> None:
    first = desk.keep(ann, "wine -cooler", name="Cellar")
    with pytest.raises(DuplicateAlert, match="Cellar") as refusal:
        desk.keep(ann, "-COOLER  Wine")
    assert refusal.value.first_id == first.pk
    assert Alert.objects.count() == 1


def test_other_limits_or_another_user_make_another_alert_of_one_search(
    desk: Desk, ann: User, bob: User
) -> None:
    desk.keep(ann)
    desk.keep(ann, max_price=10)
    desk.keep(bob)
    assert Search.objects.count() == 1
    with pytest.raises(DuplicateAlert):
        desk.keep(bob, min_change_percent=5)


def test_a_change_into_an_alert_that_is_kept_already_is_refused_and_changes_nothing(
    desk: Desk, ann: User
) -> None:
    first, second = desk.keep(ann, "wine"), desk.keep(ann, "port")
    with pytest.raises(DuplicateAlert) as refusal:
        keeping.change_alert(ann, second.pk, wish("wine"), desk.now)
    assert refusal.value.first_id == first.pk
    assert get_alert(ann, second.pk).search.query == "port"


def test_a_search_is_wanted_as_often_as_its_most_eager_alert_wants_it(
    desk: Desk, ann: User, bob: User, settings: Settings
) -> None:
    settings.INSTANT_SECONDS, settings.LONGEST_REFRESH_SECONDS = 300, 6 * 3600

    def wanted() -> int | None:
        return Search.objects.get(query="wine").refresh_seconds

    slow = desk.keep(ann, interval_minutes=60)
    assert wanted() == 3600
    eager = desk.keep(bob, interval_minutes=15)
    assert wanted() == Fetch.objects.get().refresh_seconds == 900
    keeping.change_alert(bob, eager.pk, wish(interval_minutes=0), desk.now)
    assert wanted() == 300
    keeping.pause_alert(bob, eager.pk, desk.now)
    assert wanted() == 3600
    keeping.resume_alert(bob, eager.pk, desk.now)
    assert wanted() == 300
    keeping.change_alert(bob, eager.pk, wish("port"), desk.now)
    assert wanted() == 3600
    keeping.change_alert(ann, slow.pk, wish(interval_minutes=43_200), desk.now)
    assert wanted() == 6 * 3600
    keeping.delete_alert(ann, slow.pk, desk.now)
    assert wanted() is None
    assert Fetch.objects.get(keywords="wine").due_at is None


def test_other_gates_leave_the_cursor_and_what_was_told(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, max_price=50)
    desk.put_all({"a": 40, "b": 60})
    desk.start()
    desk.put("c", 45)
    keeping.change_alert(ann, alert.pk, wish(max_price=100), desk.now)

    desk.slot()
    assert news(alert) == [("appeared", "c", 45)]
    desk.put("b", 55)
    desk.slot()
    assert news(alert)[1:] == [("repriced", "b", 55)]


def test_other_keywords_bring_neither_a_second_welcome_nor_told_listings_again(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann, "wine")
    desk.keep(bob, "red")
    desk.put("a", 10, title="Red wine")
    desk.put("b", 20, title="Red port")
    desk.start()
    keeping.change_alert(ann, alert.pk, wish("red"), desk.now)
    desk.start()
    assert desk.slot() == []
    assert told(alert) == [("listed", "a", 10)]

    desk.put("a", 9)
    desk.put("b", 19)
    desk.put("c", 30, title="Red rum")
    desk.slot()
    assert sorted(news(alert)) == [
        ("appeared", "c", 30),
        ("repriced", "a", 9),
        ("repriced", "b", 19),
    ]


def test_an_alert_moves_to_a_filled_search_at_the_time_where_it_stood(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann, "port")
    desk.keep(bob, "wine")
    desk.start()
    desk.put("before", 10)
    desk.put("some port", 5, title="Port")
    desk.slot()
    desk.put("after", 20)
    keeping.change_alert(ann, alert.pk, wish("wine"), desk.now)

    desk.slot()
    assert news(alert) == [("appeared", "some port", 5), ("appeared", "after", 20)]


@pytest.mark.parametrize("interval_minutes", [15, 0])
def test_a_quiet_alert_is_not_flooded_when_it_moves(
    desk: Desk, ann: User, bob: User, interval_minutes: int
) -> None:
    alert = desk.keep(ann, "port", interval_minutes=interval_minutes)
    desk.keep(bob, "wine")
    desk.start()
    desk.slot(minutes=1)
    desk.put("old", 10)
    desk.slot(days=7)
    wanted = wish("wine", interval_minutes=interval_minutes)
    keeping.change_alert(ann, alert.pk, wanted, desk.now)

    assert desk.slot() == []
    desk.put("new", 20)
    desk.slot()
    assert news(alert) == [("appeared", "new", 20)]


def test_an_alert_moves_to_an_unfilled_search_at_its_head_once_it_is_filled(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, "port")
    desk.start()
    keeping.change_alert(ann, alert.pk, wish("wine"), desk.now)
    desk.put("a", 10)
    assert get_alert(ann, alert.pk).state == "filling"
    desk.start()

    assert (get_alert(ann, alert.pk).state, get_alert(ann, alert.pk).cursor) == ("active", 1)
    assert desk.slot() == []
    assert Message.objects.count() == 1


def test_what_changed_while_an_alert_was_paused_comes_as_one_digest(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann)
    desk.keep(bob)
    desk.put_all({"fell": 30, "gone": 20, "same": 10})
    desk.start()
    keeping.pause_alert(ann, alert.pk, desk.now)
    desk.put("fell", 25)
    desk.end("gone")
    assert [mail.to_address for mail in desk.slot(hours=2)] == ["bob@example.com"]
    desk.put("new", 5)
    desk.put("fell", 22)
    desk.slot(hours=2)
    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.start()

    [mail] = desk.slot()
    assert sorted(news(alert)) == [
        ("appeared", "new", 5),
        ("ended", "gone", 20),
        ("repriced", "fell", 22),
    ]
    assert "was $30.00" in mail.text
    assert desk.slot() == []


def test_a_pause_in_which_nobody_watched_makes_nothing_old_new(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.put("known", 10)
    desk.start()
    keeping.pause_alert(ann, alert.pk, desk.now)
    before = desk.now - timedelta(days=30)
    desk.clock.step(hours=5)
    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.put("old", 20, title="Wine old", started_at=before)
    desk.put("known", 8)
    desk.start()

    desk.slot()
    assert news(alert) == [("repriced", "known", 8)]


def test_pausing_and_resuming_twice_is_doing_it_once(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    paused = keeping.pause_alert(ann, alert.pk, desk.now)
    assert keeping.pause_alert(ann, alert.pk, desk.now).version == paused.version
    resumed = keeping.resume_alert(ann, alert.pk, desk.now)
    assert keeping.resume_alert(ann, alert.pk, desk.now).version == resumed.version


def test_a_paused_alert_mails_nothing_not_even_what_waits_in_the_outbox(
    desk: Desk, ann: User
) -> None:
    alert, other = desk.keep(ann), desk.keep(ann, "red")
    desk.start()
    desk.put("a", 10, title="Red wine")
    assert len(desk.slot()) == 1
    keeping.pause_alert(ann, alert.pk, desk.now)
    assert desk.deliver() == []

    keeping.resume_alert(ann, alert.pk, desk.now)
    desk.start()
    assert len(desk.slot()) == 1
    assert news(alert, other) == [("appeared", "a", 10)]


def test_a_deleted_alert_mails_nothing_more_and_is_wanted_no_more(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 10)
    assert len(desk.slot()) == 1

    keeping.delete_alert(ann, alert.pk, desk.now)

    assert desk.deliver() == []
    assert not Line.objects.exists()
    assert Search.objects.get().refresh_seconds is None
    assert Fetch.objects.get().due_at is None
    desk.keep(ann)
    desk.start()
    assert Alert.objects.get().state == "active"


def test_what_a_deleted_alert_told_stays_told(desk: Desk, ann: User) -> None:
    first, second = desk.keep(ann, "wine"), desk.keep(ann, "red")
    desk.start()
    desk.put("a", 10, title="Red wine")
    desk.slot()
    desk.deliver()
    keeping.delete_alert(ann, first.pk, desk.now)
    desk.put("a", 9)
    desk.slot()

    assert news(second) == [("repriced", "a", 9)]


@pytest.mark.parametrize("act", ["duplicate", "change", "pause", "resume", "delete", "get"])
def test_another_users_alert_is_as_unknown_as_none(
    desk: Desk, ann: User, bob: User, act: str
) -> None:
    acts: dict[str, Any] = {
        "duplicate": lambda pk: keeping.duplicate_alert(bob, pk, desk.now),
        "change": lambda pk: keeping.change_alert(bob, pk, wish("port"), desk.now),
        "pause": lambda pk: keeping.pause_alert(bob, pk, desk.now),
        "resume": lambda pk: keeping.resume_alert(bob, pk, desk.now),
        "delete": lambda pk: keeping.delete_alert(bob, pk, desk.now),
        "get": lambda pk: get_alert(bob, pk),
    }
    alert = desk.keep(ann)
    for pk in (alert.pk, alert.pk + 1, 2**80):
        with pytest.raises(UnknownAlert):
            acts[act](pk)
    assert get_alert(ann, alert.pk).updated_at == alert.updated_at


def test_a_user_with_many_alerts_filling_waits_with_the_rest_like_an_import(
    desk: Desk, ann: User, bob: User
) -> None:
    for number in range(keeping.FILLING_AT_ONCE + 2):
        desk.keep(ann, f"word{number}")
    desk.keep(bob, "camera")
    urgencies = list(Fetch.objects.order_by("pk").values_list("urgency", flat=True))
    assert urgencies == [Urgency.PERSON] * 20 + [Urgency.IMPORT] * 2 + [Urgency.PERSON]


def test_no_more_alerts_are_kept_than_one_may(
    desk: Desk, ann: User, bob: User, settings: Settings
) -> None:
    settings.ALERTS_PER_USER = 2
    alert = desk.keep(ann, "wine")
    keeping.pause_alert(ann, alert.pk, desk.now)
    desk.keep(ann, "port")
    for refused in (
        lambda: desk.keep(ann, "rum"),
        lambda: keeping.duplicate_alert(ann, alert.pk, desk.now),
    ):
        with pytest.raises(TooManyAlerts, match="2 alerts"):
            refused()
    desk.keep(bob, "rum")
    keeping.delete_alert(ann, alert.pk, desk.now)
    desk.keep(ann, "rum")
    assert Alert.objects.filter(user=ann).count() == 2


def test_a_copy_is_paused_mails_nothing_and_waits_to_be_changed(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, "wine", name="Cellar", max_price=50, min_change_percent=5)
    copies = [keeping.duplicate_alert(ann, alert.pk, desk.now) for _ in range(2)]
    copies.append(keeping.duplicate_alert(ann, copies[0].pk, desk.now))
    assert [copy.name for copy in copies[::2]] == ["Copy of Cellar", "Copy of Copy of Cellar"]
    desk.put("a", 10)
    desk.start()
    assert desk.slot() == []
    assert told(*copies) == []
    wanted = wish_of(alert) | {"name": "Copy of Cellar", "state": "paused"}
    assert wish_of(get_alert(ann, copies[0].pk)) == wanted
    [change] = history_of(ann.pk, copies[0].pk)
    assert (change.kind, change.after) == ("created", wanted)


def test_a_copy_that_differs_in_nothing_cannot_be_resumed_but_renamed(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, max_price=50)
    copy = keeping.duplicate_alert(ann, alert.pk, desk.now)
    keeping.change_alert(ann, copy.pk, wish(name="Mine", max_price=50), desk.now)
    with pytest.raises(DuplicateAlert) as refusal:
        keeping.resume_alert(ann, copy.pk, desk.now)
    assert refusal.value.first_id == alert.pk
    assert get_alert(ann, copy.pk).state == "paused"
    keeping.change_alert(ann, copy.pk, wish(name="Mine", max_price=60), desk.now)
    assert keeping.resume_alert(ann, copy.pk, desk.now).state == "filling"
    with pytest.raises(DuplicateAlert):
        desk.keep(ann, max_price=60)


def test_a_copy_outlives_what_it_was_copied_from(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    copy = keeping.duplicate_alert(ann, alert.pk, desk.now)
    keeping.delete_alert(ann, alert.pk, desk.now)
    keeping.resume_alert(ann, copy.pk, desk.now)
    with pytest.raises(DuplicateAlert):
        desk.keep(ann)


def test_an_imports_alerts_say_that_they_can_wait(desk: Desk, ann: User) -> None:
    keeping.create_alert(ann, wish("wine"), desk.now, Urgency.IMPORT)
    assert Fetch.objects.get().urgency == Urgency.IMPORT

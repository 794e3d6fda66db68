"""The history of alerts: what a user did with each, as it was and as it became."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import DuplicateAlert
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.selectors import (
    alert_changes_after,
    get_alert,
    history_of,
)
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.history import erase_history, wish_of
from tests.alerts.conftest import Desk, wish
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def kinds(user: User, alert_id: int) -> list[str]:
    """Oldest first."""
    return [change.kind for change in reversed(history_of(user.pk, alert_id))]


def latest(user: User, alert_id: int) -> AlertChange:
    return history_of(user.pk, alert_id)[0]


def test_a_creation_is_kept_as_the_api_words_it_and_with_nothing_internal(
    desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, "Wine  -cooler", max_price="12.5", deliver_to="de", category="11450")
    [change] = history_of(ann.pk, alert.pk)
    assert (change.kind, change.at, change.before) == ("created", desk.now, None)
    assert change.after == {
        "name": "Wine -cooler",
        "keywords": "Wine -cooler",
        "listing": None,
        "address": None,
        "ships_to_me": False,
        "marketplace": "EBAY_US",
        "category": "11450",
        "deliver_to": "DE",
        "interval_minutes": 15,
        "at": None,
        "weekdays": [],
        "mail_when": "changes",
        "min_price": None,
        "max_price": "12.50",
        "currency": "USD",
        "min_change_percent": 0,
        "min_change_amount": "0.00",
        "price_basis": "item",
        "buying": "any",
        "countries": [],
        "excluded_countries": [],
        "lowest_in_days": 0,
        "rearm_hours": 0,
        "ending_minutes": 0,
        "conditions": [],
        "sellers": [],
        "excluded_sellers": [],
        "excluded_words": [],
        "free_shipping": False,
        "triggers": [],
        "snoozed_until": None,
        "note": "",
        "state": "active",
    }


def test_every_edit_is_kept_as_it_was_and_as_it_became(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    times = []
    for edit in (
        lambda: keeping.change_alert(ann, alert.pk, wish("port", max_price=50), desk.now),
        lambda: keeping.pause_alert(ann, alert.pk, desk.now),
        lambda: keeping.resume_alert(ann, alert.pk, desk.now),
        lambda: keeping.delete_alert(ann, alert.pk, desk.now),
    ):
        times.append(desk.clock.step(minutes=1))
        edit()
    deleted, resumed, paused, changed, _ = history_of(ann.pk, alert.pk)
    assert [change.at for change in (changed, paused, resumed, deleted)] == times
    assert kinds(ann, alert.pk) == ["created", "changed", "paused", "resumed", "deleted"]
    assert changed.before["keywords"] == "wine"
    assert (changed.after["keywords"], changed.after["max_price"]) == ("port", "50.00")
    assert paused.before == changed.after == resumed.after == deleted.before
    assert paused.after == resumed.before == paused.before | {"state": "paused"}
    assert deleted.after is None


def test_an_edit_that_changes_nothing_leaves_no_trace(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, "wine", max_price=50)
    keeping.change_alert(ann, alert.pk, wish("wine", max_price="50.00"), desk.now)
    keeping.resume_alert(ann, alert.pk, desk.now)
    assert kinds(ann, alert.pk) == ["created"]
    keeping.pause_alert(ann, alert.pk, desk.now)
    keeping.pause_alert(ann, alert.pk, desk.now)
    assert kinds(ann, alert.pk) == ["created", "paused"]


def test_what_the_system_does_by_itself_is_no_wish(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 10)
    desk.slot()
    desk.outage(hours=1)
    desk.slot(hours=2)
    assert kinds(ann, alert.pk) == ["created"]


def test_an_edit_that_is_refused_leaves_no_trace(desk: Desk, ann: User) -> None:
    desk.keep(ann, "wine")
    alert = desk.keep(ann, "port")
    before = AlertChange.objects.count()
    with pytest.raises(DuplicateAlert):
        keeping.change_alert(ann, alert.pk, wish("wine"), desk.now)
    with pytest.raises(DuplicateAlert):
        desk.keep(ann, "port")
    assert AlertChange.objects.count() == before


EDITS: dict[str, Callable[[User, int, Desk], Any]] = {
    "pause": lambda user, pk, desk: keeping.pause_alert(user, pk, desk.now),
    "resume": lambda user, pk, desk: keeping.resume_alert(user, pk, desk.now),
    "start": lambda user, pk, desk: desk.start(),
    "same": lambda user, pk, desk: keeping.change_alert(user, pk, wish("wine"), desk.now),
    "gates": lambda user, pk, desk: keeping.change_alert(
        user, pk, wish("wine", min_price=5), desk.now
    ),
    "move": lambda user, pk, desk: keeping.change_alert(
        user, pk, wish("wein", marketplace="EBAY_DE", name="Keller"), desk.now
    ),
}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(st.sampled_from(sorted(EDITS)), max_size=6))
def test_each_change_begins_as_the_one_before_it_ended_and_the_last_is_the_alert(
    desk: Desk, edits: list[str]
) -> None:
    user = desk.user(f"user{User.objects.count()}")
    alert = desk.keep(user)
    for edit in edits:
        EDITS[edit](user, alert.pk, desk)
    changes = list(reversed(history_of(user.pk, alert.pk)))
    for earlier, later in pairwise(changes):
        assert later.before == earlier.after != later.after
    assert changes[-1].after == wish_of(get_alert(user, alert.pk))


def test_changes_are_read_in_portions_in_the_order_of_their_ids(
    desk: Desk, ann: User, bob: User
) -> None:
    assert alert_changes_after(0, 2**62, 10) == []
    first = desk.keep(ann)
    second = desk.keep(bob)
    keeping.pause_alert(ann, first.pk, desk.now)
    up_to = AlertChange.objects.latest("pk").pk
    keeping.delete_alert(bob, second.pk, desk.now)

    portion = alert_changes_after(0, up_to, 2)
    assert [(row.alert_id, row.user_id, row.kind) for row in portion] == [
        (first.pk, ann.pk, "created"),
        (second.pk, bob.pk, "created"),
    ]
    [row] = alert_changes_after(portion[-1].pk, up_to, 2)
    assert (row.pk, row.kind, row.at) == (up_to, "paused", desk.now)
    assert row.before is not None
    assert row.after == row.before | {"state": "paused"}
    [row] = alert_changes_after(up_to, 2**62, 2)
    assert (row.kind, row.after) == ("deleted", None)


def test_a_users_history_is_erased_and_nobody_elses(desk: Desk, ann: User, bob: User) -> None:
    alert, other = desk.keep(ann), desk.keep(bob)
    keeping.delete_alert(ann, alert.pk, desk.now)
    assert erase_history(ann.pk) == 2
    assert kinds(ann, alert.pk) == []
    assert kinds(bob, other.pk) == ["created"]


@pytest.mark.django_db(transaction=True)
def test_alerts_of_an_earlier_version_begin_their_history_as_they_are(
    desk: Desk, ann: User
) -> None:
    alerts = [desk.keep(ann, "wine", max_price=50), desk.keep(ann, "port"), desk.keep(ann, "rum")]
    keeping.pause_alert(ann, alerts[1].pk, desk.now)
    wishes = [wish_of(alert) for alert in Alert.objects.order_by("pk")]
    latest_migrations = MigrationExecutor(connection).loader.graph.leaf_nodes("alerts")
    try:
        MigrationExecutor(connection).migrate([("alerts", "0001_initial")])
    finally:
        later = desk.clock.step(days=1)
        MigrationExecutor(connection).migrate(latest_migrations)

    rows = list(AlertChange.objects.order_by("pk"))
    assert [(row.alert_id, row.user_id) for row in rows] == [(one.pk, ann.pk) for one in alerts]
    assert all(len(row.after) == 12 for row in rows)
    assert [wish | row.after for wish, row in zip(wishes, rows, strict=True)] == wishes
    assert {(row.kind, row.before) for row in rows} == {("created", None)}
    assert {row.at for row in rows} == {alerts[0].created_at} != {later}


class TestApi:
    """`GET /api/alerts/{id}/history`."""

    @pytest.fixture
    def me(self, desk: Desk) -> Person:
        return person("ann@example.com", desk.clock)

    @pytest.fixture
    def stranger(self, desk: Desk) -> Person:
        return person("bob@example.com", desk.clock)

    def test_it_answers_newest_first_with_the_fields_that_changed(self, me: Person) -> None:
        alert = me.keep("wine", 15, max_price=50)
        path = f"/alerts/{alert['id']}"
        me.send("PATCH", path, {"interval_minutes": 60, "max_price": None, "paused": True})
        me.send("PATCH", path, {"interval_minutes": 60})
        answer = me.send("GET", f"{path}/history").json()
        assert answer["next"] is None
        paused, changed, created = answer["items"]
        assert [item["kind"] for item in answer["items"]] == ["paused", "changed", "created"]
        assert [item["changed"] for item in answer["items"]] == [
            ["state"],
            ["interval_minutes", "max_price"],
            [],
        ]
        assert created["before"] is None
        assert created["at"] == alert["created_at"]
        same = set(created["after"]) - {"state"}
        assert {name: created["after"][name] for name in same} == {n: alert[n] for n in same}
        assert (changed["before"]["max_price"], changed["after"]["max_price"]) == ("50.00", None)
        assert paused["after"]["state"] == "paused"

    def test_it_answers_for_a_deleted_alert_of_ones_own_and_for_nobody_elses(
        self, me: Person, stranger: Person
    ) -> None:
        alert = me.keep("wine")
        path = f"/alerts/{alert['id']}/history"
        assert stranger.send("GET", path).status_code == 404
        me.send("DELETE", f"/alerts/{alert['id']}")
        assert [item["kind"] for item in me.send("GET", path).json()["items"]] == [
            "deleted",
            "created",
        ]
        for alert_id in (alert["id"], alert["id"] + 1, 10**30):
            answer = stranger.send("GET", f"/alerts/{alert_id}/history")
            assert answer.status_code == 404
            assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("limit", [1, 2, 5, 500])
    def test_portions_hold_every_change_exactly_once(self, me: Person, limit: int) -> None:
        alert = me.keep("wine")
        for minutes in (1, 2, 3, 4):
            me.send("PATCH", f"/alerts/{alert['id']}", {"interval_minutes": minutes})
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            path = f"/alerts/{alert['id']}/history?limit={limit}&cursor={cursor}"
            answer = me.send("GET", path).json()
            assert 0 < len(answer["items"]) <= limit
            seen += [item["after"]["interval_minutes"] for item in answer["items"]]
            cursor = answer["next"]
        assert seen == [4, 3, 2, 1, 15]

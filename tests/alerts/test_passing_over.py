"""Passing over due alerts that have nothing to tell: in portions, without waiting for anybody."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.cursors import skip_quiet
from ebay_alerts.alerts.services.digests import build_due
from tests.alerts.conftest import Desk

WORDS = ("wine", "red", "port", "dry", "oak", "old", "cork")


def due_together(desk: Desk, users: tuple[User, ...]) -> list[Alert]:
    """Alerts on each of `WORDS`, all due at one moment; there is news of the first word's."""
    kept = [desk.keep(user, word) for user in users for word in WORDS]
    desk.start()
    desk.put("a", 10, title="Wine a")
    desk.clock.step(minutes=16)
    Alert.objects.update(slot=int(desk.now.timestamp()))
    return kept


def due_now(desk: Desk) -> set[int]:
    return set(Alert.objects.filter(slot__lte=desk.now.timestamp()).values_list("pk", flat=True))


@pytest.mark.backend
@pytest.mark.django_db
@pytest.mark.parametrize("portion", [1, 2, 3, 14, 15, 1000])
def test_portions_of_any_size_reach_every_due_alert_though_some_stay_due(
    desk: Desk, ann: User, bob: User, portion: int
) -> None:
    kept = due_together(desk, (ann, bob))
    assert skip_quiet(desk.now, portion) == 12
    assert due_now(desk) == {alert.pk for alert in kept if alert.keywords == "wine"}


@pytest.mark.django_db
def test_where_nothing_is_due_the_builder_asks_two_questions(
    desk: Desk,
    ann: User,
    django_assert_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    """Whether a clock was changed, and whether an alert is due."""
    desk.keep(ann)
    desk.start()
    with django_assert_num_queries(2):
        assert build_due(desk.now) == 0


@pytest.mark.backend
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_an_alert_in_a_builders_hands_is_passed_over_without_waiting(desk: Desk, ann: User) -> None:
    kept = due_together(desk, (ann,))
    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        held = Alert.objects.select_for_update(no_key=True).get(pk=kept[1].pk)
        assert other.submit(_in_another_session, desk).result(timeout=20) == 5
    assert due_now(desk) == {kept[0].pk, held.pk}


def _in_another_session(desk: Desk) -> int:
    try:
        return skip_quiet(desk.now)
    finally:
        connections.close_all()


@pytest.mark.backend
@pytest.mark.django_db
def test_the_first_due_alerts_are_found_by_their_index(desk: Desk, ann: User) -> None:
    due_together(desk, (ann,))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which would read so small a table whole
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    due = Alert.objects.filter(state="active", slot__lte=int(desk.now.timestamp()))
    plan = due.order_by("slot", "pk").values_list("slot", "pk")[999:1000].explain()
    assert "alert_due" in plan
    assert "sort" not in plan.lower()
    assert "temp b-tree" not in plan.lower()

"""What others read of the outbox."""

from datetime import timedelta

import pytest

from ebay_alerts.mail.models import Message
from ebay_alerts.mail.selectors import count_by_state, find_stale, mail_backlog_seconds
from ebay_alerts.mail.services import mark_stale
from tests.mail.conftest import MovableClock, QueueOne

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_stale_messages_are_found_oldest_first(queue_one: QueueOne, time: MovableClock) -> None:
    stale = [queue_one(key, fresh_until=time.now()).pk for key in ("a", "b", "c")]
    mark_stale(time.move(seconds=1))

    assert find_stale(2) == stale[:2]


def test_messages_that_are_not_done_with_are_counted(queue_one: QueueOne) -> None:
    for number, state in enumerate(["queued", "queued", "failed", "stale", "sent", "withdrawn"]):
        Message.objects.filter(pk=queue_one(f"m{number}").pk).update(state=state)

    assert count_by_state() == {"queued": 2, "sending": 0, "stale": 1, "failed": 1}


def test_the_backlog_is_the_age_of_the_oldest_mail_never_tried(
    queue_one: QueueOne, time: MovableClock
) -> None:
    assert mail_backlog_seconds(time.now()) == 0
    tried = queue_one("tried")
    Message.objects.filter(pk=tried.pk).update(attempts=1)
    time.move(minutes=1)
    queue_one("waiting")
    now = time.now() + timedelta(seconds=30)

    assert mail_backlog_seconds(now) == 30

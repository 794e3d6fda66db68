"""Messages and postings that trip the work on them hold up no other."""

import pytest

from ebay_alerts.kit.queue import run_each
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.models import Channel, Message, Posting
from ebay_alerts.mail.posting_delivery import deliver_postings
from ebay_alerts.mail.retrying import failed_messages, retry_messages, retry_posting
from ebay_alerts.setbacks.models import Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.setbacks.services import retry
from tests.mail.conftest import MovableClock, QueueOne
from tests.mail.receiver import Receiver
from tests.mail.scripted_smtp import ScriptedSmtp
from tests.mail.test_channels import keep, post, receiver, states
from tests.mail.test_channels import time as time_now

__all__ = ["receiver", "time_now"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_a_message_that_cannot_be_written_is_set_aside_at_once_and_the_others_leave(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    spoilt = queue_one("a")
    Message.objects.filter(pk=spoilt.pk).update(headers={"X-Odd": "a\nb"})
    queue_one("b")

    assert deliver_batch("alerts") == 2

    assert [letter.recipient for letter in smtp.accepted] == ["b@example.org"]
    aside = set_aside().get()
    assert (aside.kind, aside.row_id, aside.failures) == ("message", spoilt.pk, 1)
    assert "compose_bytes" in aside.traceback
    spoilt.refresh_from_db()
    assert spoilt.state == "failed"
    assert deliver_batch("alerts") == 0


def test_it_leaves_once_it_is_mended_and_tried_again(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    spoilt = queue_one("a")
    Message.objects.filter(pk=spoilt.pk).update(headers={"X-Odd": "a\nb"})
    deliver_batch("alerts")
    Message.objects.filter(pk=spoilt.pk).update(headers={})
    assert retry(set_aside(), time.now())
    assert retry_messages([spoilt.pk], time.now())
    deliver_batch("alerts")
    spoilt.refresh_from_db()
    assert spoilt.state == "sent"
    assert not Setback.objects.exists()


def test_a_message_whose_address_was_refused_here_is_not_to_be_retried(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    unsendable = queue_one("a", to_address="nobody")
    assert unsendable.state == "failed"
    assert not failed_messages().exists()
    assert not retry_messages([unsendable.pk], time.now())


def test_a_posting_that_cannot_be_made_is_not_held_against_its_channel(
    time_now: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    spoilt = post(channel, "1")
    Posting.objects.filter(pk=spoilt.pk).update(public_id="msg_\u00e9")
    post(channel, "2")

    deliver_postings()

    assert states(channel) == ["queued", "sent"]
    channel = Channel.objects.get()
    assert (channel.failures, channel.lease_token) == (0, None)
    for _ in range(6):
        time_now.move(minutes=70)
        deliver_postings()
    aside = set_aside().get()
    assert (aside.kind, aside.row_id, aside.failures) == ("posting", spoilt.pk, 5)
    post(channel, "3")
    deliver_postings()
    assert states(channel) == ["queued", "sent", "sent"]
    Posting.objects.filter(pk=spoilt.pk).update(public_id="msg_e")
    retry(set_aside(), time_now.now())
    deliver_postings()
    assert states(channel) == ["sent"] * 3


def test_a_failed_posting_is_retried_where_its_channel_is_used(
    time_now: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    posting = post(channel)
    assert not retry_posting(posting.pk, time_now.now())
    Posting.objects.update(state="failed")
    Channel.objects.update(is_on=False)
    assert not retry_posting(posting.pk, time_now.now())
    Channel.objects.update(is_on=True)
    assert retry_posting(posting.pk, time_now.now())
    deliver_postings()
    assert states(channel) == ["sent"]


def test_of_several_steps_each_is_run_and_the_first_error_is_raised() -> None:
    ran = []

    def step(error: str = "") -> int:
        ran.append(error)
        if error:
            raise ValueError(error)
        return 2

    with pytest.raises(ValueError, match="first"):
        run_each(lambda: step("first"), step, lambda: step("second"))
    assert ran == ["first", "", "second"]
    assert run_each(step, step) == 4

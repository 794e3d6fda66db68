"""Channels: what is posted to them arrives signed and once, and no channel holds up another."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from threading import Thread

import pytest
from django.db import close_old_connections, connection
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from ebay_alerts.kit import clock
from ebay_alerts.mail import channels
from ebay_alerts.mail.errors import BadChannel, TooManyChannels, TooManyTests, UnknownChannel
from ebay_alerts.mail.models import Channel, Posting, PostingAttempt
from ebay_alerts.mail.posting_delivery import LEASE, deliver_postings
from ebay_alerts.mail.posting_outbox import (
    KEPT_FOR,
    PostingDraft,
    claim_channel,
    prune_postings,
    queue_postings,
    recall_postings,
    record_try,
    statements_had,
    take_back_expired,
)
from ebay_alerts.mail.postings import (
    GIVE_UP_AFTER,
    LONGEST_DELAY,
    SUSPEND_AFTER,
    SUSPEND_FAILURES,
    TRIES,
    Answer,
    Verdict,
    judge,
)
from ebay_alerts.mail.sealing import Unsealable, unseal
from ebay_alerts.mail.states import Outcome
from ebay_alerts.mail.webhooks import SignedBody, signed_headers
from tests.mail.conftest import MovableClock
from tests.mail.receiver import Came, Receiver, receiving

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
ANN, BOB = 1, 2


@pytest.fixture
def time(settings: Settings) -> Iterator[MovableClock]:
    """Begins at the real time, which receivers verify by; loopback is allowed."""
    settings.CHANNEL_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.CHANNEL_HTTP = True
    movable = MovableClock()
    movable._now = datetime.now(UTC)
    previous = clock.use(movable)
    yield movable
    clock.use(previous)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def keep(receiver: Receiver, user_id: int = ANN) -> tuple[Channel, str]:
    url = channels.check_url("webhook", receiver.url)
    return channels.create_channel(user_id, "webhook", "", url, clock.now())


def post(channel: Channel, name: str = "1", **statements: str) -> Posting:
    body = channels.render_document("digest", {"name": name}, clock.now())
    draft = PostingDraft(
        channel.pk, "digest", f"digest:{name}", "alert:1", f"News {name}", body, statements
    )
    queue_postings([draft], clock.now())
    return Posting.objects.latest("pk")


def verified(came: Came, secret: str) -> dict[str, object]:
    """As its receiver does it, with the library of the standard."""
    return dict(Webhook(secret).verify(came.body, came.headers))


def states(channel: Channel) -> list[str]:
    return list(channel.postings.order_by("pk").values_list("state", flat=True))


def test_a_posting_arrives_signed_by_the_standard(time: MovableClock, receiver: Receiver) -> None:
    channel, secret = keep(receiver)
    posting = post(channel)
    assert deliver_postings() == 1
    (came,) = receiver.came
    document = verified(came, secret)
    assert document["type"] == "digest"
    assert document["version"] == 1
    assert document["data"] == {"name": "1"}
    assert came.headers["content-type"] == "application/json"
    assert came.headers["webhook-id"] == posting.public_id
    posting.refresh_from_db()
    assert (posting.state, posting.attempts, posting.sent_at) == ("sent", 1, time.now())
    assert [(t.outcome, t.code) for t in posting.tries.all()] == [("sent", 204)]
    assert deliver_postings() == 0


def test_a_body_that_was_touched_does_not_verify(time: MovableClock, receiver: Receiver) -> None:
    channel, secret = keep(receiver)
    post(channel)
    deliver_postings()
    came = receiver.came[0]
    came.body += b" "
    with pytest.raises(WebhookVerificationError):
        verified(came, secret)


def test_the_vector_of_the_standard_is_signed_as_it_says() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the tests of its libraries."""
    signed = SignedBody(
        "https://x.example/",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
    )
    headers = signed_headers(signed, datetime.fromtimestamp(1614265330, UTC))
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_for_a_day_after_a_rotation_both_secrets_verify(
    time: MovableClock, receiver: Receiver
) -> None:
    channel, first = keep(receiver)
    _, second = channels.rotate_secret(ANN, channel.pk, time.now())
    assert first != second
    post(channel)
    deliver_postings()
    assert verified(receiver.came[0], first) == verified(receiver.came[0], second)
    Channel.objects.update(previous_until=time.now())
    post(channel, "2")
    deliver_postings()
    assert verified(receiver.came[1], second)
    with pytest.raises(WebhookVerificationError):
        verified(receiver.came[1], first)


def test_what_fails_is_tried_again_later_under_the_same_id(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(500, 404, 204)
    channel, _ = keep(receiver)
    posting = post(channel)
    for _ in range(3):
        assert deliver_postings() == 1
        assert deliver_postings() == 0
        time.move(minutes=3)
    assert receiver.ids() == [posting.public_id] * 3
    assert len({came.body for came in receiver.came}) == 1
    assert len({came.headers["webhook-signature"] for came in receiver.came}) == 3
    assert [t.code for t in posting.tries.order_by("pk")] == [500, 404, 204]
    channel.refresh_from_db()
    assert (channel.failures, channel.words, states(channel)) == (0, "", ["sent"])


def test_one_that_is_refused_does_not_hold_up_the_next(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(422, 204)
    channel, _ = keep(receiver)
    first, second = post(channel, "1"), post(channel, "2")
    deliver_postings()
    assert states(channel) == ["queued", "queued"]
    time.move(seconds=27)  # the channel's rest is over, the first one's may not be
    for _ in range(3):
        deliver_postings()
        time.move(minutes=1)
    assert set(receiver.ids()) == {first.public_id, second.public_id}
    assert states(channel) == ["sent", "sent"]


def test_a_redirect_is_not_followed(time: MovableClock, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.answer((302, {"location": elsewhere.url}))
        channel, _ = keep(receiver)
        post(channel)
        deliver_postings()
        assert elsewhere.came == []
    assert "redirect" in Channel.objects.get().words
    assert states(channel) == ["queued"]


def test_gone_suspends_at_once_and_nothing_more_is_posted(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(410)
    channel, _ = keep(receiver)
    post(channel, "1")
    post(channel, "2")
    deliver_postings()
    assert len(receiver.came) == 1
    assert states(channel) == ["failed", "failed"]
    channel.refresh_from_db()
    assert channel.suspended_at == time.now()
    assert channel.words == "410 Gone"
    assert channels.open_channels([ANN]) == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), ("999999999999", 3600), ("-5", None), ("soon", None), ("", None)],
)
def test_a_rest_that_is_asked_for_is_kept_within_bounds(header: str, seconds: int | None) -> None:
    now = datetime(2030, 5, 1, 12, tzinfo=UTC)
    verdict = judge(Answer(429, "Too Many Requests", header), now)
    assert verdict.outcome is Outcome.DEFERRED
    assert verdict.wait == (None if seconds is None else timedelta(seconds=seconds))
    assert judge(Answer(500, "", header), now).wait is None


def test_a_rest_may_be_asked_for_until_a_date() -> None:
    now = datetime(2030, 5, 1, 12, tzinfo=UTC)
    asked = judge(Answer(503, "", "Wed, 01 May 2030 12:05:00 GMT"), now)
    assert asked.wait == timedelta(minutes=5)
    assert judge(Answer(503, "", "Wed, 01 May 2020 12:05:00 GMT"), now).wait == timedelta(0)
    assert judge(Answer(503, "", "Sat, 01 Jun 2030 12:05:00 GMT"), now).wait == LONGEST_DELAY


def test_retry_after_is_respected(time: MovableClock, receiver: Receiver) -> None:
    receiver.answer((503, {"retry-after": "600"}), 204)
    channel, _ = keep(receiver)
    post(channel)
    deliver_postings()
    time.move(seconds=599)
    assert deliver_postings() == 0
    time.move(seconds=1)
    assert deliver_postings() == 1
    assert states(channel) == ["sent"]


def test_without_an_answer_nobody_knows_and_it_is_sent_again(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(0, 204)
    channel, _ = keep(receiver)
    posting = post(channel)
    deliver_postings()
    posting.refresh_from_db()
    assert posting.maybe_taken
    assert [t.outcome for t in posting.tries.all()] == ["lost"]
    time.move(minutes=1)
    deliver_postings()
    assert receiver.ids() == [posting.public_id] * 2
    assert states(channel) == ["sent"]


def test_a_sender_that_died_after_sending_leaves_one_that_is_sent_again_and_none_lost(
    time: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    first, second = post(channel, "1"), post(channel, "2")
    claim = claim_channel(time.now(), LEASE)
    assert claim is not None
    assert [one.pk for one in claim.postings] == [first.pk, second.pk]
    assert deliver_postings() == 0  # the channel is held
    time.move(seconds=LEASE.total_seconds() + 1)
    assert deliver_postings() == 2
    assert states(channel) == ["sent", "sent"]
    assert [t.outcome for t in first.tries.order_by("pk")] == ["lost", "sent"]
    assert [t.outcome for t in second.tries.order_by("pk")] == ["sent"]
    sent = Verdict(Outcome.SENT, 204, "")
    assert not record_try(claim, first, sent, time.now())  # the holder comes back too late
    assert PostingAttempt.objects.count() == 3


def test_it_is_given_up_after_so_many_tries_or_when_it_is_old(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(500)
    channel, _ = keep(receiver)
    posting = post(channel)
    Posting.objects.update(attempts=TRIES - 1)
    deliver_postings()
    assert states(channel) == ["failed"]
    posting = post(channel, "2")
    Posting.objects.filter(pk=posting.pk).update(created_at=time.now() - GIVE_UP_AFTER)
    Channel.objects.update(due_at=time.now())
    deliver_postings()
    assert states(channel) == ["failed", "failed"]


def test_a_channel_that_fails_for_days_is_suspended_and_says_why_until_it_is_switched_on(
    time: MovableClock, receiver: Receiver
) -> None:
    receiver.answer(500)
    channel, _ = keep(receiver)
    for number in range(SUSPEND_FAILURES + 5):
        post(channel, str(number))
        deliver_postings()
        time.move(seconds=SUSPEND_AFTER.total_seconds() / SUSPEND_FAILURES)
    channel.refresh_from_db()
    assert channel.suspended_at
    assert channel.words == "500 Internal Server Error"
    tried = len(receiver.came)
    assert tried == SUSPEND_FAILURES + 1
    assert set(states(channel)) == {"failed", "queued"}
    receiver.answer(204)
    channels.change_channel(ANN, channel.pk, time.now(), is_on=True)
    post(channel, "more")
    deliver_postings()
    channel.refresh_from_db()
    assert (channel.suspended_at, channel.failures) == (None, 0)
    assert len(receiver.came) > tried


def test_what_waits_for_a_channel_that_is_switched_off_is_not_sent(
    time: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    post(channel)
    channels.change_channel(ANN, channel.pk, time.now(), is_on=False)
    assert deliver_postings() == 0
    assert states(channel) == ["withdrawn"]
    assert channels.open_channels([ANN]) == []


@pytest.mark.django_db(transaction=True)
def test_a_slow_channel_holds_up_no_other(time: MovableClock, receiver: Receiver) -> None:
    """While one answers nothing yet, another one's posting is taken and recorded."""
    with receiving() as slow:
        slow.open_gate.clear()
        stuck, _ = keep(slow, ANN)
        quick, _ = keep(receiver, BOB)
        post(stuck)
        for number in range(5):
            post(quick, str(number))
        thread = Thread(target=_deliver_in_a_thread)
        thread.start()
        while Posting.objects.filter(channel=quick, state="sent").count() < 5:
            thread.join(0.02)
            assert thread.is_alive()
        assert states(stuck) == ["sending"]
        slow.open_gate.set()
        thread.join()
    assert states(stuck) == ["sent"]


def _deliver_in_a_thread() -> None:
    try:
        deliver_postings()
    finally:
        close_old_connections()
        connection.close()


def test_channels_that_fail_leave_places_to_the_others(time: MovableClock) -> None:
    for user_id in range(10):
        channel = Channel.objects.create(
            user_id=user_id, due_at=time.now(), created_at=time.now(), updated_at=time.now()
        )
        Channel.objects.filter(pk=channel.pk).update(failures=user_id % 2)
        post(channel)
    healthy = claim_channel(time.now(), LEASE, healthy_only=True)
    assert healthy is not None
    assert healthy.channel.failures == 0
    other = claim_channel(time.now(), LEASE, busy_users=range(9))
    assert other is not None
    assert other.channel.user_id == 9


def test_a_host_that_came_to_be_inside_is_not_connected_to(
    time: MovableClock, receiver: Receiver, settings: Settings
) -> None:
    """What was allowed when the channel was made is checked again at each connection."""
    channel, _ = keep(receiver)
    post(channel)
    settings.CHANNEL_NETWORKS = ()
    deliver_postings()
    assert receiver.came == []
    assert "open Internet" in Channel.objects.get().words
    assert states(channel) == ["queued"]


def test_the_url_and_the_secret_stand_nowhere_in_the_database(
    time: MovableClock, receiver: Receiver, settings: Settings
) -> None:
    receiver.url += "/very-secret-path"
    channel, secret = keep(receiver)
    row = str(list(Channel.objects.values()))
    assert "very-secret-path" not in row
    assert secret.removeprefix("whsec_") not in row
    assert channel.hint.endswith("/…")
    assert unseal(channel.address) == receiver.url
    settings.SECRET_KEY = "another"
    with pytest.raises(Unsealable):
        unseal(channel.address)
    post(channel)
    deliver_postings()
    assert "SECRET_KEY" in Channel.objects.get().words


def test_a_user_has_so_many_channels_and_tests_and_none_of_another_users(
    time: MovableClock, receiver: Receiver, settings: Settings
) -> None:
    settings.CHANNELS_PER_USER = 1
    channel, _ = keep(receiver)
    with pytest.raises(TooManyChannels):
        keep(receiver)
    keep(receiver, BOB)
    with pytest.raises(UnknownChannel):
        channels.get_channel(BOB, channel.pk)
    for attempt in (
        lambda: channels.delete_channel(BOB, channel.pk),
        lambda: channels.rotate_secret(BOB, channel.pk, time.now()),
        lambda: channels.change_channel(BOB, channel.pk, time.now(), is_on=False),
        lambda: channels.queue_test(BOB, channel.pk, time.now()),
    ):
        with pytest.raises(UnknownChannel):
            attempt()
    for _ in range(channels.TESTS_AN_HOUR):
        channels.queue_test(ANN, channel.pk, time.now())
    with pytest.raises(TooManyTests):
        channels.queue_test(ANN, channel.pk, time.now())
    deliver_postings()
    assert {json.loads(came.body)["type"] for came in receiver.came} == {"test"}


@pytest.mark.parametrize(
    "url", ["https://127.0.0.2:1/", "http://127.0.0.1/", "https://nowhere.invalid/"]
)
def test_a_url_is_refused_without_a_word_of_its_secrets(
    time: MovableClock, settings: Settings, url: str
) -> None:
    settings.CHANNEL_NETWORKS, settings.CHANNEL_HTTP = (), False
    with pytest.raises(BadChannel) as refusal:
        channels.check_url("webhook", f"{url}very-secret-path")
    assert "very-secret-path" not in str(refusal.value)


def test_what_no_receiver_can_have_is_withdrawn_and_the_rest_is_remembered(
    time: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    post(channel, "1", a="new 10", b="new 20")
    deliver_postings()
    post(channel, "2", a="down 9")
    recall_postings({"digest:1", "digest:2"})
    assert states(channel) == ["sent", "withdrawn"]
    had = statements_had({"alert:1"}, {channel.pk}, time.now())
    assert had == {(channel.pk, "alert:1"): {"a": "new 10", "b": "new 20"}}
    post(channel, "3", a="up 11")
    had = statements_had({"alert:1"}, {channel.pk}, time.now())
    assert had[channel.pk, "alert:1"] == {"a": "up 11", "b": "new 20"}
    assert statements_had({"alert:2"}, {channel.pk}, time.now()) == {}
    assert deliver_postings() == 1


def test_what_is_being_sent_when_it_is_recalled_counts_as_had(
    time: MovableClock, receiver: Receiver
) -> None:
    channel, _ = keep(receiver)
    post(channel, "1", a="new 10")
    claim = claim_channel(time.now(), LEASE)
    assert claim is not None
    recall_postings({"digest:1"})
    assert statements_had({"alert:1"}, {channel.pk}, time.now())
    record_try(claim, claim.postings[0], Verdict(Outcome.DEFERRED, 500, ""), time.now())
    assert states(channel) == ["queued"]


def test_old_postings_are_pruned_with_their_tries(time: MovableClock, receiver: Receiver) -> None:
    channel, _ = keep(receiver)
    post(channel, "1")
    deliver_postings()
    time.move(seconds=KEPT_FOR.total_seconds() + 1)
    post(channel, "2")
    assert prune_postings(time.now()) == 1
    assert states(channel) == ["queued"]
    assert PostingAttempt.objects.count() == 0
    assert take_back_expired(time.now()) == 0

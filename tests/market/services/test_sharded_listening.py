"""Several listeners share one stream: each listing is one's, and together they miss nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta

import httpx
import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit import clock
from ebay_alerts.market.models import DeadEvent, EventStream, Listing, Search
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.selectors import followed_streams, is_stream_followed
from ebay_alerts.market.services.listening import Listener
from ebay_alerts.market.stream.sharding import MOST_SHARDS, WHOLE, Shard, read_shard
from ebay_alerts.market.stream.source import HttpEventLog
from tests.conftest import SteppedClock
from tests.market.scenery import search_for
from tests.market.services.event_logs import URL, Json, event, log_of

pytestmark = [pytest.mark.django_db, pytest.mark.backend]


@pytest.fixture(autouse=True)
def wine(stepped_clock: SteppedClock) -> Search:
    return search_for("wine", now=stepped_clock.now())


@pytest.fixture
def listeners() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def listener(stack: ExitStack, shard: Shard, *events: Json) -> Listener:
    log = HttpEventLog(URL, transport=httpx.MockTransport(log_of(*events)))
    return stack.enter_context(closing(Listener(URL, log, SearchRegistry(), shard)))


def stand(sequence: int, shard: Shard = WHOLE) -> EventStream:
    return EventStream.objects.create(
        url=URL,
        shards=shard.count,
        shard=shard.number,
        stream_id="s",
        sequence=sequence,
        followed_at=clock.now(),
    )


@given(st.text(min_size=1, max_size=64), st.integers(1, MOST_SHARDS))
def test_a_listing_is_of_exactly_one_shard(legacy_id: str, count: int) -> None:
    holding = [n for n in range(count) if Shard(n, count).holds(legacy_id)]
    assert len(holding) == 1


def test_a_listing_stays_with_its_shard_whatever_process_asks() -> None:
    # CRC-32 of "123456789" is 0xCBF43926, the check value of its specification.
    assert Shard(0xCBF43926 % 7, 7).holds("123456789")


@pytest.mark.parametrize("words", ["", "0/2", "3/2", "1/65", "1", "a/b", "-1/2", "1/2/3", "٢/٤"])
def test_what_is_no_shard_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="is no shard"):
        read_shard(words)


@pytest.mark.parametrize("words", ["1/1", "2/4", "64/64"])
def test_a_shard_is_read_as_it_is_written(words: str) -> None:
    assert str(read_shard(words)) == words


def test_together_they_record_every_listing_and_each_its_own(listeners: ExitStack) -> None:
    events = [event(n) for n in range(1, 41)]
    recorded: dict[str, int] = {}
    for number in range(3):
        stand(0, Shard(number, 3))
        listener(listeners, Shard(number, 3), *events).catch_up()
        for legacy_id in Listing.objects.values_list("legacy_id", flat=True):
            recorded.setdefault(legacy_id, number)

    assert recorded == {
        f"w{n}": next(k for k in range(3) if Shard(k, 3).holds(f"w{n}")) for n in range(1, 41)
    }
    assert set(recorded.values()) == {0, 1, 2}
    assert {stream.sequence for stream in followed_streams(URL)} == {40}


def test_more_listeners_begin_where_the_one_before_stood(
    listeners: ExitStack, stepped_clock: SteppedClock
) -> None:
    events = [event(n) for n in range(1, 41)]
    stand(30)
    stepped_clock.step(seconds=1)
    for number in range(2):
        listener(listeners, Shard(number, 2), *events).catch_up()
    assert set(Listing.objects.values_list("legacy_id", flat=True)) == {
        f"w{n}" for n in range(31, 41)
    }


def test_fewer_listeners_begin_where_the_furthest_behind_stood(listeners: ExitStack) -> None:
    stand(35, Shard(0, 2))
    stand(25, Shard(1, 2))
    listener(listeners, WHOLE, *[event(n) for n in range(1, 41)]).catch_up()
    assert Listing.objects.count() == 15


def test_what_cannot_be_read_is_kept_once(listeners: ExitStack) -> None:
    for number in range(3):
        stand(0, Shard(number, 3))
        listener(listeners, Shard(number, 3), event(1, type="?"), event(2)).catch_up()
    assert DeadEvent.objects.count() == 1


@override_settings(EVENT_STREAM_URL=URL)
def test_a_stream_is_followed_while_each_of_its_shards_is() -> None:
    now = clock.now()
    first = stand(5, Shard(0, 2))
    assert not is_stream_followed(now)
    stand(5, Shard(1, 2))
    assert is_stream_followed(now)
    first.followed_at = now - timedelta(hours=1)
    first.save()
    assert not is_stream_followed(now)

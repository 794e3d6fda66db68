"""Events of the marketplace reach the mail without a poll."""

from collections.abc import Iterator

import pytest

from ebay_alerts.market.models import DeadEvent, EventStream, Fetch, Listing, SearchChange
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import Listener, listen_to
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import titles

pytestmark = pytest.mark.backend


@pytest.fixture
def listener(system: System) -> Iterator[Listener]:
    """Follows the mock's stream; nothing is polled after the fills."""
    listener = listen_to(system.mock.url, SearchRegistry())
    yield listener
    listener.close()


def stop_polling() -> None:
    Fetch.objects.update(due_at=None)


def test_created_updated_and_deleted_products_are_mailed_without_a_poll(
    system: System, owner: Person, listener: Listener
) -> None:
    owner.keep("wine", 0)
    system.run()
    listener.catch_up()
    stop_polling()

    made = system.mock.create("Wine of the stream", 20)
    system.mock.create("Beer of the stream", 20)
    listener.catch_up()
    (created,) = system.run(seconds=1)
    assert titles(created) == ["Wine of the stream"]
    assert not Listing.objects.filter(title__startswith="Beer").exists()

    system.mock.change(made, price=15)
    listener.catch_up()
    (repriced,) = system.run(seconds=60)
    assert repriced["Subject"] == "down 25 %: Wine of the stream"

    system.mock.delete(made)
    listener.catch_up()
    (ended,) = system.run(seconds=60)
    assert "1 ended" in ended["Subject"]


def test_a_retitled_listing_leaves_without_being_called_ended_and_another_begins_to_match(
    system: System, owner: Person, listener: Listener
) -> None:
    owner.keep("wine", 0)
    owner.keep("port", 0)
    system.run()
    listener.catch_up()
    stop_polling()
    made = system.mock.create("Wine to be renamed", 20)
    listener.catch_up()
    system.run(seconds=1)

    system.mock.change(made, product_name="Port after all")
    listener.catch_up()
    kinds = list(
        SearchChange.objects.filter(listing__legacy_id=made)
        .order_by("pk")
        .values_list("search__query", "kind")
    )
    assert kinds == [("wine", "appeared"), ("wine", "left"), ("port", "appeared")]
    assert [mail["Subject"] for mail in system.run(seconds=60)] == []


def test_an_event_applied_again_changes_nothing(
    system: System, owner: Person, listener: Listener
) -> None:
    owner.keep("wine", 0)
    system.run()
    listener.catch_up()
    made = system.mock.create("Wine once", 20)
    system.mock.change(made, price=10)
    listener.catch_up()
    before = list(SearchChange.objects.order_by("pk").values_list("search", "revision", "kind"))

    EventStream.objects.update(sequence=0)
    listener.catch_up()
    after = list(SearchChange.objects.order_by("pk").values_list("search", "revision", "kind"))
    assert after == before


def test_a_malformed_event_is_kept_with_its_reason_and_the_stream_goes_on(
    system: System, owner: Person, listener: Listener
) -> None:
    from ebay_alerts.market.stream.events import EventPage

    owner.keep("wine", 0)
    system.run()
    listener.catch_up()
    stream = EventStream.objects.get()
    good = {
        "sequence": stream.sequence + 2,
        "type": "product_created",
        "at": system.clock.now().isoformat(),
        "product": {"id": "plain-1", "product_name": "Wine, plain", "price": 12},
    }
    bad = {"sequence": stream.sequence + 1, "type": "product_created", "product": {"id": ""}}

    class Scripted:
        def after(self, sequence: int) -> EventPage:
            events = [] if sequence > stream.sequence else [bad, good]
            return EventPage(stream.stream_id, 1, stream.sequence + 2, events)

        def close(self) -> None:
            """Holds nothing."""

    registry = SearchRegistry()
    assert Listener(system.mock.url, Scripted(), registry).catch_up() == 2
    dead = DeadEvent.objects.get()
    assert dead.sequence == bad["sequence"]
    assert "at" in dead.reason
    assert Listing.objects.get(legacy_id="plain-1").price_minor == 1200


def test_another_stream_is_followed_from_its_head_and_everything_is_swept(
    system: System, owner: Person, listener: Listener
) -> None:
    owner.keep("wine", 0)
    system.run()
    listener.catch_up()
    stop_polling()
    EventStream.objects.update(stream_id="gone", sequence=10**9)
    system.mock.create("Wine made meanwhile", 20)

    Fetch.objects.update(due_at=system.clock.step(days=1))
    listener.catch_up()
    assert EventStream.objects.get().stream_id != "gone"
    (mail,) = system.run(seconds=1)
    assert titles(mail) == ["Wine made meanwhile"]

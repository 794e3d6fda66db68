"""The market: its listings, the changes they go through, and whom those are told to."""

import heapq
import json
from collections.abc import Callable, Iterable
from dataclasses import replace

from mock_ebay.clock import now_ms
from mock_ebay.index import Index
from mock_ebay.listings import Listing
from mock_ebay.store import Event, Store
from mock_ebay.wire import home_view, product, summary

CREATED, UPDATED, DELETED = "product_created", "product_updated", "product_deleted"


class Market:
    """All listings in memory, indexed; every change is stored with its event before it shows.

    Not safe for threads: one event loop owns it.
    """

    def __init__(self, store: Store, clock: Callable[[], int] = now_ms) -> None:
        self.store = store
        self.clock = clock
        self.listings: dict[int, Listing] = {}
        self.index = Index(lambda number: self.listings[number].title)
        self._numbers: dict[str, int] = {}
        self._endings: list[tuple[int, int]] = []
        self._audience: list[Callable[[Event], None]] = []

    def load(self, listings: Iterable[Listing]) -> None:
        for listing in listings:
            self._show(listing)

    def subscribe(self, hear: Callable[[Event], None]) -> None:
        """Have every later event told, in order."""
        self._audience.append(hear)

    @property
    def version(self) -> int:
        """Changes whenever anything in the market does."""
        return self.store.head

    @property
    def next_number(self) -> int:
        """Never given twice, not even after a deletion: every creation is an event."""
        return self.store.catalogue_size + self.store.head

    def find(self, id_: str) -> Listing | None:
        number = self._numbers.get(id_)
        return None if number is None else self.listings[number]

    def newest(self, count: int) -> list[Listing]:
        """The newest of the listings that have not ended."""
        self.expire()
        listings = self.listings
        numbers = heapq.nlargest(
            count, self.index.everything, key=lambda n: (listings[n].origin_at, n)
        )
        return [listings[number] for number in numbers]

    def create(self, listing: Listing) -> Listing:
        """Add a listing, whose number is `next_number` and whose id is new."""
        self._change(CREATED, listing)
        return listing

    def update(self, listing: Listing) -> Listing:
        """Put a changed listing in the place of the one with its number."""
        revised = replace(listing, revision=listing.revision + 1)
        self._change(UPDATED, revised)
        return revised

    def end(self, listing: Listing, at: int | None = None) -> Listing:
        """Sold, withdrawn or run out: searches lose it, getItem still knows it."""
        return self.update(replace(listing, ended_at=at or self.clock()))

    def relist(self, listing: Listing) -> Listing:
        """Bring an ended listing back under its id; it counts as created again."""
        ends_at = listing.ends_at and self.clock() + 7 * 86_400_000
        back = replace(listing, ended_at=None, ends_at=ends_at, created_at=self.clock())
        self._change(CREATED, back)
        return back

    def delete(self, listing: Listing) -> None:
        event = self._event(DELETED, listing)
        self.store.record(event, None, listing.number)
        self._hide(listing)
        del self.listings[listing.number], self._numbers[listing.id]
        self._tell(event)

    def expire(self) -> None:
        """End what has reached its end time."""
        now = self.clock()
        while self._endings and self._endings[0][0] <= now:
            ends_at, number = heapq.heappop(self._endings)
            listing = self.listings.get(number)
            if listing and listing.ended_at is None and listing.ends_at == ends_at:
                self.end(listing, ends_at)

    def _change(self, kind: str, listing: Listing) -> None:
        event = self._event(kind, listing)
        self.store.record(event, listing, listing.number)
        if listing.number in self.listings:
            self._hide(self.listings[listing.number])
        self._show(listing)
        self._tell(event)

    def _event(self, kind: str, listing: Listing) -> Event:
        whole = product(listing) | {"item": summary(listing, home_view(listing), extended=True)}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        return Event(self.store.head + 1, kind, self.clock(), text)

    def _show(self, listing: Listing) -> None:
        before = self.listings.get(listing.number)
        self.listings[listing.number] = listing
        self._numbers[listing.id] = listing.number
        if listing.ended_at is None:
            self.index.add(listing)
            self._await_end(listing, before)

    def _await_end(self, listing: Listing, before: Listing | None) -> None:
        is_awaited = before and before.ended_at is None and before.ends_at == listing.ends_at
        if listing.ends_at is not None and not is_awaited:
            heapq.heappush(self._endings, (listing.ends_at, listing.number))

    def _hide(self, listing: Listing) -> None:
        if listing.ended_at is None:
            self.index.remove(listing)

    def _tell(self, event: Event) -> None:
        for hear in self._audience:
            hear(event)

"""Moves the market: new listings, revised prices, bids and endings, mostly where people look."""

import asyncio
import logging
import sqlite3
import time
from dataclasses import replace
from random import Random
from typing import Any

from mock_ebay.catalogue import Catalogue, legacy_id
from mock_ebay.listings import AUCTION, FIXED_PRICE, Listing
from mock_ebay.market import Market

POPULAR = (
    *("wine", "lego", "camera", "iphone", "rtx", "pokemon", "guitar", "watch", "sneakers", "books"),
)
_POPULAR_SHARE = 0.7
_LONGEST_TICK = 0.5

log = logging.getLogger(__name__)


class LiveMarket:
    """Makes moves, one at a time or so many a minute."""

    def __init__(self, market: Market, seed: int, *, is_generated: bool) -> None:
        self._market = market
        self._random = Random(f"live {seed} {market.version}")  # noqa: S311 - no secret
        self._is_generated = is_generated
        self._words: list[str] | None = None

    async def run(self, moves_a_minute: float) -> None:
        """Move for ever at this pace; auctions end on their time even at pace 0."""
        done, started = 0, time.monotonic()
        while True:
            await asyncio.sleep(
                _LONGEST_TICK if moves_a_minute <= 0 else self._tick(moves_a_minute)
            )
            due = int((time.monotonic() - started) * moves_a_minute / 60)
            try:
                self._market.expire()
                # After a pause of the machine the market goes on, it does not catch up.
                for _ in range(min(due - done, 1 + int(moves_a_minute))):
                    self.move()
            except sqlite3.Error:
                log.exception("a market move could not be stored")
            done = due

    def _tick(self, moves_a_minute: float) -> float:
        return max(0.02, min(_LONGEST_TICK, 60 / moves_a_minute))

    def move(self) -> dict[str, Any] | None:
        """One move, told as `{"move", "id"}`; None where the market offers nothing to move."""
        listing = self._pick()
        draw = self._random.random()
        if listing is None:
            return self._create(None) if self._is_generated else None
        if draw < 0.32:
            return self._create(listing)
        if draw < 0.47:
            return self._bid()
        if draw < 0.60:
            return _told("ended", self._market.end(listing))
        return self._revise(listing)

    def _pick(self) -> Listing | None:
        """A standing listing, mostly one that a popular word finds."""
        numbers = self._market.index.everything
        if self._random.random() < _POPULAR_SHARE:
            word = self._random.choice(self._popular_words() or [""])
            numbers = set(self._market.index.word(word)) or numbers
        if not numbers:
            return None
        return self._market.listings[self._random.choice(tuple(numbers))]

    def _popular_words(self) -> list[str]:
        """What newcomers try, where the market has it; else what its titles say most often."""
        if self._words is None:
            index = self._market.index
            known = [word for word in POPULAR if index.word(word)]
            common = [word for word in index.commonest_words(20) if word not in known]
            self._words = (known + common)[:10]
        return self._words

    def _create(self, like: Listing | None) -> dict[str, Any]:
        """List something new: like a popular listing, or anything at all."""
        now, number = self._market.clock(), self._market.next_number
        source = Catalogue(self._random.getrandbits(32), now)
        fresh = source.listing(number, self._free_id(number), now)
        if like is not None and (not self._is_generated or self._random.random() < 0.75):
            fresh = source.near_copy(like, fresh)
        return _told("listed", self._market.create(replace(fresh, bid_count=0)))

    def _free_id(self, number: int) -> str:
        while self._market.find(legacy_id(number)) is not None:
            number += 1
        return legacy_id(number)

    def _revise(self, listing: Listing) -> dict[str, Any]:
        """Change a fixed price, down three times out of four; an auction gets a bid instead."""
        if listing.cents is None:
            return self._raise_bid(listing)
        is_fall = self._random.random() < 0.75
        share = self._random.uniform(0.72, 0.97) if is_fall else self._random.uniform(1.03, 1.2)
        cents = max(1, int(listing.cents * share))
        if cents == listing.cents:
            cents += 1
        was = max(listing.was_cents or 0, listing.cents) if is_fall else listing.was_cents
        return _told("revised", self._market.update(replace(listing, cents=cents, was_cents=was)))

    def _bid(self) -> dict[str, Any] | None:
        """A bid on some auction; where there is none, a price changes."""
        auctions = self._market.index.facet("AUCTION")
        if auctions:
            return self._raise_bid(self._market.listings[self._random.choice(tuple(auctions))])
        listing = self._pick()
        return None if listing is None else self._revise(listing)

    def _raise_bid(self, listing: Listing) -> dict[str, Any]:
        """The first bid takes Buy It Now away."""
        bid = listing.bid_cents or 99
        if listing.bid_count:
            bid += max(50, int(bid * self._random.uniform(0.02, 0.12)))
        options = (listing.options | AUCTION) & ~FIXED_PRICE
        raised = replace(
            listing, bid_cents=bid, bid_count=listing.bid_count + 1, options=options, cents=None
        )
        return _told("bid", self._market.update(raised))


def _told(move: str, listing: Listing) -> dict[str, Any]:
    return {"move": move, "id": listing.id}

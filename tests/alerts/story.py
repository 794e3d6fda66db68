"""A small market told as a story of steps, one reader's digests of it, and what must be true then.

The market here is a plain model: it writes the log that real recording would write. What a reader
may believe is judged from the lines alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import strategies as st

from ebay_alerts.alerts.fold import Change, Figure, Line, LineKind, Live, Told, fold, line_of
from ebay_alerts.alerts.gates import Gates

# Close enough for small falls, wide enough to cross every limit of `GATES`.
PRICES = (80, 88, 92, 95, 97, 99, 100, 103, 110, 120)
ACTS = ("list", "discover", "reprice", "end", "leave", "digest")


class Step(NamedTuple):
    """`list` brings a listing (new, or back), `discover` an old one (or one that merely was not
    found); `leave` is a retitling, or that it is not found."""

    act: str
    listing_id: int
    price: int


STEPS = st.lists(
    st.builds(Step, st.sampled_from(ACTS), st.integers(1, 3), st.sampled_from(PRICES)),
    max_size=40,
)
OPEN = Gates("USD")
GATES = st.builds(
    Gates,
    st.just("USD"),
    st.sampled_from([None, 85, 96]),
    st.sampled_from([None, 99, 105]),
    st.sampled_from([0, 5, 20]),
)


def usd(minor: int) -> Figure:
    return Figure(minor, "USD")


@dataclass
class Offer:
    """A listing of the model; `is_old` when it was there before the reader could hear of it."""

    price: int
    first_price: int
    is_alive: bool = True
    is_member: bool = True
    is_old: bool = False
    was_discovered: bool = False


@dataclass
class Market:
    offers: dict[int, Offer] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)

    def live(self, listing_id: int) -> Live:
        offer = self.offers[listing_id]
        return Live(offer.is_member, not offer.is_alive, usd(offer.price))

    def happens(self, step: Step) -> bool:
        """Apply the step where it can happen; whether it could."""
        offer = self.offers.get(step.listing_id)
        if step.act in ("list", "discover"):
            return self._enter(step, offer)
        if offer is None or not offer.is_member:
            return False
        kind = {"reprice": "repriced", "end": "ended", "leave": "left"}[step.act]
        if step.act == "reprice":
            if offer.price == step.price:
                return False
            before, offer.price = offer.price, step.price
        else:
            before, offer.is_member, offer.is_alive = offer.price, False, step.act == "leave"
        self._write(step.listing_id, kind, before)
        return True

    def _enter(self, step: Step, offer: Offer | None) -> bool:
        if offer is None:
            is_old = step.act == "discover"
            self.offers[step.listing_id] = Offer(
                step.price, step.price, is_old=is_old, was_discovered=is_old
            )
            self._write(step.listing_id, "discovered" if is_old else "appeared", None)
            return True
        if offer.is_member:
            return False
        # What merely was not found for a while and was old when it came is old yet.
        is_old = step.act == "discover" and offer.is_alive and offer.was_discovered
        offer.is_alive = offer.is_member = True
        offer.price = step.price
        self._write(step.listing_id, "discovered" if is_old else "returned", None)
        return True

    def _write(self, listing_id: int, kind: str, before: int | None) -> None:
        figure = None if before is None else usd(before)
        self.log.append(Change(len(self.log) + 1, listing_id, kind, figure))


@dataclass
class Reader:
    """An alert and its user: begins with a welcome of what the gates admit."""

    market: Market
    gates: Gates
    cursor: int = 0
    start: dict[int, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def begin(self) -> None:
        self.cursor = len(self.market.log)
        for listing_id, offer in self.market.offers.items():
            offer.is_old = True
            self.start[listing_id] = offer.price
            if offer.is_member and offer.is_alive and self.gates.admit(offer.price, "USD"):
                figure = usd(offer.price)
                self.lines.append(Line(listing_id, LineKind.LISTED, figure, None, self.cursor))

    def digest(self) -> list[Line]:
        told = last_told(self.lines)
        lines = []
        for net in fold(self.market.log[self.cursor :]).values():
            listing_id = net.listing_id
            line = line_of(
                net,
                self.market.live(listing_id),
                told.get(listing_id),
                usd(self.baseline(listing_id)),
                self.gates,
            )
            lines += [line] if line else []
        self.cursor = len(self.market.log)
        self.lines += lines
        return lines

    def baseline(self, listing_id: int) -> int:
        return self.start.get(listing_id, self.market.offers[listing_id].first_price)


def tell(steps: Iterable[Step], reader: Reader) -> None:
    """Let the steps happen, with digests where they stand and one at the end."""
    for step in steps:
        if step.act == "digest":
            reader.digest()
        else:
            reader.market.happens(step)
    reader.digest()


def last_told(lines: Iterable[Line]) -> dict[int, Told]:
    return {line.listing_id: Told(line.kind, line.figure) for line in lines}


def untruths(reader: Reader) -> list[str]:
    """Where what the reader must believe by the lines is not so, beyond what the gates swallow."""
    told = last_told(reader.lines)
    found = [_untruth(reader, pk, told.get(pk)) for pk in reader.market.offers]
    return [text for text in found if text] + list(_repetitions(reader.lines))


def _untruth(reader: Reader, listing_id: int, told: Told | None) -> str:
    offer, gates = reader.market.offers[listing_id], reader.gates
    if not offer.is_alive:
        is_offered = told is not None and told.kind is not LineKind.ENDED
        return f"{listing_id} ended and is offered" if is_offered else ""
    if not offer.is_member:
        return ""
    is_wanted = gates.admit(offer.price, "USD")
    if told is None or told.kind is LineKind.ENDED:
        if told is None and offer.is_old:
            is_wanted = is_wanted and _is_news(gates, reader.baseline(listing_id), offer.price)
        return f"{listing_id} at {offer.price} is untold" if is_wanted else ""
    is_news = _is_news(gates, told.figure.minor, offer.price)
    return f"{listing_id} is told at {told.figure.minor}, not {offer.price}" if is_news else ""


def _is_news(gates: Gates, was: int, now: int) -> bool:
    if gates.admit(was, "USD") != gates.admit(now, "USD"):
        return True
    return was != now and gates.admit(now, "USD") and gates.is_worth_telling(was, now)


def _repetitions(lines: Iterable[Line]) -> Iterable[str]:
    last: dict[int, Line] = {}
    for line in lines:
        before = last.get(line.listing_id)
        was_offered = before is not None and before.kind is not LineKind.ENDED
        if line.kind in (LineKind.ENDED, LineKind.EXCEEDED):
            if not was_offered:
                yield f"{line.listing_id} is told as {line.kind}, and it was not on offer"
        elif before and was_offered and before.figure == line.figure:
            yield f"{line.listing_id} is told twice at {line.figure.minor}"
        last[line.listing_id] = line


def beliefs(reader: Reader) -> dict[int, int | None]:
    """What each listing costs in the reader's eyes; None for one that is not on offer.

    Listings that strayed from the search are left out: nobody reports on them.
    """
    told = last_told(reader.lines)
    believed: dict[int, int | None] = {}
    for listing_id, offer in reader.market.offers.items():
        last = told.get(listing_id)
        if offer.is_alive and not offer.is_member:
            continue
        if last:
            believed[listing_id] = None if last.kind is LineKind.ENDED else last.figure.minor
        else:
            believed[listing_id] = reader.baseline(listing_id) if offer.is_alive else None
    return believed

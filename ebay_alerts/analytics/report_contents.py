"""Which moves a user's price report tells, and in which order; pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ebay_alerts.alerts.gates import Features, Gates
from ebay_alerts.analytics.moves import Move
from ebay_alerts.analytics.price_statistics import Movement


@dataclass(frozen=True)
class Watch:
    """An alert as a report sees it."""

    alert_id: int
    name: str
    search_id: int
    gates: Gates


class OnOffer(Protocol):
    """What a listing costs on its marketplace as the report is made, in minor units."""

    @property
    def minor(self) -> int: ...

    @property
    def currency(self) -> str: ...

    @property
    def has_bid(self) -> bool: ...

    @property
    def country(self) -> str: ...

    @property
    def condition_group(self) -> str: ...

    @property
    def seller(self) -> str: ...

    @property
    def words(self) -> str: ...


# How it is sent, and what that costs in minor units, by search and listing.
Shipping = Mapping[tuple[int, int], tuple[str, int | None]]
_UNKNOWN = ("unknown", None)


class ToldMove(NamedTuple):
    """A move, the alerts that find its listing, and the search of the first of them."""

    move: Move
    alert_ids: Sequence[int]
    search_id: int


class KeptMove(NamedTuple):
    """A told move as a report keeps it; `standing` is that among the first alert's search."""

    listing_id: int
    currency: str
    was: int
    now: int
    known_days: int
    lowest_in_days: int | None
    highest_in_days: int | None
    close_30_days_ago: int | None
    alert_ids: Sequence[int]
    is_from_price: bool
    standing: str | None

    @property
    def move(self) -> Move:
        return Move._make(self[: len(Move._fields)])


class KeptAlert(NamedTuple):
    """An alert as a report keeps it, with how many of its listings fell and rose."""

    alert_id: int
    name: str
    search_id: int
    falls: int
    rises: int


@dataclass(frozen=True)
class Content:
    """Falls come first, the largest in per cent before the others, and so do rises."""

    falls: Sequence[ToldMove]
    rises: Sequence[ToldMove]
    watches: Sequence[Watch]

    @property
    def told(self) -> Sequence[ToldMove]:
        return [*self.falls, *self.rises]

    def kept_alerts(self) -> list[KeptAlert]:
        """The alerts, those whose listings moved most often first."""
        falls, rises = _counts(self.falls), _counts(self.rises)
        kept = [
            KeptAlert(
                watch.alert_id,
                watch.name,
                watch.search_id,
                falls[watch.alert_id],
                rises[watch.alert_id],
            )
            for watch in self.watches
        ]
        return sorted(kept, key=lambda alert: (-alert.falls - alert.rises, alert.alert_id))


def content_of(
    watches: Sequence[Watch],
    moves: Mapping[int, Iterable[Move]],
    on_offer: Mapping[int, OnOffer],
    shipping: Shipping,
    snoozed: Collection[int] = (),
) -> Content:
    """What a user with these alerts is told; `moves` by search, `on_offer` by listing.

    A listing that is not on offer any more or that the user snoozes is left out, and so is a move
    that no alert wants: its limits bind the price that the marketplace shows now, its least change
    the seller's own. A listing that several alerts find stands once.
    """
    found: dict[int, tuple[Move, list[int], int]] = {}
    for watch in watches:
        for move in moves.get(watch.search_id, ()):
            now = None if move.listing_id in snoozed else on_offer.get(move.listing_id)
            sent = shipping.get((watch.search_id, move.listing_id), _UNKNOWN)
            if now is not None and _wants(watch.gates, move, now, sent):
                told = found.setdefault(move.listing_id, (move, [], watch.search_id))
                told[1].append(watch.alert_id)
    ordered = sorted(map(ToldMove._make, found.values()), key=_by_size)
    return Content(
        falls=[one for one in ordered if one.move.change.movement is Movement.FALL],
        rises=[one for one in ordered if one.move.change.movement is Movement.RISE],
        watches=watches,
    )


def _counts(told: Iterable[ToldMove]) -> Counter[int]:
    return Counter(alert_id for one in told for alert_id in one.alert_ids)


def _wants(gates: Gates, move: Move, now: OnOffer, sent: tuple[str, int | None]) -> bool:
    said = (now.condition_group, now.seller, now.words)
    features = Features(True, now.has_bid, now.country, *sent, *said)
    return (
        gates.is_worth_telling(move.was, move.now)
        and gates.fit(features)
        and gates.beside(features.shipping_minor).admit(now.minor, now.currency)
    )


def _by_size(told: ToldMove) -> tuple[float, int]:
    """By share of the price before, the largest first; what was free has risen the most."""
    was, now = told.move.was, told.move.now
    return (-abs(now - was) / was if was else float("-inf"), told.move.listing_id)

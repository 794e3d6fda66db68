"""From a search's log to the lines of a digest; pure.

`fold` gives the net effect of a range of changes per listing. `line_of` decides what a user is
told of one listing, from that, its live state, what the user was told last, and the gates.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ebay_alerts.alerts.gates import Gates, Trigger

_BEGINS_PRESENT = frozenset({"repriced", "ended", "left"})
_IS_NEWS = frozenset({"appeared", "returned"})
_MAY_REPRICE = frozenset({"repriced", "returned"})


class LineKind(StrEnum):
    """What a line tells: a welcome or list entry, or a change."""

    LISTED = "listed"
    APPEARED = "appeared"
    REPRICED = "repriced"
    ENTERED = "entered"
    EXCEEDED = "exceeded"
    RETURNED = "returned"
    RELISTED = "relisted"
    ENDING = "ending"
    ENDED = "ended"


class Figure(NamedTuple):
    minor: int
    currency: str


class Change(NamedTuple):
    """One entry of a search's log, as far as the fold reads it; `before` is the price until then,
    for a listing that the search had found."""

    revision: int
    listing_id: int
    kind: str
    before: Figure | None = None


class Net(NamedTuple):
    """What a range of the log did to one listing, all in all.

    `before` is the price when the range began, None for a listing that was not there.
    """

    listing_id: int
    is_news: bool
    is_repriced: bool
    before: Figure | None
    revision: int


class Live(NamedTuple):
    """A listing as it is now: whether the search finds it, whether it ended, what it costs, and
    whether it is what the alert wants apart from that."""

    is_member: bool
    has_ended: bool
    figure: Figure
    is_wanted: bool = True


class Told(NamedTuple):
    """The last line that a user got about a listing."""

    kind: LineKind
    figure: Figure
    at: datetime | None = None


class Line(NamedTuple):
    """What a digest says of a listing: the kind, what it costs, what it cost when last told."""

    listing_id: int
    kind: LineKind
    figure: Figure
    was: Figure | None
    revision: int


def fold(changes: Iterable[Change]) -> dict[int, Net]:
    """The net effect per listing; `changes` in the order of their revisions.

    A listing that entered and left within the range has none. One that entered and ended keeps
    one: another search, or an earlier stay in this one, may have told of it.
    """
    nets: dict[int, Net] = {}
    began_present: dict[int, bool] = {}
    for change in changes:
        was_present = began_present.setdefault(change.listing_id, change.kind in _BEGINS_PRESENT)
        before = change.before if was_present else None
        net = nets.get(change.listing_id, Net(change.listing_id, False, False, before, 0))
        nets[change.listing_id] = Net(
            listing_id=change.listing_id,
            is_news=not was_present and (net.is_news or change.kind in _IS_NEWS),
            is_repriced=net.is_repriced or change.kind in _MAY_REPRICE,
            before=net.before,
            revision=change.revision,
        )
        if not was_present and change.kind == "left":
            del nets[change.listing_id], began_present[change.listing_id]
    return nets


def line_of(
    net: Net,
    live: Live,
    told: Told | None,
    baseline: Figure | None,
    gates: Gates,
    former: Told | None = None,
) -> Line | None:
    """What to tell of a listing, or None.

    `baseline` is the price that a listing never told had when the alert began, or when it was
    first seen after that. `former` is what the user was told of the one that it is offered again
    for.
    """
    kind, was = _judge(net, live, told, baseline, gates)
    if kind is LineKind.APPEARED and former is not None:
        kind, was = LineKind.RELISTED, _comparable(former.figure, live.figure)
    if kind is None or not gates.tell(_trigger(kind, was, live.figure)):
        return None
    return Line(net.listing_id, kind, live.figure, was, net.revision)


def _comparable(was: Figure, now: Figure) -> Figure | None:
    return was if was.currency == now.currency and was.minor != now.minor else None


_TRIGGERS = {
    LineKind.APPEARED: Trigger.NEW,
    LineKind.ENTERED: Trigger.ENTERED,
    LineKind.EXCEEDED: Trigger.EXCEEDED,
    LineKind.RETURNED: Trigger.RETURNED,
    LineKind.RELISTED: Trigger.RETURNED,
    LineKind.ENDED: Trigger.ENDED,
}


def _trigger(kind: LineKind, was: Figure | None, now: Figure) -> Trigger:
    if kind is LineKind.REPRICED and was is not None:
        return Trigger.FALL if now.minor < was.minor else Trigger.RISE
    return _TRIGGERS[kind]


_Verdict = tuple[LineKind | None, Figure | None]
_NOTHING: _Verdict = (None, None)


def _judge(
    net: Net, live: Live, told: Told | None, baseline: Figure | None, gates: Gates
) -> _Verdict:
    if live.has_ended:
        is_offered = told is not None and told.kind is not LineKind.ENDED
        return (LineKind.ENDED, None) if is_offered else _NOTHING
    # Retitled, or no longer as wanted: the offer stands, it only is not what was looked for.
    if not live.is_member or not live.is_wanted:
        return _NOTHING
    if told is None:
        return _judge_untold(net, live.figure, baseline, gates)
    if told.kind is LineKind.ENDED:
        return (LineKind.RETURNED, None) if gates.admit(*live.figure) else _NOTHING
    return _judge_price(live.figure, told.figure, gates, was_told=True)


def _judge_untold(net: Net, now: Figure, baseline: Figure | None, gates: Gates) -> _Verdict:
    if net.is_news:
        return (LineKind.APPEARED, None) if gates.admit(*now) else _NOTHING
    if baseline is None:
        return _NOTHING
    return _judge_price(now, _price_before(net, baseline, gates), gates, was_told=False)


def _price_before(net: Net, baseline: Figure, gates: Gates) -> Figure:
    """What a listing never told is compared with: the baseline, unless the listing stood outside
    the gates when it was considered last. What it had cost earlier was never on offer."""
    if net.before and gates.admit(*baseline) and not gates.admit(*net.before):
        return net.before
    return baseline


def _judge_price(now: Figure, was: Figure, gates: Gates, *, was_told: bool) -> _Verdict:
    """Compare with the price told last. Crossing a limit is news, however small the step."""
    if now.currency != was.currency or now.minor == was.minor:
        return _NOTHING
    admitted, was_admitted = gates.admit(*now), gates.admit(*was)
    if admitted and not was_admitted:
        return LineKind.ENTERED, was
    if was_admitted and not admitted:
        return (LineKind.EXCEEDED, was) if was_told else _NOTHING
    if admitted and gates.is_worth_telling(was.minor, now.minor):
        return LineKind.REPRICED, was
    return _NOTHING

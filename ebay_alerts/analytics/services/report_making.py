"""What price reports say, for some users at once: everything is read set by set, nothing locked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain

from django.conf import settings

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import WEEKLY, zone_of
from ebay_alerts.alerts.gates import Basis
from ebay_alerts.alerts.selectors import active_alerts, snoozed_listings
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.moves import Move
from ebay_alerts.analytics.report_contents import (
    Content,
    KeptMove,
    Shipping,
    ToldMove,
    Watch,
    content_of,
)
from ebay_alerts.analytics.selectors import (
    DatedFigures,
    last_figures,
    last_reported_day,
    moves_in,
)
from ebay_alerts.analytics.services.etl import day_figured_by
from ebay_alerts.analytics.standing import SearchPrices, standing
from ebay_alerts.kit.money import Money
from ebay_alerts.market.selectors.history import ListingOnOffer, on_offer, shipping_of

# Moves that a report keeps for its page and the API; those beyond are counted.
KEPT = 500
# A report after a long time looks back no further.
MOST_DAYS = 31

# By search.
_Moves = Mapping[int, Sequence[Move]]


@dataclass(frozen=True)
class Turn:
    """A user whose report belongs to this local date."""

    user: User
    on: date


@dataclass(frozen=True)
class Made:
    """A report that is not saved yet; without moves there is nothing to tell.

    `own_now` is what its listings cost by now, in the currencies of their moves.
    """

    turn: Turn
    report: Report
    own_now: Mapping[int, int]


def make_reports(turns: Sequence[Turn], to_day: int, now: datetime) -> list[Made]:
    """The reports of these users over the days until `to_day`."""
    watches = _watches([turn.user.pk for turn in turns], now)
    from_days = _from_days(turns, to_day)
    moves = _moves(watches, from_days, to_day)
    offers = on_offer({move.listing_id for of_day in moves.values() for move in _all(of_day)})
    shipping = _shipping(chain.from_iterable(watches.values()), offers.keys())
    snoozed = _snoozed(turns, now)
    contents = [
        content_of(
            *(watches[turn.user.pk], moves[from_days[turn.user.pk]], offers, shipping),
            snoozed[turn.user.pk],
        )
        for turn in turns
    ]
    figures = _figures(contents, to_day)
    return [
        _made(turn, content, offers, figures, (from_days[turn.user.pk], to_day), now)
        for turn, content in zip(turns, contents, strict=True)
    ]


def _watches(user_ids: Collection[int], now: datetime) -> Mapping[int, list[Watch]]:
    watches: dict[int, list[Watch]] = defaultdict(list)
    for alert in active_alerts(user_ids, now):
        watch = Watch(alert.pk, alert.name, alert.search_id, alert.gates)
        watches[alert.user_id].append(watch)
    return watches


def _snoozed(turns: Iterable[Turn], now: datetime) -> Mapping[int, set[int]]:
    """By user, the listings of which nothing is to be told."""
    listings: dict[int, set[int]] = defaultdict(set)
    for user_id, listing_id in snoozed_listings([turn.user.pk for turn in turns], now):
        listings[user_id].add(listing_id)
    return listings


def _from_days(turns: Iterable[Turn], to_day: int) -> dict[int, int]:
    """By user, the day with which the report compares: the last one that the turn before told of,
    whether or not there was anything to tell."""
    by_date: dict[date, list[User]] = defaultdict(list)
    for turn in turns:
        by_date[turn.on].append(turn.user)
    days: dict[int, int] = {}
    for on, users in by_date.items():
        told = last_reported_day([user.pk for user in users], on)
        for user in users:
            looked_at = max(_day_before(user, on, to_day), told.get(user.pk, 0))
            days[user.pk] = max(looked_at, to_day - MOST_DAYS)
    return days


def _day_before(user: User, on: date, to_day: int) -> int:
    """The last day of the turn before; of a first one the day, or the week, before `to_day`."""
    if user.reported_on is None or user.reported_on >= on:
        return to_day - (7 if user.report_frequency == WEEKLY else 1)
    return day_figured_by(turn_on(user, user.reported_on))


def turn_on(user: User, on: date) -> datetime:
    """When the user's clocks show the report hour on a date."""
    return datetime.combine(on, time(user.report_hour), zone_of(user.time_zone))


def _moves(
    watches: Mapping[int, Iterable[Watch]], from_days: Mapping[int, int], to_day: int
) -> dict[int, _Moves]:
    """By the day that is compared with, and search."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for user_id, from_day in from_days.items():
        wanted[from_day].update(watch.search_id for watch in watches.get(user_id, ()))
    return {
        from_day: moves_in(search_ids, from_day, to_day) for from_day, search_ids in wanted.items()
    }


def _shipping(watches: Iterable[Watch], listing_ids: Collection[int]) -> Shipping:
    """For those searches where somebody's gates look at it."""
    searches = {
        watch.search_id
        for watch in watches
        if watch.gates.free_shipping or watch.gates.basis is Basis.TOTAL
    }
    return shipping_of(searches, listing_ids) if searches else {}


def _all(moves: _Moves) -> Iterable[Move]:
    return chain.from_iterable(moves.values())


def _figures(contents: Iterable[Content], to_day: int) -> Mapping[int, DatedFigures]:
    """The figures of the searches that moves are compared among; none if that is switched off."""
    if not settings.MARKET_STATISTICS:
        return {}
    told = chain.from_iterable(content.told[:KEPT] for content in contents)
    return last_figures({one.search_id for one in told}, to_day)


def _made(
    turn: Turn,
    content: Content,
    offers: Mapping[int, ListingOnOffer],
    figures: Mapping[int, DatedFigures],
    days: tuple[int, int],
    now: datetime,
) -> Made:
    told = content.told[:KEPT]
    report = Report(
        user_id=turn.user.pk,
        report_date=turn.on,
        from_day=days[0],
        to_day=days[1],
        falls=len(content.falls),
        rises=len(content.rises),
        moves=[_kept(one, offers[one.move.listing_id], figures) for one in told],
        alerts=content.kept_alerts(),
        made_at=now,
    )
    return Made(turn, report, dict(_own_prices(told, offers)))


def _kept(told: ToldMove, offer: ListingOnOffer, figures: Mapping[int, DatedFigures]) -> KeptMove:
    return KeptMove(
        *told.move,
        told.alert_ids,
        offer.is_from_price,
        _standing(told, figures.get(told.search_id)),
    )


def _own_prices(
    told: Iterable[ToldMove], offers: Mapping[int, ListingOnOffer]
) -> Iterable[tuple[int, int]]:
    for move, _, _ in told:
        offer = offers[move.listing_id]
        if offer.own_currency == move.currency:
            yield move.listing_id, offer.own_minor


def _standing(told: ToldMove, of_search: DatedFigures | None) -> str | None:
    if of_search is None:
        return None
    _, currency, priced, p10, median, p90 = of_search
    among = SearchPrices("price", currency, priced, p10, median, p90)
    found = standing(Money(told.move.now, told.move.currency), "price", among)
    return found.value if found else None

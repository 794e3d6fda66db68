"""A price report as a mail and as rows of its page: what it shows, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from django.conf import settings

from ebay_alerts.alerts.links import alert_page, everything_page
from ebay_alerts.analytics.links import report_page, unsubscribe_link
from ebay_alerts.analytics.models import Listing, Report
from ebay_alerts.analytics.price_statistics import Movement
from ebay_alerts.analytics.report_contents import KeptAlert, KeptMove
from ebay_alerts.analytics.report_wording import (
    change_words,
    count_words,
    day_words,
    difference_words,
    history_words,
    mark_words,
    money,
    subject_of,
)
from ebay_alerts.analytics.standing import Standing
from ebay_alerts.mail.rendering import Rendered, render_mail

# How many listings a mail shows, and how much HTML they may make: Gmail cuts a mail's HTML off at
# 102 kB. The others stand behind its link.
SHOWN = 30
# Of them so many are left for rises where falls alone would fill the mail.
LEFT_FOR_RISES = 5
LARGEST_ROWS = 60_000
# Charts of a mail; the alerts beyond them are counted.
CHARTS = 12
# Names of alerts that one row says.
NAMES = 3


class RowWords(NamedTuple):
    """A move ready in words; the same for every user who is told of it from one day on."""

    title: str
    url: str
    picture: str
    price: str
    was: str
    change: str
    is_fall: bool
    difference: str
    mark: str
    history: str
    meanwhile: str


@dataclass(frozen=True)
class Letter:
    """A report ready for the outbox."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Market:
    """One search of a user's alerts, with its chart if there is one; `content_id` names it."""

    alerts: Sequence[KeptAlert]
    content_id: str
    alt: str
    words: str


class _Face(NamedTuple):
    """What a row shows of a listing beside its prices."""

    title: str = "A listing that is not kept any more"
    url: str = ""
    picture: str = ""

    @classmethod
    def of(cls, listing: Listing | None) -> "_Face":
        return cls(listing.title, listing.url, listing.image_url) if listing else cls()


def row_words(kept: KeptMove, listing: Listing | None, own_now: int | None = None) -> RowWords:
    """`own_now` is what the listing costs by now, which may be another price than the one told."""
    return _words(kept, _Face.of(listing), own_now)


def _words(kept: KeptMove, face: _Face, own_now: int | None) -> RowWords:
    move, change = kept.move, kept.move.change
    return RowWords(
        *face,
        price=("from " if kept.is_from_price else "") + money(move.now, move.currency),
        was=money(move.was, move.currency),
        change=change_words(change),
        is_fall=change.movement is Movement.FALL,
        difference=difference_words(change),
        mark=mark_words(move),
        history=history_words(move, Standing(kept.standing) if kept.standing else None),
        meanwhile=""
        if own_now is None or own_now == move.now
        else f"meanwhile {money(own_now, move.currency)}",
    )


def kept_moves(report: Report) -> list[KeptMove]:
    """Without how they stand among others where statistics across listings are switched off."""
    moves = [KeptMove._make(row) for row in report.moves]
    return moves if settings.MARKET_STATISTICS else [one._replace(standing=None) for one in moves]


def kept_alerts(report: Report) -> list[KeptAlert]:
    return [KeptAlert._make(row) for row in report.alerts]


def title_of(report: Report) -> str:
    """`Prices on Tuesday, 24 November`."""
    assert report.to_day is not None, "a report that is made has its days"
    return f"Prices on {day_words(report.to_day)}"


def span_words(report: Report) -> str:
    """Which days are compared."""
    assert report.from_day is not None, "a report that is made has its days"
    assert report.to_day is not None, "a report that is made has its days"
    return (
        f"Prices at the end of {day_words(report.to_day)} (UTC) beside those at the end of"
        f" {day_words(report.from_day)}, without shipping."
    )


def compose_report(
    report: Report,
    listings: Mapping[int, Listing],
    own_now: Mapping[int, int],
    markets: Sequence[Market],
    pace: str,
) -> Letter:
    """The mail of a report that tells something; `pace` says how often reports come."""
    moves = kept_moves(report)
    sections, shown = _sections(report, moves, listings, own_now)
    first = moves[0]
    subject = subject_of(
        first.move,
        report.falls,
        report.rises,
        row_words(first, listings.get(first.listing_id)).title,
    )
    page = report_page(report.user_id, report.report_date)
    told = {alert.alert_id for market in markets for alert in market.alerts}
    context = {
        "subject": subject,
        "title": title_of(report),
        "intro": f"{count_words(report.falls, report.rises)}.",
        "span": span_words(report),
        "sections": sections,
        "more": report.falls + report.rises - shown,
        "markets": [_market(market) for market in markets],
        "more_alerts": len(report.alerts) - len(told),
        "page": page,
        "everything": everything_page(report.user_id),
        "pace": pace,
    }
    rendered = render_mail("analytics/report", context)
    headers = {
        "List-Unsubscribe": f"<{unsubscribe_link(report.user_id, report.report_date)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return Letter(subject, rendered.text, rendered.html, headers)


def shown_moves(moves: Sequence[KeptMove]) -> list[KeptMove]:
    """Those that a mail shows if their rows are not too long: falls, and some rises in any case."""
    falls = [kept for kept in moves if kept.now < kept.was]
    rises = [kept for kept in moves if kept.now > kept.was]
    falls = falls[: SHOWN - min(len(rises), LEFT_FOR_RISES)]
    return [*falls, *rises[: SHOWN - len(falls)]]


def _sections(
    report: Report,
    moves: Sequence[KeptMove],
    listings: Mapping[int, Listing],
    own_now: Mapping[int, int],
) -> tuple[list[dict[str, object]], int]:
    """Falls and rises with as many rows as fit, and how many these are."""
    names = {alert.alert_id: alert.name for alert in kept_alerts(report)}
    sections: list[dict[str, object]] = []
    shown, size = 0, 0
    for is_rise, moved in groupby(shown_moves(moves), key=lambda kept: kept.now > kept.was):
        rows: list[dict[str, str]] = []
        for kept in moved:
            face = _Face.of(listings.get(kept.listing_id))
            row = _row(kept._replace(alert_ids=()), face, own_now.get(kept.listing_id))
            size += len(row.html.encode())
            if size > LARGEST_ROWS:
                break
            rows.append({"html": row.html, "text": row.text, "alerts": named_alerts(kept, names)})
            shown += 1
        if rows:
            sections.append({"title": "Rose" if is_rise else "Fell", "rows": rows})
    return sections, shown


@lru_cache(maxsize=8192)
def _row(kept: KeptMove, face: _Face, own_now: int | None) -> Rendered:
    """A row up to where the names of a user's alerts stand in it, once for all who are told.

    The move is without its alerts.
    """
    return render_mail("analytics/report_row", _words(kept, face, own_now)._asdict())


def named_alerts(move: KeptMove, names: Mapping[int, str]) -> str:
    """The alerts that find the listing; nothing where the user has but one."""
    if len(names) < 2:
        return ""
    found = [names[alert_id] for alert_id in move.alert_ids if alert_id in names]
    more = f" and {len(found) - NAMES} more" if len(found) > NAMES else ""
    return ", ".join(found[:NAMES]) + more


def _market(market: Market) -> dict[str, object]:
    return {
        "alerts": [{"name": one.name, "page": alert_page(one.alert_id)} for one in market.alerts],
        "counts": count_words(
            max(one.falls for one in market.alerts), max(one.rises for one in market.alerts)
        ),
        "content_id": market.content_id,
        "alt": market.alt,
        "words": market.words,
    }


def shown_markets(alerts: Sequence[KeptAlert]) -> list[list[KeptAlert]]:
    """The alerts that a report shows with their charts, by search, in the order of the report."""
    by_search: dict[int, list[KeptAlert]] = {}
    for alert in alerts:
        by_search.setdefault(alert.search_id, []).append(alert)
    return list(by_search.values())[:CHARTS]

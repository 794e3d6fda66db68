"""Price reports as mails: charts are kept as pictures first, then every mail is written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from ebay_alerts.analytics.models import Listing, Report
from ebay_alerts.analytics.report_contents import KeptAlert, KeptMove
from ebay_alerts.analytics.report_letters import (
    Market,
    compose_report,
    kept_alerts,
    kept_moves,
    shown_markets,
    shown_moves,
)
from ebay_alerts.analytics.report_wording import pace_words
from ebay_alerts.analytics.selectors import listings_in
from ebay_alerts.analytics.services.report_charts import ChartRoom, Kind, ShownChart, Subject
from ebay_alerts.analytics.services.report_making import Made
from ebay_alerts.mail.services import Draft, ShownPicture, as_wished


def write_mails(
    made: Iterable[Made], to_day: int, now: datetime, room: ChartRoom
) -> dict[int, Draft]:
    """By user the mails of those reports that tell something."""
    telling = [one for one in made if one.report.moves]
    shown = {one.turn.user.pk: list(subjects_of(one.report)) for one in telling}
    drawn = {subject for found in shown.values() for subject, _ in found if subject}
    room.make(drawn, to_day, now)
    listings = listings_in(
        {move.listing_id for one in telling for move in shown_moves(kept_moves(one.report))}
    )
    return {
        one.turn.user.pk: _draft(one, listings, _charts(shown[one.turn.user.pk], room))
        for one in telling
    }


_Shown = Sequence[tuple[list[KeptAlert], ShownChart | None]]


def subjects_of(report: Report) -> Iterator[tuple[Subject | None, list[KeptAlert]]]:
    """What is drawn for the alerts that a report shows: their search or, where statistics across
    listings are switched off, the listing that moved the most."""
    moves = kept_moves(report)
    for alerts in shown_markets(kept_alerts(report)):
        if settings.MARKET_STATISTICS:
            yield Subject(Kind.SEARCH, alerts[0].search_id), alerts
        else:
            listing_id = _first_listing(moves, alerts)
            yield Subject(Kind.LISTING, listing_id) if listing_id else None, alerts


def _first_listing(moves: Iterable[KeptMove], alerts: Iterable[KeptAlert]) -> int | None:
    wanted = {alert.alert_id for alert in alerts}
    return next((move.listing_id for move in moves if wanted & set(move.alert_ids)), None)


def _charts(subjects: Iterable[tuple[Subject | None, list[KeptAlert]]], room: ChartRoom) -> _Shown:
    return [(alerts, room.find(subject) if subject else None) for subject, alerts in subjects]


def _draft(made: Made, listings: Mapping[int, Listing], charts: _Shown) -> Draft:
    user, on = made.turn.user, made.turn.on
    markets = [_market(alerts, chart) for alerts, chart in charts]
    pace = pace_words(user.report_frequency, user.report_hour, user.time_zone)
    letter = compose_report(made.report, listings, made.own_now, markets, pace)
    pictures = [
        ShownPicture(chart.key, content_id_of(chart.key), chart.alt) for _, chart in charts if chart
    ]
    draft = Draft(
        key=f"report:{user.pk}:{on}",
        queue="reports",
        to_address=user.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        pictures=list({picture.key: picture for picture in pictures}.values()),
    )
    return as_wished(draft, text_only=user.text_only)


def _market(alerts: Sequence[KeptAlert], chart: ShownChart | None) -> Market:
    if chart is None:
        return Market(alerts, "", "", "")
    return Market(alerts, content_id_of(chart.key), chart.alt, chart.words)


def content_id_of(key: str) -> str:
    """A picture's Content-ID, by this site's name the same for no other picture in the world."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(settings.PUBLIC_URL).hostname or "localhost")
    return f"{key.replace(':', '.')}@{host}"

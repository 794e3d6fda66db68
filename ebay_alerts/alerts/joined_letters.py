"""The mail of several alerts that are due together: a section for each, each listing once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.letters import (
    SHOWN,
    Entry,
    Letter,
    Part,
    Titled,
    by_kind,
    cheapest_first,
    count_gone,
    fetch_words,
    fitting,
    flood_intro,
    interval_of,
    shown_in,
    titled_rows,
    unsubscribe_headers,
)
from ebay_alerts.alerts.links import alert_page, everything_page, pause_several_link
from ebay_alerts.alerts.sharing import shares
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.services import headers_of_series


@dataclass(frozen=True)
class _Section:
    """An alert's section: what changed, then of its current list what stands nowhere above.

    `total` counts what there is, `told` what the mail may show.
    """

    part: Part
    changed: Sequence[Entry]
    listed: Sequence[Entry]
    total: int

    @property
    def told(self) -> int:
        return len(self.changed) + len(self.listed)

    def first(self, room: int) -> list[Titled]:
        sections = by_kind(self.changed, room)
        listed = self.listed[: max(room - len(self.changed), 0)]
        heading = wording.KINDS[LineKind.LISTED].heading
        return [*sections, (heading, listed)] if listed else sections


def compose_joined(parts: Sequence[Part], now: datetime) -> Letter:
    """One mail of one user; `SHOWN` listings at most, shared between the alerts, and of each alert
    at least one. `Letter.shown` is what stands in the mail, whichever alert shows it."""
    sections = _sections(parts)
    ids = [part.alert.pk for part in parts]
    user_id = parts[0].alert.user_id
    link = pause_several_link(ids)
    subject = _subject(parts)
    context = {
        "subject": subject,
        "intro": flood_intro(parts),
        "count": len(parts),
        "several": link,
        "everything": "" if parts[0].alert.address_id else everything_page(user_id),
    }
    headers = unsubscribe_headers(link) | headers_of_series(f"alerts-of-{user_id}")

    def compose(most: int) -> Letter:
        rooms = shares([section.told for section in sections], most)
        titled = [section.first(room) for section, room in zip(sections, rooms, strict=True)]
        shown = {pk for one in titled for pk in shown_in(one)}
        alerts = [
            _alert_words(section, one, shown, now)
            for section, one in zip(sections, titled, strict=True)
        ]
        rendered = render_mail("alerts/joined", context | {"alerts": alerts})
        return Letter(subject, rendered.text, rendered.html, headers, shown)

    return fitting(compose, SHOWN, len(parts))


def _sections(parts: Sequence[Part]) -> list[_Section]:
    """What changed stands where it is told; a current list has what stands nowhere before it."""
    seen = {entry.listing.pk for part in parts for entry in part.entries}
    sections = []
    for part in parts:
        changed = cheapest_first(part.entries)
        listed = [entry for entry in part.standing if entry.listing.pk not in seen]
        seen |= {entry.listing.pk for entry in listed}
        total = part.standing_count + count_gone(changed) if part.is_list else len(changed)
        sections.append(_Section(part, changed, listed, total))
    return sections


def _alert_words(
    section: _Section, titled: Sequence[Titled], shown: set[int], now: datetime
) -> dict[str, object]:
    alert, search, here = section.part.alert, section.part.search, shown_in(titled)
    above = {entry.listing.pk for entry in section.part.standing} & shown - here
    news = wording.moved_words([entry.news for entry in section.changed])
    return {
        "name": alert.name,
        "looks": wording.looks_words(alert.keywords, search.legacy_id),
        "gates": wording.gates_words(alert.gates),
        "interval": interval_of(alert),
        "news": news or f"{wording.listings_words(section.total)}, nothing changed",
        "sections": titled_rows(titled, alert, search, now, in_mail=len(shown)),
        "above": len(above),
        "more": max(section.total - len(here) - len(above), 0),
        "page": alert_page(alert.pk),
        **fetch_words(search.fetch, now),
    }


def _subject(parts: Sequence[Part]) -> str:
    """`5 new, 2 cheaper in 3 alerts: wine, lego, port`."""
    news = wording.moved_words([entry.news for part in parts for entry in part.entries])
    where = f"{len(parts)} alerts: {wording.names_words([part.alert.name for part in parts])}"
    if news:
        return f"{news} in {where}"
    count = sum(part.standing_count for part in parts)
    return f"{wording.listings_words(count)} in {where}, nothing changed"

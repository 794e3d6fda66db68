"""The mails of an alert: what they show, in which order, and their subjects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ebay_alerts.accounts.moments import ago_words
from ebay_alerts.alerts import wording
from ebay_alerts.alerts.coverage import coverage_of, pace_of
from ebay_alerts.alerts.fold import Figure, LineKind
from ebay_alerts.alerts.links import (
    alert_page,
    everything_page,
    unsubscribe_link,
    watch_page,
)
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import Flood
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.services import headers_of_series
from ebay_alerts.market.models import Fetch, Listing, Membership, Search
from ebay_alerts.market.selectors import instant_seconds

# How many listings a mail shows; the others stand behind its link.
SHOWN = 50
# Gmail cuts what is longer than 102 kB; then fewer are shown.
LONGEST_HTML = 100_000
FEWEST_SHOWN = 10
# Longer mails have no link beside each line that has the listing watched by itself.
WATCHABLE = 15
# Of other alerts that a listing passes too, so many are named.
NAMED = 3
# Changes that a mail shows below the current list, of listings further down.
BESIDE_LIST = 20
_NOT_STANDING = (LineKind.ENDED, LineKind.EXCEEDED)
_SECTIONS = (
    (LineKind.ENDING, "Ending soon"),
    (LineKind.APPEARED, "New"),
    (LineKind.ENTERED, "Now within your limit"),
    (LineKind.RETURNED, "Back again"),
    (LineKind.RELISTED, "Offered again"),
    (LineKind.REPRICED, "Other price"),
    (LineKind.EXCEEDED, "Now over your limit"),
    (LineKind.ENDED, "Ended"),
    (LineKind.LISTED, "All that match now"),
)
_TAGS = {
    LineKind.APPEARED: "new",
    LineKind.RETURNED: "back",
    LineKind.RELISTED: "relisted",
    LineKind.ENDING: "ends soon",
    LineKind.ENDED: "ended",
}


class Other(NamedTuple):
    """Another alert of the user that a listing passes too."""

    name: str
    page: str


@dataclass(frozen=True)
class Entry:
    """A listing as a mail or a page shows it; `others` are alerts that it passes as well."""

    listing: Listing
    kind: LineKind
    was: Figure | None
    shipping: str
    shipping_minor: int | None
    others: Sequence[Other] = ()

    @classmethod
    def of(
        cls, listing: Listing, membership: Membership | None, kind: LineKind, was: Figure | None
    ) -> "Entry":
        return cls(
            listing=listing,
            kind=kind,
            was=was,
            shipping=membership.shipping if membership else "unknown",
            shipping_minor=membership.shipping_minor if membership else None,
        )

    @property
    def cost_minor(self) -> int:
        """With shipping, as far as it is known."""
        return self.listing.figure_minor + (self.shipping_minor or 0)

    def row(self, now: datetime) -> dict[str, object]:
        """What a template shows of it, ready in words."""
        listing, currency = self.listing, self.listing.currency
        return {
            "id": listing.pk,
            "title": listing.title,
            "url": listing.url,
            "picture": listing.image_url,
            "price": ("from " if listing.is_from_price else "")
            + wording.money(self.cost_minor, currency),
            "basis": self._basis(),
            "was": wording.money(self.was.minor + (self.shipping_minor or 0), currency)
            if self.was
            else "",
            "tag": self.tag,
            "direction": self._direction(),
            "detail": self._detail(now),
            "has_ended": self.kind is LineKind.ENDED,
            "others": self.others[:NAMED],
            "other_count": max(len(self.others) - NAMED, 0),
        }

    def _basis(self) -> str:
        """What the price in front includes."""
        listing = self.listing
        is_bid = listing.price_minor is None
        if self.kind is LineKind.ENDED:
            return "last bid" if is_bid else ""
        words = wording.shipping_words(self.shipping, self.shipping_minor, listing.currency)
        if self.shipping == "fixed" and self.shipping_minor:
            item = wording.money(listing.figure_minor, listing.currency)
            words = f"with shipping ({item} + {words.removesuffix(' shipping')})"
        return f"bid, {words}" if is_bid else words

    @property
    def tag(self) -> str:
        """The short word for why it is here: `new`, `down 12 %`, `ended`."""
        tag = _TAGS.get(self.kind, "")
        if self.was is None:
            return tag
        move = wording.price_move(self.was, self._figure())
        return f"{tag}, {move}" if tag else move

    @property
    def news(self) -> tuple[LineKind, str]:
        """The kind, and for a mere price change whether it fell or rose."""
        return self.kind, self._direction() if self.kind is LineKind.REPRICED else ""

    def _direction(self) -> str:
        """`fall` or `rise` for a moved price, which also colours it; else nothing."""
        if self.was is None:
            return ""
        return "fall" if self.listing.figure_minor < self.was.minor else "rise"

    def _figure(self) -> Figure:
        return Figure(self.listing.figure_minor, self.listing.currency)

    def _detail(self, now: datetime) -> str:
        listing = self.listing
        parts = [listing.condition]
        if listing.bid_minor is not None:
            bids = listing.bid_count or 0
            parts.append(f"{bids} bid{'' if bids == 1 else 's'}")
            if listing.price_minor is not None:
                bid = wording.money(listing.bid_minor, listing.currency)
                parts.append(f"current bid {bid}")
        if self.kind is not LineKind.ENDED:
            parts.append(wording.ends_words(listing.ends_at, now))
        if listing.seller_percent:
            parts.append(f"seller {listing.seller_percent} % positive")
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Part:
    """What a mail tells for one alert: what changed, and for an alert that always mails also the
    current list.

    `flood` is that of the user's mails, which the mail tells of.
    """

    alert: Alert
    search: Search
    entries: Sequence[Entry]
    standing: Sequence[Entry] = ()
    standing_count: int = 0
    flood: Flood | None = None

    @property
    def is_list(self) -> bool:
        return self.alert.mail_when == Alert.MailWhen.ALWAYS


# What a mail shows under each title.
Titled = tuple[str, Sequence[Entry]]


@dataclass(frozen=True)
class Letter:
    """A mail ready for the outbox; `shown` are the listings in it, others are behind its link."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]
    shown: set[int]


def compose_welcome(
    alert: Alert, search: Search, entries: Sequence[Entry], now: datetime, *, has_stream: bool
) -> Letter:
    """The current matches, cheapest first; of an instant alert also how soon it can know."""
    ordered = cheapest_first(entries)
    if search.legacy_id:
        subject, intro = _welcome_of_one(alert, search, ordered)
        sections = [("", ordered)] if ordered else []
        return _letter(alert, search, subject, intro, sections, len(ordered), now)
    if ordered:
        cheapest = wording.money(ordered[0].cost_minor, ordered[0].listing.currency)
        subject = f"{wording.listings_words(len(ordered))} for {alert.name}, cheapest {cheapest}"
    else:
        subject = f"Watching {alert.name}: nothing there yet"
    intro = (
        f"Your alert is on. New listings and price changes come {interval_of(alert)}."
        if ordered
        else f"Nothing matches yet. What turns up comes {interval_of(alert)}."
    )
    if alert.interval_minutes == 0:
        intro += f" {wording.instant_words(instant_seconds(search.fetch, has_stream))}"
    sections = [("", ordered[:SHOWN])] if ordered else []
    return _letter(alert, search, subject, intro, sections, len(ordered), now)


def _welcome_of_one(alert: Alert, search: Search, ordered: Sequence[Entry]) -> tuple[str, str]:
    """Subject and first words of an alert that watches one listing."""
    if ordered:
        price = wording.money(ordered[0].cost_minor, ordered[0].listing.currency)
        return f"Watching {alert.name}: now {price}", f"What changes comes {interval_of(alert)}."
    if search.fetch.total:
        words = "It is on offer, and not as you want it. You hear of it when it is."
        return f"Watching {alert.name}: not yet as you want it", words
    words = (
        f"eBay has no listing {search.legacy_id} on offer on {search.marketplace}: it has ended, or"
        " the number is another one. Should it come back, you hear of it."
    )
    return f"Watching {alert.name}: not on offer", words


def compose_digest(part: Part, now: datetime) -> Letter:
    """What changed, news first; for an alert that always mails also the current list, marked."""
    ordered = cheapest_first(part.entries)
    subject = _digest_subject(part, ordered)
    if part.is_list:
        sections, total = _standing_sections(part, ordered)
    else:
        sections, total = by_kind(ordered, SHOWN), len(ordered)
    return _letter(part.alert, part.search, subject, flood_intro([part]), sections, total, now)


def flood_intro(parts: Sequence[Part]) -> str:
    """That what alerts find comes together; empty without a flood."""
    flood = max(filter(None, (part.flood for part in parts)), default=None)
    return wording.flood_words(flood) if flood else ""


def compose_endings(part: Part, now: datetime) -> Letter:
    """Auctions that end soon, and nothing else."""
    ordered = cheapest_first(part.entries)
    subject = _digest_subject(part, ordered)
    sections = by_kind(ordered, SHOWN)
    return _letter(part.alert, part.search, subject, "", sections, len(ordered), now)


def _standing_sections(part: Part, ordered: Sequence[Entry]) -> tuple[list[Titled], int]:
    """The current list with its changes marked, then what else changed; and how many in all.

    What changed further down the whole list counts in it; only what is gone comes on top.
    """
    changed = {entry.listing.pk: entry for entry in ordered}
    listed = [changed.get(entry.listing.pk, entry) for entry in part.standing]
    in_list = {entry.listing.pk for entry in listed}
    others = [entry for entry in ordered if entry.listing.pk not in in_list]
    sections = [("All that match now", listed), *by_kind(others, BESIDE_LIST)]
    return sections, part.standing_count + count_gone(others)


def count_gone(entries: Sequence[Entry]) -> int:
    """How many of these stand in no current list any more."""
    return sum(entry.kind in _NOT_STANDING for entry in entries)


def cheapest_first(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.cost_minor, entry.listing.pk))


def interval_of(alert: Alert) -> str:
    """How often it mails, in words."""
    return wording.interval_words(alert.interval_minutes, alert.at_minute, alert.weekdays)


def _digest_subject(part: Part, ordered: Sequence[Entry]) -> str:
    """The news: `3 new for wine, cheapest $12.50`."""
    alert = part.alert
    news = wording.news_words([entry.kind for entry in ordered])
    if not news:
        return f"{wording.listings_words(part.standing_count)} for {alert.name}, nothing changed"
    subject = f"{news} for {alert.name}"
    offered = [entry for entry in ordered if entry.kind is not LineKind.ENDED]
    if len(ordered) == 1 and ordered[0].was:
        return f"{ordered[0].tag}: {ordered[0].listing.title}"
    if offered:
        cheapest = wording.money(offered[0].cost_minor, offered[0].listing.currency)
        subject += f", {'cheapest ' if len(offered) > 1 else ''}{cheapest}"
    return subject


def by_kind(ordered: Sequence[Entry], limit: int) -> list[Titled]:
    """Up to `limit` of them, news first."""
    sections: list[Titled] = []
    left = limit
    for kind, title in _SECTIONS:
        of_kind = [entry for entry in ordered if entry.kind is kind][:left]
        left -= len(of_kind)
        if of_kind:
            sections.append((title, of_kind))
    return sections


def _letter(
    alert: Alert,
    search: Search,
    subject: str,
    intro: str,
    sections: Sequence[Titled],
    total: int,
    now: datetime,
) -> Letter:
    page = alert_page(alert.pk)
    context = {
        "subject": subject,
        "intro": intro,
        "alert": alert,
        "page": page,
        "everything": "" if alert.address_id else everything_page(alert.user_id),
        "interval": interval_of(alert),
        "looks": wording.looks_words(alert.keywords, search.legacy_id),
        "gates": wording.gates_words(alert.gates),
        **fetch_words(search.fetch, now),
    }
    headers = unsubscribe_headers(unsubscribe_link(alert.pk)) | headers_of_series(
        f"alert-{alert.pk}"
    )

    def compose(most: int) -> Letter:
        some = _first_of(sections, most)
        shown = shown_in(some)
        rendered = render_mail(
            "alerts/mail",
            context
            | {
                "sections": titled_rows(some, alert, search, now, in_mail=len(shown)),
                "more": max(total - len(shown), 0),
            },
        )
        return Letter(subject, rendered.text, rendered.html, headers, shown)

    return fitting(compose, sum(len(entries) for _, entries in sections))


def fitting(compose: Callable[[int], Letter], most: int, fewest: int = FEWEST_SHOWN) -> Letter:
    """The letter with up to `most` listings, with fewer where it would be cut for its length."""
    letter = compose(most)
    while len(letter.html.encode()) > LONGEST_HTML and most > fewest:
        most = max(most * 3 // 4, fewest)
        letter = compose(most)
    return letter


def _first_of(sections: Sequence[Titled], most: int) -> list[Titled]:
    some: list[Titled] = []
    for title, entries in sections:
        if most > 0:
            some.append((title, entries[:most]))
        most -= len(entries)
    return some


def shown_in(sections: Sequence[Titled]) -> set[int]:
    """The listings in these sections."""
    return {entry.listing.pk for _, entries in sections for entry in entries}


def titled_rows(
    sections: Sequence[Titled], alert: Alert, search: Search, now: datetime, *, in_mail: int
) -> list[dict[str, object]]:
    """The sections as templates show them, in a mail of so many lines."""
    row = _row if in_mail <= WATCHABLE else _plain_row
    return [
        {"title": title, "rows": [row(entry, alert, search, now) for entry in entries]}
        for title, entries in sections
    ]


def fetch_words(fetch: Fetch, now: datetime) -> dict[str, str]:
    """When eBay was asked, what part of its result is seen, and why it is not asked more often."""
    return {
        "asked": ago_words(fetch.asked_at, now) if fetch.asked_at else "",
        "coverage": coverage_of(fetch),
        "pace": pace_of(fetch),
    }


def unsubscribe_headers(link: str) -> dict[str, str]:
    """One-click unsubscribing (RFC 8058) by a POST to this address."""
    return {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _plain_row(entry: Entry, alert: Alert, search: Search, now: datetime) -> dict[str, object]:
    return entry.row(now)


def _row(entry: Entry, alert: Alert, search: Search, now: datetime) -> dict[str, object]:
    """A line, with the link that has its listing watched by itself, unless the alert does that.

    Mails to another address carry none: who reads them is to keep no alerts for the user.
    """
    if search.legacy_id or alert.address_id or entry.kind is LineKind.ENDED:
        return entry.row(now)
    watch = watch_page(alert.user_id, entry.listing.pk, search.deliver_to)
    return entry.row(now) | {"watch": watch}

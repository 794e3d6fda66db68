"""When auctions end, as a calendar (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.feed_selectors import Auction
from ebay_alerts.alerts.feeds import name_of, stable_id
from ebay_alerts.alerts.models import Feed

# How long before its end an auction stands in the calendar: a moment is shown as nothing by some.
LEADING_UP = timedelta(minutes=10)
# How often programs are asked to look.
LOOK_EVERY = timedelta(minutes=15)


def render_calendar(feed: Feed, auctions: Sequence[Auction]) -> bytes:
    ical = _icalendar()
    calendar = ical.Calendar()
    calendar.add("prodid", "-//eBay Alerts//auctions//EN")
    calendar.add("version", "2.0")
    name = f"{name_of(feed)}: auctions"
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", LOOK_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", ical.vDuration(LOOK_EVERY))
    for auction in auctions:
        calendar.add_component(_event(ical, auction))
    return bytes(calendar.to_ical())


def essence_of(auctions: Sequence[Auction]) -> tuple[object, ...]:
    """What makes two calendars the same but for when the auctions were last looked at."""
    facts = ("pk", "title", "bid_minor", "bid_count", "ends_at", "url", "condition")
    return tuple(
        (alert.name, *(getattr(row.listing, fact) for fact in facts)) for row, alert in auctions
    )


def _event(ical: Any, auction: Auction) -> Any:
    listing, alert = auction.membership.listing, auction.alert
    assert listing.ends_at is not None
    assert listing.bid_minor is not None
    bid, bids = wording.money(listing.bid_minor, listing.currency), listing.bid_count or 0
    event = ical.Event()
    event.add("uid", stable_id("auction", listing.pk))
    event.add("dtstamp", listing.observed_at)
    event.add("dtstart", listing.ends_at - LEADING_UP)
    event.add("dtend", listing.ends_at)
    event.add("summary", f"Auction ends: {listing.title}, {bid}")
    words = [
        f"Current bid {bid}, {bids} bid{'' if bids == 1 else 's'}",
        listing.condition,
        f"Found by {alert.name}",
        listing.url,
    ]
    event.add("description", "\n".join(word for word in words if word))
    if listing.url:
        event.add("url", listing.url)
    event.add("transp", "TRANSPARENT")
    return event


def _icalendar() -> Any:
    """Imported at the first calendar: few have one."""
    return import_module("icalendar")

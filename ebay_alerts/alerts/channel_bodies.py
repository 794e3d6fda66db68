"""What channels are told of a digest: a JSON document for webhooks, a short text for people.

Neither has a link that acts without signing in: a channel may be a room with others in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.fold import Line, LineKind
from ebay_alerts.alerts.gates import ShippingTerms
from ebay_alerts.alerts.models import Alert
from ebay_alerts.kit.money import amount_of
from ebay_alerts.mail.channels import render_document
from ebay_alerts.market.models import Listing

DIGEST = "digest"
# So many lines a document and a text have; the others are counted in `more`.
LINES, LINES_IN_TEXT = 100, 8


@dataclass(frozen=True)
class Stated:
    """A line with its listing as it is now."""

    line: Line
    listing: Listing
    membership: ShippingTerms | None


def statement_of(line: Line) -> str:
    """What a line says, for whoever compares it with an earlier one of the same listing."""
    return f"{line.kind} {line.figure.minor} {line.figure.currency}"


def digest_document(alert: Alert, stated: Sequence[Stated], now: datetime) -> str:
    data = {
        "alert": {"id": alert.pk, "name": alert.name, "keywords": alert.keywords},
        "told_at": now,
        "lines": [_line_fields(one) for one in stated[:LINES]],
        "more": max(len(stated) - LINES, 0),
    }
    return render_document(DIGEST, data, now)


def digest_text(alert: Alert, stated: Sequence[Stated]) -> tuple[str, str]:
    """A title, and what changed, a line each."""
    title = f"{wording.news_words([one.line.kind for one in stated])} for {alert.name}"
    lines = [_line_text(one) for one in stated[:LINES_IN_TEXT]]
    more = len(stated) - LINES_IN_TEXT
    return title, "\n".join(lines + ([f"and {more:,} more"] if more > 0 else []))


def _line_fields(one: Stated) -> dict[str, Any]:
    line, listing, currency = one.line, one.listing, one.line.figure.currency
    shipping = one.membership.shipping_minor if one.membership else None
    return {
        "kind": line.kind,
        "price": amount_of(line.figure.minor, currency),
        "was": amount_of(line.was.minor, line.was.currency) if line.was else None,
        "currency": currency,
        "shipping": amount_of(shipping, currency),
        "is_bid": listing.price_minor is None,
        "listing": {
            "id": listing.pk,
            "legacy_id": listing.legacy_id,
            "marketplace": listing.marketplace,
            "title": listing.title,
            "url": listing.url,
            "image_url": listing.image_url,
            "condition": listing.condition,
            "ends_at": listing.ends_at,
            "ended_at": listing.ended_at,
        },
    }


def _line_text(one: Stated) -> str:
    line, listing = one.line, one.listing
    price = wording.money(line.figure.minor, line.figure.currency)
    said = wording.price_move(line.was, line.figure) if line.was else _kind_words(line.kind)
    words = f"{said}: {listing.title}, {price}" if said else f"{listing.title}, {price}"
    has_link = bool(listing.url) and line.kind is not LineKind.ENDED
    return f"{words}\n{listing.url}" if has_link else words


def _kind_words(kind: LineKind) -> str:
    """Nothing for a mere price change, whose figures say it."""
    return "" if kind is LineKind.REPRICED else wording.KINDS[kind].one

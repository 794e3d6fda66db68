"""What was told, as an Atom feed (RFC 4287)."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils.html import format_html

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.fold import Figure, LineKind
from ebay_alerts.alerts.models import Feed, Line

_ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot carry, however it is escaped.
_UNFIT = dict.fromkeys((*range(0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), " ")
ET.register_namespace("", _ATOM)


def render_feed(feed: Feed, lines: Sequence[Line], address: str) -> bytes:
    """The feed of these lines, the newest first; the same lines give the same bytes."""
    root = ET.Element(f"{{{_ATOM}}}feed")
    _add(root, "id", stable_id("feed", feed.pk, feed.version))
    _add(root, "title", f"{name_of(feed)} – eBay Alerts")
    _add(root, "updated", updated_at(feed, lines).isoformat())
    _add(_add(root, "author"), "name", "eBay Alerts")
    _add(root, "link", rel="self", type="application/atom+xml", href=address)
    _add(root, "link", rel="alternate", type="text/html", href=f"{settings.PUBLIC_URL}/")
    for line in lines:
        _add_entry(root, line)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def name_of(feed: Feed) -> str:
    return feed.alert.name if feed.alert else "All alerts"


def updated_at(feed: Feed, lines: Sequence[Line]) -> datetime:
    return max([feed.created_at, *(line.at for line in lines)])


def stable_id(kind: str, *of: object) -> str:
    """A URN that is this site's alone and the same for ever, as long as its key is."""
    text = ":".join(map(str, (kind, *of))).encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"feeds " + text, hashlib.sha256)
    return UUID(bytes=digest[:16], version=4).urn


def _add_entry(root: ET.Element, line: Line) -> None:
    """Its id is that of what is told and not of the row: that is new when a digest is made anew."""
    told = (line.alert_id, line.listing_id, line.kind, line.price_minor, line.revision)
    entry = _add(root, "entry")
    _add(entry, "id", stable_id("line", *told))
    _add(entry, "title", _title(line))
    _add(entry, "updated", line.at.isoformat())
    _add(entry, "published", line.at.isoformat())
    if line.listing.url:
        _add(entry, "link", rel="alternate", href=line.listing.url)
    if line.alert:
        _add(entry, "category", term=line.alert.name)
    _add(entry, "content", _content(line), type="html")


def _title(line: Line) -> str:
    price = wording.money(line.price_minor, line.currency)
    return f"{_said(line)}: {line.listing.title}, {price}"


def _said(line: Line) -> str:
    figure = Figure(line.price_minor, line.currency)
    if line.was_minor is not None:
        return wording.price_move(Figure(line.was_minor, line.currency), figure)
    kind = LineKind(line.kind)
    return wording.KINDS[LineKind.REPRICED if kind is LineKind.LISTED else kind].heading


def _content(line: Line) -> str:
    listing = line.listing
    was = wording.money(line.was_minor, line.currency) if line.was_minor is not None else ""
    shipping = line.shipping_minor
    parts = [
        wording.money(line.price_minor, line.currency) + (f" (was {was})" if was else ""),
        f"{wording.money(shipping, line.currency)} shipping" if shipping is not None else "",
        listing.condition,
    ]
    words = format_html("<p>{}</p>", " · ".join(part for part in parts if part))
    if not listing.image_url:
        return str(words)
    picture = format_html(
        '<p><img src="{}" alt="{}" referrerpolicy="no-referrer"></p>',
        listing.image_url,
        listing.title,
    )
    return str(picture + words)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    fit = {key: value.translate(_UNFIT) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}", fit)
    element.text = text if text is None else text.translate(_UNFIT)
    return element

"""The addresses of eBay's pages: on which marketplace a page is, and which listing it shows; pure.

An address is read and never opened. It comes from a stranger, so only what is known is taken.
"""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ebay_alerts.market.errors import UnreadableAddress
from ebay_alerts.market.marketplaces import MARKETPLACES

MAX_LENGTH = 4000
MOST_PARAMETERS = 200

_SITES = {marketplace.site: marketplace.id for marketplace in MARKETPLACES.values()}
# What stands before a site: its plain, mobile and older pages, and those in a second language.
_SUBDOMAINS = frozenset({"www", "m", "cgi", "shop", "befr", "benl", "cafr"})
_SHORT = frozenset({"ebay.us", "ebay.to", "ebay.eu"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# eBay's numbers have 9 to 12 digits at present.
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
# A catalogue of the mock may have other names for its listings.
_ITEM_ID = re.compile(r"v1\|([A-Za-z0-9][A-Za-z0-9._-]{0,63})\|([0-9]{1,19})")
# Where the mock is, whose pages have the forms of eBay's.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Where pages that are not under /itm/ name their listing: product pages, and those of old.
_NAMED_BY = ("iid", "item", "itemid")


class Page(NamedTuple):
    """An address of one of eBay's sites in its parts; the path without empty ones.

    `marketplace` is None for the mock, which has them all.
    """

    marketplace: str | None
    path: list[str]
    parameters: list[tuple[str, str]]


class ListingAddress(NamedTuple):
    """Which listing is meant; `marketplace` is None where that is not said.

    `variation` is the number of one of its variations, if the address names one.
    """

    legacy_id: str
    marketplace: str | None
    variation: str


def read_listing_address(text: str) -> ListingAddress:
    """The listing that an address shows, or that is written by its number or eBay's item id.

    Raises UnreadableAddress.
    """
    typed = _checked(text)
    if _NUMBER.fullmatch(typed):
        return ListingAddress(typed, None, "")
    if found := _ITEM_ID.fullmatch(unquote(typed)):
        return ListingAddress(found[1], None, _variation(found[2]))
    page = read_page(typed)
    legacy_id = _listing_of(page)
    if legacy_id is None:
        raise UnreadableAddress(
            "This page of eBay's shows no one listing; paste the address of a listing, such as"
            " https://www.ebay.com/itm/123456789012, or its number."
        )
    variation = dict(page.parameters).get("var", "")
    is_number = _NUMBER.fullmatch(variation) is not None
    return ListingAddress(legacy_id, page.marketplace, variation if is_number else "")


def read_page(text: str) -> Page:
    """The parts of an address of one of eBay's sites. Raises UnreadableAddress."""
    typed = _checked(text)
    try:
        parts = urlsplit(typed if _SCHEME.match(typed) and "://" in typed else f"https://{typed}")
        marketplace = _marketplace(parts)
        parameters = parse_qsl(
            parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="replace"
        )
    except ValueError as error:
        raise UnreadableAddress("This is no address that can be read.") from error
    return Page(marketplace, [unquote(part) for part in parts.path.split("/") if part], parameters)


def find_marketplace(text: str) -> str | None:
    """The marketplace that a listing's address names, if it is one and names any."""
    try:
        return read_listing_address(text).marketplace
    except UnreadableAddress:
        return None


def listing_address(marketplace: str, legacy_id: str) -> str:
    """How the listing is written so that `read_listing_address` reads it, whatever its number."""
    if not _NUMBER.fullmatch(legacy_id):
        return f"v1|{legacy_id}|0"
    site = next(site for site, of_site in _SITES.items() if of_site == marketplace)
    return f"https://www.{site}/itm/{legacy_id}"


def _checked(text: str) -> str:
    typed = text.strip()
    if not typed:
        raise UnreadableAddress("Paste the address of one of eBay's pages.")
    if len(typed) > MAX_LENGTH:
        raise UnreadableAddress(f"An address may have {MAX_LENGTH:,} characters.")
    if not typed.isprintable() or "\\" in typed:
        raise UnreadableAddress("An address is one line, without control characters.")
    return typed


def _marketplace(parts: SplitResult) -> str | None:
    """Raises ValueError for a port that is none, UnreadableAddress for what is not eBay's."""
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if parts.scheme not in ("http", "https") or parts.username or parts.password:
        raise UnreadableAddress("Write an address that begins with https://, as eBay shows it.")
    if host in _LOOPBACK:
        return None
    if host in _SHORT:
        raise UnreadableAddress(
            "Short links are not followed; open it, and paste the address that it leads to."
        )
    before, site = _site_of(host)
    if site is None or not set(before) <= _SUBDOMAINS or port not in (None, 80, 443):
        raise UnreadableAddress(
            f"{host or parts.path!r:.60} is none of eBay's sites that can be watched: "
            + ", ".join(_SITES)
        )
    return _SITES[site]


def _site_of(host: str) -> tuple[list[str], str | None]:
    """What stands before the site in a host, and the site."""
    labels = host.split(".")
    for at in range(len(labels)):
        if (site := ".".join(labels[at:])) in _SITES:
            return labels[:at], site
    return [], None


def _listing_of(page: Page) -> str | None:
    if page.path[:1] == ["itm"]:
        numbers = [part for part in page.path[1:] if _NUMBER.fullmatch(part)]
        ids = [found[1] for part in page.path[1:] if (found := _ITEM_ID.fullmatch(part))]
        return next(iter([*ids, *reversed(numbers)]), None)
    is_other_page = page.path[:1] == ["p"] or page.path[-1:] == ["eBayISAPI.dll"]
    if not is_other_page:
        return None
    named = {name.lower(): value for name, value in page.parameters}
    return next((named[name] for name in _NAMED_BY if _NUMBER.fullmatch(named.get(name, ""))), None)


def _variation(number: str) -> str:
    return "" if number == "0" else number

"""The eBay client: searches, single listings and the quota, with typed errors.

One code path for the mock and the real marketplace: only address and credentials differ.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay import wire
from ebay_alerts.market.ebay.oauth import ApplicationToken
from ebay_alerts.market.errors import (
    EbayError,
    Malformed,
    RateLimited,
    Rejected,
    Unavailable,
    UnknownKey,
)
from ebay_alerts.market.observing import POLL_SKEW, Observation
from ebay_alerts.market.quota import BROWSE, Told

TIMEOUT = httpx.Timeout(15, connect=5)
PAGE_SIZE = 200
# Offsets go up to 9,999: eBay shows at most 10,000 listings of a result.
DEEPEST = 10_000
_SEARCH = "/buy/browse/v1/item_summary/search"
_ITEM = "/buy/browse/v1/item/"
_BY_NUMBER = "/buy/browse/v1/item/get_item_by_legacy_id"
_GROUP = "/buy/browse/v1/item/get_items_by_item_group"
_PUBLIC_KEY = "/commerce/notification/v1/public_key/"
_RATE_LIMITS = "/developer/analytics/v1_beta/rate_limit/"
# What eBay says of its quota beyond these bounds is not believed.
_MOST_CALLS = 1_000_000_000
_LONGEST_WINDOW = timedelta(days=32)
# "Item not found" of getItem, "group not found" and "legacy id not found", which eBay answers with
# 404 or 400. A 404 without them proves nothing: it may come from a wrong address.
_GONE = {11001, 11002, 11003, 11004}
# The number is that of a group of variations (getItemByLegacyId).
_IS_GROUP = 11006
# The Notification API's own numbers: with a 404, they say that there is no such key.
_NOTIFICATION_ERRORS = range(195_000, 196_000)


@dataclass(frozen=True)
class SearchRequest:
    """One page of a search. `sort` is `newlyListed` or `price` (with shipping, cheapest first)."""

    marketplace: str
    keywords: str
    deliver_to: str
    category: str = ""
    sort: str = "newlyListed"
    offset: int = 0
    limit: int = PAGE_SIZE


@dataclass(frozen=True)
class SearchPage:
    """One page of an answer; `unreadable` holds (reference, reason) of what could not be read."""

    asked_at: datetime
    observations: list[Observation]
    total: int
    has_next: bool
    warnings: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


class EbayClient:
    """Thread-safe. Every method raises the errors of `market.errors.EbayError`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._token = ApplicationToken(base_url, client_id, client_secret)
        self._http = httpx.Client(
            base_url=base_url,
            auth=self._token,
            timeout=TIMEOUT,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def search(self, request: SearchRequest) -> SearchPage:
        asked_at = clock.now() - POLL_SKEW
        body = self._get(_SEARCH, _search_params(request), _headers(request))
        page = wire.read_page(body)
        observations, unreadable = _read_items(page.item_summaries, request.marketplace, asked_at)
        return SearchPage(
            asked_at=asked_at,
            observations=observations,
            total=page.total,
            has_next=bool(page.next),
            warnings=[_warning_text(warning) for warning in page.warnings],
            unreadable=unreadable,
        )

    def look_at(
        self, marketplace: str, legacy_id: str, reference: str, deliver_to: str
    ) -> Observation:
        """One listing as it is now: its offer, or that it has ended."""
        asked_at = clock.now() - POLL_SKEW
        request = SearchRequest(marketplace, "", deliver_to)
        try:
            body = self._get(_ITEM + quote(reference, safe=""), {}, _headers(request))
        except _Gone:
            return Observation(marketplace, legacy_id, reference, asked_at, offer=None)
        return wire.read_item(body, marketplace, asked_at, deliver_to)

    def look_at_number(self, marketplace: str, legacy_id: str, deliver_to: str) -> Observation:
        """The listing with this number, as `look_at` has it; raises `HasVariations` too."""
        params = {"legacy_item_id": legacy_id}
        asked_at, body = self._look_up(
            _BY_NUMBER, params, SearchRequest(marketplace, "", deliver_to)
        )
        if body is None:
            return _gone(marketplace, legacy_id, asked_at)
        return replace(wire.read_item(body, marketplace, asked_at, deliver_to), legacy_id=legacy_id)

    def look_at_variations(self, marketplace: str, legacy_id: str, deliver_to: str) -> Observation:
        """The listing with this number that has variations: the cheapest one that is offered."""
        params = {"item_group_id": legacy_id}
        asked_at, body = self._look_up(_GROUP, params, SearchRequest(marketplace, "", deliver_to))
        if body is None:
            return _gone(marketplace, legacy_id, asked_at)
        group = wire.read_group(body)
        return _cheapest(group, marketplace, legacy_id, asked_at, deliver_to)

    def _look_up(
        self, path: str, params: dict[str, str], request: SearchRequest
    ) -> tuple[datetime, Any]:
        """When eBay was asked, and its answer; None where it says that the listing is gone."""
        asked_at = clock.now() - POLL_SKEW
        try:
            return asked_at, self._get(path, params, _headers(request))
        except _Gone:
            return asked_at, None

    def rate_limits(self) -> Told | None:
        """What is left of the quota of the Browse API; None when eBay has nothing to say (204).

        The call itself counts against another quota.
        """
        params = {"api_context": "buy", "api_name": "browse"}
        return _read_limits(self._get(_RATE_LIMITS, params, {}))

    def ask_for_token(self) -> timedelta:
        """How long a fresh token lives; it proves the keyset. eBay gives 1,000 tokens a day."""
        with _failures_told_apart():
            return self._token.ask(self._http)

    def public_key(self, key_id: str) -> Any:
        """What eBay's notifications are signed with. Raises UnknownKey too."""
        return self._get(_PUBLIC_KEY + quote(key_id, safe=""), {}, {})

    def _get(self, path: str, params: dict[str, str], headers: dict[str, str]) -> Any:
        with _failures_told_apart():
            response = self._http.get(path, params=params, headers=headers)
        return _body(response)


@contextmanager
def _failures_told_apart() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unavailable("eBay did not answer in time") from error
    except httpx.HTTPStatusError as error:
        raise _token_error(error.response) from error
    except httpx.HTTPError as error:
        raise Unavailable(f"eBay could not be reached ({type(error).__name__})") from error


class _Gone(Rejected):
    """The listing is no longer there."""


class HasVariations(Rejected):
    """The number is that of a listing with variations, which has to be asked for as a group."""


def _gone(marketplace: str, legacy_id: str, at: datetime) -> Observation:
    return Observation(marketplace, legacy_id, f"v1|{legacy_id}|0", at, offer=None)


def _cheapest(
    items: list[Any], marketplace: str, legacy_id: str, at: datetime, deliver_to: str
) -> Observation:
    """Of a listing's variations, which are one listing. Raises Malformed if none can be read."""
    observations, unreadable = _read_items(items, marketplace, at, deliver_to)
    seen = [replace(one, legacy_id=legacy_id) for one in observations]
    if unreadable and not any(one.offer for one in seen):
        raise Malformed(unreadable[0][1])
    offered = [one for one in seen if one.offer]
    if not offered:
        return _gone(marketplace, legacy_id, at)
    cheapest = min(offered, key=lambda one: one.offer.figure.minor if one.offer else 0)
    assert cheapest.offer is not None, "these are offered"
    return replace(cheapest, offer=replace(cheapest.offer, is_from_price=True))


def _token_error(response: httpx.Response) -> EbayError:
    said = f"eBay's token service answered {response.status_code}"
    if response.status_code == 429:
        return RateLimited(said, _retry_after(response))
    return Unavailable(said)


def _search_params(request: SearchRequest) -> dict[str, str]:
    # Without buyingOptions eBay leaves out auctions (Browse API, search: default result set).
    params = {
        "q": request.keywords,
        "sort": request.sort,
        "limit": str(request.limit),
        "offset": str(request.offset),
        "filter": f"buyingOptions:{{FIXED_PRICE|AUCTION}},deliveryCountry:{request.deliver_to}",
    }
    return params | ({"category_ids": request.category} if request.category else {})


def _headers(request: SearchRequest) -> dict[str, str]:
    return {
        "X-EBAY-C-MARKETPLACE-ID": request.marketplace,
        "X-EBAY-C-ENDUSERCTX": f"contextualLocation=country%3D{request.deliver_to}",
    }


def _read_items(
    bodies: list[Any], marketplace: str, at: datetime, deliver_to: str = ""
) -> tuple[list[Observation], list[tuple[str, str]]]:
    read: dict[tuple[str, str], Observation] = {}
    unreadable = []
    for body in bodies:
        try:
            seen = wire.read_item(body, marketplace, at, deliver_to)
        except Malformed as error:
            unreadable.append((wire.reference_of(body), str(error)[:300]))
        else:
            _keep_cheaper(read, seen)
    return list(read.values()), unreadable


def _keep_cheaper(read: dict[tuple[str, str], Observation], seen: Observation) -> None:
    """Variations of one group share a legacy id: they are one listing with its lowest price."""
    other = read.get(seen.key)
    if (
        other is None
        or other.offer is None
        or (seen.offer is not None and seen.offer.figure.minor < other.offer.figure.minor)
    ):
        read[seen.key] = seen


def _body(response: httpx.Response) -> Any:
    """The JSON of a good answer; what eBay's errors mean otherwise."""
    status = response.status_code
    if status == 204:
        return {}
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        if status == 200:
            raise Malformed("eBay's answer is no JSON") from error
        if status == 429:
            raise RateLimited("eBay takes no more calls", _retry_after(response)) from error
        raise Unavailable(f"eBay answered {status} with a page that is no API answer") from error
    if status == 200:
        return body
    raise _error(status, body, response)


def _error(status: int, body: Any, response: httpx.Response) -> EbayError:
    number, words = _first_error(body)
    said = f"eBay answered {status}" + (f" ({number}): {words}" if words else "")
    if status == 429:
        return RateLimited(said, _retry_after(response))
    if number in _GONE:
        return _Gone(said)
    if number == _IS_GROUP:
        return HasVariations(said)
    if status >= 500 or status == 408:
        return Unavailable(said)
    if status == 404 and number in _NOTIFICATION_ERRORS:
        return UnknownKey(said)
    return Rejected(said)


def _first_error(body: Any) -> tuple[int | None, str]:
    try:
        first = body["errors"][0]
        return int(first["errorId"]), str(first.get("message", ""))[:200]
    except (LookupError, TypeError, ValueError, AttributeError):
        return None, ""


def _retry_after(response: httpx.Response) -> datetime | None:
    """RFC 9110, section 10.2.3: seconds, or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return clock.now() + timedelta(seconds=int(value[:9]))
    try:
        return _in_utc(parsedate_to_datetime(value))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _read_limits(body: Any) -> Told | None:
    """Raises Malformed. eBay writes the API's name as "Browse" or "browse"."""
    if not body:
        return None
    try:
        for limits in body["rateLimits"]:
            if limits.get("apiName", "browse").lower() == "browse":
                for resource in limits["resources"]:
                    if resource["name"] == BROWSE and resource["rates"]:
                        return _told(resource["rates"][0])
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Malformed("what eBay says of the quota cannot be read") from error
    return None


def _told(rate: dict[str, Any]) -> Told:
    limit, remaining = int(rate["limit"]), int(rate["remaining"])
    if not 0 <= limit <= _MOST_CALLS:
        raise ValueError(limit)
    reset_at = _in_utc(datetime.fromisoformat(rate["reset"]))
    if reset_at - clock.now() > _LONGEST_WINDOW:
        raise ValueError(reset_at)
    return Told(limit, min(max(remaining, 0), limit), reset_at)


def _warning_text(warning: Any) -> str:
    text = warning.get("message") if isinstance(warning, dict) else None
    return str(text or "a warning without words")[:200]

"""The Browse API's paths, and the rate limits of the Analytics API."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_ebay.calls import api_call, host_of, oauth_call, view_of
from mock_ebay.catalogue import category_of
from mock_ebay.catalogue_words import FIRST_LEVEL
from mock_ebay.errors import EbayError, detail
from mock_ebay.listings import CONDITIONS, Listing, option_names
from mock_ebay.mock import Mock
from mock_ebay.oauth import BULK_SCOPE, TOKEN_PATH, token_endpoint
from mock_ebay.search import SORTS, Ask, Found
from mock_ebay.wire import View, compact_item, core_item, item, summary, with_host

Json = dict[str, Any]

MAX_RESULTS = 10_000
# What was never seen missing in a summary.
_ALWAYS = (
    *("itemId", "title", "condition", "buyingOptions", "itemWebUrl", "itemCreationDate"),
    *("price", "currentBidPrice", "bidCount"),
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_REFINEMENTS = {
    "ASPECT_REFINEMENTS",
    "BUYING_OPTION_REFINEMENTS",
    "CATEGORY_REFINEMENTS",
    "CONDITION_REFINEMENTS",
}
_FIELD_GROUPS = _REFINEMENTS | {"MATCHING_ITEMS", "EXTENDED", "FULL"}


async def search(request: Request, mock: Mock) -> Response:
    query = request.query_params
    if _BAD_PERCENT.search(request.url.query):
        raise EbayError(12521)
    if not any(query.get(name, "").strip() for name in ("q", "category_ids", "epid", "gtin")):
        raise EbayError(12001)
    limit, offset = _page(query.get("limit"), query.get("offset"))
    groups, warnings = _field_groups(query.get("fieldgroups", ""))
    ask, more_warnings = _ask(request, groups)
    if _takes(request, mock, "warn_next"):
        ask = replace(ask, filter="")
        more_warnings.append(detail(12002, filterName=request.query_params.get("filter", "")))
    found = mock.searches.find(ask)
    if not query.get("q", "").strip() and not ask.categories:
        found = Found([], found.warnings)  # nothing here has an epid or gtin
    if _takes(request, mock, "empty_next"):
        found = Found([], [])
    answer = _collection(request, len(found.numbers), limit, offset)
    summaries = _summaries(request, mock, found.numbers[offset : offset + limit], ask.view, groups)
    if summaries and (not groups or groups - _REFINEMENTS):
        answer["itemSummaries"] = summaries
    if groups & (_REFINEMENTS | {"FULL"}):
        answer["refinement"] = _refinement([mock.market.listings[n] for n in found.numbers])
    if warned := [*warnings, *more_warnings, *found.warnings]:
        answer["warnings"] = warned
    return JSONResponse(answer)


def _page(limit: str | None, offset: str | None) -> tuple[int, int]:
    size = _integer(limit, 50, 12007)
    start = _integer(offset, 0, 12005)
    if not 1 <= size <= 200:
        raise EbayError(12006)
    if start < 0:
        raise EbayError(12004)
    if start >= MAX_RESULTS:
        raise EbayError(12029)
    if start % size:
        raise EbayError(12515)
    return size, start


def _integer(text: str | None, default: int, number: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise EbayError(number)
    return int(text)


def _field_groups(text: str) -> tuple[set[str], list[Json]]:
    groups = {group.strip() for group in text.split(",") if group.strip()}
    unknown = sorted(groups - _FIELD_GROUPS)
    warnings = [detail(12016, fieldgroup=group) for group in unknown]
    return groups & _FIELD_GROUPS, warnings


def _ask(request: Request, groups: set[str]) -> tuple[Ask, list[Json]]:
    query = request.query_params
    q, sort = query.get("q", "").strip(), query.get("sort", "")
    categories = tuple(filter(None, query.get("category_ids", "").split(",")))
    if len(categories) > 1 and groups & (_REFINEMENTS | {"FULL"}):
        raise EbayError(12020)
    if not q and any(category in FIRST_LEVEL for category in categories):
        raise EbayError(12013)
    warnings = [] if sort in SORTS else [detail(12008, sort=sort)]
    known = sort if sort in SORTS else ""
    return Ask(q, categories, query.get("filter", ""), known, view_of(request)), warnings


def _collection(request: Request, total: int, limit: int, offset: int) -> Json:
    answer = {
        "href": _link(request, limit, offset),
        "total": total,
        "limit": limit,
        "offset": offset,
    }
    if offset + limit < min(total, MAX_RESULTS):
        answer["next"] = _link(request, limit, offset + limit)
    if offset > 0:
        answer["prev"] = _link(request, limit, max(0, offset - limit))
    return answer


def _link(request: Request, limit: int, offset: int) -> str:
    asked = {k: v for k, v in request.query_params.items() if k not in ("limit", "offset")}
    query = urlencode(asked | {"limit": str(limit), "offset": str(offset)}, quote_via=quote)
    return f"{host_of(request)}/buy/browse/v1/item_summary/search?{query}"


def _summaries(
    request: Request, mock: Mock, numbers: list[int], view: View, groups: set[str]
) -> list[Json]:
    host = host_of(request)
    is_extended = bool(groups & {"EXTENDED", "FULL"})
    wires = [
        with_host(summary(mock.market.listings[number], view, extended=is_extended), host)
        for number in numbers
    ]
    if wires and _takes(request, mock, "drop_price_next"):
        for name in ("price", "currentBidPrice", "bidCount"):
            wires[0].pop(name, None)
    if _takes(request, mock, "bare_next"):
        return [{name: wire[name] for name in _ALWAYS if name in wire} for wire in wires]
    return wires


def _takes(request: Request, mock: Mock, counter: str) -> bool:
    """Whether this call is one that a disturbance was ordered for."""
    return mock.control.concerns(request.url.path) and mock.control.take(counter)


def _refinement(listings: list[Listing]) -> Json:
    conditions = Counter(listing.condition for listing in listings)
    categories = Counter(category_of(listing) for listing in listings)
    options = Counter(name for listing in listings for name in option_names(listing.options))
    return {
        "conditionDistributions": [
            {"condition": CONDITIONS[id_], "conditionId": str(id_), "matchCount": count}
            for id_, count in conditions.most_common()
        ],
        "categoryDistributions": [
            {"categoryId": category.id, "categoryName": category.name, "matchCount": count}
            for category, count in categories.most_common()
        ],
        "buyingOptionDistributions": [
            {"buyingOption": name, "matchCount": count} for name, count in options.most_common()
        ],
        "aspectDistributions": [],
    }


async def get_item(request: Request, mock: Mock) -> Response:
    mock.market.expire()
    listing = _listing(mock, request.path_params["item_id"])
    groups = set(filter(None, request.query_params.get("fieldgroups", "").split(",")))
    if "COMPACT" in groups and len(groups) > 1:
        raise EbayError(11018)
    wire = (compact_item if "COMPACT" in groups else item)(listing, view_of(request))
    return JSONResponse(with_host(wire, host_of(request)))


def _listing(mock: Mock, item_id: str) -> Listing:
    """The listing behind `v1|legacy id|variation id`; ended ones too."""
    version, *parts = item_id.split("|")
    if version != "v1" or len(parts) != 2 or not parts[0] or not parts[1].isascii():
        raise EbayError(11012, itemId=item_id[:100])
    if not parts[1].isdigit():
        raise EbayError(11012, itemId=item_id[:100])
    listing = mock.market.find(parts[0])
    if listing is None or (parts[1] != "0" and item_id != listing.item_id):
        raise EbayError(11001, itemId=item_id[:100])
    return listing


async def get_items(request: Request, mock: Mock) -> Response:
    ids = list(filter(None, request.query_params.get("item_ids", "").split(",")))
    groups = list(filter(None, request.query_params.get("item_group_ids", "").split(",")))
    _refuse_bad_bulk(ids, groups)
    mock.market.expire()
    found, warnings = [], []
    for item_id in ids or [f"v1|{group}|0" for group in groups]:
        try:
            wire = core_item(_listing(mock, item_id), view_of(request))
            found.append(with_host(wire, host_of(request)))
        except EbayError as error:
            warnings.append(detail(error.number, **error.parameters))
    answer: Json = {"items": found, "total": len(found)}
    return JSONResponse(answer | {"warnings": warnings} if warnings else answer)


def _refuse_bad_bulk(ids: list[str], groups: list[str]) -> None:
    if ids and groups:
        raise EbayError(11014)
    if not ids and not groups:
        raise EbayError(11017)
    if len(ids) > 20:
        raise EbayError(11015)
    if len(groups) > 10:
        raise EbayError(11016)


async def get_item_by_legacy_id(request: Request, mock: Mock) -> Response:
    mock.market.expire()
    id_ = request.query_params.get("legacy_item_id", "")
    listing = mock.market.find(id_)
    if listing is None:
        raise EbayError(11003, legacyItemId=id_[:100])
    if listing.variations:
        raise EbayError(11006, legacyItemId=id_[:100])
    return JSONResponse(with_host(item(listing, view_of(request)), host_of(request)))


async def get_items_by_item_group(request: Request, mock: Mock) -> Response:
    mock.market.expire()
    id_ = request.query_params.get("item_group_id", "")
    listing = mock.market.find(id_)
    if listing is None or not listing.variations:
        raise EbayError(11002, itemGroupId=id_[:100])
    return JSONResponse({"items": [with_host(item(listing, view_of(request)), host_of(request))]})


async def get_rate_limits(request: Request, mock: Mock) -> Response:
    """204 when the asked API is none of these, as eBay answers when it has nothing to say."""
    asked = request.query_params
    if asked.get("api_name", "browse").lower() != "browse":
        return Response(status_code=204)
    if asked.get("api_context", "buy").lower() != "buy":
        return Response(status_code=204)
    control = mock.control
    limit = max(control.daily_quota, control.remaining)
    bulk_used = min(control.counts["browse.items"], control.daily_quota)
    resources = [
        _resource("buy.browse", limit, limit - control.remaining),
        _resource("buy.browse.item.bulk", control.daily_quota, bulk_used),
    ]
    limits = {"apiContext": "buy", "apiName": "browse", "apiVersion": "v1", "resources": resources}
    return JSONResponse({"rateLimits": [limits]})


def _resource(name: str, limit: int, used: int) -> Json:
    rate = {
        "count": used,
        "limit": limit,
        "remaining": limit - used,
        "reset": _next_reset().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "timeWindow": 86_400,
    }
    return {"name": name, "rates": [rate]}


def _next_reset() -> datetime:
    """The coming 07:00 UTC, midnight Pacific in summer."""
    today = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
    return today if today > datetime.now(UTC) else today + timedelta(days=1)


async def _token(request: Request, mock: Mock) -> Response:
    return await token_endpoint(request, mock.tokens)


async def _nowhere(request: Request, mock: Mock) -> Response:
    raise EbayError(2002)


_BROWSE = "/buy/browse/v1"
ROUTES = [
    Route(TOKEN_PATH, oauth_call("oauth.token", _token), methods=["POST"]),
    Route(f"{_BROWSE}/item_summary/search", api_call("browse.search", search)),
    Route(
        f"{_BROWSE}/item/get_item_by_legacy_id", api_call("browse.legacy", get_item_by_legacy_id)
    ),
    Route(
        f"{_BROWSE}/item/get_items_by_item_group", api_call("browse.group", get_items_by_item_group)
    ),
    Route(f"{_BROWSE}/item/", api_call("browse.items", get_items, BULK_SCOPE, is_metered=False)),
    Route(f"{_BROWSE}/item/{{item_id}}", api_call("browse.item", get_item)),
    Route(
        "/developer/analytics/v1_beta/rate_limit/",
        api_call("analytics.rate_limit", get_rate_limits, is_metered=False),
    ),
    Route("/buy/{rest:path}", api_call("unknown", _nowhere, is_metered=False)),
]

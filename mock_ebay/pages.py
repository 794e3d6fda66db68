"""Pages for people, plain and honest about what they are, and the pictures of listings."""

from html import escape
from string import Template
from urllib.parse import quote as percent

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mock_ebay.catalogue import category_of
from mock_ebay.clock import iso
from mock_ebay.listings import CONDITIONS, Listing, feedback_of, place_of, quote
from mock_ebay.mock import mock_of
from mock_ebay.money import CURRENCIES, amount
from mock_ebay.page_words import FRAME, HOME, LISTING
from mock_ebay.pictures import picture
from mock_ebay.wire import home_view, picture_path

_NEWEST = 24
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_STRICT = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
}


async def home(request: Request) -> Response:
    market = mock_of(request).market
    cards = "".join(_card(listing) for listing in market.newest(_NEWEST))
    count = f"{len(market.index.everything):,}"
    body = HOME.substitute(count=count, events=f"{market.version:,}", cards=cards)
    return _page("Mock eBay", body)


async def listing_page(request: Request) -> Response:
    market = mock_of(request).market
    market.expire()
    listing = market.find(request.path_params["id"])
    if listing is None:
        return _page("Gone", "<h1>There is no such listing</h1><p>It may be gone.</p>", 404)
    return _page(listing.title, _listing_body(listing))


async def image(request: Request) -> Response:
    """Any category and number has a picture, so that links in old mails keep theirs."""
    path = request.path_params
    png = picture(path["category"][:20], path["number"], min(path["at"], 12))
    return Response(png, media_type="image/png", headers=_FOR_EVER)


def _page(title: str, body: str, status: int = 200) -> Response:
    page = FRAME.substitute(title=escape(title), body=body)
    return HTMLResponse(page, status, headers=_STRICT)


def _fill(template: Template, **texts: str) -> str:
    """Fill a template with texts, all escaped."""
    return template.substitute({name: escape(text) for name, text in texts.items()})


_CARD = Template(
    '<span class="name">$title</span><span class="price">$price</span>'
    '<span class="quiet">$shipping</span>'
)
_PICTURE = Template('<img src="$src" alt="" width="400" height="400" loading="lazy">')
_NO_PICTURE = '<span class="none">No picture</span>'


def _card(listing: Listing) -> str:
    words = _fill(
        _CARD,
        title=listing.title,
        price=_price_words(listing),
        shipping=_shipping_words(listing),
    )
    href = escape(f"/itm/{percent(listing.id, safe='')}")
    return f'<a class="card" href="{href}">{_picture(listing)}{words}</a>'


def _picture(listing: Listing) -> str:
    if not listing.pictures:
        return _NO_PICTURE
    return _fill(_PICTURE, src=picture_path(listing))


def _listing_body(listing: Listing) -> str:
    score, percentage = feedback_of(listing.seller)
    facts = {
        "Condition": CONDITIONS[listing.condition],
        "Shipping": _shipping_words(listing),
        "Seller": f"{listing.seller} ({score}, {percentage} % positive)",
        "Where": ", ".join(filter(None, (place_of(listing)[1], listing.country))),
        "Category": category_of(listing).name,
        "Listed": _time_words(listing.origin_at),
        "Item number": listing.id,
    }
    if listing.ends_at and not listing.ended_at:
        facts["Ends"] = _time_words(listing.ends_at)
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return LISTING.substitute(
        title=escape(listing.title),
        price=escape(_price_words(listing)),
        picture=_picture(listing),
        facts=rows,
        ended=_ended_words(listing),
    )


def _ended_words(listing: Listing) -> str:
    if listing.ended_at is None:
        return ""
    return f'<p class="ended">This listing ended on {_time_words(listing.ended_at)}.</p>'


def _price_words(listing: Listing) -> str:
    currency = CURRENCIES[listing.marketplace]
    words = []
    if listing.cents is not None:
        words.append(f"{amount(listing.cents)} {currency}")
    if listing.is_auction:
        kind = "current bid" if listing.bid_count else "starting bid"
        words.append(f"{kind} {amount(listing.bid_cents or 0)} {currency}")
    return " or ".join(words)


def _shipping_words(listing: Listing) -> str:
    quoted = quote(listing, home_view(listing).country)
    if quoted is None:
        return "Shipping not stated"
    if quoted[0] == "CALCULATED":
        return "Shipping depends on the address"
    if not quoted[1]:
        return "Free shipping"
    return f"{amount(quoted[1])} {CURRENCIES[listing.marketplace]} shipping"


def _time_words(at: int) -> str:
    return f"{iso(at)[:16].replace('T', ' ')} UTC"


ROUTES = [
    Route("/", home),
    Route("/itm/{id}", listing_page),
    Route("/images/{category}/{number:int}-{at:int}.png", image),
]

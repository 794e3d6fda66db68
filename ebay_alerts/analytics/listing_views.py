"""The page of one listing: what it costs and did, how that compares, and what alerts say of it."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.errors import TooManyAlerts
from ebay_alerts.alerts.listing_parts import Beside, listing_parts, snooze_end
from ebay_alerts.alerts.selectors import find_visible_listing, price_points_of
from ebay_alerts.alerts.services.snoozing import snooze_listing, wake_listing
from ebay_alerts.alerts.services.watching import watch_listing
from ebay_alerts.analytics.page_charts import PageChart, Point, figures_in, price_chart
from ebay_alerts.analytics.page_history import courses_of
from ebay_alerts.analytics.page_wording import (
    course_words,
    listing_median_words,
    sentence,
    standing_words,
)
from ebay_alerts.analytics.selectors import DatedFigures
from ebay_alerts.analytics.standing import SearchPrices, standing
from ebay_alerts.kit import clock
from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import Listing

# The latest points that a chart shows.
POINTS = 2000


def _found(user: User, listing_id: int) -> Listing:
    """What none of the user's alerts found is as little there as none."""
    listing = find_visible_listing(user, listing_id)
    if listing is None:
        raise Http404("None of your alerts found such a listing.")
    return listing


@login_required
@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    found = _found(user, listing_id)
    beside = Beside.of(user, found)
    points = _points(found)
    page = {
        **listing_parts(user, beside, now),
        "chart": _chart(beside, points, now),
        "sentence": _sentence(beside, points, now),
    }
    return render(request, "analytics/listing.html", page)


@login_required
@require_POST
def act(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Snooze it, wake it, or watch it."""
    user, now = signed_in_user(request.user), clock.now()
    found, action = _found(user, listing_id), request.POST.get("action", "")
    if action == "snooze":
        snooze_listing(user, found.pk, snooze_end(request.POST.get("days", ""), now), now)
    elif action == "wake":
        wake_listing(user, found.pk, now)
    elif action == "watch":
        try:
            watch_listing(user, found, Beside.of(user, found).country, now)
        except TooManyAlerts as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Watched: a mail comes when its price moves or it ends.")
    return redirect("listing", found.pk)


def _points(found: Listing) -> list[Point]:
    """What it cost, by the figure and currency that it has now: a bid where it has no price."""
    kind = "bid" if found.price_minor is None else "price"
    points = price_points_of(found).filter(kind=kind, currency=found.currency)
    return [(one.at.timestamp(), one.minor) for one in points.order_by("-at", "-pk")[:POINTS]][::-1]


def _chart(beside: Beside, points: Sequence[Point], now: datetime) -> PageChart | None:
    found = beside.listing
    told = [
        (line.at.timestamp(), line.price_minor)
        for line in reversed(beside.lines)
        if line.currency == found.currency
    ]
    end = (found.ended_at or now).timestamp()
    return price_chart(found.title, points, told, found.currency, end)


def _sentence(beside: Beside, points: Sequence[Point], now: datetime) -> str:
    """How its price compares with those of its search, and with its own."""
    found = beside.listing
    parts = [] if found.price_minor is None else _among(beside, _own_price(found))
    return sentence([*parts, course_words(points, now.timestamp(), found.currency)])


def _own_price(found: Listing) -> Money:
    """The seller's own price, of which history is."""
    if found.own_minor is not None and found.own_currency:
        return Money(found.own_minor, found.own_currency)
    return Money(found.figure_minor, found.currency)


def _among(beside: Beside, price: Money) -> list[str]:
    """Beside the search of most prices that finds it, where history knows one."""
    names = {alert.search_id: alert.name for alert, _ in beside.finding}
    courses = courses_of(names.keys())
    if not courses:
        return []
    pk, course = max(courses.items(), key=lambda one: one[1][-1].priced)
    last, currency = course[-1], course[-1].currency
    medians = [day.median for day in figures_in(course, currency)]
    return [
        standing_words(standing(price, "price", _search_prices(last))),
        listing_median_words(price, names[pk], currency, medians),
    ]


def _search_prices(last: DatedFigures) -> SearchPrices:
    return SearchPrices("price", last.currency, last.priced, last.p10, last.median, last.p90)

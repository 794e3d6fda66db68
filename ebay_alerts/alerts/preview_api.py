"""The API of previews."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts.schemas.alerts import AlertIn
from ebay_alerts.alerts.schemas.previews import PreviewOut
from ebay_alerts.alerts.services.previews import Preview, preview
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.kit.money import amount_of
from ebay_alerts.kit.problem import Problem
from ebay_alerts.market.services.glancing import Offered

router = Router(tags=["alerts"])
REFUSALS = {400: Problem, 401: Problem, 422: Problem, 429: Problem, 503: Problem}


@router.post(
    "/alerts/preview", response={200: PreviewOut, **REFUSALS}, operation_id="preview_alert"
)
def preview_alert(request: HttpRequest, body: AlertIn) -> dict[str, Any]:
    """What an alert would find and mail. Nothing is kept. Where no search like it is kept fresh
    here, eBay is asked by at most two calls."""
    wish = read_wish(body.dict())
    return _fields(preview(get_user(request), wish, clock.now()), wish.gates.currency)


def _fields(seen: Preview, currency: str) -> dict[str, Any]:
    estimate = seen.estimate
    return {
        "matches": estimate.matches,
        "is_exact": estimate.is_exact,
        "cheapest": [_listing(one) for one in seen.cheapest],
        "new_per_day": round(estimate.new_per_day, 2),
        "mails_per_day": round(seen.mails_per_day, 2),
        "lowest_price": amount_of(seen.lowest_minor, currency),
        "currency": currency,
        "source": seen.source,
        "asked_at": seen.asked_at,
        "warnings": [
            {
                "code": caution.code,
                "words": caution.words,
                "suggested_max_price": amount_of(caution.suggested_minor, currency),
            }
            for caution in seen.cautions
        ],
    }


def _listing(one: Offered) -> dict[str, Any]:
    currency = one.currency
    return {
        "title": one.title,
        "price": amount_of(one.price_minor, currency),
        "bid": amount_of(one.bid_minor, currency),
        "currency": currency,
        "shipping": amount_of(one.shipping_minor, currency),
        "total": amount_of(one.cost_minor, currency),
        "url": one.url,
        "image_url": one.image_url,
        "condition": one.condition,
        "ends_at": one.ends_at,
    }

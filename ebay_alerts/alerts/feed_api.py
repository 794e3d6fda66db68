"""The API of feeds: secret addresses of what alerts tell, and of the auctions that end."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts.api import REFUSALS, AlertId
from ebay_alerts.alerts.feed_schemas import FeedOut
from ebay_alerts.alerts.feed_selectors import get_feed
from ebay_alerts.alerts.links import calendar_link, feed_link
from ebay_alerts.alerts.models import Feed
from ebay_alerts.alerts.selectors import get_alert
from ebay_alerts.alerts.services.feeding import close_feed, open_feed
from ebay_alerts.kit import clock

router = Router(tags=["feeds"])


@router.get(
    "/alerts/{int:alert_id}/feed", response={200: FeedOut, **REFUSALS}, operation_id="get_feed"
)
def get_one(request: HttpRequest, alert_id: AlertId) -> dict[str, Any]:
    """The secret addresses of the alert; 404 where none were made."""
    user = get_user(request)
    return _fields(get_feed(user, get_alert(user, alert_id)))


@router.post(
    "/alerts/{int:alert_id}/feed", response={201: FeedOut, **REFUSALS}, operation_id="open_feed"
)
def open_one(request: HttpRequest, alert_id: AlertId) -> Status[dict[str, Any]]:
    """Make new addresses; those from before lead nowhere from then on."""
    user = get_user(request)
    return Status(201, _fields(open_feed(user, get_alert(user, alert_id), clock.now())))


@router.delete(
    "/alerts/{int:alert_id}/feed", response={204: None, **REFUSALS}, operation_id="close_feed"
)
def close_one(request: HttpRequest, alert_id: AlertId) -> Status[None]:
    """Have the addresses lead nowhere."""
    user = get_user(request)
    close_feed(user, get_alert(user, alert_id))
    return Status(204, None)


@router.get("/account/feed", response={200: FeedOut, **REFUSALS}, operation_id="get_account_feed")
def get_all(request: HttpRequest) -> dict[str, Any]:
    """The secret addresses of all your alerts together; 404 where none were made."""
    return _fields(get_feed(get_user(request), None))


@router.post("/account/feed", response={201: FeedOut, **REFUSALS}, operation_id="open_account_feed")
def open_all(request: HttpRequest) -> Status[dict[str, Any]]:
    """Make new addresses for all alerts together; those from before lead nowhere from then on."""
    return Status(201, _fields(open_feed(get_user(request), None, clock.now())))


@router.delete("/account/feed", response={204: None, **REFUSALS}, operation_id="close_account_feed")
def close_all(request: HttpRequest) -> Status[None]:
    """Have the addresses of all alerts together lead nowhere."""
    close_feed(get_user(request), None)
    return Status(204, None)


def _fields(feed: Feed) -> dict[str, Any]:
    return {
        "atom": feed_link(feed.pk, feed.version),
        "calendar": calendar_link(feed.pk, feed.version),
        "created_at": feed.created_at,
    }

"""Probing: whether eBay and its event stream answer, asked for real; nothing is recorded."""

from datetime import datetime, timedelta
from operator import attrgetter

from ebay_alerts.kit.spans import span_words
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.errors import Unavailable
from ebay_alerts.market.selectors import followed_streams, refresh_plan
from ebay_alerts.market.services.listening import hang_bell
from ebay_alerts.market.stream.source import HttpEventLog


def probe_token(client: EbayClient) -> str:
    """Words about a fresh token. Raises EbayError."""
    minutes = int(client.ask_for_token().total_seconds() / 60)
    return f"eBay takes the keyset; a token lives {minutes} minutes"


def probe_quota(client: EbayClient, now: datetime) -> str:
    """Words about what eBay says is left. Raises EbayError. It costs no call of that quota."""
    told = client.rate_limits()
    if told is None:
        return "eBay does not say; 5,000 calls a day are assumed"
    reset = told.reset_at.astimezone()
    return f"{told.remaining:,} of {told.limit:,} calls left until {_day(reset, now)}{reset:%H:%M}"


def plan_words() -> str:
    """What the last plan makes of the quota; empty before the first."""
    plan = refresh_plan()
    if plan is None:
        return ""
    searches = "1 search wants" if plan.fetches == 1 else f"{plan.fetches:,} searches want"
    wants = f"{searches} {plan.wanted_per_day:,.0f} calls a day"
    if not plan.is_scarce:
        return f"{wants}; each is asked as often as its alerts want"
    if not plan.longest_seconds:
        return f"{wants}; what is left is spread evenly until the reset"
    return f"{wants}; quiet ones are asked about every {_span(plan.longest_seconds)}"


def probe_event_log(url: str) -> str:
    """Words about how far the stream was followed. Raises EbayError."""
    row = min(followed_streams(url), key=attrgetter("sequence"), default=None)
    reached = row.sequence if row else 0
    log = HttpEventLog(url)
    try:
        head = log.after(reached).head
    finally:
        log.close()
    if row is None or row.followed_at is None:
        return f"its log answers and is at event {head:,}; it was not followed yet"
    return f"followed up to event {reached:,} of {head:,}"


def probe_event_socket(url: str) -> str:
    """Raises Unavailable where the socket does not connect."""
    bell = hang_bell(url, lambda: None)
    bell.connect()
    is_connected = bell.is_connected
    bell.close()
    if not is_connected:
        raise Unavailable("its socket does not connect; events are read every few seconds only")
    return "its socket connects"


def _day(moment: datetime, now: datetime) -> str:
    return "" if moment.date() == now.astimezone(moment.tzinfo).date() else f"{moment:%d %B} "


def _span(seconds: float) -> str:
    return span_words(timedelta(seconds=seconds))

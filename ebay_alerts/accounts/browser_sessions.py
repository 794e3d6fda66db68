"""Where a user is signed in: which browsers, since when, and ending them."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from ebay_alerts.accounts.auditing import Origin, origin_of, record_event
from ebay_alerts.accounts.browsers import browser_words
from ebay_alerts.accounts.models import AuditEvent, BrowserSession, User
from ebay_alerts.kit.turns import write_turn

# How far `seen_at` may lag behind: looking at pages writes at most so often.
SEEN_NOTED_EVERY = timedelta(minutes=5)
_KEPT = "signed_in"

log = structlog.get_logger(__name__)


class SignedIn(NamedTuple):
    """A browser that a user is signed in with. `name` stands for the session's key, a secret."""

    name: str
    browser: str
    origin: str
    since: datetime | None
    seen_at: datetime
    is_this: bool


def describe_session(request: HttpRequest, now: datetime) -> None:
    """Keep in the request's session where and when somebody signed in."""
    request.session[_KEPT] = {
        "browser": browser_words(request.headers.get("User-Agent", "")),
        "origin": origin_of(request).address,
        "at": now.isoformat(),
    }


def sessions_of(user: User, own_key: str | None, now: datetime) -> list[SignedIn]:
    """The browsers that are signed in, this one first, then as they were last seen."""
    rows = BrowserSession.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at")
    found = [signed_in(row, own_key) for row in rows]
    return sorted(found, key=lambda one: not one.is_this)


def signed_in(row: BrowserSession, own_key: str | None) -> SignedIn:
    kept: dict[str, Any] = row.get_decoded().get(_KEPT, {})
    return SignedIn(
        name=session_name(row.session_key),
        browser=kept.get("browser", "A browser"),
        origin=kept.get("origin", ""),
        since=parse_datetime(kept["at"]) if "at" in kept else None,
        seen_at=row.seen_at,
        is_this=row.session_key == own_key,
    )


def session_name(key: str) -> str:
    """Names a session on pages, where its key must not stand."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def end_session(user: User, name: str, now: datetime, origin: Origin) -> bool:
    """Whether there was such a session of the user's; it is over now."""
    keys = BrowserSession.objects.filter(user=user).values_list("session_key", flat=True)
    ended = [key for key in keys if session_name(key) == name]
    return bool(_end(user, ended, now, origin))


def end_other_sessions(user: User, own_key: str | None, now: datetime, origin: Origin) -> int:
    """Sign the user out everywhere but in the session of that key; returns how many ended."""
    others = BrowserSession.objects.filter(user=user).exclude(session_key=own_key or "")
    return _end(user, list(others.values_list("session_key", flat=True)), now, origin)


def _end(user: User, keys: Collection[str], now: datetime, origin: Origin) -> int:
    if not keys:
        return 0
    with write_turn(), transaction.atomic():
        ended, _ = BrowserSession.objects.filter(user=user, session_key__in=keys).delete()
        about = f"{ended} browser{'' if ended == 1 else 's'}"
        record_event(AuditEvent.Kind.SIGNED_OUT, now, user=user, origin=origin, about=about)
    return ended


def forget_sessions(user: User) -> None:
    """Sign a user out everywhere who is being erased; no log tells it."""
    with write_turn(), transaction.atomic():
        BrowserSession.objects.filter(user=user).delete()


def note_seen(key: str, seen_at: datetime | None, now: datetime) -> None:
    """That a signed-in session is in use, where that was not noted for a while; no page fails over
    it."""
    if seen_at is None or now - seen_at < SEEN_NOTED_EVERY:
        return
    try:
        with write_turn(), transaction.atomic():
            BrowserSession.objects.filter(pk=key).update(seen_at=now)
    except DatabaseError:
        log.warning("use of a session not noted", exc_info=True)

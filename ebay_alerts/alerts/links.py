"""Signed links for mails, to an alert's page, to some alerts at once and to all mails of a user:
whoever has the mail may open them."""

import hashlib
import hmac
from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.core import signing
from django.urls import get_script_prefix, reverse
from django.utils.encoding import force_bytes


class _Signer(signing.Signer):
    """Django's with the key of a salt derived once: a mail has a dozen links."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        derived = _derived(self.salt, key or self.key)
        return signing.b64_encode(hmac.digest(derived, force_bytes(value), "sha256")).decode()


@cache
def _derived(salt: str, secret: str | bytes) -> bytes:
    """As `django.utils.crypto.salted_hmac` derives it."""
    return hashlib.sha256(salt.encode() + b"signer" + force_bytes(secret)).digest()


_signer = _Signer(salt="alert-page")
_several_signer = _Signer(salt="several-alerts")
_watch_signer = _Signer(salt="watch-listing")
_user_signer = _Signer(salt="everything")
_feed_signer = _Signer(salt="feed", sep="~")
_STAND_IN = "SIGNED"


def alert_page(alert_id: int) -> str:
    return settings.PUBLIC_URL + _path("alert-page", _signer.sign(str(alert_id)))


def unsubscribe_link(alert_id: int) -> str:
    """The address of List-Unsubscribe: a POST there pauses the alert (RFC 8058)."""
    return settings.PUBLIC_URL + _path("alert-unsubscribe", _signer.sign(str(alert_id)))


def pause_several_link(alert_ids: Iterable[int]) -> str:
    """The address of List-Unsubscribe for a mail of several alerts: it names exactly these, a GET
    shows them, a POST there pauses them (RFC 8058)."""
    token = _several_signer.sign(".".join(map(str, alert_ids)))
    return settings.PUBLIC_URL + _path("several-alerts", token)


def everything_page(user_id: int) -> str:
    """The page that stops all mails of a user at once."""
    return settings.PUBLIC_URL + _path("everything", _user_signer.sign(str(user_id)))


def stop_everything_link(user_id: int) -> str:
    """The address that stops all mails of a user by one POST: List-Unsubscribe of a mail that is of
    no one alert (RFC 8058 takes one address a mail)."""
    token = _user_signer.sign(str(user_id))
    return settings.PUBLIC_URL + _path("everything-unsubscribe", token)


def feed_link(feed_id: int, version: int) -> str:
    """The secret address of a feed; whoever has it may read it."""
    return settings.PUBLIC_URL + _path("feed", _feed_token(feed_id, version))


def calendar_link(feed_id: int, version: int) -> str:
    """The secret address of a feed's calendar."""
    return settings.PUBLIC_URL + _path("calendar", _feed_token(feed_id, version))


def find_feed(token: str) -> tuple[int, int] | None:
    """The feed, and its version, that an address was made for; None where we signed none."""
    try:
        feed_id, _, version = _feed_signer.unsign(token).partition(".")
        return int(feed_id), int(version)
    except (signing.BadSignature, ValueError):
        return None


def watch_page(user_id: int, listing_id: int, country: str) -> str:
    """The page that has the user watch a listing, delivered to this country."""
    token = _watch_signer.sign(f"{user_id}.{listing_id}.{country}")
    return settings.PUBLIC_URL + _path("watch", token)


def find_watched(token: str) -> tuple[int, int, str] | None:
    """User, listing and country that a link to `watch_page` was made for; None for others."""
    try:
        user_id, listing_id, country = _watch_signer.unsign(token).split(".")
        return int(user_id), int(listing_id), country
    except (signing.BadSignature, ValueError):
        return None


def _feed_token(feed_id: int, version: int) -> str:
    return _feed_signer.sign(f"{feed_id}.{version}")


def find_alert_id(token: str) -> int | None:
    """The alert that a link was made for; None for a link that we did not sign."""
    return _find_id(_signer, token)


def find_alert_ids(token: str) -> list[int] | None:
    """The alerts of a mail that a link was made for; None for a link that we did not sign."""
    try:
        return list(map(int, _several_signer.unsign(token).split(".")))
    except (signing.BadSignature, ValueError):
        return None


def find_user_id(token: str) -> int | None:
    """The user whose mails a link stops; None for a link that we did not sign."""
    return _find_id(_user_signer, token)


def _path(name: str, token: str) -> str:
    """The path of a page for a token, which holds nothing that a URL would quote."""
    return _paths(name, get_script_prefix()).replace(_STAND_IN, token)


@cache
def _paths(name: str, _prefix: str) -> str:
    """The path with a stand-in for the token: a mail has a dozen links, and each look among all
    pages takes longer than to sign one."""
    return reverse(name, args=[_STAND_IN])


def _find_id(signer: signing.Signer, token: str) -> int | None:
    try:
        return int(signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None

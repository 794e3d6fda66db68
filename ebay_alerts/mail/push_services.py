"""Handing a posting to a push service or a chat by its Apprise address (https://appriseit.com).

Apprise makes its own connections, which no guard of ours checks. So only services are let in whose
host is fixed, and those of one's own at hosts that the operator named, who vouches for them.
"""

import logging
from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ebay_alerts.mail.guarded_http import CONNECTING, WAITING, BadUrl
from ebay_alerts.mail.postings import Answer

# Where Apprise has the services that are let in; of its 140 modules no other is imported.
_OF_OWN = {
    "gotify": ("gotify", "NotifyGotify"),
    "mmost": ("mattermost", "NotifyMattermost"),
    "ntfy": ("ntfy", "NotifyNtfy"),
}
_MODULES = {
    "discord": ("discord", "NotifyDiscord"),
    "gchat": ("google_chat", "NotifyGoogleChat"),
    "pbul": ("pushbullet", "NotifyPushBullet"),
    "pover": ("pushover", "NotifyPushover"),
    "slack": ("slack", "NotifySlack"),
    "tgram": ("telegram", "NotifyTelegram"),
    **_OF_OWN,
    **{f"{scheme}s": place for scheme, place in _OF_OWN.items()},
}
# Services of one's own, at a host in the address; with an s behind over https. The requests of the
# others go to one host, whatever the address says.
HOSTED = frozenset(_OF_OWN) | {f"{scheme}s" for scheme in _OF_OWN}
# What an address may say behind its question mark. Others read files or other addresses, switch off
# the check of certificates, or lengthen the waiting.
PARAMETERS = frozenset({"priority", "silent", "sound", "thread", "topic"})
LONGEST_ADDRESS, MOST_TARGETS = 500, 5
# Marks by which a stranger's title would call everybody in a chat, or hide where a link leads.
_QUIET = str.maketrans({"@": "@\u200b", "<": "‹", ">": "›"})


def checked_address(text: str, hosts: Collection[str], *, allows_http: bool) -> tuple[str, str]:
    """The address, and as much of it as may be shown. Raises BadUrl, which repeats none of it."""
    address = text.strip()
    _plugin(address, hosts, allows_http=allows_http)
    return address, f"{urlsplit(address).scheme.lower()}://…"


def push(
    address: str, title: str, body: str, hosts: Collection[str], *, allows_http: bool
) -> Answer:
    """One try. The service's own answer is not told to us beyond whether it took all."""
    try:
        plugin = _plugin(address, hosts, allows_http=allows_http)
    except BadUrl as error:
        return Answer(None, str(error))
    took = plugin.notify(
        title=title.translate(_QUIET), body=body.translate(_QUIET), body_format="text"
    )
    return Answer(200) if took else Answer(None, "the service did not take it")


def _plugin(address: str, hosts: Collection[str], *, allows_http: bool) -> Any:
    """Apprise's object of an address that is let in. Raises BadUrl."""
    scheme = _checked_scheme(address)
    plugin = _made(scheme, address)
    if plugin is None:
        raise BadUrl(f"that is no {scheme}:// address; https://appriseit.com says how it is made")
    if len(plugin) > MOST_TARGETS:
        raise BadUrl(f"it has more than {MOST_TARGETS} targets")
    if scheme in HOSTED and getattr(plugin, "mode", "") != "cloud":
        if str(plugin.host).lower() not in hosts:
            raise BadUrl("the operator has not named its host; ask for it")
        if not plugin.secure and not allows_http:
            raise BadUrl(f"it has to begin with {scheme}s://")
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECTING, WAITING
    plugin.verify_certificate = True
    return plugin


def _made(scheme: str, address: str) -> Any | None:
    """None where Apprise cannot use it."""
    _apprise()
    module, name = _MODULES[scheme]
    service = getattr(import_module(f"apprise.plugins.{module}"), name)
    parts = service.parse_url(address)
    try:
        return service(**parts, asset=_asset()) if parts else None
    except (TypeError, ValueError, LookupError, AttributeError):  # its own are TypeErrors
        return None


def _checked_scheme(address: str) -> str:
    if len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise BadUrl(f"it has more than {LONGEST_ADDRESS} characters, or some that are none")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadUrl("that is no address") from error
    if parts.scheme.lower() not in _MODULES:
        raise BadUrl(f"it has to begin with one of {', '.join(sorted(_MODULES))}")
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if not named <= PARAMETERS:
        raise BadUrl(f"behind the question mark only {', '.join(sorted(PARAMETERS))} may stand")
    return parts.scheme.lower()


@cache
def _asset() -> Any:
    """Nothing is stored, read from files or logged, and no redirect is followed."""
    return _apprise().AppriseAsset(
        storage_mode="memory",
        allow_templates=False,
        secure_logging=True,
        http_redirects=False,
        async_mode=False,
        app_id="eBay Alerts",
        app_desc="eBay Alerts",
    )


@cache
def _apprise() -> Any:
    """Imported at the first address: it takes a third of a second and 10 MB, which few need. Its
    log is shut off, for it shows addresses."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return import_module("apprise")

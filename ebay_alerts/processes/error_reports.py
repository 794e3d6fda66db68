"""Reporting errors to Sentry, or what speaks its protocol, where `SENTRY_DSN` is set.

Every error that is logged with a traceback is reported, whoever logged it. What is sent is chosen
piece by piece: where it was raised, and the names of the error, the task and the request. Neither
values of variables nor the error's own words go out, for they may hold titles, addresses or tokens;
they stand in the log of this machine.
"""

import importlib
import sys
from collections.abc import MutableMapping
from typing import Any

from ebay_alerts.kit.redaction import HIDDEN
from ebay_alerts.processes import logs

# What an event may have besides its exceptions.
_KEPT = ("event_id", "timestamp", "platform", "level", "release", "sdk", "tags", "transaction")
_OF_EXCEPTION = ("type", "module", "mechanism")
_OF_FRAME = (
    *("filename", "module", "function", "lineno", "in_app"),
    *("context_line", "pre_context", "post_context"),
)
# Since version 2.75 in the place of `send_default_pii`, `include_local_variables` and the like.
_NOTHING = {
    "user_info": False,
    "http_bodies": [],
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}
# What is bound or logged with an error and names nobody.
_TAGS = ("task", "request", "kind", "row", "listing", "fetch", "search", "alert")


class MissingPackage(Exception):
    """A setting wants a package that is not installed; the text says which."""


class BadDsn(Exception):
    """`SENTRY_DSN` is no DSN; the text does not show it."""


def report_errors(dsn: str, release: str) -> None:
    """From now on. Raises MissingPackage and BadDsn."""
    try:
        sentry: Any = importlib.import_module("sentry_sdk")
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "SENTRY_DSN is set, but sentry-sdk is not there; install ebay-alerts[sentry]"
        ) from error
    integrations = [
        importlib.import_module("sentry_sdk.integrations.excepthook").ExcepthookIntegration(),
        importlib.import_module("sentry_sdk.integrations.dedupe").DedupeIntegration(),
        importlib.import_module("sentry_sdk.integrations.atexit").AtexitIntegration(_say_nothing),
    ]
    try:
        sentry.init(
            dsn=dsn,
            release=release,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=integrations,
            data_collection=_NOTHING,
            max_breadcrumbs=0,
            server_name="",
            before_send=scrubbed,
        )
    except sentry.utils.BadDsn as error:
        raise BadDsn("SENTRY_DSN is no DSN; copy it from the project's settings") from error
    logs.use_reporter(lambda error, fields: _report(sentry, error, fields))


def stop_reporting() -> None:
    """Send what waits, and report nothing more."""
    logs.use_reporter(None)
    sentry = sys.modules.get("sentry_sdk")
    if sentry:
        sentry.get_client().close(timeout=5)
        sentry.init()


def _say_nothing(pending: int, timeout: float) -> None:
    """At the end of a process what waits is sent without a word."""


def _report(sentry: Any, error: BaseException, fields: MutableMapping[str, Any]) -> None:
    with sentry.new_scope() as scope:
        for name in _TAGS:
            if name in fields:
                scope.set_tag(name, str(fields[name])[:100])
        if "task" in fields:
            scope.set_transaction_name(str(fields["task"]))
        scope.capture_exception(error)


def scrubbed(event: MutableMapping[str, Any], _hint: Any) -> MutableMapping[str, Any]:
    """The event with nothing in it but what is known to be harmless."""
    kept = {name: event[name] for name in _KEPT if name in event}
    kept["tags"] = {
        name: value for name, value in dict(event.get("tags") or {}).items() if name in _TAGS
    }
    raised = (event.get("exception") or {}).get("values") or ()
    kept["exception"] = {"values": [_exception(one) for one in raised]}
    return kept


def _exception(one: MutableMapping[str, Any]) -> dict[str, Any]:
    frames = (one.get("stacktrace") or {}).get("frames") or ()
    return {
        **{name: one[name] for name in _OF_EXCEPTION if name in one},
        "value": HIDDEN,
        "stacktrace": {
            "frames": [{name: f[name] for name in _OF_FRAME if name in f} for f in frames]
        },
    }

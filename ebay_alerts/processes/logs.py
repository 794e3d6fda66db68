"""Logging of the long-running processes: one line an event, on standard error, without secrets."""

import logging
import sys
import warnings
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from ebay_alerts.kit.redaction import HIDDEN, cleaned, is_secret_name

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FORMATS = ("text", "json")


# Hears of an error, with the fields that it was logged with.
Reporter = Callable[[BaseException, MutableMapping[str, Any]], None]
_reporter: Reporter | None = None


class UnknownLevel(ValueError):
    """The log level or format is none of ours; the text names the setting."""


def set_up_logging(level: str, shape: str = "text") -> None:
    """structlog for our own events, the standard library's for everybody else's warnings; both in
    the same shape, with what the process bound (request, task) in every line.

    Raises UnknownLevel.
    """
    if level.upper() not in LEVELS:
        raise UnknownLevel(f"EBAY_ALERTS_LOG_LEVEL is {level!r}; it may be {', '.join(LEVELS)}")
    if shape not in FORMATS:
        raise UnknownLevel(f"EBAY_ALERTS_LOG_FORMAT is {shape!r}; it may be {', '.join(FORMATS)}")
    numeric = logging.getLevelNamesMapping()[level.upper()]
    shared = _shared(shape)
    _set_up_standard_library(shared, shape)
    # Refused requests are answered, not logged: they are the caller's to mend.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # Static files and exports come from synchronous code, piece by piece; Django gathers them.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
    structlog.configure(
        processors=[*shared, without_secrets, _renderer(shape)],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _shared(shape: str) -> list[Processor]:
    as_text: list[Processor] = [structlog.processors.format_exc_info]
    as_json: list[Processor] = [structlog.processors.dict_tracebacks, _short_tracebacks]
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _reported,
        *(as_text if shape == "text" else as_json),
    ]


def use_reporter(reporter: Reporter | None) -> None:
    """Have errors that are logged with a traceback told to `reporter` too; None ends that."""
    global _reporter
    _reporter = reporter


def _reported(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """The event as it is, once its error is reported."""
    if _reporter is None or event.get("level") not in ("error", "critical"):
        return event
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        _reporter(error, event)
    return event


def _set_up_standard_library(shared: list[Processor], shape: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_secrets,
                _renderer(shape),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _renderer(shape: str) -> Processor:
    if shape == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event without what could open a door: passwords in addresses, tokens, and the values of
    fields that are named after them, however deep they stand."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _hidden(name: str, value: Any) -> Any:
    if is_secret_name(name) and value:
        return HIDDEN
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, Mapping):
        return {key: _hidden(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", one) for one in value]
    return value


def _short_tracebacks(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Where in the code it was, without the values of variables: they hold mails and addresses."""
    for trace in event.get("exception") or ():
        for frame in trace.get("frames", ()):
            frame.pop("locals", None)
    return event

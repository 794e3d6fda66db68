"""Logging of the long-running processes: one line an event, on standard error."""

import logging
import sys

import structlog

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class UnknownLevel(ValueError):
    """The log level is none of ours; the text names the setting."""


def set_up_logging(level: str) -> None:
    """structlog for our own events, the standard library's for everybody else's warnings.

    Raises UnknownLevel.
    """
    if level.upper() not in LEVELS:
        raise UnknownLevel(f"EBAY_ALERTS_LOG_LEVEL is {level!r}; it may be {', '.join(LEVELS)}")
    numeric = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s"
    )
    # Refused requests are answered, not logged: they are the caller's to mend.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )

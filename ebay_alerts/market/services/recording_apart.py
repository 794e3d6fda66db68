"""Recording observations so that one that cannot be recorded keeps no other from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from ebay_alerts.kit.redaction import short_traceback
from ebay_alerts.market.observing import Matcher, Observation
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.setbacks.errors import is_outage

LONGEST_REASON = 300

log = structlog.get_logger(__name__)


class Refused(NamedTuple):
    """An observation that raised, by its place among those given, and what it raised."""

    place: int
    reason: str


def record_or_refuse(
    observations: Sequence[Observation], matches: Matcher, now: datetime
) -> tuple[int, list[Refused]]:
    """Record them together, or each alone where that raises; returns how many search changes that
    made, and what could not be recorded at all. Raises what is an outage.

    What was recorded before the error is recorded again: that changes nothing.
    """
    try:
        return record_observations(observations, matches, now), []
    except Exception as error:  # whatever one observation met, the others are recorded
        if is_outage(error):
            raise
        log.warning("not recorded together", reason=type(error).__name__)
    changes, refused = 0, []
    for place, seen in enumerate(observations):
        try:
            changes += record_observations([seen], matches, now)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("observation not recorded", listing=seen.legacy_id)
            refused.append(Refused(place, _reason(error)))
    return changes, refused


def _reason(error: Exception) -> str:
    said = short_traceback(error).rpartition("\n")[2]
    return f"it cannot be recorded: {said}"[:LONGEST_REASON]

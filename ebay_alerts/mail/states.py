"""The words for queues, states and outcomes; no Django, so that decisions stay pure."""

from enum import StrEnum


class Queue(StrEnum):
    """Which worker sends: alerts never wait behind reports."""

    ALERTS = "alerts"
    REPORTS = "reports"
    # Sent by the command that wrote it, and by no task.
    TESTS = "tests"


class State(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How one try ended. After `lost` nobody knows whether the server took the message."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    LOST = "lost"

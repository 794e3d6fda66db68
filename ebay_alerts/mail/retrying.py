"""Having what failed for good sent once more, because an operator says so."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.models import Message, Posting
from ebay_alerts.mail.services import ROWS_A_TURN
from ebay_alerts.mail.states import State


def failed_messages() -> QuerySet[Message]:
    """Messages that failed after a try, the latest first. Those that were never tried, because of
    their address, would come to the same again."""
    return Message.objects.filter(state=State.FAILED, attempts__gt=0).order_by("-pk")


def failed_postings() -> QuerySet[Posting]:
    """Postings that failed and whose channel is used, the latest first; not what was taken back."""
    usable = Posting.objects.filter(channel__is_on=True, channel__suspended_at=None)
    return usable.filter(state=State.FAILED, is_recalled=False).order_by("-pk")


def retry_messages(message_ids: Sequence[int], now: datetime) -> int:
    """Queue failed messages again; returns how many of these there were. One whose news is old by
    now goes stale and is folded anew, unless a server may have it."""
    queued = 0
    for start in range(0, len(message_ids), ROWS_A_TURN):
        some = message_ids[start : start + ROWS_A_TURN]
        with write_turn():
            failed = failed_messages().filter(pk__in=some).order_by()
            queued += failed.update(state=State.QUEUED, due_at=now)
    return queued


def retry_posting(posting_id: int, now: datetime) -> bool:
    """Queue a failed posting again; False where it is none."""
    with write_turn():
        failed = failed_postings().filter(pk=posting_id).values("pk").order_by()
        again = Posting.objects.filter(pk__in=failed)
        return again.update(state=State.QUEUED, due_at=now) == 1

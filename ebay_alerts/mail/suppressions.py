"""Writing suppressions: addresses that bounced or complained, and their users' second chances."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.errors import LiftTooSoon
from ebay_alerts.mail.models import Message, Suppression
from ebay_alerts.mail.notices import Notice, read_notice
from ebay_alerts.mail.selectors import find_handed
from ebay_alerts.mail.states import State
from ebay_alerts.mail.suppressing import LIFT_EVERY, Rest, after_failure
from ebay_alerts.mail.wording import one_line

Reason = Suppression.Reason
LONGEST_WORDS = 500


def record_bounce(address: str, words: str, sent_at: datetime, now: datetime) -> None:
    """The address failed for a mail that was sent then. Belongs into the caller's transaction.

    A complaint stays one, whatever comes after it.
    """
    kept = _lock(address)
    known = Rest(kept.failures, kept.since, kept.until) if kept else None
    if kept and kept.reason == Reason.COMPLAINED and kept.until is None:
        return
    rest = after_failure(known, sent_at, now)
    _keep(
        address,
        reason=Reason.BOUNCED,
        words=one_line(words)[:LONGEST_WORDS],
        failures=rest.failures,
        since=rest.since,
        until=rest.until,
    )


def record_complaint(address: str, words: str, sent_at: datetime, now: datetime) -> None:
    """Somebody called a mail to the address unwanted: none goes there until its user lifts it.

    What was sent before it was last lifted is no new complaint. Belongs into the caller's
    transaction.
    """
    kept = _lock(address)
    if kept and kept.lifted_at and sent_at <= kept.lifted_at:
        return
    said = one_line(words)[:LONGEST_WORDS]
    _keep(address, reason=Reason.COMPLAINED, words=said, since=now, until=None)


def take_notice(content: bytes, now: datetime) -> tuple[bool, str]:
    """Deal with what came back by mail: whether it counts, and what it says or why not.

    It counts only for a mail that we sent, by its Message-ID, and for the address that mail went
    to: anybody can write to where bounces are received. Raises NoNotice.
    """
    notice = read_notice(content)
    if not (notice.is_bounce or notice.is_complaint):
        return False, f"says nothing against the address: {notice.words}"
    with write_turn(), transaction.atomic():
        message = find_handed(notice.message_id) if notice.message_id else None
        if message is None:
            return False, "names no mail of ours by its Message-ID"
        _record(notice, message, now)
    return True, notice.words


def _record(notice: Notice, message: Message, now: datetime) -> None:
    record = record_complaint if notice.is_complaint else record_bounce
    record(message.to_address, notice.words, message.sent_at or message.created_at, now)


def lift_suppression(address: str, now: datetime) -> None:
    """Mail goes there again; nothing if it does. Raises LiftTooSoon.

    The next failure within the month has no end. Belongs to nobody's transaction.
    """
    with write_turn(), transaction.atomic():
        kept = _lock(address)
        if kept is None or (kept.until and kept.until <= now):
            return
        if kept.lifted_at and now < kept.lifted_at + LIFT_EVERY:
            raise LiftTooSoon(kept.lifted_at + LIFT_EVERY)
        _keep(address, until=now, lifted_at=now)


def forget_address(address: str) -> None:
    """Delete what is kept of an address whose user is being erased."""
    with write_turn():
        Suppression.objects.filter(address=address.lower()).delete()


def refuse_suppressed(messages: Sequence[Message], token: UUID, why: Mapping[str, str]) -> None:
    """End claimed messages whose address gets no mail; `why` by address, in small letters.

    One that its author can take back goes stale, so that its news is told when mail goes there
    again; the others fail with the reason. Nothing changes without the lease.
    """
    with write_turn(), transaction.atomic():
        for message in messages:
            is_fresh = message.fresh_until is not None and not message.maybe_taken
            Message.objects.filter(pk=message.pk, state=State.SENDING, lease_token=token).update(
                state=State.STALE if is_fresh else State.FAILED,
                reply=why[message.to_address.lower()][:LONGEST_WORDS],
                lease_token=None,
                lease_until=None,
            )


def _lock(address: str) -> Suppression | None:
    rows = Suppression.objects.filter(address=address.lower())
    return rows.select_for_update(no_key=True).first()


def _keep(address: str, **fields: object) -> None:
    """Two at once for one address: the later one's word counts."""
    Suppression.objects.update_or_create(address=address.lower(), defaults=fields)

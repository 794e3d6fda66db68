"""Handing due messages to the mail server, a batch over one session."""

import logging
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from ebay_alerts.kit import clock
from ebay_alerts.mail.addresses import needs_smtputf8, sender_address
from ebay_alerts.mail.composing import base64_lines, compose_bytes
from ebay_alerts.mail.errors import ServerUnusable
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.outcomes import Session, Verdict, delay_after, judge
from ebay_alerts.mail.selectors import pictures_of, suppressed_among
from ebay_alerts.mail.services import (
    Claim,
    claim_messages,
    note_waiting,
    record_outcome,
    release_messages,
)
from ebay_alerts.mail.smtp import Letter, hand_over, parse_smtp_url, session, start_anew
from ebay_alerts.mail.states import Outcome
from ebay_alerts.mail.suppressions import refuse_suppressed

LEASE = timedelta(minutes=5)
# Under half the lease: what is in flight when it is used up still ends within the lease.
ALLOWED = timedelta(minutes=2)

_log = logging.getLogger(__name__)


@dataclass
class _Outage:
    """Failures in a row to get a session; until `over_at` nobody of this process tries again.

    Without it a long backlog would knock once a batch, which servers answer with longer bans.
    """

    failures: int
    over_at: datetime
    reason: str


_outages: dict[tuple[str, str], _Outage] = {}


def deliver_batch(queue: str, *, limit: int = 50) -> int:
    """Claim due messages of a queue and send them oldest first; returns how many were claimed.

    Each outcome is recorded before the next message is tried. Raises BadMailSetting.
    """
    server = parse_smtp_url(settings.SMTP_URL)
    sender = sender_address(settings.MAIL_FROM)
    key = (settings.SMTP_URL, queue)
    if key in _outages and clock.now() < _outages[key].over_at:
        note_waiting(queue, clock.now(), _outages[key].reason)
        return 0
    claim = claim_messages(queue, clock.now(), limit, LEASE)
    if not claim.messages:
        return 0
    addressed = _without_suppressed(claim)
    try:
        if addressed:
            with session(server) as connection:
                _outages.pop(key, None)
                _send_all(connection, addressed, claim.token, sender)
    except ServerUnusable as error:
        _wait_for_server(key, claim, str(error))
    # Not in a `finally`: after an error of ours one message may be with the server, and the lease
    # must run out so that it counts as lost.
    release_messages(claim.token)
    return len(claim.messages)


def _without_suppressed(claim: Claim) -> list[Message]:
    """Those whose address gets mail; the others are ended with the reason."""
    why = suppressed_among((message.to_address for message in claim.messages), clock.now())
    refused = [message for message in claim.messages if message.to_address.lower() in why]
    if refused:
        refuse_suppressed(refused, claim.token, why)
    return [message for message in claim.messages if message.to_address.lower() not in why]


def _send_all(
    connection: smtplib.SMTP, messages: Sequence[Message], token: UUID, sender: str
) -> None:
    """Raises ServerUnusable when the server refuses us whatever the message."""
    used_up_at = clock.now() + ALLOWED
    # Once a batch: neighbours in the outbox often show the same picture.
    pictures = {key: base64_lines(png) for key, png in pictures_of(messages).items()}
    bounced: set[str] = set()
    for message in messages:
        if clock.now() >= used_up_at:
            return
        if message.to_address.lower() in bounced:
            continue  # given back untried, and ended by the next batch
        verdict = _send(connection, message, pictures, sender)
        if verdict.session is Session.IS_REFUSED:
            raise ServerUnusable(f"{verdict.code} {verdict.words}")
        held = record_outcome(message, token, verdict, clock.now())
        if verdict.is_bounce:
            bounced.add(message.to_address.lower())
        if not held or verdict.session is Session.IS_OVER:
            return
        if verdict.outcome is not Outcome.SENT and not start_anew(connection):
            return


def _send(
    connection: smtplib.SMTP, message: Message, pictures: Mapping[str, bytes], sender: str
) -> Verdict:
    unicode_address = needs_smtputf8(message.to_address)
    if unicode_address and not connection.has_extn("smtputf8"):
        return _unsendable("the mail server takes no address with letters beyond ASCII (SMTPUTF8)")
    try:
        content = compose_bytes(message, pictures)
    except Exception as error:  # noqa: BLE001 - whatever one message holds, the others go out
        return _unsendable(f"cannot be written as a mail: {error}")
    options = ("SMTPUTF8",) if unicode_address else ()
    return judge(hand_over(connection, Letter(sender, message.to_address, content, options)))


def _unsendable(reason: str) -> Verdict:
    return Verdict(Outcome.FAILED, Session.GOES_ON, None, reason)


def _wait_for_server(key: tuple[str, str], claim: Claim, reason: str) -> None:
    known = _outages.get(key)
    failures = known.failures + 1 if known else 1
    over_at = clock.now() + delay_after(failures)
    _outages[key] = _Outage(failures, over_at, reason)
    waiting = release_messages(claim.token, due_at=over_at, words=reason)
    _log.warning("no mail leaves: %s; %d messages of %s wait", reason, waiting, key[1])

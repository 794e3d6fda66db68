"""Handing due messages to the mail server, a batch over one session or several at once."""

import logging
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from ebay_alerts.kit import clock
from ebay_alerts.mail.addresses import needs_smtputf8, sender_address
from ebay_alerts.mail.composing import base64_lines, compose_bytes
from ebay_alerts.mail.errors import ServerUnusable
from ebay_alerts.mail.handing import hand_over_claims
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.outcomes import Session, Verdict, delay_after, judge
from ebay_alerts.mail.selectors import pictures_of, suppressed_among
from ebay_alerts.mail.services import (
    Claim,
    Try,
    batch_size,
    claim_several,
    note_waiting,
    record_outcomes,
    release_messages,
)
from ebay_alerts.mail.smtp import Letter, SmtpServer, hand_over, parse_smtp_url
from ebay_alerts.mail.states import Outcome
from ebay_alerts.mail.suppressions import refuse_suppressed
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.services import forget, note_failure

LEASE = timedelta(minutes=5)
# Under half the lease: what is in flight when it is used up still ends within the lease.
ALLOWED = timedelta(minutes=2)

_log = logging.getLogger(__name__)


@dataclass
class _Outage:
    """Failures in a row to get a session; until `over_at` nobody of this process tries again.

    Without it a long backlog would knock once a batch, which servers answer with longer bans. One
    that is yet to begin is over: the machine's clock was set back.
    """

    failures: int
    began_at: datetime
    over_at: datetime
    reason: str

    def goes_on(self, now: datetime) -> bool:
        return self.began_at <= now < self.over_at


_outages: dict[tuple[str, str], _Outage] = {}


def deliver_batch(queue: str, *, limit: int = 0) -> int:
    """Claim due messages of a queue, `limit` or a usual batch, and send them; returns how many.

    Each session has a claim of its own, sends it oldest first and records each outcome before the
    next message is tried, so of each claim one message at most is with the server and not recorded.
    Raises BadMailSetting.
    """
    server = parse_smtp_url(settings.SMTP_URL)
    sender = sender_address(settings.MAIL_FROM)
    key = (settings.SMTP_URL, queue)
    if key in _outages and _outages[key].goes_on(clock.now()):
        note_waiting(queue, clock.now(), _outages[key].reason)
        return 0
    most = limit or batch_size()
    claims = claim_several(queue, clock.now(), most, LEASE, settings.SMTP_SESSIONS)
    if not claims:
        return 0
    tokens = [claim.token for claim in claims]
    addressed = _without_suppressed(claims)
    try:
        if addressed:
            _send_all(server, addressed, sender, key)
    except ServerUnusable as error:
        _wait_for_server(key, tokens, str(error))
    # Not in a `finally`: after an error of ours messages may be with the server, and the leases
    # must run out so that they count as lost.
    release_messages(tokens)
    return sum(len(claim.messages) for claim in claims)


def _without_suppressed(claims: Sequence[Claim]) -> list[Claim]:
    """Those whose address gets mail; the others are ended with the reason."""
    every = (message.to_address for claim in claims for message in claim.messages)
    why = suppressed_among(every, clock.now())
    if not why:
        return list(claims)
    left = []
    for claim in claims:
        refused = [message for message in claim.messages if message.to_address.lower() in why]
        if refused:
            refuse_suppressed(refused, claim.token, why)
        messages = [one for one in claim.messages if one.to_address.lower() not in why]
        left.append(Claim(claim.token, messages))
    return [claim for claim in left if claim.messages]


def _send_all(
    server: SmtpServer, claims: Sequence[Claim], sender: str, key: tuple[str, str]
) -> None:
    """Raises ServerUnusable when the server is away or refuses us whatever the message."""
    used_up_at = clock.now() + ALLOWED
    # Once a batch: neighbours in the outbox often show the same picture.
    every = [message for claim in claims for message in claim.messages]
    pictures = {key: base64_lines(png) for key, png in pictures_of(every).items()}

    def record(tries: Sequence[Try]) -> set[int]:
        if tries:
            _outages.pop(key, None)
        now = clock.now()
        return record_outcomes([_counted(one, now) for one in tries], now)

    hand_over_claims(
        server,
        claims,
        send=lambda connection, message: _send(connection, message, pictures, sender),
        record=record,
        may_go_on=lambda: clock.now() < used_up_at,
    )


def _send(
    connection: smtplib.SMTP, message: Message, pictures: Mapping[str, bytes], sender: str
) -> Verdict:
    unicode_address = needs_smtputf8(message.to_address)
    if unicode_address and not connection.has_extn("smtputf8"):
        return _unsendable("the mail server takes no address with letters beyond ASCII (SMTPUTF8)")
    try:
        content = compose_bytes(message, pictures)
    except Exception as error:  # noqa: BLE001 - whatever one message holds, the others go out
        return _unsendable(f"cannot be written as a mail: {error}", error)
    options = ("SMTPUTF8",) if unicode_address else ()
    try:
        return judge(hand_over(connection, Letter(sender, message.to_address, content, options)))
    except ServerUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - likewise; the server may have it or not
        words = f"could not be handed over: {type(error).__name__}"
        return Verdict(Outcome.LOST, Session.IS_OVER, None, words, error=error)


def _unsendable(reason: str, error: Exception | None = None) -> Verdict:
    return Verdict(Outcome.FAILED, Session.GOES_ON, None, reason, error=error)


def _counted(one: Try, now: datetime) -> Try:
    """The try; where it raised here that is counted against the message, which fails for good when
    it is set aside. One that cannot even be written is so at once: nothing in it changes."""
    message, verdict = one.message, one.verdict
    if verdict.error is None:
        if verdict.outcome is Outcome.SENT and message.attempts:
            forget(Kind.MESSAGE, [message.pk])
        return one
    is_final = verdict.outcome is Outcome.FAILED
    setback = note_failure(Kind.MESSAGE, message.pk, verdict.error, now, is_final=is_final)
    if setback.set_aside_at:
        verdict = replace(verdict, outcome=Outcome.FAILED)
    return replace(one, verdict=verdict)


def _wait_for_server(key: tuple[str, str], tokens: Sequence[UUID], reason: str) -> None:
    known = _outages.get(key)
    failures = known.failures + 1 if known else 1
    now = clock.now()
    over_at = now + delay_after(failures)
    _outages[key] = _Outage(failures, now, over_at, reason)
    waiting = release_messages(tokens, due_at=over_at, words=reason)
    _log.warning("no mail leaves: %s; %d messages of %s wait", reason, waiting, key[1])

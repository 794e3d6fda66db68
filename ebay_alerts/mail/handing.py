"""Handing claims over on sessions with the mail server, one on each, several at once.

Sessions run on threads that know no database. The caller hears of each answer, and a session goes
on to its next message only when the caller has recorded what became of the last one.
"""

import smtplib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from queue import Empty, SimpleQueue
from threading import Thread

from ebay_alerts.mail.errors import ServerUnusable
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.outcomes import Session, Verdict
from ebay_alerts.mail.services import Claim, Try
from ebay_alerts.mail.smtp import SmtpServer, session, start_anew
from ebay_alerts.mail.states import Outcome

Send = Callable[[smtplib.SMTP, Message], Verdict]
# Records tries; the ids of the messages whose lease was held.
Record = Callable[[Sequence[Try]], Collection[int]]


def hand_over_claims(
    server: SmtpServer,
    claims: Sequence[Claim],
    send: Send,
    record: Record,
    may_go_on: Callable[[], bool],
) -> None:
    """Send each claim's messages in their order, as long as the server takes them and `may_go_on`.

    Every try is recorded before its session's next one; those that end at one moment together.
    Raises ServerUnusable when the server cannot be reached or refuses us whatever the message: then
    that try counts for nothing. A server may take fewer sessions than there are claims; the other
    claims stay untried.
    """
    with session(server) as first:
        # Only now the others: a server that is away is knocked at once.
        others = [session(server) for _ in claims[1:]]
        _Sessions([nullcontext(first), *others], claims, send).run(record, may_go_on)


class _Sessions:
    def __init__(
        self,
        openings: Sequence[AbstractContextManager[smtplib.SMTP]],
        claims: Sequence[Claim],
        send: Send,
    ) -> None:
        self._answers: SimpleQueue[Try | _End] = SimpleQueue()
        self._threads = {
            claim.token: _OnThread(opening, claim, send, self._answers)
            for opening, claim in zip(openings, claims, strict=True)
        }

    def run(self, record: Record, may_go_on: Callable[[], bool]) -> None:
        for thread in self._threads.values():
            thread.start()
            thread.may_go_on(may_go_on())
        try:
            self._hear(record, may_go_on)
        finally:
            for thread in self._threads.values():
                thread.may_go_on(False)
            for thread in self._threads.values():
                thread.join()

    def _hear(self, record: Record, may_go_on: Callable[[], bool]) -> None:
        refusal: Verdict | None = None
        running = len(self._threads)
        while running:
            heard = list(self._next_answers())
            ends = [one for one in heard if isinstance(one, _End)]
            running -= len(ends)
            for end in ends:
                if end.error:
                    raise end.error
            tries = [one for one in heard if isinstance(one, Try)]
            refusals = [one.verdict for one in tries if _is_refused(one)]
            refusal = refusal or next(iter(refusals), None)
            held = record([one for one in tries if not _is_refused(one)])
            for one in tries:
                goes_on = one.message.pk in held and not refusal and may_go_on()
                self._threads[one.token].may_go_on(goes_on)
        if refusal:
            raise ServerUnusable(f"{refusal.code} {refusal.words}")

    def _next_answers(self) -> "Iterator[Try | _End]":
        """At least one, and all that are there by now."""
        yield self._answers.get()
        try:
            while True:
                yield self._answers.get_nowait()
        except Empty:
            return


class _End:
    """A session is over; `error` is one of ours, after which nobody knows what became of a try."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _OnThread(Thread):
    """Hands one claim's messages over, each when it may go on."""

    def __init__(
        self,
        opening: AbstractContextManager[smtplib.SMTP],
        claim: Claim,
        send: Send,
        answers: "SimpleQueue[Try | _End]",
    ) -> None:
        super().__init__(name="smtp", daemon=True)
        self._opening, self._claim, self._send, self._answers = opening, claim, send, answers
        self._goes_on: SimpleQueue[bool] = SimpleQueue()

    def may_go_on(self, goes_on: bool) -> None:
        self._goes_on.put(goes_on)

    def run(self) -> None:
        error: BaseException | None = None
        try:
            with self._opening as connection:
                self._send_all(connection)
        except ServerUnusable:
            pass  # the server takes no more sessions; what this one had stays untried
        except BaseException as caught:  # noqa: BLE001 - raised again where somebody hears it
            error = caught
        self._answers.put(_End(error))

    def _send_all(self, connection: smtplib.SMTP) -> None:
        bounced: set[str] = set()
        is_clean = True
        if not self._goes_on.get():
            return
        for message in self._claim.messages:
            if message.to_address.lower() in bounced:
                continue  # given back untried, and ended by the next batch
            if not is_clean and not start_anew(connection):
                return
            verdict = self._send(connection, message)
            self._answers.put(Try(message, self._claim.token, verdict))
            if not self._goes_on.get() or verdict.session is not Session.GOES_ON:
                return
            is_clean = verdict.outcome is Outcome.SENT
            if verdict.is_bounce:
                bounced.add(message.to_address.lower())


def _is_refused(one: Try) -> bool:
    return one.verdict.session is Session.IS_REFUSED

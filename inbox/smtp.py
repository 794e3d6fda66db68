"""The SMTP server: takes any mail from anyone, and answers 250 once it is committed."""

import asyncio
import collections
import logging
import re
import sqlite3
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from inbox.commits import GroupCommit
from inbox.control import At, Control
from inbox.headers import mend
from inbox.mails import Arrival

MANY_COMMAND_BYTES = 4096
STREAM_BYTES = 256 * 1024
_END = b"\r\n.\r\n"
_PLAIN_ADDRESS = re.compile(r"<([\w.+=~*#$%&'!?/^`{|}-]+@[\w.-]+)>(?:\s+(.*))?\Z", re.ASCII)
_LOG = logging.getLogger(__name__)


class Handler:
    """What happens to a recipient and to a mail; aiosmtpd calls it by these names."""

    def __init__(self, commits: GroupCommit, control: Control) -> None:
        self._commits = commits
        self.control = control

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        session.host_name = mend(name)
        return [*answers[:-1], "250-PIPELINING", answers[-1]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: "InboxSMTP", session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        reply = await server.wished("rcpt")
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: "InboxSMTP", session: Session, envelope: Envelope
    ) -> str:
        reply = await server.wished("data")
        if reply:
            return reply
        try:
            mail_id = await self._commits.keep(arrival(session, envelope))
        except sqlite3.Error as error:
            _LOG.error("A mail could not be stored: %s", error)
            return "451 4.3.0 The mail could not be stored"
        await server.wished("stored")
        return f"250 OK kept as {mail_id}"

    async def handle_exception(self, error: Exception) -> str:
        _LOG.error("SMTP session failed: %r", error)
        return "451 4.3.0 This server failed, not your mail"


def arrival(session: Session, envelope: Envelope) -> Arrival:
    """The mail as it stands at the end of DATA."""
    sender = mend(envelope.mail_from or "")
    return Arrival(
        received_at=datetime.now(UTC),
        helo=mend(session.host_name or ""),
        sender="" if sender == "<>" else sender,
        recipients=tuple(mend(address) for address in envelope.rcpt_tos),
        source=envelope.original_content or b"",
    )


class InboxSMTP(SMTP):
    """aiosmtpd's protocol with a shorter way for the bytes, and failures on demand."""

    line_length_limit = STREAM_BYTES
    command_size_limit = MANY_COMMAND_BYTES
    # aiosmtpd empties its table at each new connection, which would cut running sessions short.
    command_size_limits = collections.defaultdict(lambda: MANY_COMMAND_BYTES)

    async def push(self, status: str | bytes) -> None:
        """Writes the answer; waits where the client does not read its answers."""
        if self._writer.is_closing():
            return
        reply = status.encode() if isinstance(status, str) else status
        self._writer.write(reply + b"\r\n")
        await self._writer.drain()

    async def wished(self, at: At) -> str | None:
        """Waits or hangs up as the control says; a refusal to send, if it says so."""
        answer = self.event_handler.control.take(at)
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        if answer.drop:
            self._writer.transport.abort()
            await self.loop.create_future()  # connection_lost cancels this session
        reply: str | None = answer.reply
        return reply

    async def _handle_client(self) -> None:
        reply = await self.wished("connect")
        if reply and self.transport is not None:
            await self.push(reply)
            self.transport.close()
            return
        await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = _PLAIN_ADDRESS.match(arg)
        if plain:
            return plain[1], plain[2] or ""
        try:
            return super()._getaddr(arg)
        except (IndexError, ValueError):  # what the library's parser raises on a torn address
            return None, None

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Reads a mail in few large steps; aiosmtpd's own goes line by line."""
        assert self.session is not None
        assert self.envelope is not None
        refusal = _out_of_order(self.session, self.envelope, arg)
        if refusal:
            await self.push(refusal)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        source = await read_source(self._reader, self.data_size_limit)
        if source is None:
            reply = "552 5.3.4 The mail is larger than this server takes"
        else:
            self.envelope.original_content = source
            reply = await self.event_handler.handle_DATA(self, self.session, self.envelope)
        self.envelope = self._create_envelope()
        await self.push(reply)


def _out_of_order(session: Session, envelope: Envelope, arg: str | None) -> str | None:
    if not session.host_name:
        return "503 Error: send HELO first"
    if not envelope.rcpt_tos:
        return "503 Error: need RCPT command"
    return "501 Syntax: DATA" if arg else None


async def read_source(reader: asyncio.StreamReader, limit: int | None) -> bytes | None:
    """The mail up to its final dot, dots unstuffed (RFC 5321 4.5.2); None if beyond `limit` bytes.

    What is too large is read to its end without being kept, so that the session can go on.
    """
    source = bytearray(b"\r\n")
    too_large = False
    while not source.endswith(_END):
        source += await _read_piece(reader, _separator(source))
        if limit is not None and len(source) > limit + len(_END):
            too_large = True
            del source[: -len(_END)]
    return None if too_large else bytes(source[:-3].replace(b"\r\n.", b"\r\n")[2:])


def _separator(source: bytearray) -> bytes:
    """Where the next piece must end, so that nothing after the mail is read with it.

    The final dot's line may begin with a line feed, so that one is left unread wherever possible,
    and all that is between it and the end of the mail is one piece.
    """
    if source.endswith(b"\n"):
        return b"\r"
    return b"\n" if source.endswith(b"\r\n.\r") else b"\n.\r\n"


async def _read_piece(reader: asyncio.StreamReader, separator: bytes) -> bytes:
    try:
        return await reader.readuntil(separator)
    except asyncio.LimitOverrunError as error:
        return await reader.read(error.consumed)

"""Sessions with the mail server that SMTP_URL names."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ebay_alerts.mail.errors import BadMailSetting, ServerUnusable
from ebay_alerts.mail.outcomes import Answer, Stage
from ebay_alerts.mail.wording import one_line

TIMEOUT_SECONDS = 10
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. `scheme` is smtp, smtp+starttls or smtps."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Letter:
    """One mail for one address as the server gets it."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()


def parse_smtp_url(url: str) -> SmtpServer:
    """`smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` percent-encoded.

    Raises BadMailSetting, which never shows the password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        # The library's words may repeat what stands in the URL.
        raise BadMailSetting("SMTP_URL has no usable host and port") from None
    if parts.scheme not in _PORTS:
        raise BadMailSetting(f"SMTP_URL must begin with one of {', '.join(_PORTS)} and ://")
    if problem := _problem(parts):
        raise BadMailSetting(f"SMTP_URL {problem}")
    return SmtpServer(
        parts.scheme,
        parts.hostname or "",
        port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


@contextmanager
def session(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A session ready for mail, closed politely. Raises ServerUnusable."""
    connection = connect(server)
    try:
        yield connection
    finally:
        _take_leave(connection)


def connect(server: SmtpServer) -> smtplib.SMTP:
    """Greeted, under TLS with the certificate checked where asked for, and logged in.

    Raises ServerUnusable.
    """
    try:
        connection = _open(server)
        try:
            _prepare(connection, server)
        except BaseException:
            connection.close()
            raise
    except smtplib.SMTPResponseException as error:
        raise ServerUnusable(f"{error.smtp_code} {_text(error.smtp_error)}") from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise ServerUnusable(one_line(str(error)) or type(error).__name__) from error
    return connection


def probe(server: SmtpServer, sender: str) -> None:
    """Connect as for a mail, name its sender, and leave. Raises ServerUnusable in plain words."""
    try:
        with session(server) as connection:
            code, words = connection.mail(sender)
    except ServerUnusable as error:
        raise ServerUnusable(_plainly(error, server)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ServerUnusable(f"{server.host}:{server.port}: {one_line(str(error))}") from error
    if code // 100 != 2:
        raise ServerUnusable(
            f"{server.host}:{server.port} refuses the sender {sender}: {code} {_text(words)};"
            " set EBAY_ALERTS_MAIL_FROM to an address that it may send for"
        )


def _plainly(error: ServerUnusable, server: SmtpServer) -> str:
    """What went wrong, for who has to mend it."""
    where, cause = f"{server.host}:{server.port}", error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"{where} speaks no TLS; is it the port for {server.scheme}?"
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        return f"{where} refuses the user and password: {error}"
    if isinstance(cause, ConnectionRefusedError):
        return f"nothing listens at {where}"
    if isinstance(cause, socket.gaierror):
        return f"there is no host {server.host}"
    if isinstance(cause, TimeoutError):
        return f"{where} did not answer within {TIMEOUT_SECONDS} s"
    return f"{where}: {error}"


def hand_over(connection: smtplib.SMTP, letter: Letter) -> Answer:
    """Offer one letter; the first answer that ends it. Raises nothing the server causes.

    The steps up to the text go in one piece where the server offers that.
    """
    # What a refused option means is asked step by step.
    at_once = connection.has_extn("pipelining") and not letter.options
    try:
        refusal = (_offer_at_once if at_once else _offer)(connection, letter)
        if refusal:
            return refusal
        # A leading dot is doubled (RFC 5321, 4.5.2); the first line is a header and has none.
        connection.send(letter.content.replace(b"\n.", b"\n..") + b".\r\n")
    except (smtplib.SMTPException, OSError) as error:
        return _broken_off(Stage.OFFERING, error)
    try:
        code, words = connection.getreply()
    except (smtplib.SMTPException, OSError) as error:
        return _broken_off(Stage.HANDED_OVER, error)
    return _answer(Stage.HANDED_OVER, code, words)


def _offer(connection: smtplib.SMTP, letter: Letter) -> Answer | None:
    """Step by step up to where the text is wanted, or the refusal."""
    steps: tuple[tuple[Stage, Callable[[], tuple[int, bytes]], int], ...] = (
        (Stage.SENDER, lambda: connection.mail(letter.sender, letter.options), 2),
        (Stage.RECIPIENT, lambda: connection.rcpt(letter.recipient), 2),
        (Stage.OFFERING, lambda: connection.docmd("DATA"), 3),
    )
    for stage, step, wanted in steps:
        code, words = step()
        if code // 100 != wanted:
            at_option = stage is Stage.SENDER and _is_of_option(connection, letter)
            return _answer(Stage.OFFERING if at_option else stage, code, words)
    return None


def _offer_at_once(connection: smtplib.SMTP, letter: Letter) -> Answer | None:
    """The same in one round trip (RFC 2920); the first refusal counts."""
    sender, recipient = smtplib.quoteaddr(letter.sender), smtplib.quoteaddr(letter.recipient)
    connection.send(f"MAIL FROM:{sender}\r\nRCPT TO:{recipient}\r\nDATA\r\n".encode("ascii"))
    refusal: Answer | None = None
    code = 0
    for stage, wanted in ((Stage.SENDER, 2), (Stage.RECIPIENT, 2), (Stage.OFFERING, 3)):
        try:
            code, words = connection.getreply()
        except (smtplib.SMTPException, OSError):
            if refusal:
                return refusal  # a server may hang up behind it
            raise
        if code // 100 != wanted and not refusal:
            refusal = _answer(stage, code, words)
    if refusal and code // 100 == 3:
        _send_nothing(connection, has_no_recipient=refusal.stage is Stage.RECIPIENT)
    return refusal


def _send_nothing(connection: smtplib.SMTP, *, has_no_recipient: bool) -> None:
    """Leave the text that a server wants all the same behind a refusal: empty where it can go to
    nobody (RFC 2920, 3.1), else not at all, for an empty mail might arrive."""
    if not has_no_recipient:
        connection.close()
        return
    try:
        connection.send(b".\r\n")
        connection.getreply()
    except (smtplib.SMTPException, OSError):
        connection.close()


def _is_of_option(connection: smtplib.SMTP, letter: Letter) -> bool:
    """Whether a refused sender is taken without the options, which not every message has."""
    return bool(letter.options) and connection.mail(letter.sender)[0] // 100 == 2


def start_anew(connection: smtplib.SMTP) -> bool:
    """Drop what a refused letter left behind (RSET); False when the session is of no more use."""
    try:
        return connection.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _problem(parts: SplitResult) -> str:
    if not parts.hostname:
        return "names no host"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "ends after the port; percent-encode / ? # @ in user and password"
    if bool(parts.username) != bool(parts.password):
        return "needs both a user and a password, or neither"
    if not unquote(f"{parts.username}{parts.password}").isascii():
        return "may hold only ASCII characters in user and password"
    return ""


def _open(server: SmtpServer) -> smtplib.SMTP:
    name = _own_name()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=name,
            timeout=TIMEOUT_SECONDS,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=TIMEOUT_SECONDS)


def _prepare(connection: smtplib.SMTP, server: SmtpServer) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.scheme == "smtp+starttls":
        if not connection.has_extn("starttls"):
            raise ServerUnusable(
                f"{server.host} offers no STARTTLS, and SMTP_URL asks for it: nothing was sent"
            )
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo_or_helo_if_needed()
    if server.user:
        connection.login(server.user, server.password)


def _own_name() -> str:
    """The name for EHLO. No look-up: where DNS hangs, so would every session."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def _take_leave(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()


def _answer(stage: Stage, code: int, words: bytes) -> Answer:
    """A code that SMTP does not know says as little as none."""
    return Answer(stage, code if 200 <= code < 600 else None, _text(words))


def _broken_off(stage: Stage, error: Exception) -> Answer:
    return Answer(stage, None, one_line(str(error)) or type(error).__name__)


def _text(words: bytes | str) -> str:
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)

"""An SMTP server on loopback that answers as a test has it answer."""

import base64
import socketserver
import ssl
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

HANG_UP = ""

_DEFAULTS = {
    "CONNECT": "220 scripted.example ready",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go on",
    "DOT": "250 queued as 1",
    "RSET": "250 forgotten",
    "QUIT": "221 bye",
}


@dataclass(frozen=True)
class Received:
    """A letter whose final dot arrived; `answer` is what the server had to say to it."""

    sender: str
    recipient: str
    content: bytes
    answer: str


class ScriptedSmtp(socketserver.ThreadingTCPServer):
    """Answers 2xx unless told otherwise: `answer("RCPT", "450 later")` answers so once.

    Steps are the verbs and `CONNECT`, and `DOT` for the end of the text. `HANG_UP` as an answer
    closes the connection without one.
    """

    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None, *, implicit_tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.extensions = ["STARTTLS"] if tls and not implicit_tls else ["PIPELINING"]
        self.connections = 0
        self.received: list[Received] = []
        self.logins: list[str] = []
        # Some servers answer 354 to DATA whatever came before it.
        self.wants_text_for_nobody = False
        # Gets what has come behind each MAIL by the time it is read.
        self.look_ahead: Callable[[bytes], object] | None = None
        self._scripted: dict[str, deque[str]] = defaultdict(deque)
        self._always: dict[str, str] = dict(_DEFAULTS)
        self._before: dict[str, Callable[[], None]] = {}
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def scheme(self) -> str:
        """The scheme of SMTP_URL that asks for this server's security."""
        if not self.tls:
            return "smtp"
        return "smtps" if self.implicit_tls else "smtp+starttls"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def accepted(self) -> list[Received]:
        return [letter for letter in self.received if letter.answer.startswith("2")]

    def answer(self, step: str, *replies: str) -> None:
        """The next answers to a step, one each; after them it is answered as before."""
        self._scripted[step].extend(replies)

    def always_answer(self, step: str, reply: str) -> None:
        self._always[step] = reply

    def before(self, step: str, action: Callable[[], None]) -> None:
        """Run `action` each time before the step is answered."""
        self._before[step] = action

    def reply_to(self, step: str) -> str:
        self._before.get(step, lambda: None)()
        if self._scripted[step]:
            return self._scripted[step].popleft()
        return self._always.get(step) or self._ehlo()

    def __enter__(self) -> "ScriptedSmtp":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def _ehlo(self) -> str:
        lines = ["scripted.example", *self.extensions]
        return "\r\n".join([*(f"250-{line}" for line in lines), "250 HELP"])


class _HungUp(Exception):
    pass


class _Session(socketserver.StreamRequestHandler):
    server: ScriptedSmtp

    def handle(self) -> None:
        self.server.connections += 1
        self.sender = self.recipient = ""
        self.has_sender = self.has_recipient = False
        try:
            if self.server.implicit_tls:
                self._secure()
            self._say("CONNECT")
            while line := self.rfile.readline():
                self._take(line.decode().rstrip("\r\n"))
        except (_HungUp, OSError):
            pass
        finally:
            self.connection.close()

    def _take(self, line: str) -> None:
        verb = line.split(" ", 1)[0].upper()
        if verb == "MAIL":
            self.sender = line
            if self.server.look_ahead:
                self.server.look_ahead(self.rfile.peek())
        if verb == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        if verb == "AUTH":
            self.server.logins.append(base64.b64decode(line.split()[-1]).decode())
        if refusal := self._out_of_order(verb):
            self._write(refusal)
            return
        reply = self._say(verb)
        self._follow(verb, was_taken=reply.startswith("2"))
        if verb == "DATA" and reply.startswith("354"):
            self._take_text()
        if verb == "STARTTLS" and reply.startswith("220"):
            self._secure()
        if verb == "QUIT":
            raise _HungUp

    def _out_of_order(self, verb: str) -> str:
        """What is said to a command that its predecessors do not allow; empty if they do."""
        if verb == "RCPT" and not self.has_sender:
            return "503 5.5.1 need MAIL"
        is_for_nobody = not self.has_recipient and not self.server.wants_text_for_nobody
        return "554 5.5.1 no valid recipients" if verb == "DATA" and is_for_nobody else ""

    def _follow(self, verb: str, *, was_taken: bool) -> None:
        if verb in ("MAIL", "RSET"):
            self.has_sender = verb == "MAIL" and was_taken
            self.has_recipient = False
        if verb == "RCPT":
            self.has_recipient = was_taken

    def _take_text(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            lines.append(line.removeprefix(b"."))
        answer = self.server.reply_to("DOT")
        content = b"".join(lines)
        self.server.received.append(Received(self.sender, self.recipient, content, answer))
        self._write(answer)

    def _say(self, step: str) -> str:
        reply = self.server.reply_to(step)
        self._write(reply)
        return reply

    def _write(self, reply: str) -> None:
        if reply == HANG_UP:
            raise _HungUp
        self.wfile.write(reply.encode() + b"\r\n")

    def _secure(self) -> None:
        assert self.server.tls
        self.connection = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = socketserver._SocketWriter(self.connection)  # type: ignore[attr-defined]

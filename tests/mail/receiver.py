"""A real HTTP receiver on loopback that answers as the test says, and remembers what came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Came:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers come in turn, the last one for ever, and none while the gate is shut. Status 0 hangs
    up without a word."""

    url: str = ""
    came: list[Came] = field(default_factory=list)
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    open_gate: threading.Event = field(default_factory=threading.Event)

    def answer(self, *answers: int | tuple[int, dict[str, str]]) -> None:
        self.answers = deque(one if isinstance(one, tuple) else (one, {}) for one in answers)

    def next_answer(self) -> tuple[int, dict[str, str]]:
        if not self.answers:
            return 204, {}
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]

    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.open_gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.came.append(Came(self.path, headers, body))
            receiver.open_gate.wait(20)
            status, more = receiver.next_answer()
            if status == 0:  # hangs up without an answer
                return
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/in"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open_gate.set()
        server.shutdown()
        thread.join()
        server.server_close()

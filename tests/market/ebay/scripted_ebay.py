"""A server that answers exactly what a test tells it, where the mock eBay is too well-behaved."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN_PATH = "/identity/v1/oauth2/token"


@dataclass
class Answer:
    """One answer; `body` is JSON unless it is text or bytes already."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


GOOD_TOKEN = Answer(body={"access_token": "token", "expires_in": 7200})


class ScriptedEbay:
    """Gives the answers in their order, the last one again and again; tokens by their own."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer(body={"total": 0})]
        self.token = GOOD_TOKEN
        self.asked: list[str] = []
        self.hold: Event | None = None
        self.url = ""

    def answer(self, path: str) -> Answer:
        if path == TOKEN_PATH:
            return self.token
        self.asked.append(path)
        if self.hold is not None:
            self.hold.wait(10)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def scripted_ebay() -> Iterator[ScriptedEbay]:
    script = ScriptedEbay()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script.answer))
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        if script.hold is not None:
            script.hold.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(answer: Callable[[str], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = answer(self.path.partition("?")[0])
            raw = given.raw()
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - the name that the base class calls

        def log_message(self, *args: Any) -> None:
            """Tests say what they need themselves."""

    return Handler

"""Calls of the API over a kept connection."""

import json
import time
from http.client import HTTPConnection
from itertools import count

# A server that starts gets so long.
PATIENCE_S = 60
_numbers = count()


def call_until(port: int, method: str, token: str, end: float, times: list[float]) -> None:
    """List 50 alerts (GET) or create one (POST) again and again; notes the seconds of each call."""
    connection = HTTPConnection("127.0.0.1", port)
    connect(connection)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path, wanted = ("/api/alerts?limit=50", 200) if method == "GET" else ("/api/alerts", 201)
    while (began := time.perf_counter()) < end:
        keywords = {"keywords": f"wine {next(_numbers)}", "interval_minutes": 15}
        body = json.dumps(keywords) if method == "POST" else None
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != wanted:
            raise SystemExit(f"{method} {path} answered {answer.status}")
        times.append(time.perf_counter() - began)


def connect(connection: HTTPConnection) -> None:
    """Once somebody listens."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return connection.connect()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)

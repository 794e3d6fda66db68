"""The inbox as a process: it starts, stops, is killed, and tells why it cannot start."""

import asyncio
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from inbox.events import Hub
from inbox.listening import PortTaken
from inbox.running import running_inbox
from inbox.settings import InboxSettings

STOP_SECONDS = 10


@contextmanager
def inbox_process(*options: str, **environment: str):
    """`python -m inbox` with its first line read: the process and its SMTP port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "inbox", *options],
        env={**os.environ, "INBOX_SMTP_PORT": "0", "INBOX_HTTP_PORT": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def smtp_port(line: str) -> int:
    return int(line.rpartition(":")[2])


def kept_subjects(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT subject FROM mails ORDER BY id").fetchall()
    connection.close()
    return [row[0] for row in rows]


def send_until_cut(port: int, name: str, acknowledged: list[str], enough: threading.Event) -> None:
    """Sends mails and notes each answer, until the server is gone."""
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="x", timeout=10) as smtp:
            for number in range(100_000):
                subject = f"{name}-{number}"
                smtp.sendmail("a@x", ["b@x"], f"Subject: {subject}\r\n\r\nhi\r\n".encode())
                acknowledged.append(subject)
                if number == 20:
                    enough.set()
    except (smtplib.SMTPException, OSError):
        return


def test_a_kill_loses_no_acknowledged_mail(tmp_path):
    store = tmp_path / "mails.sqlite3"
    acknowledged: list[str] = []
    enough = threading.Event()
    with inbox_process("--store", str(store)) as (process, line):
        senders = [
            threading.Thread(
                target=send_until_cut, args=(smtp_port(line), str(name), acknowledged, enough)
            )
            for name in range(4)
        ]
        for sender in senders:
            sender.start()
        assert enough.wait(10)
        process.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join()
    assert set(acknowledged) <= set(kept_subjects(store))


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_even_with_an_open_page_and_an_open_session(stop, tmp_path):
    with inbox_process(INBOX_STORE=str(tmp_path / "mails.sqlite3")) as (process, line):
        http_port = int(line.split()[1].rpartition(":")[2])
        with (
            smtplib.SMTP("127.0.0.1", smtp_port(line), local_hostname="x", timeout=10) as smtp,
            socket.create_connection(("127.0.0.1", http_port), 10) as page,
        ):
            smtp.sendmail("a@x", ["b@x"], b"Subject: kept\r\n\r\n")
            page.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert page.recv(12) == b"HTTP/1.1 200"
            process.send_signal(stop)
            assert process.wait(STOP_SECONDS) == 0
        assert process.stderr.read() == ""
    assert kept_subjects(tmp_path / "mails.sqlite3") == ["kept"]


@pytest.mark.parametrize("variable", ["INBOX_SMTP_PORT", "INBOX_HTTP_PORT"])
def test_a_taken_port_is_told_in_one_line_with_the_variable_to_change(variable):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with inbox_process(**{variable: port}) as (process, _):
            assert process.wait(STOP_SECONDS) == 2
            (told,) = process.stderr.read().splitlines()
    assert port in told
    assert variable in told


def test_an_embedded_inbox_tells_the_taken_port_as_an_error_of_its_own():
    async def start(port: int) -> None:
        async with running_inbox(InboxSettings(smtp_port=port), None, Hub()):
            pass

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} .*INBOX_SMTP_PORT"):
            asyncio.run(start(port))

"""How many mails a second the inbox takes, each acknowledged only after its commit.

The load: 5,000 mails of 3.4 KB (text and HTML) over 10 connections, four commands and answers a
mail and no pipelining, as smtplib speaks, from a process of its own. The store is a file, and every
commit waits for the disk. The baseline is the same load with one commit for each mail. After each
run the mails are counted: a lost one fails the benchmark. With one process and one interpreter
lock the processor is the limit before the disk is: about 0.4 ms a mail for asyncio and aiosmtpd,
0.15 ms for its share of a commit.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.request import urlopen

MAILS = int(os.environ.get("BENCH_MAILS", "5000"))
CONNECTIONS = 10
START_SECONDS = 15


def main() -> None:
    grouped = mails_per_second(commit_limit=500)
    single = mails_per_second(commit_limit=1)
    result = {
        "name": f"inbox: {MAILS:,} mails of 3.4 KB over {CONNECTIONS} connections, group commit",
        "value": round(grouped),
        "unit": "mails/s",
        "baseline": round(single),
        "baseline_name": "the same with one commit for each mail",
        "ratio": round(grouped / single, 2),
    }
    print(json.dumps(result))  # noqa: T201 - the result is what this prints


def mails_per_second(commit_limit: int) -> float:
    with running_inbox(commit_limit) as (smtp_port, http_port):
        seconds = float(
            subprocess.check_output([sys.executable, __file__, "send", str(smtp_port)])  # noqa: S603
        )
        kept = kept_mails(http_port)
    if kept != MAILS:
        raise SystemExit(f"{MAILS - kept} of {MAILS} acknowledged mails are lost")
    return MAILS / seconds


@contextmanager
def running_inbox(commit_limit: int) -> Iterator[tuple[int, int]]:
    """An inbox in a process of its own with a fresh file; its SMTP and HTTP ports."""
    smtp_port, http_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "inbox.sqlite3"
        options = f"--smtp-port {smtp_port} --http-port {http_port} --commit-limit {commit_limit}"
        command = [sys.executable, "-m", "inbox", *options.split(), "--store", str(store)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            wait_for(lambda: kept_mails(http_port) == 0)
            yield smtp_port, http_port
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("The inbox did not start")


def kept_mails(http_port: int) -> int:
    url = f"http://127.0.0.1:{http_port}/api/v2/messages?limit=0"
    with urlopen(url, timeout=10) as answer:
        total: int = json.load(answer)["total"]
        return total


def send_all(port: int) -> float:
    """Sends every mail and returns the seconds until the last was acknowledged."""
    source = digest_mail()
    senders = [
        threading.Thread(target=send_some, args=(port, MAILS // CONNECTIONS, source))
        for _ in range(CONNECTIONS)
    ]
    started = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return time.perf_counter() - started


def send_some(port: int, mails: int, source: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.recv(4096)
        say(connection, b"HELO bench.example\r\n", b"250")
        for _ in range(mails):
            say(connection, b"MAIL FROM:<alerts@bench.example>\r\n", b"250")
            say(connection, b"RCPT TO:<reader@bench.example>\r\n", b"250")
            say(connection, b"DATA\r\n", b"354")
            say(connection, source, b"250")


def say(connection: socket.socket, lines: bytes, expected: bytes) -> None:
    connection.sendall(lines)
    answer = connection.recv(4096)
    if not answer.startswith(expected):
        raise SystemExit(f"The inbox answered {answer!r}")


def digest_mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Alerts <alerts@bench.example>", "Reader <reader@bench.example>"
    mail["Subject"] = "3 new for wine, cheapest $12.50"
    rows = [f"{number}. A bottle of wine, ${number}.90 with shipping." for number in range(30)]
    mail.set_content("\n".join(rows))
    mail.add_alternative("\n".join(f"<p>{row}</p>" for row in rows), subtype="html")
    return mail.as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        print(send_all(int(sys.argv[2])))  # noqa: T201 - read by the process above
    else:
        main()

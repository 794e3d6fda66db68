"""A mail server in a process of its own that takes everything at once, or answers after a delay.

It does as little as SMTP needs (RFC 5321), so that what is measured is the sender. Its first line
is the port; asked by a line on standard input, it says how many mails and connections it had.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

END = b"\r\n.\r\n"


@dataclass
class Counts:
    mails: int = 0
    connections: int = 0
    recipients: int = 0


class Session(asyncio.Protocol):
    """One connection; answers come `delay` seconds after what they answer."""

    def __init__(self, counts: Counts, delay: float, offers: bytes) -> None:
        self._counts, self._delay, self._offers = counts, delay, offers
        self._buffer = bytearray()
        self._in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._counts.connections += 1
        self._answer(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take():
            pass

    def _take(self) -> bool:
        """Deal with the next command or content; False where it is not whole yet."""
        end, length = (END, len(END)) if self._in_content else (b"\r\n", 2)
        at = self._buffer.find(end)
        if at < 0:
            return False
        line = bytes(self._buffer[: at + length])
        del self._buffer[: at + length]
        if self._in_content:
            self._in_content = False
            self._counts.mails += 1
            self._answer(b"250 taken\r\n")
        else:
            self._command(line[:4].upper())
        return True

    def _command(self, name: bytes) -> None:
        if name == b"DATA":
            self._in_content = True
            self._answer(b"354 go on\r\n")
        elif name == b"EHLO":
            self._answer(self._offers)
        elif name == b"QUIT":
            self._answer(b"221 bye\r\n")
            asyncio.get_running_loop().call_later(self._delay, self._transport.close)
        else:
            self._counts.recipients += name == b"RCPT"
            self._answer(b"250 ok\r\n")

    def _answer(self, line: bytes) -> None:
        if not self._delay:
            self._transport.write(line)
        else:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, line)


@dataclass
class Sink:
    port: int
    _process: "subprocess.Popen[str]"

    def counts(self) -> Counts:
        """What it had since it was asked last."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Counts(**json.loads(self._process.stdout.readline()))


@contextmanager
def running_sink(delay_ms: int = 0, *, pipelining: bool = True) -> Iterator[Sink]:
    command = [sys.executable, __file__, str(delay_ms), "pipelining" if pipelining else ""]
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Sink(int(process.stdout.readline()), process)
    finally:
        process.stdin.close()
        process.wait()


async def serve(delay: float, *, pipelining: bool) -> None:
    offers = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if pipelining else b"250 sink\r\n"
    counts, loop = Counts(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(counts, delay, offers), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(json.dumps(vars(counts)) + "\n")
        sys.stdout.flush()
        vars(counts).update(vars(Counts()))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) / 1000, pipelining="pipelining" in sys.argv))

"""Mails of one size over one session, by us and by raw smtplib, and out of the outbox."""

import json
import smtplib
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from _inside import DATABASE

# Django is set up by the line above.
from _calibration import calibration_ms  # isort: skip
from _smtp_sink import Sink, running_sink  # isort: skip
from django.conf import settings  # isort: skip
from ebay_alerts.mail.composing import compose_bytes  # isort: skip
from ebay_alerts.mail.models import Message  # isort: skip
from ebay_alerts.mail.services import Draft, queue_messages  # isort: skip
from ebay_alerts.mail.smtp import Letter, hand_over, parse_smtp_url, session  # isort: skip
from ebay_alerts.mail.tasks import deliver_alerts  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

ROUNDS, MAILS = 7, 500
SENDER = "alerts@example.org"


def queue_mails() -> list[Message]:
    """About what a digest of ten listings has: 4 kB of text, 21 kB of HTML."""
    text = "A bottle of wine of the year 1962, $12.90 with shipping.\n" * 70
    html = '<p class="offer">A bottle of wine of the year 1962, $12.90 with shipping.</p>\n' * 280
    headers = {"List-Unsubscribe": f"<https://alerts.example/u/{'x' * 60}>",
               "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}  # fmt: skip
    ids = queue_messages(
        [Draft(f"bench-{uuid4()}", "alerts", f"user{n}@example.com", "5 new for wine, cheapest $9",
               text, html, headers) for n in range(MAILS)],
        datetime.now(UTC),
    )  # fmt: skip
    return list(Message.objects.filter(pk__in=ids.values()))


def prepared(sink: Sink, messages: list[Message]) -> Callable[[], None]:
    def send() -> None:
        with session(parse_smtp_url(f"smtp://127.0.0.1:{sink.port}")) as connection:
            for message in messages:
                content = compose_bytes(message)
                hand_over(connection, Letter(SENDER, message.to_address, content))

    return send


def raw(sink: Sink, messages: list[Message]) -> Callable[[], None]:
    ready = compose_bytes(messages[0])

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port, local_hostname="bench.example") as connection:
            for message in messages:
                connection.sendmail(SENDER, message.to_address, ready)

    return send


def timed(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def main() -> None:
    migrate_databases()
    messages = queue_mails()
    with running_sink() as sink:
        settings.SMTP_URL = f"smtp://127.0.0.1:{sink.port}"
        ours, theirs = prepared(sink, messages), raw(sink, messages)
        pairs = [(timed(ours), timed(theirs)) for _ in range(ROUNDS)]
        assert sink.counts().mails == 2 * ROUNDS * MAILS
        say("mail.send: prepared messages over one session", pairs)
        # Those of the first call are waiting yet.
        while deliver_alerts():
            pass
        pairs = [(outbox_seconds(), timed(theirs)) for _ in range(ROUNDS)]
        say(f"mail.send: out of the outbox in {DATABASE}, outcomes recorded", pairs)


def outbox_seconds() -> float:
    queue_mails()
    return timed(drain)


def drain() -> None:
    while deliver_alerts():
        pass


def say(name: str, pairs: list[tuple[float, float]]) -> None:
    line = {
        "name": name,
        "value": round(MAILS / statistics.median(ours for ours, _ in pairs)),
        "unit": "mails/s",
        "baseline": round(MAILS / statistics.median(theirs for _, theirs in pairs)),
        "baseline_name": "raw smtplib, sendmail of one ready mail over a kept connection",
        "ratio": round(statistics.median(theirs / ours for ours, theirs in pairs), 2),
        "calibration_ms": calibration_ms(),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""`ebay-alerts doctor`: everything that alerts depend on is tried, and told in plain words."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

import click
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from ebay_alerts.kit import clock
from ebay_alerts.kit.spans import span_words
from ebay_alerts.mail import selectors as mail
from ebay_alerts.mail.errors import MailError
from ebay_alerts.mail.services import probe_mail_server
from ebay_alerts.market.errors import MarketError
from ebay_alerts.market.selectors import api_pause, count_failing_fetches, dead_events
from ebay_alerts.market.services import probing
from ebay_alerts.market.tasks import ebay_client
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.commands.scaled import probe_broker
from ebay_alerts.processes.logs import set_up_logging
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.web.retrying import words_of

GOOD, WRONG, NONE = "ok", "wrong", "none"
_MARKS = {GOOD: "[ok]", WRONG: "[!!]", NONE: "[--]"}
# A message this old that no server was asked about: mails do not leave.
LONGEST_BACKLOG = timedelta(minutes=15)
# Rows set aside that are named.
NAMED = 10


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: `ok`, `wrong`, or `none` where there is nothing to try."""

    name: str
    state: str
    words: str


class Trouble(Exception):
    """What was tried is wrong; the text says how, fit for a person to read."""


class NothingThere(Exception):
    """There is nothing to try; the text says why."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def doctor(as_json: bool) -> None:
    """Try all that alerts depend on and say what is wrong; exit code 1 if anything is.

    It changes nothing, sends no mail and spends no call of eBay's quota for searches.
    """
    set_up_logging("ERROR")
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.state]} {finding.name + ':':<14} {finding.words}")
    is_well = all(finding.state != WRONG for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": is_well, "findings": [asdict(one) for one in findings]}))
    raise SystemExit(0 if is_well else 1)


def examine() -> Iterator[Finding]:
    """Everything, one after the other. Without its database little else can be said."""
    yield _try("home folder", _home)
    database = _try("database", _database)
    yield database
    has_database = database.state == GOOD
    yield _try("eBay token", _token)
    yield _try("eBay quota", _quota)
    if has_database:
        yield _try("plan", _plan)
    yield _try("event stream", _stream if has_database else _skipped)
    yield _try("mail server", probe_mail_server)
    yield _try("broker", _broker)
    if has_database:
        yield _try("outbox", _outbox)
        yield _try("searches", _searches)
        yield _try("events", _events)
        yield _try("set aside", _set_aside)


def _try(name: str, probe: Callable[[], str]) -> Finding:
    try:
        return Finding(name, GOOD, probe())
    except NothingThere as reason:
        return Finding(name, NONE, str(reason))
    except (Trouble, Refusal, MarketError, MailError) as error:
        return Finding(name, WRONG, str(error))
    except Exception as error:  # noqa: BLE001 - whatever one probe meets, the others are made
        return Finding(name, WRONG, f"could not be tried ({type(error).__name__})")


def _home() -> str:
    try:
        with tempfile.TemporaryFile(dir=settings.HOME):
            return f"{settings.HOME} can be written"
    except OSError as error:
        raise Trouble(f"{settings.HOME} cannot be written: {error.strerror}") from error


def _database() -> str:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        raise Trouble(f"no connection to {connection.vendor}; check DATABASE_URL") from error
    if missing := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        raise Trouble(f"{missing} migrations behind this version; run ebay-alerts migrate, or up")
    return f"{connection.vendor} answers and is up to date"


def _token() -> str:
    try:
        return probing.probe_token(ebay_client())
    except MarketError as error:
        raise Trouble(f"{error}{_mock_hint()}") from error


def _quota() -> str:
    return probing.probe_quota(ebay_client(), clock.now())


def _plan() -> str:
    now = clock.now()
    if pause := api_pause(now):
        until = pause.until.astimezone()
        raise Trouble(f"nothing is asked until {until:%H:%M}: {pause.reason}")
    words = probing.plan_words()
    if not words:
        raise NothingThere("not made yet; the running system makes one each minute")
    return words


def _stream() -> str:
    if not settings.EVENT_STREAM_URL:
        every = span_words(timedelta(seconds=settings.INSTANT_SECONDS))
        raise NothingThere(f"eBay has none; instant alerts ask every {every} at best")
    words = probing.probe_event_log(settings.EVENT_STREAM_URL)
    return f"{words}; {probing.probe_event_socket(settings.EVENT_STREAM_URL)}"


def _skipped() -> str:
    raise NothingThere("not tried without the database")


def _broker() -> str:
    if not settings.BROKER_URL:
        raise NothingThere("none is set; one process does all the work")
    return probe_broker()


def _outbox() -> str:
    counts, seconds = mail.count_by_state(), mail.mail_backlog_seconds(clock.now())
    waiting, backlog = counts["queued"] + counts["sending"], timedelta(seconds=seconds)
    words = f"{waiting:,} waiting, {counts['failed']:,} failed for good"
    if waiting and seconds:
        words += f"; the oldest untried waits for {span_words(backlog)}"
    if held := mail.held_mails().first():
        raise Trouble(f"{words}; no mail leaves: {held.reply}")
    if backlog > LONGEST_BACKLOG:
        raise Trouble(f"{words}: mails do not leave")
    return words


def _searches() -> str:
    if failing := count_failing_fetches():
        raise Trouble(f"{failing:,} could not be refreshed at the last try; they are tried again")
    return "none fails"


def _events() -> str:
    if dead := dead_events().count():
        raise Trouble(f"{dead:,} could not be read; ebay-alerts events dead lists them")
    return "all could be read"


def _set_aside() -> str:
    """Names the latest; the traceback's last line says what each raised."""
    rows = set_aside()
    if not (count := rows.count()):
        return "nothing; every row can be dealt with"
    named = [f"{words_of(one)}, since {one.set_aside_at:%Y-%m-%d %H:%M}" for one in rows[:NAMED]]
    more = [f"and {count - NAMED:,} more"] if count > NAMED else []
    verb = "row always fails and is" if count == 1 else "rows always fail and are"
    listed = "; ".join([*named, *more])
    raise Trouble(f"{count:,} {verb} tried no more; ebay-alerts set-aside lists them: {listed}")


def _mock_hint() -> str:
    return "; the mock runs within ebay-alerts up" if settings.MOCK_IS_EBAY else ""

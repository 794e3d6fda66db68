"""`kill -9` of the real process at random moments: every due digest comes, and none is lost."""

import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from random import Random

import pytest
from django.conf import settings

from tests.end_to_end.test_main_job import titles
from tests.faults.ledger import Ledger, Line, assert_sound, has_settled
from tests.faults.moves import Moves
from tests.processes.conftest import NewPlace
from tests.processes.programs import Place, Program, keep, until
from tests.servers import RunningInbox, RunningMock

WORDS = ["wine", "camera", "lego", "iphone"]
# (keywords, minutes, more): several alerts of a user that find the same, an instant one, a list.
CAST: dict[str, list[tuple[str, int, dict[str, str]]]] = {
    "anna@example.com": [("wine", 1, {}), ("wine -cooler", 1, {}), ("camera", 1, {})],
    "bert@example.com": [("wine", 0, {}), ("lego", 1, {})],
    "cleo@example.com": [("camera", 1, {"mail_when": "always"}), ("iphone", 1, {})],
}
# Messages in which an alert tells its whole list.
_WITH_LISTS = (
    "SELECT message.message_id FROM alerts_digest digest"
    " JOIN mail_message message ON message.id = digest.message_id WHERE digest.kind = 'list'"
)
# Long enough that every task gets its turn, which comes at least every two seconds.
LONGEST_LIFE_S = 2.5


@dataclass
class Killing:
    """One process that is killed and started again, and what it was asked to do meanwhile."""

    place: Place
    moves: Moves
    random: Random
    kept: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tokens: dict[str, str] = field(default_factory=dict)
    moments: Counter[str] = field(default_factory=Counter)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.place.database)

    def begin(self) -> None:
        """Users with alerts, all welcomed."""
        program = self.place.up()
        self.tokens = {email: self.place.token(email) for email in CAST}
        for email, alerts in CAST.items():
            for keywords, minutes, more in alerts:
                self._keep(email, keywords, minutes, **more)
        self._settle()
        program.kill()

    def round(self, number: int) -> None:
        """Start, have work at hand, kill at some moment; some changes come while it is down."""
        self.moves.make()
        program = self.place.up()
        self.moves.make()
        self._keep(self.random.choice(sorted(CAST)), f"wine -round{number}", 1)
        self._kill_at_some_moment(program)
        self.ledger.end_leases()

    def finish(self) -> None:
        """Start a last time, and let it do all that is left."""
        self.moves.make()
        program = self.place.up()
        self._settle()
        assert program.stop() == 0, program.said()

    def _settle(self) -> None:
        since = datetime.now(UTC)
        until(lambda: has_settled(self.ledger, since), 60, "the end of all work")

    def _keep(self, email: str, keywords: str, minutes: int, **more: str) -> None:
        with self.place.client(self.tokens[email]) as client:
            keep(client, keywords, minutes, **more)
        self.kept[email].add(keywords)

    def _kill_at_some_moment(self, program: Program) -> None:
        """After a random time, or while something is under way: asking eBay, sending mail."""
        moment = self.random.choice(["any", "asking", "sending"])
        pause = self.random.uniform(0, LONGEST_LIFE_S if moment == "any" else 0.05)
        end = datetime.now(UTC).timestamp() + LONGEST_LIFE_S
        sought = {"any": None, "asking": 0, "sending": 1}[moment]

        def has_come() -> bool:
            self.ledger.make_due()
            is_late = datetime.now(UTC).timestamp() > end
            return is_late or sought is None or self.ledger.held()[sought] > 0

        until(has_come)
        stop_at = datetime.now(UTC).timestamp() + pause
        until(lambda: self._make_due_until(stop_at))
        held = self.ledger.held()
        program.kill()
        self.moments["sending" if held[1] else "asking" if held[0] else "other"] += 1

    def _make_due_until(self, second: float) -> bool:
        self.ledger.make_due()
        return datetime.now(UTC).timestamp() >= second


@pytest.mark.parametrize(
    "kills", [3, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
)
def test_no_digest_is_lost_or_told_twice_when_the_process_is_killed_at_any_moment(
    kills: int, new_place: NewPlace, mock: RunningMock, inbox: RunningInbox
) -> None:
    seed = int(os.environ.get("KILLED_SEED") or Random().randrange(10**6))
    sys.stdout.write(f"KILLED_SEED={seed} repeats these moments\n")
    random = Random(seed)
    place = new_place(EBAY_BASE_URL=mock.url, SMTP_URL=inbox.smtp_url)
    killing = Killing(place, Moves(mock, random, WORDS), random)
    killing.begin()
    # Each mail lies with the server for a while before its answer: then nobody can know.
    inbox.control(at="stored", delay_ms=50)
    mock.control(delay_ms=30)
    for number in range(kills):
        killing.round(number)
    inbox.control(delay_ms=0)
    mock.control(delay_ms=0)
    killing.finish()
    sys.stdout.write(f"killed while: {dict(killing.moments)}\n")

    assert_sound(killing.ledger)
    lines = killing.ledger.lines()
    _assert_all_is_told(lines, killing)
    _assert_nothing_is_told_twice(lines, killing.moves)
    _assert_mails_say_the_lines(lines, inbox.mails(), killing.ledger, kills + 1)


def _assert_all_is_told(lines: list[Line], killing: Killing) -> None:
    """What each user was told last of each listing is how the market stands."""
    last = {(line.user, line.title): line for line in lines}
    for email, alerts in killing.kept.items():
        for title in set().union(*map(killing.moves.found_by, alerts)):
            told = last.get((email, title))
            if killing.moves.is_there(title):
                assert told is not None, f"{email} never heard of {title}"
                assert told.kind != "ended"
                assert told.price == killing.moves.prices[title][-1], f"{email}: {title}"
            else:
                assert told is None or told.kind == "ended", f"{email}: {title}"


def _assert_nothing_is_told_twice(lines: list[Line], moves: Moves) -> None:
    """Line by line each user hears a true price, and only what is different from the last one."""
    last: dict[tuple[str, str], Line] = {}
    for line in lines:
        before = last.get((line.user, line.title))
        assert line.price in moves.prices[line.title]
        if line.kind == "repriced":
            assert before is not None
            assert line.was == before.price != line.price
        elif line.kind == "ended":
            assert before is not None
            assert before.kind != "ended"
        elif line.kind == "appeared":
            assert before is None
        else:
            assert line.kind == "listed", line
        last[line.user, line.title] = line


def _assert_mails_say_the_lines(
    lines: list[Line], mails: list[EmailMessage], ledger: Ledger, kills: int
) -> None:
    """Each digest went out; a kill costs at most one mail a session that comes twice, as the same
    message. A mail of several alerts says what all of them tell, and a list more than its lines.

    A mail that a later one replaced while it waited is withdrawn: no server saw it, and no line is
    left that rests on it.
    """
    states = dict(ledger.rows("SELECT message_id, state FROM mail_message"))
    withdrawn = {message_id for message_id, state in states.items() if state == "withdrawn"}
    sent = states.keys() - withdrawn
    assert {states[message_id] for message_id in sent} == {"sent"}
    copies = Counter(mail["Message-ID"] for mail in mails)
    assert set(copies) == sent
    assert withdrawn.isdisjoint(line.message_id for line in lines)
    twice = copies.total() - len(copies)
    sys.stdout.write(f"{copies.total()} mails, {twice} of them twice\n")
    assert twice <= kills * settings.SMTP_SESSIONS
    told = defaultdict(list)
    for line in lines:
        told[line.message_id].append(line.title)
    lists = {message_id for (message_id,) in ledger.rows(_WITH_LISTS)}
    for mail in mails:
        message_id = mail["Message-ID"]
        if message_id in lists:
            assert set(told[message_id]) <= set(titles(mail))
        else:
            assert sorted(titles(mail)) == sorted(told[message_id])

"""The store keeps what it has committed."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from inbox.mails import Arrival, MailQuery
from inbox.settings import InboxSettings
from inbox.store import Store
from inbox.words import WordReader


def arrival(source: bytes = b"Subject: x\r\n\r\nhi\r\n") -> Arrival:
    received_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Arrival(received_at, "client", "a@example.org", ("b@example.org",), source)


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    opened = Store(tmp_path / "mails.sqlite3" if request.param == "file" else None, keep=5)
    yield opened
    opened.close()


def test_a_batch_is_stored_as_a_whole_or_not_at_all(store):
    broken = Arrival(datetime.now(UTC), "", "\ud800", (), b"")
    with pytest.raises(UnicodeEncodeError):
        store.append([arrival(), broken])
    assert store.state() == {"total": 0, "newest": 0}
    assert store.append([arrival()]) == [1]


def test_the_oldest_are_pruned_and_ids_never_used_again(store):
    store.append([arrival() for _ in range(4)])
    store.append([arrival() for _ in range(4)])
    assert store.state() == {"total": 5, "newest": 8}
    assert store.find_source(3) is None
    store.clear()
    assert store.append([arrival()]) == [9]


def test_what_comes_in_at_once_is_never_less_than_what_is_kept(store):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.append([arrival()]), range(20)))
        list(threads.map(lambda _: store.read(MailQuery(("hi",)), 0, 5), range(4)))
    assert store.read(MailQuery(("hi",)), 0, 10).total == 5


def test_a_mail_has_a_newer_and_an_older_neighbour(store):
    store.append([arrival() for _ in range(3)])
    assert store.find_neighbours(2) == (3, 1)
    assert store.find_neighbours(3) == (None, 2)


def test_a_file_opened_again_holds_its_mails_and_finds_their_words(tmp_path):
    path = tmp_path / "made on the way" / "mails.sqlite3"
    first = Store(path)
    first.append([arrival()])
    first.read(MailQuery(("hi",)), 0, 1)
    first.append([arrival(b"Subject: later\r\n\r\nhi again\r\n")])
    first.close()
    second = Store(path)
    assert second.state() == {"total": 2, "newest": 2}
    assert second.read(MailQuery(("hi",)), 0, 10).total == 2
    second.close()


def test_mails_become_searchable_before_anybody_searches(store):
    async def read() -> int:
        reader = WordReader(store)
        reader.mails_came()
        deadline = time.monotonic() + 10
        while store.count_unread() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await reader.close()
        return store.count_unread()

    store.append([arrival() for _ in range(5)])
    assert asyncio.run(read()) == 0


def test_a_mail_that_cannot_be_stored_is_refused_for_now(start_inbox):
    with start_inbox(InboxSettings(smtp_port=0)) as inbox, inbox.smtp() as smtp:
        inbox.app.state.inbox.store.close()
        smtp.helo()
        smtp.mail("a@example.org")
        smtp.rcpt("b@example.org")
        assert smtp.data(b"hi")[0] == 451

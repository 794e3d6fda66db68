"""The inbox while it runs: its store, its SMTP server, its open pages."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from inbox.commits import GroupCommit
from inbox.control import Control
from inbox.events import Hub
from inbox.listening import Sessions, bind
from inbox.settings import InboxSettings
from inbox.smtp import Handler
from inbox.store import Store
from inbox.words import WordReader


@dataclass(frozen=True, slots=True)
class Inbox:
    """What the HTTP side works with."""

    store: Store
    hub: Hub
    control: Control
    smtp_host: str
    smtp_port: int
    loop: asyncio.AbstractEventLoop

    def publish(self) -> None:
        """Tells open pages of a change; from any thread."""
        self.loop.call_soon_threadsafe(self.hub.publish)


@asynccontextmanager
async def running_inbox(
    settings: InboxSettings, listener: socket.socket | None, hub: Hub
) -> AsyncIterator[Inbox]:
    """Takes mail while it is open; closing commits what has arrived before the store closes.

    Raises `listening.PortTaken` where no `listener` is given and the port is not to be had.
    """
    listener = listener or bind(settings.host, settings.smtp_port, "INBOX_SMTP_PORT")
    port = listener.getsockname()[1]
    store = await asyncio.to_thread(Store, settings.store, settings.keep)
    words = WordReader(store)

    def mails_came() -> None:
        hub.publish()
        words.mails_came()

    commits = GroupCommit(store, settings.commit_limit, mails_came)
    control = Control()
    sessions = Sessions(Handler(commits, control), settings.size_limit)
    server = await sessions.serve(listener)
    try:
        yield Inbox(store, hub, control, settings.host, port, asyncio.get_running_loop())
    finally:
        server.close()
        hub.close()
        await commits.close()
        await words.close()
        sessions.close()
        store.close()

"""Group commit: what arrives during one commit goes into the next."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from inbox.mails import Arrival
from inbox.store import Store


class _Waiting(NamedTuple):
    arrival: Arrival
    kept: "asyncio.Future[int]"


class GroupCommit:
    """Lives on one event loop; commits on one thread of its own."""

    def __init__(self, store: Store, batch_limit: int, on_commit: Callable[[], None]) -> None:
        self._store = store
        self._batch_limit = batch_limit
        self._on_commit = on_commit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox-commit")
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, arrival: Arrival) -> int:
        """Returns the mail's id once it is committed; raises `sqlite3.Error` if it cannot be."""
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(arrival, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def close(self) -> None:
        """Commits what is waiting, then ends the thread."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._batch_limit]
            del self._waiting[: self._batch_limit]
            await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        arrivals = [waiting.arrival for waiting in batch]
        try:
            ids = await loop.run_in_executor(self._thread, self._store.append, arrivals)
        except Exception as error:  # noqa: BLE001 - whatever it is, each sender must hear of it
            _refuse(batch, error)
            return
        _release(batch, ids)
        self._on_commit()


def _release(batch: list[_Waiting], ids: list[int]) -> None:
    for waiting, mail_id in zip(batch, ids, strict=True):
        if not waiting.kept.done():
            waiting.kept.set_result(mail_id)


def _refuse(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.kept.done():
            waiting.kept.set_exception(error)

"""The key pairs that notifications are signed with, kept in the state.

The first is made when it is needed. Older ones are still given out after a rotation, for
notifications that are under way.
"""

import asyncio
import importlib
import json
from typing import Any
from uuid import uuid4

from mock_ebay.store import Store

_KEPT_UNDER = "notification_keys"


class NotificationKeys:
    """Key pairs by id, the current one last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pairs: dict[str, str] = json.loads(store.find(_KEPT_UNDER) or "{}")
        self._making = asyncio.Lock()

    async def current(self) -> tuple[str, str]:
        """(id, private PEM); made now when there is none."""
        async with self._making:
            if not self._pairs:
                await self._make()
        return list(self._pairs.items())[-1]

    async def rotate(self) -> str:
        """Make a new pair and sign with it from now on; returns its id."""
        async with self._making:
            return await self._make()

    def find(self, key_id: str) -> str | None:
        return self._pairs.get(key_id)

    async def _make(self) -> str:
        key_id = str(uuid4())
        pem = (await loaded("signing")).new_key()
        self._pairs[key_id] = pem
        self._store.note(_KEPT_UNDER, json.dumps(self._pairs))
        return key_id


async def loaded(name: str) -> Any:
    """A module of this package whose import takes long, without holding up who else asks."""
    return await asyncio.to_thread(importlib.import_module, f"mock_ebay.{name}")

"""Sessions in the database, written in turn with the background writers of the process; each knows
whose it is, so that a user sees them all and ends any."""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from ebay_alerts.accounts.models import BrowserSession
from ebay_alerts.kit import clock
from ebay_alerts.kit.turns import write_turn


class SessionStore(DatabaseStore):
    """Django's own, which would poll for SQLite's lock. `seen_at` is that of what was loaded."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        row = super().create_model_instance(data)
        assert isinstance(row, BrowserSession), "by get_model_class"
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.seen_at = clock.now()
        return row

    def _get_session_from_db(self) -> BrowserSession | None:
        row: BrowserSession | None = super()._get_session_from_db()  # type: ignore[misc]  # not in its stubs
        self.seen_at = row.seen_at if row else None
        return row

    def save(self, must_create: bool = False) -> None:
        with write_turn():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with write_turn():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        with write_turn():
            super().clear_expired()

"""Sessions in the database, written in turn with the background writers of the process."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from ebay_alerts.kit.turns import write_turn


class SessionStore(DatabaseStore):
    """Django's own, which would poll for SQLite's lock."""

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

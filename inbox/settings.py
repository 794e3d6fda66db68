"""What the inbox can be told at start."""

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """Port 0 takes any free port; without `store` mails live in memory until the end."""

    host: str = "127.0.0.1"
    smtp_port: int = 1025
    http_port: int = 8025
    store: Path | None = None
    keep: int = 10_000
    size_limit: int = 25 * MEBIBYTE
    commit_limit: int = 500
    allow_hosts: frozenset[str] = frozenset()

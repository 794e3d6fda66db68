"""What a mock eBay can be started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MockSettings:
    """How one mock eBay runs.

    Without `catalogue` (a product file) `size` listings are made from `seed`. Without `state`
    everything lives in memory. With a `state` file that exists already, that file wins over both.
    `live` is the number of market moves a minute. Links begin with `public_url`, or else with the
    address that the caller used.
    """

    host: str = "127.0.0.1"
    port: int = 5001
    catalogue: Path | None = None
    state: Path | None = None
    live: float = 0.0
    seed: int = 1
    size: int = 20_000
    daily_quota: int = 5_000_000
    event_log: int = 200_000
    public_url: str = ""

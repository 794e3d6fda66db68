"""Events that come late: what a younger event said no search wants, an older one does not bring."""

from collections.abc import Collection

from ebay_alerts.market.observing import Matcher, Observation

REMEMBERED = 20_000


class Unwanted:
    """The listings that no search wanted lately, and by which event; the oldest are forgotten.

    A listing that nobody wants leaves no row behind, so nothing else tells that an event about it
    is late. What is forgotten, as at a restart, the next poll sets right.
    """

    def __init__(self, matches: Matcher, most: int = REMEMBERED) -> None:
        self._matches = matches
        self._most = most
        self._sequences: dict[tuple[str, str], int] = {}

    def matches(self, seen: Observation) -> Collection[int]:
        """The searches that want an event's offer: none, if a younger event was unwanted."""
        assert seen.sequence is not None, "only events come by number"
        younger = self._sequences.get(seen.key)
        if younger is not None and seen.sequence < younger:
            return ()
        search_ids = self._matches(seen)
        if search_ids:
            self._sequences.pop(seen.key, None)
        else:
            self._remember(seen.key, seen.sequence)
        return search_ids

    def forget(self) -> None:
        """Forget everything: numbers of one stream mean nothing in another."""
        self._sequences.clear()

    def _remember(self, key: tuple[str, str], sequence: int) -> None:
        self._sequences.pop(key, None)
        self._sequences[key] = sequence
        if len(self._sequences) > self._most:
            del self._sequences[next(iter(self._sequences))]

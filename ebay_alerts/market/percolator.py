"""The percolator: which keyword queries a title matches, without reading them all; pure.

Each query is filed under a word that matching titles must have, the rarest it offers; one with
nothing but alternatives under a word of each. A title's words find the candidates, and each
candidate's whole query decides.
"""

from collections import Counter
from collections.abc import Iterable

from ebay_alerts.market.keyword_query import Alternative, Group, KeywordQuery, words_of


class Percolator:
    """Keyword queries by id. A word's rarity is counted over the queries seen so far.

    Where a query is filed costs time, never truth; it is remembered, so removing finds it again.
    """

    def __init__(self) -> None:
        self._queries: dict[int, KeywordQuery] = {}
        self._files: dict[str, set[int]] = {}
        self._places: dict[int, tuple[str, ...]] = {}
        self._seen: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._queries)

    def add(self, query_id: int, query: KeywordQuery) -> None:
        """File a query under an id that is not taken."""
        self._seen.update(_words(query.required))
        places = self._places_of(query)
        for word in places:
            self._files.setdefault(word, set()).add(query_id)
        self._queries[query_id] = query
        self._places[query_id] = places

    def remove(self, query_id: int, query: KeywordQuery) -> None:
        """Forget a query. Raises KeyError where this id was not added with it."""
        if self._queries.get(query_id) != query:
            raise KeyError(query_id)
        del self._queries[query_id]
        for word in self._places.pop(query_id):
            self._files[word].discard(query_id)
            if not self._files[word]:
                del self._files[word]

    def match(self, title: str) -> list[int]:
        """The ids of the queries that match, each once."""
        candidates: set[int] = set()
        for word in self._files.keys() & words_of(title):
            candidates |= self._files[word]
        return [pk for pk in candidates if self._queries[pk].matches(title)]

    def _places_of(self, query: KeywordQuery) -> tuple[str, ...]:
        """A word of every alternative of the group that titles have least often."""
        choices = [self._rarest_words(group) for group in query.required]
        return min(choices, key=lambda words: sum(self._seen[word] for word in words))

    def _rarest_words(self, group: Group) -> tuple[str, ...]:
        rarest = (min(_words_of_alternative(one), key=self._seen.__getitem__) for one in group)
        return tuple(dict.fromkeys(rarest))


def _words(groups: Iterable[Group]) -> Iterable[str]:
    return (word for group in groups for one in group for word in _words_of_alternative(one))


def _words_of_alternative(alternative: Alternative) -> Iterable[str]:
    return (word for term in alternative for word in term)

"""What titles must have that a query matches: the paths under which the percolator files it."""

from collections.abc import Collection
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ebay_alerts.market.keyword_query import Alternative, Group, KeywordQuery, one_of_each

# So many paths does one query take; OR groups beyond that are checked at their ends.
MAX_PATHS = 32

Token: TypeAlias = str | tuple[str, str]


class Plan(NamedTuple):
    """How a query is filed: a title that matches has every token of a path and none excluded.

    Where it need not be checked, a title that has those matches.
    """

    paths: Collection[frozenset[Token]]
    excluded: Collection[Token]
    is_checked: bool


def bare_words(query: KeywordQuery) -> list[str] | None:
    """The words of a query that is nothing but words, as most are; None for any other."""
    if query.excluded:
        return None
    words: list[str] = []
    for group in query.required:
        if len(group) > 1:
            return None
        for alternative in group:
            for term in alternative:
                if len(term) > 1:
                    return None
                words += term
    return words


def planned(query: KeywordQuery) -> Plan:
    groups = _narrow(query.required)
    choices = [[_tokens(alternative) for alternative in group] for group in groups]
    paths = {frozenset().union(*choice) for choice in one_of_each(choices)}
    excluded = [_tokens(one) for one in query.excluded if _is_one_token(one)]
    return Plan(
        _weakest(paths) if len(paths) > 1 else paths,
        frozenset().union(*excluded),
        len(groups) < len(query.required)
        or len(excluded) < len(query.excluded)
        or any(len(term) > 2 for group in groups for one in group for term in one),
    )


def _narrow(groups: Collection[Group]) -> list[Group]:
    """The groups with the fewest alternatives whose combinations are at most MAX_PATHS."""
    narrow: list[Group] = []
    paths = 1
    for group in sorted(groups, key=len):
        paths *= len(group)
        if narrow and paths > MAX_PATHS:
            break
        narrow.append(group)
    return narrow


def _tokens(alternative: Alternative) -> frozenset[Token]:
    """What a title has that has all terms. Pairs in a row do not make a longer phrase yet."""
    return frozenset(
        token for term in alternative for token in (term if len(term) == 1 else pairwise(term))
    )


def _is_one_token(alternative: Alternative) -> bool:
    return len(alternative) == 1 and all(len(term) <= 2 for term in alternative)


def _weakest(paths: Collection[frozenset[Token]]) -> list[frozenset[Token]]:
    """Without the paths that lead on from where another one ends."""
    return [path for path in paths if not any(other < path for other in paths)]

"""What titles must have that a query matches: the paths under which the percolator files it."""

from collections.abc import Callable, Collection
from itertools import chain
from typing import NamedTuple, TypeAlias

from ebay_alerts.market.keyword_query import Alternative, Group, KeywordQuery, Term, one_of_each

# So many paths does one query take; OR groups beyond that are checked at their ends.
MAX_PATHS = 32

# So many paths are told apart by what they exclude.
MAX_DISJOINT = 8

Tokens: TypeAlias = frozenset[int]
# One way to match: a title has all tokens of the first and none of the second.
Branch: TypeAlias = tuple[Tokens, Tokens]
TokenOf: TypeAlias = Callable[[str], int]


class Plan(NamedTuple):
    """How a query is filed: under every branch. A title that matches is on one of them.

    It has the phrase, too. Where the query need not be checked, a title that has all that matches.
    """

    branches: list[Branch]
    phrase: tuple[str, str] | None
    is_checked: bool
    # Whether one title may be on several branches.
    is_repeated: bool


def planned(query: KeywordQuery, token_of: TokenOf) -> Plan:
    """The plan of a query that is not bare; the same for equal queries, however they were made."""
    words = frozenset(map(token_of, query.words))
    banned = [word for one in query.excluded for word in _only_word(one)]
    excluded = frozenset(map(token_of, banned))
    is_checked = len(banned) < len(query.excluded)
    if not query.groups:
        return Plan([(words, excluded)], None, is_checked, is_repeated=False)
    phrases = [term for group in query.groups if len(group) == 1 for one in group for term in one]
    words = words.union(map(token_of, chain.from_iterable(phrases)))
    choices = [group for group in query.groups if len(group) > 1]
    if choices:
        return _branched(words, excluded, choices, token_of, is_checked=is_checked or bool(phrases))
    phrase = None if is_checked or excluded else _only_pair(phrases)
    is_checked |= phrase is None
    return Plan([(words, excluded)], phrase, is_checked, is_repeated=False)


def _branched(
    words: Tokens, excluded: Tokens, choices: list[Group], token_of: TokenOf, *, is_checked: bool
) -> Plan:
    if len(choices) == 1 and len(choices[0]) <= MAX_DISJOINT:
        options = [_only_word(alternative) for alternative in choices[0]]
        if all(options):  # as most are: no need to look for more than there is
            tokens = sorted(token_of(word) for (word,) in options)
            branches = [
                (words | {token}, excluded.union(tokens[:at])) for at, token in enumerate(tokens)
            ]
            return Plan(branches, None, is_checked, is_repeated=False)
    narrow = _narrow(choices, has_more=bool(words))
    each = [_each_tokens(group, token_of) for group in narrow]
    paths = _weakest({words.union(*choice) for choice in one_of_each(each)})
    disjoint = _disjoint(paths, excluded)
    return Plan(
        disjoint or [(path, excluded) for path in paths],
        None,
        is_checked
        or len(narrow) < len(choices)
        or any(len(term) > 1 for group in narrow for one in group for term in one),
        disjoint is None,
    )


def _only_word(alternative: Alternative) -> Term:
    """The word that is all there is to an alternative, or nothing."""
    if len(alternative) > 1:
        return ()
    (term,) = alternative
    return term if len(term) == 1 else ()


def _only_pair(phrases: list[Term]) -> tuple[str, str] | None:
    """The only phrase, if it has but two words."""
    if len(phrases) != 1 or len(phrases[0]) != 2:
        return None
    first, second = phrases[0]
    return first, second


def _narrow(groups: Collection[Group], *, has_more: bool) -> list[Group]:
    """The groups with the fewest alternatives whose combinations are at most MAX_PATHS.

    At least one, unless there is more to file the query under.
    """
    narrow: list[Group] = []
    paths = 1
    for group in sorted(groups, key=lambda group: (len(group), sorted(map(sorted, group)))):
        paths *= len(group)
        if (narrow or has_more) and paths > MAX_PATHS:
            break
        narrow.append(group)
    return narrow


def _each_tokens(group: Group, token_of: TokenOf) -> list[Tokens]:
    """The tokens of each alternative. That phrases stand in a row is not said by that."""
    return [frozenset(token_of(word) for term in one for word in term) for one in group]


def _weakest(paths: Collection[Tokens]) -> list[Tokens]:
    """Without the paths that lead on from where another one ends; the shortest come first."""
    weakest = [path for path in paths if not any(other < path for other in paths)]
    return sorted(weakest, key=lambda path: (len(path), sorted(path)))


def _disjoint(paths: list[Tokens], excluded: Tokens) -> list[Branch] | None:
    """Branches of which a title is on one at most; None where single exclusions cannot say that."""
    if len(paths) > MAX_DISJOINT:
        return None
    branches: list[Branch] = []
    for at, path in enumerate(paths):
        lacking = [other - path for other in paths[:at]]
        if any(len(tokens) > 1 for tokens in lacking):
            return None
        branches.append((path, excluded.union(*lacking)))
    return branches

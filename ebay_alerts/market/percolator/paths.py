"""What titles must have that a query matches: the paths under which the percolator files it."""

from collections.abc import Collection
from itertools import chain
from typing import NamedTuple, TypeAlias

from ebay_alerts.market.keyword_query import Alternative, Group, KeywordQuery, Term, one_of_each

# So many paths does one query take; OR groups beyond that are checked at their ends.
MAX_PATHS = 32

# So many paths are told apart by what they exclude.
MAX_DISJOINT = 8

Words: TypeAlias = frozenset[str]


class Branch(NamedTuple):
    """One way to match: a title has all the words and none of the excluded."""

    words: Words
    excluded: Words


class Plan(NamedTuple):
    """How a query is filed: under every branch. A title that matches is on one of them.

    It has the phrase, too. Where the query need not be checked, a title that has all that matches.
    """

    branches: list[Branch]
    phrase: tuple[str, str] | None
    is_checked: bool
    # Whether one title may be on several branches.
    is_repeated: bool


def planned(query: KeywordQuery) -> Plan:
    phrases: list[Term] = []
    choices: list[Group] = []
    for group in query.groups:
        if len(group) > 1:
            choices.append(group)
        else:
            for alternative in group:
                phrases += alternative
    words = query.words.union(*phrases)
    excluded = frozenset(chain.from_iterable(map(_only_word, query.excluded)))
    is_checked = len(excluded) < len(query.excluded)
    if choices:
        return _branched(words, excluded, choices, is_checked=is_checked or bool(phrases))
    phrase = None if is_checked or excluded else _only_pair(phrases)
    is_checked |= bool(phrases) and phrase is None
    return Plan([Branch(words, excluded)], phrase, is_checked, is_repeated=False)


def _branched(words: Words, excluded: Words, choices: list[Group], *, is_checked: bool) -> Plan:
    if len(choices) == 1 and len(choices[0]) <= MAX_DISJOINT:
        options = [_only_word(alternative) for alternative in choices[0]]
        if all(options):  # as most are: no need to look for more than there is
            branches = [
                Branch(words.union(option), excluded.union(*options[:at]))
                for at, option in enumerate(options)
            ]
            return Plan(branches, None, is_checked, is_repeated=False)
    narrow = _narrow(choices, has_more=bool(words))
    paths = _weakest({words.union(*choice) for choice in one_of_each(map(_each_words, narrow))})
    disjoint = _disjoint(paths, excluded)
    return Plan(
        disjoint or [Branch(path, excluded) for path in paths],
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
    for group in sorted(groups, key=len):
        paths *= len(group)
        if (narrow or has_more) and paths > MAX_PATHS:
            break
        narrow.append(group)
    return narrow


def _each_words(group: Group) -> list[Words]:
    """The words of each alternative. That phrases stand in a row is not said by that."""
    return [frozenset(word for term in one for word in term) for one in group]


def _weakest(paths: Collection[Words]) -> list[Words]:
    """Without the paths that lead on from where another one ends; the shortest come first."""
    weakest = [path for path in paths if not any(other < path for other in paths)]
    return sorted(weakest, key=len)


def _disjoint(paths: list[Words], excluded: Words) -> list[Branch] | None:
    """Branches of which a title is on one at most; None where single exclusions cannot say that."""
    if len(paths) > MAX_DISJOINT:
        return None
    branches: list[Branch] = []
    for at, path in enumerate(paths):
        lacking = [other - path for other in paths[:at]]
        if any(len(words) > 1 for words in lacking):
            return None
        branches.append(Branch(path, excluded.union(*lacking)))
    return branches

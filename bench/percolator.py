"""How many titles a second the percolator answers among 1,000,000 queries (100,000 with --quick).

Seconds are the processor's, of one process on one core, so that a busy machine counts for less; but
who shares the caches with it still slows it down: most of the time is waiting for memory. Figures
are medians. Both scans read 10,000 queries and are reckoned up to all of them; they read only the
words of each and leave out what they would still have to check. The limit is what it costs to find
a title's words and look each one up.
"""

import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from _corpus import DENSE, SPARSE, Habit, queries, titles

from ebay_alerts.market.keyword_query import KeywordQuery, parse, words_of
from ebay_alerts.market.percolator import Percolator

COUNT = 100_000 if "--quick" in sys.argv else 1_000_000
SCANNED = 10_000
TITLES = titles(10_000)
ROUNDS = 5
LIVE = 2_000

Match = Callable[[str], Collection[int]]


class Built(NamedTuple):
    """A percolator, the seconds that reading and filing its queries took, and bytes a query."""

    percolator: Percolator
    reading: float
    filing: float
    size: float


def main() -> None:
    percolator = report_build()
    report_sparse(percolator)
    del percolator
    report_dense()


def report_build() -> Percolator:
    percolator, reading, filing, size = built(SPARSE)
    frozensets = sum(sys.getsizeof(words) for _, words in word_sets(SCANNED, SPARSE)) / SCANNED
    adding, removing, parsing = live(percolator)
    name = f"percolator.build {COUNT:,} queries"
    report(f"{name}, read and filed", "s", reading + filing, reading, "reading their keywords")
    report(name, "bytes a query", size, frozensets, "a frozenset of the words of each")
    report(f"{name}, live add", "microseconds", adding, parsing, "reading its keywords")
    report(f"{name}, live remove", "microseconds", removing, parsing, "reading its keywords")
    return percolator


def built(habit: Habit) -> Built:
    texts = list(queries(COUNT, habit))
    percolator, reading = Percolator(), 0.0

    def parsed() -> Iterator[tuple[int, KeywordQuery]]:
        nonlocal reading
        for first in range(0, COUNT, 1_000):
            started = process_time()
            batch = [parse(text) for text in texts[first : first + 1_000]]
            reading += process_time() - started
            yield from enumerate(batch, first + 1)

    gc.disable()  # a load makes no garbage, and looking for it takes half as long again
    before = resident_bytes()
    started = process_time()
    percolator.load(parsed())
    filing = process_time() - started - reading
    size = (resident_bytes() - before) / COUNT
    gc.freeze()
    gc.enable()
    return Built(percolator, reading, filing, size)


def live(percolator: Percolator) -> tuple[float, float, float]:
    """Median microseconds of adding, removing and reading one query in the full percolator."""
    texts = list(islice(queries(COUNT, DENSE), LIVE))
    parsing = median(microseconds(lambda text=text: parse(text)) for text in texts)
    more = list(enumerate(map(parse, texts), COUNT + 1))
    adding = median(microseconds(lambda one=one: percolator.add(*one)) for one in more)
    removing = median(microseconds(lambda one=one: percolator.remove(*one)) for one in more)
    return adding, removing, parsing


def report_sparse(percolator: Percolator) -> None:
    matches = matches_a_title(percolator.match)
    speed = titles_a_second(percolator.match)
    name = f"percolator.sparse {COUNT:,} queries, {matches:.0f} matches a title"
    share = SCANNED / COUNT
    words = list(word_lists(SCANNED, SPARSE))
    sets = list(word_sets(SCANNED, SPARSE))
    for scan, scan_name in (
        (titles_a_second(lambda title: list_scan(words, title), 20) * share, "list scan"),
        (titles_a_second(lambda title: set_scan(sets, title), 20) * share, "frozenset scan"),
    ):
        report(name, "titles/s", speed, scan, f"{scan_name} of all, from {SCANNED:,}")
    known = {word for _, words in word_sets(COUNT, SPARSE) for word in words}
    limit = titles_a_second(lambda title: [word for word in words_of(title) if word in known])
    report(name, "titles/s", speed, limit, "limit: finding a title's words and looking each up")


def report_dense() -> None:
    percolator = built(DENSE).percolator
    matches = matches_a_title(percolator.match)
    speed = titles_a_second(percolator.match)
    del percolator
    baseline = RarestWord(queries(COUNT, DENSE))
    name = f"percolator.dense {COUNT:,} queries, {matches:,.0f} matches a title"
    report(name, "titles/s", speed, titles_a_second(baseline.match, 20), "dict by rarest word")


def list_scan(alerts: Iterable[tuple[int, list[str]]], title: str) -> list[int]:
    text = title.lower()
    return [pk for pk, words in alerts if all(word in text for word in words)]


def set_scan(alerts: Iterable[tuple[int, frozenset[str]]], title: str) -> list[int]:
    present = frozenset(words_of(title))
    return [pk for pk, words in alerts if words <= present]


def word_sets(count: int, habit: Habit) -> Iterator[tuple[int, frozenset[str]]]:
    for number, text in enumerate(queries(count, habit), 1):
        yield number, frozenset(wanted_words(text))


def word_lists(count: int, habit: Habit) -> Iterator[tuple[int, list[str]]]:
    for number, text in enumerate(queries(count, habit), 1):
        yield number, wanted_words(text)


def wanted_words(text: str) -> list[str]:
    """The words of a query, of an OR group the first alternative alone."""
    return [
        word.strip('(),"')
        for word in text.split()
        if not word.startswith("-") and (not word.endswith((",", ")")) or word.startswith("("))
    ]


class RarestWord:
    """Queries in a dict by the rarest word of each; what is found there is checked."""

    def __init__(self, texts: Iterable[str]) -> None:
        alerts = [(number, wanted_words(text), text) for number, text in enumerate(texts, 1)]
        counts = Counter(word for _, words, _ in alerts for word in words)
        self._files: dict[str, list[tuple[int, frozenset[str], KeywordQuery | None]]] = {}
        for number, words, text in alerts:
            query = None if text.replace(" ", "").isalnum() else parse(text)
            for filed in self._alternatives(words, query):
                rarest = min(filed, key=counts.__getitem__)
                entry = (number, frozenset(filed), query)
                self._files.setdefault(rarest, []).append(entry)

    @staticmethod
    def _alternatives(words: list[str], query: KeywordQuery | None) -> Iterator[list[str]]:
        """The words under which a query is filed, once for each alternative of its OR group."""
        for group in query.required if query else ():
            if len(group) > 1:
                yield from ([word for term in one for word in term] for one in group)
                return
        yield words

    def match(self, title: str) -> set[int]:
        words = words_of(title)
        present = frozenset(words)
        return {
            number
            for word in present & self._files.keys()
            for number, wanted, query in self._files[word]
            if wanted <= present and (query is None or query.matches_words(words))
        }


def matches_a_title(match: Match) -> float:
    return sum(len(match(title)) for title in TITLES) / len(TITLES)


def titles_a_second(match: Callable[[str], object], count: int = len(TITLES)) -> float:
    return median(one_round(match, TITLES[:count]) for _ in range(ROUNDS))


def one_round(match: Callable[[str], object], some: list[str]) -> float:
    started = process_time()
    for title in some:
        match(title)
    return len(some) / (process_time() - started)


def microseconds(run: Callable[[], object]) -> float:
    started = perf_counter()
    run()
    return 1e6 * (perf_counter() - started)


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * 4096


def report(name: str, unit: str, value: float, baseline: float, baseline_name: str) -> None:
    result = {
        "name": name,
        "value": rounded(value),
        "unit": unit,
        "baseline": rounded(baseline),
        "baseline_name": baseline_name,
        "ratio": rounded(value / baseline),
    }
    print(json.dumps(result), flush=True)  # noqa: T201 - the result is what this prints


def rounded(value: float) -> float:
    return round(value) if value >= 100 else float(f"{value:.3g}")


if __name__ == "__main__":
    main()

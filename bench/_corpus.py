"""Seeded keyword queries and titles for the benchmarks: the same words on every machine.

Words follow Zipf's law over 50,000 made-up ones. People save searches for what is rarer than what
fills titles: the law of queries is flatter at its head.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

WORDS = 50_000
EXPONENT = 1.1
STARTS = (
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "st",
    "tr",
    "ch",
)
VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
ENDINGS = ("", "", "", "n", "r", "s", "t", "l", "k")


@dataclass(frozen=True)
class Habit:
    """How people write queries: how flat their words are, and how many have 1, 2, ... words."""

    flatness: int
    lengths: tuple[int, ...]
    is_distinct: bool


# About 20 and about 2,000 matches a title in a million queries. Where so many match, the same
# keywords stand in several categories and countries.
SPARSE = Habit(flatness=800, lengths=(1, 19, 35, 28, 17), is_distinct=True)
DENSE = Habit(flatness=28, lengths=(6, 40, 32, 16, 6), is_distinct=False)


def queries(count: int, habit: Habit) -> Iterator[str]:
    """10 % have an OR group, 5 % a phrase and 10 % one or two exclusions."""
    random = seeded(3)
    draw = drawing(random, habit.flatness)
    seen: set[str] = set()
    while count:
        text = query(random, draw, habit)
        if not habit.is_distinct or text not in seen:
            if habit.is_distinct:
                seen.add(text)
            count -= 1
            yield text


def query(random: Random, draw: Callable[[int], list[str]], habit: Habit) -> str:
    size = random.choices(range(1, len(habit.lengths) + 1), habit.lengths)[0]
    words = sorted(set(draw(size)))
    more = sorted(set(draw(random.choice((1, 1, 2)))) - set(words))
    shape = random.random()
    if more and shape < 0.10:
        words[0] = f"({', '.join([words[0], *more])})"
    elif more and shape < 0.15:
        words[0] = f'"{words[0]} {more[0]}"'
    elif shape < 0.25:
        words += [f"-{word}" for word in more]
    return " ".join(words)


def titles(count: int) -> list[str]:
    """Titles of 8 to 14 words, some in capitals or with a sign behind them."""
    random = seeded(2)
    draw = drawing(random, flatness=0)
    return [
        " ".join(dressed(random, word) for word in draw(random.randint(8, 14)))
        for _ in range(count)
    ]


def dressed(random: Random, word: str) -> str:
    chance = random.random()
    if chance < 0.1:
        return f"{word.upper()} -"
    return f"{word.title()}," if chance < 0.15 else word.title()


def drawing(random: Random, flatness: int) -> Callable[[int], list[str]]:
    words = vocabulary()
    weights = list(accumulate((rank + flatness) ** -EXPONENT for rank in range(1, WORDS + 1)))
    return lambda count: random.choices(words, cum_weights=weights, k=count)


def vocabulary() -> list[str]:
    random = seeded(1)
    words: dict[str, None] = {}
    while len(words) < WORDS:
        syllables = random.choice((1, 2, 2, 3, 3))
        word = "".join(random.choice(STARTS) + random.choice(VOWELS) for _ in range(syllables))
        is_model = random.random() < 0.08
        words[word + (str(random.randrange(2000)) if is_model else random.choice(ENDINGS))] = None
    return list(words)


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - made-up words are no secret

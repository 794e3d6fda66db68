"""A market that moves: changes at the mock, remembered, so that a test knows what is to be told."""

from dataclasses import dataclass, field
from random import Random

from tests.servers import RunningMock


@dataclass
class Moves:
    """Changes some of the listings that have one of the words in their titles.

    Their titles are unique, and no listing has the same price a second time.
    """

    mock: RunningMock
    random: Random
    words: list[str]
    prices: dict[str, list[int]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for product in self.mock.products(""):
            title = product["product_name"]
            if set(self.words) & set(title.lower().split()):
                self._note(title, str(product["id"]), round(product["price"] * 100))

    def make(self) -> None:
        """Reprice a few listings, put one up, take one down."""
        for title in self.random.sample(sorted(self.ids), 8):
            price = max(self.prices[title]) + self.random.randint(1, 500)
            self.mock.change(self.ids[title], price=price / 100)
            self.prices[title].append(price)
        title = f"{self.random.choice(self.words).title()} number {len(self.prices)}"
        self._note(title, self.mock.create(title, 50), 5000)
        self.mock.delete(self.ids.pop(self.random.choice(sorted(self.ids))))

    def is_there(self, title: str) -> bool:
        return title in self.ids

    def found_by(self, keywords: str) -> set[str]:
        """The titles, past and present, that a query of words and exclusions finds."""
        words = {word for word in keywords.split() if not word.startswith("-")}
        without = {word[1:] for word in keywords.split() if word.startswith("-")}
        titles = {title: set(title.lower().split()) for title in self.prices}
        return {title for title, its in titles.items() if words <= its and not without & its}

    def _note(self, title: str, product_id: str, price: int) -> None:
        assert title not in self.prices, "titles are unique"
        self.prices[title] = [price]
        self.ids[title] = product_id

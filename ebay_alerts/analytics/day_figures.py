"""How price points become the figures of a day; pure."""

from collections.abc import Iterable

# Listing, kind of price and UTC day (ordinal).
DayKey = tuple[int, str, int]
# Currency; open, close, low and high in minor units.
Figures = tuple[str, int, int, int, int]
# Id, moment in Unix seconds, listing, kind, minor units, currency.
Point = tuple[int, int, int, str, int, str]

_SECONDS_A_DAY = 86_400
_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()


def day_of(at: int) -> int:
    """The UTC day of a moment in Unix seconds, as `date.toordinal` counts it."""
    return at // _SECONDS_A_DAY + _EPOCH_DAY


def start_of(day: int) -> int:
    """The moment at which a UTC day begins, in Unix seconds."""
    return (day - _EPOCH_DAY) * _SECONDS_A_DAY


def day_figures(points: Iterable[Point]) -> dict[DayKey, Figures]:
    """The figures of each day that has points, which come in the order of their recording.

    Another currency begins the day anew.
    """
    figures: dict[DayKey, Figures] = {}
    for _, at, listing_id, kind, minor, currency in points:
        key = (listing_id, kind, at // _SECONDS_A_DAY + _EPOCH_DAY)
        known = figures.get(key)
        if known is None or known[0] != currency:
            figures[key] = (currency, minor, minor, minor, minor)
        else:
            _, first, _, low, high = known
            figures[key] = (currency, first, minor, min(low, minor), max(high, minor))
    return figures

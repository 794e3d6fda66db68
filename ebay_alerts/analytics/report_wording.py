"""How a price report speaks: of moves, of markets, and its subject; pure."""

from collections.abc import Sequence
from datetime import date

from ebay_alerts.accounts.schedule import OFF, WEEKLY
from ebay_alerts.analytics.charts import DAYS, DailyFigures
from ebay_alerts.analytics.moves import Move
from ebay_alerts.analytics.price_statistics import Movement, PriceChange
from ebay_alerts.analytics.standing import Standing
from ebay_alerts.kit.money import Money, format_money

# Of a price known for fewer days nothing is claimed but its change.
LEAST_DAYS = 7
_CLAIMS = {
    Standing.CHEAPER_THAN_9_OF_10: "cheaper than 9 of 10 like it",
    Standing.CHEAPER_THAN_HALF: "cheaper than half of those like it",
    Standing.DEARER_THAN_HALF: "dearer than half of those like it",
    Standing.DEARER_THAN_9_OF_10: "dearer than 9 of 10 like it",
}


def money(minor: int, currency: str) -> str:
    return format_money(Money(minor, currency))


def day_words(day: int) -> str:
    """`Tuesday, 24 November`; `day` counts as `date.toordinal` does."""
    on = date.fromordinal(day)
    return f"{on:%A}, {on.day} {on:%B}"


def change_words(change: PriceChange) -> str:
    """`down 12 %`, `up 0.4 %`; `up from nothing` where there is no share to tell."""
    way = "down" if change.movement is Movement.FALL else "up"
    for places in (0, 1):
        share = change.per_cent(places)
        if share is None:
            return f"{way} from nothing"
        if abs(share) >= 1 or (places and share):
            return f"{way} {abs(share)} %"
    return f"{way} less than 0.1 %"


def difference_words(change: PriceChange) -> str:
    """`$24.00 less`."""
    more = "less" if change.movement is Movement.FALL else "more"
    return f"{money(abs(change.now - change.was), change.currency)} {more}"


def mark_words(move: Move) -> str:
    """That the price is a new low or high; empty where it is none, or too few days are known."""
    for days, word in ((move.lowest_in_days, "lowest"), (move.highest_in_days, "highest")):
        if days is not None and days >= LEAST_DAYS:
            if days >= move.known_days:
                return f"{word} since first seen {move.known_days} days ago"
            return f"{word} in {days} days"
    return ""


def history_words(move: Move, standing: Standing | None) -> str:
    """What else is known of the price: among its like, and over thirty days."""
    parts = [_CLAIMS.get(standing, "") if standing else ""]
    month = move.since_30_days_ago
    if month is not None and month.movement is Movement.UNCHANGED:
        parts.append("the same as 30 days ago")
    elif month is not None:
        parts.append(f"30 days ago {money(month.was, month.currency)}")
    elif move.known_days < LEAST_DAYS:
        days = "yesterday" if move.known_days == 1 else f"{move.known_days} days ago"
        parts.append(f"first seen {days}")
    return " · ".join(part for part in parts if part)


def count_words(falls: int, rises: int) -> str:
    """`2 fell, 1 rose`; without what did not happen."""
    return ", ".join(
        f"{count:,} {word}" for count, word in ((falls, "fell"), (rises, "rose")) if count
    )


def pace_words(frequency: str, hour: int, time_zone: str) -> str:
    """`daily at 07:00 (Europe/Berlin)`, `on Mondays at 07:00 (UTC)`, `no more`."""
    if frequency == OFF:
        return "no more"
    when = "on Mondays" if frequency == WEEKLY else "daily"
    return f"{when} at {hour:02}:00 ({time_zone})"


def subject_of(first: Move, falls: int, rises: int, title: str) -> str:
    """The news: `2 prices fell, 1 rose: Zenith El Primero down 12 %`; `title` is the first's."""
    change = change_words(first.change)
    if falls + rises == 1:
        return f"{title}: {change}, now {money(first.now, first.currency)}"
    number, _, rest = count_words(falls, rises).partition(" ")
    return f"{number} {'price' if number == '1' else 'prices'} {rest}: {title} {change}"


def market_words(figures: Sequence[DailyFigures], currency: str) -> str:
    """`Median $120.00 of 84 prices, 4 % lower than 30 days ago`; empty without figures."""
    if not figures:
        return ""
    first, last = figures[0], figures[-1]
    prices = "1 price" if last.live == 1 else f"{last.live:,} prices"
    said = f"Median {money(last.median, currency)} of {prices}"
    days = min((last.on - first.on).days, DAYS)
    if not days:
        return said
    since = "yesterday" if days == 1 else f"{days} days ago"
    change = PriceChange(first.median, last.median, currency)
    if change.movement is Movement.UNCHANGED:
        return f"{said}, the same as {since}"
    way, _, share = change_words(change).partition(" ")
    return f"{said}, {share} {'lower' if way == 'down' else 'higher'} than {since}"

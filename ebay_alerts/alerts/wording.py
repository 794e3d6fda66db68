"""How prices, shipping, times and news are said to people; pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, tzinfo

from ebay_alerts.accounts.schedule import minute_words
from ebay_alerts.alerts.fold import Figure, LineKind
from ebay_alerts.alerts.gates import Basis, Buying, Gates, Trigger
from ebay_alerts.alerts.schedule import Flood
from ebay_alerts.kit.money import Money, format_money
from ebay_alerts.kit.spans import span_words
from ebay_alerts.market.terms import Condition

# What a subject says of the alerts of a mail.
NAMES = 3
NAME_LENGTH = 30


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def money(minor: int, currency: str) -> str:
    return format_money(Money(minor, currency))


def percent_moved(was_minor: int, now_minor: int) -> int:
    """Whole per cent from one price to another, negative for a fall; never 0 for a real move."""
    if was_minor == 0 or was_minor == now_minor:
        return 0
    moved = round((now_minor - was_minor) * 100 / was_minor)
    return moved or (1 if now_minor > was_minor else -1)


def price_move(was: Figure, now: Figure) -> str:
    """`down 12 %` or `up 5 %`."""
    percent = percent_moved(was.minor, now.minor)
    return f"{'down' if percent < 0 else 'up'} {abs(percent)} %"


def shipping_words(shipping: str, minor: int | None, currency: str) -> str:
    if shipping == "free":
        return "free shipping"
    if shipping == "fixed" and minor is not None:
        return f"{money(minor, currency)} shipping"
    if shipping == "none":
        return "not sent to you"
    if shipping == "calculated":
        return "plus shipping, which depends on your address"
    return "shipping not known"


def interval_words(minutes: int, at_minute: int | None = None, weekdays: int = 0) -> str:
    """`at once`, `every 15 minutes`, `every 2 days`, `every Monday and Friday at 08:00`."""
    if at_minute is not None:
        days = [name for number, name in enumerate(_DAYS) if weekdays & 1 << number]
        return f"every {_listed(days or ['day'], 'and')} at {minute_words(at_minute)}"
    if minutes == 0:
        return "at once"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    raise AssertionError("every whole number is divisible by 1")


def instant_words(every_seconds: int | None) -> str:
    """How soon an instant alert can know; `every_seconds` None where a stream tells."""
    if every_seconds is None:
        return "Instant: the marketplace tells us as it happens."
    return f"Instant: eBay is asked {_seconds_words(every_seconds)}."


def _seconds_words(seconds: int) -> str:
    """`every 5 seconds`, `every 5 minutes`, `every hour`."""
    if seconds >= 120 or seconds == 60:
        return f"every {_every(seconds)}"
    return "every second" if seconds == 1 else f"every {seconds} seconds"


def flood_words(flood: Flood) -> str:
    """That a user's alerts tell together what they find, until when and why."""
    most = "1 mail" if flood.limit == 1 else f"{flood.limit} mails"
    alerts = "alerts" if flood.is_of_all else "instant alerts"
    return (
        f"Your {alerts} find more than fits into {most} an hour:"
        f" until {_after_minute(flood.until):%H:%M} UTC what they find comes together."
    )


def set_aside_words(kinds: Collection[str]) -> str:
    """What cannot be done for an alert at present, by what is set aside."""
    if "digest" in kinds or "welcome" in kinds:
        what = "It cannot be mailed at present"
    elif "fetch" in kinds or "search" in kinds:
        what = "eBay is not asked for it at present"
    elif "wake" in kinds:
        what = "It is not told of news as it happens at present"
    else:
        what = "It reminds of no ends of auctions at present"
    return f"{what}; the operator knows."


def quiet_words(until: datetime, zone: tzinfo) -> str:
    """That alerts are held by quiet hours, and until when by the clock on that wall."""
    return f"Quiet hours: what is found until {until.astimezone(zone):%H:%M} comes then, together."


def _after_minute(at: datetime) -> datetime:
    """The minute in which something that lasts until then is over for certain."""
    return at + timedelta(seconds=-at.timestamp() % 60)


def moment_words(at: datetime, zone: tzinfo) -> str:
    """`Friday, 27 November, 07:00`, by the clock on that wall."""
    local = at.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B}, {local:%H:%M}"


def ends_words(ends_at: datetime | None, now: datetime) -> str:
    if ends_at is None or ends_at <= now:
        return ""
    return f"ends in {span_words(ends_at - now)}"


_COUNTED = (
    (LineKind.ENDING, "ends soon", "end soon"),
    (LineKind.APPEARED, "new", "new"),
    (LineKind.ENTERED, "now within your limit", "now within your limit"),
    (LineKind.RETURNED, "back", "back"),
    (LineKind.RELISTED, "relisted", "relisted"),
    (LineKind.REPRICED, "price change", "price changes"),
    (LineKind.EXCEEDED, "now over your limit", "now over your limit"),
    (LineKind.ENDED, "ended", "ended"),
)


def news_words(kinds: Sequence[LineKind]) -> str:
    """`3 new, 1 price change, 2 ended`; the subject of a digest begins with it."""
    count = Counter(kinds)
    return ", ".join(
        f"{count[kind]} {one if count[kind] == 1 else many}"
        for kind, one, many in _COUNTED
        if count[kind]
    )


_MOVED = {"fall": "cheaper", "rise": "dearer"}


def moved_words(news: Sequence[tuple[LineKind, str]]) -> str:
    """`5 new, 2 cheaper, 1 ended`: like `news_words`, with the way that prices went."""
    count = Counter(news)
    counted = [
        (count[kind, way], words)
        for kind, one, _ in _COUNTED
        for way, words in (("", one), *((way, moved) for way, moved in _MOVED.items()))
    ]
    return ", ".join(f"{number} {words}" for number, words in counted if number)


def listings_words(count: int) -> str:
    return "1 listing" if count == 1 else f"{count:,} listings"


def names_words(names: Sequence[str]) -> str:
    """`wine, lego, port`; of more or longer ones the beginning, and dots."""
    some = [
        name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH].rstrip()}…" for name in names
    ]
    return ", ".join([*some[:NAMES], "…"] if len(some) > NAMES else some)


def coverage_words(total: int | None, covered: int, is_complete: bool) -> str:
    """What part of eBay's result an alert sees."""
    if total is None:
        return "not yet looked"
    if is_complete:
        return "everything that eBay finds"
    return f"newest {min(covered, total):,} of {total:,}"


def presence_words(total: int | None) -> str:
    """What an alert on one listing sees."""
    if total is None:
        return "not yet looked"
    return f"one listing, which is {'on offer' if total else 'not on offer'}"


def looks_words(keywords: str, legacy_id: str) -> str:
    """`looks for wine -cooler`, or which one listing it watches."""
    return f"watches listing {legacy_id}" if legacy_id else f"looks for {keywords}"


def refresh_words(wanted: int | None, planned: int | None, *, is_gone: bool = False) -> str:
    """`asked about every 4 days, since eBay's quota allows no more`; empty while all is as wished.

    Both in seconds; up to a tenth more than wished is not worth a word. `is_gone`: it asks for one
    listing that is not on offer.
    """
    if wanted is None or planned is None or planned <= wanted * 1.1:
        return ""
    why = "while it is not on offer" if is_gone else "since eBay's quota of calls allows no more"
    return f"asked about every {_every(planned)}, {why}"


def _every(seconds: int) -> str:
    words = span_words(timedelta(seconds=seconds))
    return words.removeprefix("1 ")


_BUYING = {Buying.FIXED_PRICE: "fixed prices only", Buying.AUCTION: "auctions only"}
_CONDITIONS = {
    Condition.NEW: "new",
    Condition.OPEN_BOX: "opened",
    Condition.REFURBISHED: "refurbished",
    Condition.USED: "used",
    Condition.FOR_PARTS: "for parts",
}
_TRIGGERS = {
    Trigger.NEW: "new listings",
    Trigger.FALL: "falls",
    Trigger.RISE: "rises",
    Trigger.ENTERED: "what comes within the limits",
    Trigger.EXCEEDED: "what leaves them",
    Trigger.RETURNED: "what is back",
    Trigger.ENDED: "ends",
}


def gates_words(gates: Gates) -> str:
    """`up to $50.00 with shipping, fixed prices only, from US or CA; tells new listings and falls`;
    empty where an alert wants everything."""
    wanted = [
        _limit_words(gates),
        _BUYING.get(gates.buying, ""),
        _condition_words(gates),
        "free shipping only" if gates.free_shipping else "",
        "only what is sent to you" if gates.ships_to_me else "",
        f"from {_listed(sorted(gates.countries), 'or')}" if gates.countries else "",
        f"not from {_listed(sorted(gates.excluded_countries), 'or')}"
        if gates.excluded_countries
        else "",
        *_seller_words(gates),
        f"without {_quoted(gates.excluded_words)}" if gates.excluded_words else "",
    ]
    told = [words for trigger, words in _TRIGGERS.items() if trigger in gates.triggers]
    tells = f"tells {_listed(told, 'and')}" if told else ""
    return "; ".join(filter(None, [", ".join(filter(None, wanted)), tells, *_finer_words(gates)]))


def _finer_words(gates: Gates) -> list[str]:
    """When a price change or an end is told."""
    days, hours, minutes = gates.lowest_in_days, gates.rearm_hours, gates.ending_minutes
    return [
        f"falls only to the lowest of {_counted(days, 'day')}" if days else "",
        f"one price change of a listing in {_counted(hours, 'hour')}" if hours else "",
        f"auctions {_counted(minutes, 'minute')} before they end" if minutes else "",
    ]


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def _condition_words(gates: Gates) -> str:
    wanted = [words for condition, words in _CONDITIONS.items() if condition in gates.conditions]
    return f"{_listed(wanted, 'or')} only" if wanted else ""


def _seller_words(gates: Gates) -> list[str]:
    said = (("sold by", gates.sellers), ("not sold by", gates.excluded_sellers))
    return [
        f"{words} {_listed(sorted(seller.name for seller in sellers), 'or')}"
        for words, sellers in said
        if sellers
    ]


def _quoted(texts: Sequence[str]) -> str:
    return _listed([f"“{text}”" for text in texts], "or")


def _limit_words(gates: Gates) -> str:
    lowest = None if gates.min_minor is None else money(gates.min_minor, gates.currency)
    highest = None if gates.max_minor is None else money(gates.max_minor, gates.currency)
    shipping = " with shipping" if gates.basis is Basis.TOTAL else ""
    if lowest and highest:
        return f"{lowest} to {highest}{shipping}"
    if lowest or highest:
        return f"{f'from {lowest}' if lowest else f'up to {highest}'}{shipping}"
    return ""


def _listed(words: Sequence[str], last: str) -> str:
    *others, final = words
    return f"{', '.join(others)} {last} {final}" if others else final


def filling_words(before: int) -> str:
    """Where an alert that is filling stands; empty when it is next."""
    if before == 1:
        return "another search is filled before it"
    return f"about {before:,} searches are filled before it" if before > 1 else ""

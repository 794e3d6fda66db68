"""What a user asks of an alert, checked; pure."""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from ebay_alerts.accounts.schedule import minute_of_day
from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.gates import Basis, Buying, Gates, Seller, Trigger, runs_of
from ebay_alerts.alerts.schedule import (
    DAY_MINUTES,
    MAX_INTERVAL_MINUTES,
    WEEKDAYS,
    weekday_bits,
)
from ebay_alerts.kit.money import parse_money
from ebay_alerts.market import keyword_query
from ebay_alerts.market.addresses import ListingAddress, read_listing_address
from ebay_alerts.market.errors import (
    InvalidKeywords,
    UnknownCountry,
    UnknownMarketplace,
    UnreadableAddress,
)
from ebay_alerts.market.marketplaces import (
    DEFAULT,
    Marketplace,
    checked_country,
    get_marketplace,
)
from ebay_alerts.market.terms import Condition, SearchTerms

NAME_LENGTH = 100
MOST_COUNTRIES = 20
MOST_SELLERS = 50
MOST_EXCLUDED_WORDS = 30
EXCLUDED_LENGTH = 80
MOST_DAYS = 365
MOST_REARM_HOURS = 30 * 24
MOST_ENDING_MINUTES = 24 * 60
# eBay's names are shorter.
SELLER_LENGTH = 64
NOTE_LENGTH = 1000
CATEGORY_DIGITS = 20
_Choice = TypeVar("_Choice", bound=StrEnum)
LONGEST_SNOOZE = timedelta(days=366)


@dataclass(frozen=True)
class Wish:
    """A whole alert as its user wants it; every field is checked.

    But for `address`: whether it is one of the user's own, the database knows. Empty for that of
    the account.
    """

    name: str
    keywords: str
    terms: SearchTerms
    gates: Gates
    interval_minutes: int
    at_minute: int | None
    weekdays: int
    mail_when: str
    note: str
    address: str

    @property
    def filters(self) -> str:
        """What two alerts of one user and search must differ in."""
        gates = self.gates
        limits = f"{_or_empty(gates.min_minor)}:{_or_empty(gates.max_minor)}"
        others = [
            gates.basis if gates.basis is not Basis.ITEM else "",
            gates.buying if gates.buying is not Buying.ANY else "",
            "free" if gates.free_shipping else "",
            "sent" if gates.ships_to_me else "",
            *sorted(gates.countries),
            *(f"-{code}" for code in sorted(gates.excluded_countries)),
            *sorted(gates.triggers),
            *(f"is:{condition}" for condition in sorted(gates.conditions)),
            f"low:{gates.lowest_in_days}" if gates.lowest_in_days else "",
            f"ending:{gates.ending_minutes}" if gates.ending_minutes else "",
            self._typed_lists(),
        ]
        return " ".join([limits, *filter(None, others)])

    def _typed_lists(self) -> str:
        """What stands for lists of what users type, which may be long."""
        gates = self.gates
        lists = (
            sorted(seller.name for seller in gates.sellers),
            sorted(seller.name for seller in gates.excluded_sellers),
            sorted(run for text in gates.excluded_words for run in runs_of(text)),
        )
        text = "\n\n".join("\n".join(one) for one in lists)
        return f"#{hashlib.sha256(text.encode()).hexdigest()[:24]}" if text.strip() else ""


def read_wish(fields: Mapping[str, Any]) -> Wish:
    """Raises InvalidAlert naming the first field that is wrong.

    Keywords or one listing; a listing's address says the marketplace unless `marketplace` does.
    """
    listing = _listing(fields)
    of_address = listing.marketplace if listing else None
    marketplace = _marketplace(fields.get("marketplace") or of_address or DEFAULT)
    typed = str(fields.get("keywords") or "")
    keywords = " ".join(typed.split())
    at_minute = _at_minute(fields.get("at"))
    interval = _interval(fields.get("interval_minutes")) if at_minute is None else DAY_MINUTES
    return Wish(
        name=_name(fields.get("name"), usual_name(keywords, listing.legacy_id if listing else "")),
        keywords=keywords,
        terms=SearchTerms(
            marketplace=marketplace.id,
            query=None if listing else _query(typed),
            category=_category(str(fields.get("category") or "")),
            deliver_to=_country(fields.get("deliver_to") or marketplace.country),
            legacy_id=listing.legacy_id if listing else "",
        ),
        gates=_gates(fields, marketplace.currency),
        interval_minutes=interval,
        at_minute=at_minute,
        weekdays=_weekdays(fields.get("weekdays") or (), at_minute),
        mail_when=_mail_when(fields.get("mail_when") or "changes", interval),
        note=_note(fields.get("note") or ""),
        address=str(fields.get("address") or "").strip(),
    )


def checked_snooze(
    until: datetime | None, now: datetime, field: str = "snoozed_until"
) -> datetime | None:
    """The end of a snooze in UTC, to the second. Raises InvalidAlert for one not within reach."""
    if until is None:
        return None
    if not now < until <= now + LONGEST_SNOOZE:
        reason = f"Write a time to come, within {LONGEST_SNOOZE.days} days; "
        reason += "null ends the snooze." if field == "snoozed_until" else "null is for good."
        raise InvalidAlert(field, reason)
    return until.astimezone(UTC).replace(microsecond=0)


def refuse_snooze(*, is_paused: bool) -> None:
    """Raises InvalidAlert where a pause, which has no end, and a snooze would contradict."""
    if is_paused:
        raise InvalidAlert("snoozed_until", "The alert is paused; resume it, or leave it paused.")


# Behind the filters of a copy that was not changed yet, with what tells copies apart.
COPY_MARK = "~"
COPY_OF = "Copy of "


def copied_filters(filters: str, token: str) -> str:
    """The filters of a copy, which differ from those of every other alert."""
    return f"{without_mark(filters)}{COPY_MARK}{token}"


def without_mark(filters: str) -> str:
    return filters.partition(COPY_MARK)[0]


def copied_name(name: str) -> str:
    return f"{COPY_OF}{name}"[:NAME_LENGTH].rstrip()


def usual_name(keywords: str, legacy_id: str = "") -> str:
    """What an alert is called to which its user gives no name; one of a listing, until the
    listing's title is known."""
    name = f"Listing {legacy_id}" if legacy_id else _one_line(keywords)
    return name[:NAME_LENGTH].rstrip()


def name_after(title: str) -> str:
    """What an alert on a listing of this title is called."""
    return _one_line(title)[:NAME_LENGTH].rstrip()


def _or_empty(minor: int | None) -> str:
    return "" if minor is None else str(minor)


def _marketplace(marketplace_id: str) -> Marketplace:
    try:
        return get_marketplace(marketplace_id)
    except UnknownMarketplace as error:
        raise InvalidAlert("marketplace", str(error)) from error


def _listing(fields: Mapping[str, Any]) -> ListingAddress | None:
    typed = str(fields.get("listing") or "")
    if not typed.strip():
        return None
    for other in ("keywords", "category"):
        if str(fields.get(other) or "").strip():
            reason = f"Write a listing or {other}: a listing is watched whatever it is called."
            raise InvalidAlert("listing", reason)
    try:
        return read_listing_address(typed)
    except UnreadableAddress as error:
        raise InvalidAlert("listing", str(error)) from error


def _query(keywords: str) -> keyword_query.KeywordQuery:
    for position, character in enumerate(keywords):
        if not character.isspace() and unicodedata.category(character) == "Cc":
            raise InvalidAlert("keywords", "Leave out this control character.", position)
    try:
        return keyword_query.parse(keywords)
    except InvalidKeywords as error:
        raise InvalidAlert("keywords", error.reason, error.position) from error


def _interval(minutes: Any) -> int:
    if isinstance(minutes, int) and 0 <= minutes <= MAX_INTERVAL_MINUTES:
        return int(minutes)
    raise InvalidAlert(
        "interval_minutes",
        f"Write a whole number of minutes: 0 for at once, or 1 to {MAX_INTERVAL_MINUTES:,}.",
    )


def _at_minute(at: str | None) -> int | None:
    if at is None:
        return None
    minute = minute_of_day(at)
    if minute is None:
        raise InvalidAlert("at", "Write a time of day such as 08:00.")
    return minute


def _weekdays(given: Collection[str], at_minute: int | None) -> int:
    if set(given) - set(WEEKDAYS):
        raise InvalidAlert("weekdays", f"Write of these: {', '.join(WEEKDAYS)}.")
    if given and at_minute is None:
        raise InvalidAlert("weekdays", "Weekdays go with a time of day; write `at` as well.")
    return weekday_bits(given)


def _name(name: str | None, usual: str) -> str:
    text = _one_line(name or "")
    if len(text) > NAME_LENGTH:
        raise InvalidAlert("name", f"A name may have {NAME_LENGTH} characters.")
    return text or usual


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _note(note: str) -> str:
    """Its lines stay."""
    text = "\n".join(_printable(line).rstrip() for line in note.splitlines()).strip()
    if len(text) > NOTE_LENGTH:
        raise InvalidAlert("note", f"A note may have {NOTE_LENGTH:,} characters.")
    return text


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _category(category: str) -> str:
    if category and not (
        category.isascii() and category.isdigit() and len(category) <= CATEGORY_DIGITS
    ):
        raise InvalidAlert("category", "Write the number of an eBay category, such as 11450.")
    return category


def _country(code: str) -> str:
    try:
        return checked_country(code)
    except UnknownCountry as error:
        raise InvalidAlert("deliver_to", str(error)) from error


def _gates(fields: Mapping[str, Any], currency: str) -> Gates:
    lowest = _limit(fields, "min_price", currency)
    highest = _limit(fields, "max_price", currency)
    if lowest is not None and highest is not None and lowest > highest:
        raise InvalidAlert("max_price", "The highest price is below the lowest one.")
    percent = fields.get("min_change_percent") or 0
    if not (isinstance(percent, int) and 0 <= percent <= 99):
        raise InvalidAlert("min_change_percent", "Write whole per cent from 0 to 99.")
    return Gates(
        currency,
        lowest,
        highest,
        percent,
        min_change_minor=_limit(fields, "min_change_amount", currency) or 0,
        lowest_in_days=_whole(fields, "lowest_in_days", MOST_DAYS),
        rearm_hours=_whole(fields, "rearm_hours", MOST_REARM_HOURS),
        ending_minutes=_whole(fields, "ending_minutes", MOST_ENDING_MINUTES),
        basis=_one_of(Basis, fields, "price_basis", Basis.ITEM),
        buying=_one_of(Buying, fields, "buying", Buying.ANY),
        countries=_countries(fields, "countries"),
        excluded_countries=_countries(fields, "excluded_countries"),
        free_shipping=bool(fields.get("free_shipping")),
        ships_to_me=bool(fields.get("ships_to_me")),
        conditions=_conditions(fields.get("conditions") or ()),
        sellers=_sellers(fields, "sellers"),
        excluded_sellers=_sellers(fields, "excluded_sellers"),
        excluded_words=_excluded_words(fields.get("excluded_words") or ()),
        triggers=_triggers(fields.get("triggers") or ()),
    )


def _one_of(
    choices: type[_Choice], fields: Mapping[str, Any], field: str, usual: _Choice
) -> _Choice:
    given = fields.get(field) or usual
    try:
        return choices(given)
    except ValueError as error:
        raise InvalidAlert(field, f"Write {_listed(choices)}.") from error


def _countries(fields: Mapping[str, Any], field: str) -> frozenset[str]:
    codes = fields.get(field) or ()
    if len(codes) > MOST_COUNTRIES:
        raise InvalidAlert(field, f"Name at most {MOST_COUNTRIES} countries.")
    try:
        return frozenset(checked_country(code) for code in codes)
    except UnknownCountry as error:
        raise InvalidAlert(field, str(error)) from error


def _whole(fields: Mapping[str, Any], field: str, most: int) -> int:
    number = fields.get(field) or 0
    if not (isinstance(number, int) and 0 <= number <= most):
        raise InvalidAlert(field, f"Write a whole number from 0, for not at all, to {most:,}.")
    return number


def _conditions(given: Iterable[str]) -> frozenset[Condition]:
    try:
        return frozenset(map(Condition, given))
    except ValueError as error:
        raise InvalidAlert("conditions", f"Write of these: {_listed(Condition)}.") from error


def _sellers(fields: Mapping[str, Any], field: str) -> frozenset[Seller]:
    """Names count without regard to case, and are kept in small letters."""
    names = [str(name).strip().casefold() for name in fields.get(field) or ()]
    if len(names) > MOST_SELLERS:
        raise InvalidAlert(field, f"Name at most {MOST_SELLERS} sellers.")
    for name in names:
        is_name = name.isprintable() and not any(map(str.isspace, name))
        if not (is_name and 0 < len(name) <= SELLER_LENGTH):
            raise InvalidAlert(field, "Write the names of sellers as eBay shows them.")
    return frozenset(map(Seller, names))


def _excluded_words(given: Iterable[str]) -> tuple[str, ...]:
    """In the order given; what excludes the same stands once."""
    texts: dict[tuple[str, ...], str] = {}
    for one in given:
        text = _one_line(str(one).replace('"', " "))
        runs = tuple(sorted(runs_of(text)))
        if not runs or len(text) > EXCLUDED_LENGTH:
            reason = f"Write words or phrases of up to {EXCLUDED_LENGTH} characters."
            raise InvalidAlert("excluded_words", reason)
        texts.setdefault(runs, text)
    if len(texts) > MOST_EXCLUDED_WORDS:
        raise InvalidAlert("excluded_words", f"Exclude at most {MOST_EXCLUDED_WORDS} of them.")
    return tuple(texts.values())


def _triggers(given: Iterable[str]) -> frozenset[Trigger]:
    """None where all are named: an alert tells everything unless it is asked for less."""
    try:
        triggers = frozenset(map(Trigger, given))
    except ValueError as error:
        raise InvalidAlert("triggers", f"Write of these: {_listed(Trigger)}.") from error
    return frozenset() if len(triggers) == len(Trigger) else triggers


def _listed(choices: type[StrEnum]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}"


def _limit(fields: Mapping[str, Any], field: str, currency: str) -> int | None:
    value: Decimal | None = fields.get(field)
    if value is None:
        return None
    try:
        return parse_money(value, currency).minor
    except ValueError as error:
        raise InvalidAlert(field, f"Write a price in {currency}, such as 12.50.") from error


def _mail_when(mail_when: str, interval: int) -> str:
    if mail_when not in ("changes", "always"):
        raise InvalidAlert("mail_when", "Write changes or always.")
    if mail_when == "always" and interval == 0:
        raise InvalidAlert(
            "mail_when",
            "An instant alert mails changes only; choose an interval to get the list every time.",
        )
    return mail_when

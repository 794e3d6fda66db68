"""What the address of an eBay search asks for, in the words of an alert; pure.

Every parameter ends up in one of three places: in a field, named as not taken with the reason, or
named as without effect on what is found. None is dropped in silence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ebay_alerts.market import keyword_query
from ebay_alerts.market.addresses import Page, read_page
from ebay_alerts.market.ebay_keywords import our_keywords
from ebay_alerts.market.errors import InvalidKeywords, UnreadableAddress
from ebay_alerts.market.marketplaces import DEFAULT, Marketplace, get_marketplace

LONGEST_VALUE = 200

# How eBay shows results, and where its pages keep what was typed before.
_SHOWING = frozenset(
    (
        *("_adv", "_armrs", "_blrs", "_dmd", "_fosrp", "_fpos", "_from", "_fsct", "_fsrp", "_ftrt"),
        *("_ftrv", "_fss", "_gpsz", "_ipg", "_mPrRngCbx", "_oaa", "_odkw", "_oexkw", "_okw"),
        *("_osacat", "_pgn", "_pppn", "_sadis", "_skc", "_sop", "_stpos", "_trkparms", "_trksid"),
        *("_vxp", "LH_All", "LH_SubLocation", "rmvSB", "rt", "saslc", "ssPageName", "amdata"),
        *("campid", "customid", "mkcid", "mkevt", "mkrid", "siteid", "toolid"),
    )
)
_COUNTS = {
    "_samilow": "how many are offered",
    "_samihi": "how many are offered",
    "_sabdlo": "how many bids there are",
    "_sabdhi": "how many bids there are",
}
_PLAIN_REFUSALS = {
    "LH_Sold": "What was sold is not watched, only what is on offer.",
    "LH_Complete": "What has ended is not watched, only what is on offer.",
    "LH_TitleDesc": "Titles alone are looked at, not descriptions.",
    "LH_BO": "Offers to the seller cannot be asked for.",
    "LH_CAds": "Classified ads are not watched.",
    "LH_Time": "How long a listing runs still cannot be asked for.",
    "_fspt": "Distance cannot be asked for.",
}
# eBay's numbers of countries, as far as they are known for certain; others are named.
_COUNTRIES = dict(
    pair.split(":")
    for pair in (
        *("1:US", "2:CA", "3:GB", "15:AU", "16:AT", "45:CN", "71:FR", "77:DE", "101:IT", "104:JP"),
        *("146:NL", "162:PH", "186:ES", "193:CH"),
    )
)
# eBay's numbers of conditions, and those that its addresses had before.
_CONDITIONS = {
    **dict.fromkeys(("1000", "3"), "new"),
    **dict.fromkeys(("1500", "1750"), "open_box"),
    **dict.fromkeys(("2000", "2010", "2020", "2030", "2500"), "refurbished"),
    **dict.fromkeys(("2750", "2990", "3000", "3010", "4000", "5000", "6000", "4"), "used"),
    "7000": "for_parts",
}
_NUMBER = re.compile(r"[1-9][0-9]{0,19}")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,' ][0-9]{3})+(?:[.,][0-9]{1,2})?")
_NAME = re.compile(r"[^\s,;]{1,64}")


class NotTaken(NamedTuple):
    """A parameter that stands in no field, and why."""

    parameter: str
    value: str
    reason: str


@dataclass(frozen=True)
class SearchAddress:
    """An alert's fields as the address has them, with what of it they leave out."""

    fields: dict[str, Any] = field(default_factory=dict)
    not_taken: list[NotTaken] = field(default_factory=list)
    without_effect: list[str] = field(default_factory=list)


def read_search_address(text: str) -> SearchAddress:
    """Raises UnreadableAddress for what is no address of an eBay search.

    An alert can be made of the fields, unless its keywords are named as not taken.
    """
    page = read_page(text)
    if page.path[:1] not in (["sch"], ["b"], ["shop"]):
        raise UnreadableAddress(
            "This page of eBay's is no search; paste the address of a page with results, such as"
            " https://www.ebay.com/sch/i.html?_nkw=camera"
        )
    reading = _Reading(get_marketplace(page.marketplace or DEFAULT))
    if page.marketplace:
        reading.fields["marketplace"] = page.marketplace
    reading.note(page)
    for read in (_keywords, _category, _prices, _buying, _conditions, _places, _sellers):
        read(reading, page)
    reading.name_the_rest()
    return SearchAddress(reading.fields, reading.not_taken, sorted(reading.without_effect))


@dataclass
class _Reading:
    """What was given, by parameter, and what has become of it so far."""

    site: Marketplace
    given: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    not_taken: list[NotTaken] = field(default_factory=list)
    without_effect: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    def note(self, page: Page) -> None:
        """Of a parameter that is repeated the last one counts, as on eBay's pages."""
        for name, value in _unfolded(page.parameters):
            if not value.strip():
                self.without_effect.add(name[:LONGEST_VALUE])
            elif self.given.get(name, value) != value:
                self.refuse(name, self.given[name], "It is repeated; the last one counts.")
            if value.strip():
                self.given[name] = value.strip()
        self.without_effect -= self.given.keys()

    def take(self, name: str) -> str:
        self._seen.add(name)
        return self.given.get(name, "")

    def is_on(self, name: str) -> bool:
        return self.take(name) == "1"

    def refuse(self, name: str, value: str, reason: str) -> None:
        self.not_taken.append(NotTaken(name[:LONGEST_VALUE], value[:LONGEST_VALUE], reason))

    def pass_over(self, *names: str) -> None:
        """These bind nothing here."""
        self._seen.update(names)
        self.without_effect.update(name for name in names if name in self.given)

    def name_the_rest(self) -> None:
        for name, value in self.given.items():
            if name in self._seen:
                continue
            if name in _PLAIN_REFUSALS and value != "0":
                self.refuse(name, value, _PLAIN_REFUSALS[name])
            elif name in _COUNTS:
                self.refuse(name, value, f"It cannot be asked for {_COUNTS[name]}.")
            elif name in _SHOWING or (value == "0" and name.startswith("LH_")):
                self.without_effect.add(name[:LONGEST_VALUE])
            else:
                self.refuse(name, value, "It is not understood.")


def _unfolded(parameters: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """With those that eBay's form writes into the value of another one (`_fsradio=&LH_X=1`)."""
    for name, value in parameters:
        if name in ("_fsradio", "_fsradio2", "_sargn") and "&" in value:
            yield from parse_qsl(value.partition("&")[2], keep_blank_values=True)
        else:
            yield name, value


def _keywords(reading: _Reading, page: Page) -> None:
    typed = reading.take("_nkw")
    way = reading.take("_in_kw")
    if excluded := reading.take("_ex_kw"):
        reading.fields["excluded_words"] = re.split(r"[\s,]+", excluded.strip(" ,"))
    keywords, left_out = our_keywords(typed, way)
    for sign, reason in left_out:
        reading.refuse("_nkw", sign, reason)
    try:
        keyword_query.parse(keywords)
    except InvalidKeywords as error:
        reading.refuse("_nkw", typed, error.reason)
    else:
        reading.fields["keywords"] = keywords


def _category(reading: _Reading, page: Page) -> None:
    given = reading.take("_sacat") or reading.take("_dcat")
    in_path = next((part for part in page.path[1:] if _NUMBER.fullmatch(part)), "")
    number = given if given not in ("", "0") else in_path
    if _NUMBER.fullmatch(number):
        reading.fields["category"] = number
    elif number:
        reading.refuse("_sacat", number, "This is no number of a category.")


def _prices(reading: _Reading, page: Page) -> None:
    for name, of_alert in (("_udlo", "min_price"), ("_udhi", "max_price")):
        if given := reading.take(name):
            amount = _amount(given)
            if amount is None:
                reading.refuse(name, given, "This is no price.")
            else:
                reading.fields[of_alert] = amount


def _amount(text: str) -> str | None:
    """A price as its site writes it: 1,250.00 or 1.250,00; three digits behind a sign are whole."""
    if _AMOUNT.fullmatch(text):
        return text.replace(",", ".")
    if not _GROUPED.fullmatch(text):
        return None
    whole, sign, cents = text[:-3], text[-3], text[-2:]
    if sign in ".,":
        return f"{re.sub(r'[^0-9]', '', whole)}.{cents}"
    return re.sub(r"[^0-9]", "", text)


def _buying(reading: _Reading, page: Page) -> None:
    fixed, auction = reading.is_on("LH_BIN"), reading.is_on("LH_Auction")
    if fixed != auction:
        reading.fields["buying"] = "fixed_price" if fixed else "auction"
    if reading.is_on("LH_FS"):
        reading.fields["free_shipping"] = True


def _conditions(reading: _Reading, page: Page) -> None:
    named = [part for part in re.split(r"[|,\s]+", reading.take("LH_ItemCondition")) if part]
    known = [_CONDITIONS[number] for number in named if number in _CONDITIONS]
    if known:
        reading.fields["conditions"] = list(dict.fromkeys(known))
    for number in named:
        if number not in _CONDITIONS:
            reading.refuse("LH_ItemCondition", number, "This condition is not known.")


def _places(reading: _Reading, page: Page) -> None:
    where = reading.take("LH_PrefLoc")
    if where == "1":
        reading.fields["countries"] = [reading.site.country]
    elif where == "2" and reading.site.id == DEFAULT:
        reading.pass_over("LH_PrefLoc")  # worldwide
    elif where:
        reading.refuse("LH_PrefLoc", where, "Name the countries: regions cannot be asked for.")
    is_there, is_sent_there = reading.is_on("LH_LocatedIn"), reading.is_on("LH_AvailTo")
    if not (is_there or is_sent_there):
        reading.pass_over("_salic")  # eBay's form writes it in any case
    elif number := reading.take("_salic"):
        _country(reading, "_salic", number, "countries" if is_there else "deliver_to")
    if number := reading.take("_fcid"):
        _country(reading, "_fcid", number, "deliver_to")


def _country(reading: _Reading, name: str, number: str, of_alert: str) -> None:
    code = _COUNTRIES.get(number)
    if code is None:
        reading.refuse(name, number, f"This country is not known; write its code in {of_alert}.")
    else:
        reading.fields[of_alert] = [code] if of_alert == "countries" else code


def _sellers(reading: _Reading, page: Page) -> None:
    by_form = reading.take("_sasl")
    is_without = reading.take("_saslop") == "2"
    reading.take("LH_SpecificSeller")
    named = [reading.take("_ssn"), "" if is_without else by_form]
    if page.path[:1] == ["sch"] and page.path[2:] == ["m.html"]:
        named.append(page.path[1])
    for of_alert, text in (
        ("sellers", ",".join(named)),
        ("excluded_sellers", by_form if is_without else ""),
    ):
        if names := list(dict.fromkeys(_NAME.findall(text))):
            reading.fields[of_alert] = names

"""The form of a whole alert: every field of a wish, in groups, and errors at the field."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from ebay_alerts.accounts.models import Address
from ebay_alerts.alerts import wording
from ebay_alerts.alerts.countries import country_choices
from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES, WEEKDAYS
from ebay_alerts.alerts.wishes import (
    MOST_DAYS,
    MOST_ENDING_MINUTES,
    MOST_REARM_HOURS,
    NAME_LENGTH,
    NOTE_LENGTH,
    Wish,
    read_wish,
)
from ebay_alerts.market.marketplaces import DEFAULT, MARKETPLACES

# In the form's order; the first two are open, the others folded away.
GROUPS = (
    ("What", ("keywords", "interval_minutes")),
    ("Price", ("min_price", "max_price", "price_basis")),
    ("When mails come", ("at", "weekdays", "mail_when", "address")),
    ("What is told", ("triggers", "min_change_percent", "min_change_amount", "lowest_in_days",
                      "rearm_hours", "ending_minutes")),
    ("Which listings", ("listing", "buying", "conditions", "free_shipping", "ships_to_me",
                        "countries", "excluded_countries", "sellers", "excluded_sellers",
                        "excluded_words", "category")),
    ("Where", ("marketplace", "deliver_to")),
    ("Name and note", ("name", "note")),
)  # fmt: skip
_OPEN = 2
_PASTED = re.compile(r"https?://", re.IGNORECASE)
_SPLIT = re.compile(r"[,\s]+")
_BIGGEST = Decimal("1e9")
_INTERVALS = (0, 5, 15, 30, 60, 180, 360, 720, 1440, 10080)
_WORD_LISTS = ("countries", "excluded_countries", "sellers", "excluded_sellers")


def _price(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=_BIGGEST,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


def _number(label: str, most: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, required=False, min_value=0, max_value=most
    )


def _choices(label: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


def _several(label: str, choices: Sequence[tuple[str, str]], help_text: str) -> forms.Field:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def _words(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=8000)


class AlertForm(forms.Form):
    """A valid one has `wish`. What the fields do not know themselves, `read_wish` says."""

    keywords = forms.CharField(
        label="Keywords",
        help_text="Or paste the address of a search or a listing at eBay.",
        required=False,
        max_length=2000,
        strip=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "aria-describedby": "language"}
        ),
    )
    listing = forms.CharField(
        label="One listing to watch",
        help_text="In place of keywords: its number or its address.",
        required=False,
        max_length=2000,
    )
    interval_minutes = forms.TypedChoiceField(label="How often", coerce=int)
    min_price = _price("At least")
    max_price = _price("At most")
    price_basis = _choices(
        "These are prices", [("item", "without shipping"), ("total", "with shipping")]
    )
    at = forms.TimeField(
        label="At a time of day",
        help_text="By your clock. It goes before the interval.",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    weekdays = _several("On", [(day, day.capitalize()) for day in WEEKDAYS], "None for every day.")
    mail_when = _choices(
        "A mail comes",
        [("changes", "when something changed"), ("always", "always, with all that match")],
    )
    address = _choices("It goes to", [])
    triggers = _several(
        "Tell of",
        [
            *(("new", "new listings"), ("fall", "falls"), ("rise", "rises")),
            ("entered", "what comes within the limits"),
            *(("exceeded", "what leaves them"), ("returned", "what is back"), ("ended", "ends")),
        ],
        "None for all of them.",
    )
    min_change_percent = _number("Price changes from, in per cent", 99, "Smaller ones add up.")
    min_change_amount = _price("And from, in money")
    lowest_in_days = _number(
        "Only falls to the lowest price of so many days", MOST_DAYS, "0 for every fall."
    )
    rearm_hours = _number(
        "After a price change hold back further ones for so many hours", MOST_REARM_HOURS, ""
    )
    ending_minutes = _number(
        "Remind me so many minutes before an auction ends", MOST_ENDING_MINUTES, "0 for never."
    )
    buying = _choices(
        "To buy", [("any", "any way"), ("fixed_price", "at a fixed price"), ("auction", "auctions")]
    )
    conditions = _several(
        "Condition",
        [
            *(("new", "new"), ("open_box", "open box"), ("refurbished", "refurbished")),
            *(("used", "used"), ("for_parts", "for parts")),
        ],
        "None for any.",
    )
    free_shipping = forms.BooleanField(label="Only with free shipping", required=False)
    ships_to_me = forms.BooleanField(label="Only what is sent to me", required=False)
    countries = _words("Only from these countries", "Codes such as US, DE.")
    excluded_countries = _words("Not from these countries", "")
    sellers = _words("Only from these sellers", "Names as eBay shows them, with commas between.")
    excluded_sellers = _words("Not from these sellers", "")
    excluded_words = forms.CharField(
        label="Not with these words",
        help_text="A word or a phrase on each line.",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    category = forms.CharField(
        label="eBay category", help_text="Its number.", required=False, max_length=100
    )
    marketplace = _choices("Marketplace", [(one.id, one.site) for one in MARKETPLACES.values()])
    deliver_to = forms.ChoiceField(label="Delivered to", required=False)
    name = forms.CharField(
        label="Name",
        help_text="Empty for the keywords.",
        required=False,
        max_length=NAME_LENGTH,
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    wish: Wish

    def __init__(self, *args: Any, others: Sequence[Address] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        self.position: int | None = None
        given = self.data.get("interval_minutes", self.initial.get("interval_minutes"))
        self._choices("interval_minutes", _interval_choices(given))
        addresses = [(one.address, one.address) for one in others]
        self._choices("address", [("", "the address of my account"), *addresses])
        self._choices("deliver_to", country_choices(str(self.initial.get("deliver_to", ""))))

    def _choices(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), name
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        if not (cleaned["keywords"].strip() or cleaned["listing"]):
            self.refuse_keywords("Write what you are looking for.")
            return cleaned
        try:
            self.wish = read_wish(_wish_fields(cleaned))
        except InvalidAlert as error:
            self.refuse(error)
        return cleaned

    def refuse(self, error: InvalidAlert) -> None:
        """Show the error at its field, and where in the keywords it is."""
        if error.field == "keywords":
            self.refuse_keywords(error.reason, error.position)
        else:
            self.add_error(error.field if error.field in self.fields else None, error.reason)

    def refuse_keywords(self, reason: str, position: int | None = None) -> None:
        self.position = position
        where = "" if position is None else f" (at character {position + 1})"
        self.add_error("keywords", f"{reason}{where}")

    def marked_keywords(self) -> tuple[str, str, str] | None:
        """The keywords before, at and behind the character that is wrong."""
        if self.position is None:
            return None
        text, at = str(self.data.get("keywords", "")), self.position
        return text[:at], text[at : at + 1] or " ", text[at + 1 :]

    def has_pasted_address(self) -> bool:
        return bool(_PASTED.match(str(self.data.get("keywords", "")).strip()))

    def typed(self) -> dict[str, Any]:
        """What was typed, to be shown in a form that was filled in further."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
            if name in self.data
        }

    def faults(self) -> list[tuple[str, str]]:
        """Each error with the label of its field."""
        return [
            (str(self.fields[name].label) if name in self.fields else "", str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]

    def groups(self, groups: Sequence[tuple[str, Sequence[str]]]) -> list[dict[str, Any]]:
        """The fields in groups; a folded one is open where something in it is set or wrong."""
        return [
            {
                "title": title,
                "fields": [self[name] for name in names],
                "is_folded": number >= _OPEN,
                "is_open": any(self._is_set(name) for name in names),
            }
            for number, (title, names) in enumerate(groups)
        ]

    def _is_set(self, name: str) -> bool:
        usual = {"mail_when": "changes", "buying": "any", "marketplace": DEFAULT}.get(name, "")
        value = self[name].value()
        return bool(self[name].errors) or str(value or "") not in ("", "0", "[]", usual)


def initial_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a wish as the form shows them."""
    shown = {name: value for name, value in fields.items() if value not in (None, [], 0, "")}
    for name in _WORD_LISTS:
        if name in shown:
            shown[name] = ", ".join(shown[name])
    if "excluded_words" in shown:
        shown["excluded_words"] = "\n".join(shown["excluded_words"])
    marketplace = MARKETPLACES.get(shown.get("marketplace", DEFAULT))
    if marketplace and shown.get("deliver_to") == marketplace.country:
        del shown["deliver_to"]
    if "interval_minutes" in fields:
        shown["interval_minutes"] = fields["interval_minutes"]
    return shown


def _wish_fields(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What `read_wish` takes."""
    fields = {name: value for name, value in cleaned.items() if value not in ("", None)}
    for name in _WORD_LISTS:
        fields[name] = [word for word in _SPLIT.split(cleaned[name]) if word]
    lines = cleaned["excluded_words"].splitlines()
    fields["excluded_words"] = [line for line in lines if line.strip()]
    if cleaned["at"] is not None:
        fields["at"] = f"{cleaned['at']:%H:%M}"
    else:
        fields.pop("weekdays", None)
    return fields


def _interval_choices(given: Any) -> list[tuple[Any, str]]:
    """The usual ones, and the alert's own."""
    minutes = set(_INTERVALS)
    if str(given).isdecimal() and len(str(given)) < 6 and int(given) <= MAX_INTERVAL_MINUTES:
        minutes.add(int(given))
    return [(one, wording.interval_words(one)) for one in sorted(minutes)]

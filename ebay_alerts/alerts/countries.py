"""The countries that listings are delivered to, by name; pure."""

from functools import cache

from babel import Locale

# Babel's territories of two letters that are no country: unions, leftovers and places to test with.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def country_names() -> dict[str, str]:
    """By code (ISO 3166-1), in the order of the names."""
    names = {
        code: name
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    }
    return dict(sorted(names.items(), key=lambda country: country[1]))


def country_choices(given: str) -> list[tuple[str, str]]:
    """For a field of a form; a code that was given stays, though no name is known of it."""
    names = country_names()
    unknown = [(given, given)] if len(given) == 2 and given not in names else []
    return [("", "the country of the marketplace"), *names.items(), *unknown]

"""Filters for what stands in mails and comes from outside."""

import re
from urllib.parse import urlsplit

from django import template

from ebay_alerts.mail import wording

register = template.Library()

# What needs no closer look: a plain host, and after it printable ASCII.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[!-~]*)?")
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")


@register.filter
def safe_url(value: object) -> str:
    """The URL if it is one of http or https that names a host; else nothing."""
    url = str(value).strip()
    if _PLAIN_URL.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    usable = parts.scheme in ("http", "https") and parts.netloc
    return url if usable and not _SPACE_OR_CONTROL.search(url) else ""


@register.filter
def one_line(value: object) -> str:
    """The value on one line: line breaks and control characters become spaces."""
    return wording.one_line(str(value))

"""E-mail addresses as the envelope needs them."""

from email.utils import parseaddr
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from ebay_alerts.mail.errors import BadAddress, BadMailSetting

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1

_validate = EmailValidator()


def clean_address(address: str) -> str:
    """The address with its domain in ASCII; only the local part may still need SMTPUTF8.

    Raises BadAddress.
    """
    local, at, domain = address.strip().rpartition("@")
    if not (at and local.isprintable()):
        raise BadAddress(f"{address!r:.80} is no e-mail address")
    try:
        cleaned = f"{local}@{_ascii_domain(domain)}"
        # The validator knows ASCII only; RFC 6531 lets other letters stand where ASCII ones may.
        _validate("".join(c if c.isascii() else "x" for c in cleaned))
        octets = len(cleaned.encode())
    except (ValidationError, UnicodeError) as error:
        raise BadAddress(f"{address!r:.80} is no e-mail address") from error
    if octets > LONGEST_ADDRESS or len(local.encode()) > LONGEST_LOCAL_PART:
        raise BadAddress(f"{address!r:.80} is longer than an e-mail address may be")
    return cleaned


def needs_smtputf8(address: str) -> bool:
    """RFC 6531: an address that is not ASCII goes only to a server that offers SMTPUTF8."""
    return not address.isascii()


@lru_cache(maxsize=8)
def sender_address(mail_from: str) -> str:
    """The bare address of a sender such as `eBay Alerts <alerts@example.org>`.

    Raises BadMailSetting.
    """
    try:
        return clean_address(parseaddr(mail_from)[1])
    except BadAddress as error:
        raise BadMailSetting(f"EBAY_ALERTS_MAIL_FROM: {error}") from error


def _ascii_domain(domain: str) -> str:
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")

"""Which addresses mail is sent to, and in what form."""

import pytest

from ebay_alerts.mail.addresses import clean_address, needs_smtputf8, sender_address
from ebay_alerts.mail.errors import BadAddress, BadMailSetting


@pytest.mark.parametrize(
    ("address", "cleaned", "unicode"),
    [
        (" ann@example.org ", "ann@example.org", False),
        ("ann+wine@localhost", "ann+wine@localhost", False),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", False),
        ("jürgen@example.org", "jürgen@example.org", True),
    ],
)
def test_an_address_is_made_fit_for_an_envelope(address: str, cleaned: str, unicode: bool) -> None:
    assert clean_address(address) == cleaned
    assert needs_smtputf8(cleaned) is unicode


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@exa mple.org",
        "ann@example.org, eve@example.org",
        "Ann <ann@example.org>",
        "ann\r\nRCPT TO:<eve@example.org>@example.org",
        "ann\x00@example.org",
        "ann@example.org\nBcc: eve@example.org",
        "\ud800@example.org",
        "ann@" + "ü" * 70 + ".org",
        "ann@a..org",
        "a" * 65 + "@example.org",
        "ann@" + "d" * 60 + ("." + "d" * 60) * 4 + ".org",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        clean_address(address)


def test_the_sender_is_the_address_within_its_name() -> None:
    assert sender_address("eBay Alerts <alerts@example.org>") == "alerts@example.org"
    with pytest.raises(BadMailSetting, match="EBAY_ALERTS_MAIL_FROM"):
        sender_address("eBay Alerts")

"""Addresses of eBay's pages: which listing they show, on which marketplace, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.market.addresses import ListingAddress, listing_address, read_listing_address
from ebay_alerts.market.errors import UnreadableAddress
from ebay_alerts.market.marketplaces import MARKETPLACES

SITES = (
    *("com", "co.uk", "de", "at", "com.au", "be", "ca", "ch", "es", "fr", "com.hk", "ie", "it"),
    *("nl", "pl", "com.sg"),
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("256123456789", ("256123456789", None, "")),
        ("  256123456789\n", ("256123456789", None, "")),
        ("v1|256123456789|0", ("256123456789", None, "")),
        ("v1%7C256123456789%7C501", ("256123456789", None, "501")),
        ("https://www.ebay.com/itm/256123456789", ("256123456789", "EBAY_US", "")),
        ("http://ebay.de/itm/256123456789/", ("256123456789", "EBAY_DE", "")),
        ("www.ebay.co.uk/itm/256123456789", ("256123456789", "EBAY_GB", "")),
        ("HTTPS://WWW.EBAY.FR/itm/256123456789", ("256123456789", "EBAY_FR", "")),
        ("https://m.ebay.it/itm/256123456789?x=1#top", ("256123456789", "EBAY_IT", "")),
        ("https://www.ebay.ca/itm/Old-2020-lens/256123456789", ("256123456789", "EBAY_CA", "")),
        ("https://www.ebay.com/itm/2020/256123456789", ("256123456789", "EBAY_US", "")),
        ("https://www.ebay.es/itm/256123456789?var=501&hash=z", ("256123456789", "EBAY_ES", "501")),
        ("https://www.ebay.es/itm/256123456789?var=<b>", ("256123456789", "EBAY_ES", "")),
        ("https://www.ebay.com/p/14001?iid=256123456789", ("256123456789", "EBAY_US", "")),
        (
            "https://cgi.ebay.com/ws/eBayISAPI.dll?ViewItem&item=256123456789",
            ("256123456789", "EBAY_US", ""),
        ),
        ("https://www.befr.ebay.be/itm/256123456789", ("256123456789", "EBAY_BE", "")),
        ("https://www.ebay.com:443/itm/256123456789", ("256123456789", "EBAY_US", "")),
    ],
)
def test_a_listing_is_read_from_every_form_of_its_address(text: str, meant: tuple) -> None:
    assert read_listing_address(text) == ListingAddress(*meant)


def test_every_marketplace_has_its_site() -> None:
    read = {
        read_listing_address(f"https://www.ebay.{site}/itm/256123456789").marketplace
        for site in SITES
    }

    assert read == MARKETPLACES.keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "0",
        "-256123456789",
        "25612345678901234567890",
        "٢٥٦١٢٣٤٥٦٧٨٩",
        "v2|256123456789|0",
        "v1|256123456789",
        "https://www.ebay.com/",
        "https://www.ebay.com/itm/",
        "https://www.ebay.com/itm/no-number",
        "https://www.ebay.com/sch/i.html?_nkw=camera&item=256123456789",
        "https://www.ebay.com/p/14001",
        "https://www.ebay.com@evil.example/itm/256123456789",
        "https://evil@www.ebay.com/itm/256123456789",
        "https://www.ebay.com.evil.example/itm/256123456789",
        "https://evil.www.ebay.com/itm/256123456789",
        "https://evilebay.com/itm/256123456789",
        "https://www.eb\u0430y.com/itm/256123456789",
        "https://www.ebay.com\\@evil.example/itm/256123456789",
        "https://www.ebay.com:8080/itm/256123456789",
        "https://www.ebay.com:port/itm/256123456789",
        "https://[::1/itm/256123456789",
        "ftp://www.ebay.com/itm/256123456789",
        "javascript:alert(1)",
        "file:///itm/256123456789",
        "https://www.ebay.com/itm/256123456789\r\nHost: evil",
        "https://www.ebay.com/itm/" + "9" * 5000,
        "https://www.ebay.com/itm/256123456789?" + "&".join(f"a{n}=1" for n in range(300)),
    ],
)
def test_what_shows_no_listing_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnreadableAddress, match=r"[a-z]{2} .*"):
        read_listing_address(text)


def test_a_short_link_says_what_to_do() -> None:
    with pytest.raises(UnreadableAddress, match="Short links are not followed"):
        read_listing_address("https://ebay.us/m/abcDEF")


def test_the_mock_s_own_pages_are_of_any_marketplace() -> None:
    read = read_listing_address("http://localhost:5001/itm/12")

    assert read == ListingAddress("12", None, "")


@pytest.mark.parametrize("marketplace", MARKETPLACES)
@pytest.mark.parametrize("legacy_id", ["256123456789", "lot-1"])
def test_what_is_written_is_read_again(marketplace: str, legacy_id: str) -> None:
    read = read_listing_address(listing_address(marketplace, legacy_id))

    assert read.legacy_id == legacy_id
    assert read.marketplace in (marketplace, None)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for typed in (text, f"https://www.ebay.com/itm/{text}", f"https://{text}/itm/12"):
        try:
            read = read_listing_address(typed)
        except UnreadableAddress:
            continue
        assert read.legacy_id.isascii()
        assert 0 < len(read.legacy_id) <= 64
        assert read.marketplace is None or read.marketplace in MARKETPLACES

"""Mails out of the frame and a sample template."""

import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ebay_alerts.mail import inlining
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.templatetags.mail_format import one_line, safe_url
from ebay_alerts.mail.wording import without_controls

LISTINGS = [
    {
        "title": "Wine rack, 24 bottles",
        "price": "$84.90",
        "basis": "with shipping",
        "was": "$99.00",
        "percent": -14,
        "detail": "$72.00 and $12.90 shipping",
        "url": "https://ebay.example/1?a=1&b=2",
        "picture": "https://pictures.example/1.jpg",
    },
    {
        "title": "Decanter <script>alert(1)</script>\r\nprice: $0\x07 & more",
        "price": "$12.50",
        "tag": "new",
        "url": "javascript:alert(1)",
        "picture": "data:image/png;base64,xx",
    },
    {
        "title": "Opener",
        "price": "$5.00",
        "was": "$4.00",
        "percent": 25,
        "url": "https://e.example",
    },
]


@pytest.fixture(autouse=True)
def _templates(settings: Settings) -> None:
    frame = dict(settings.TEMPLATES[0])
    settings.TEMPLATES = [frame | {"DIRS": [str(Path(__file__).parent / "templates")]}]


@pytest.fixture
def sample() -> tuple[str, str]:
    context = {"subject": "3 new for wine & more", "keywords": "wine", "listings": LISTINGS}
    rendered = render_mail("sample", context | {"page": "https://alerts.example.org/a/1"})
    return rendered.html, rendered.text


class Balance(HTMLParser):
    """Which elements were closed other than they were opened."""

    VOID = ("meta", "img", "br", "hr", "link")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {(tag, name) for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.wrong.append(tag)


def test_a_template_needs_only_the_frame_and_its_classes(sample: tuple[str, str]) -> None:
    html, _ = sample
    balance = Balance()
    balance.feed(html)

    assert (balance.open, balance.wrong) == ([], [])
    assert html.startswith("<!doctype html>")
    assert "<title>3 new for wine &amp; more</title>" in html
    assert html.count('<td style="width: 96px') == 3
    assert re.search(r'<span style="[^"]*#0d6b35[^"]*" class="tag fall">&#9660; down 14 %', html)
    assert re.search(r'<span style="[^"]*#8a4f00[^"]*" class="tag rise">&#9650; up 25 %', html)


def test_every_class_of_the_style_sheet_is_inlined_and_the_schemes_stay(
    sample: tuple[str, str],
) -> None:
    html, _ = sample

    assert "var(--" not in html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 480px" in html
    assert 'name="supported-color-schemes"' in html


def test_what_comes_from_outside_is_escaped_in_html_alone(sample: tuple[str, str]) -> None:
    html, text = sample

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; price: $0 &amp; more" in html
    assert "* Decanter <script>alert(1)</script> price: $0 & more\n" in text
    assert 'href="https://ebay.example/1?a=1&amp;b=2"' in html
    assert "https://ebay.example/1?a=1&b=2\n" in text
    for part in sample:
        assert "javascript:" not in part
        assert "data:image" not in part
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", part)


def test_the_text_part_reads_without_gaps(sample: tuple[str, str]) -> None:
    _, text = sample

    assert text.startswith("3 new for wine & more\n\n* Wine rack")
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


def test_a_template_is_inlined_once_for_all_its_mails(settings: Settings, tmp_path: Path) -> None:
    frame = dict(settings.TEMPLATES[0])
    settings.TEMPLATES = [frame | {"DIRS": [str(tmp_path)]}]
    (tmp_path / "x.html").write_text('{% extends "mail/frame.html" %}')
    (tmp_path / "x.txt").write_text('{% extends "mail/frame.txt" %}')
    first = render_mail("x", {"subject": "first"})
    (tmp_path / "x.html").unlink()

    second = render_mail("x", {"subject": "second"})

    assert first.html.replace("first", "second") == second.html


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a?b=1&c=ü", "https://example.org/a?b=1&c=ü"),
        (" http://example.org ", "http://example.org"),
        ("HTTPS://example.org", "HTTPS://example.org"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org", ""),
        ("https:///path", ""),
        ("https://example.org/\nBcc: x", ""),
        ("https://[::1", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(url: object, shown: str) -> None:
    assert safe_url(url) == shown


def test_a_value_on_one_line_cannot_turn_or_break_the_text() -> None:
    assert one_line(" a\r\nb\u2028c\u202ed\x00e\t ") == "a b c d e"


HOSTILE = st.text(
    st.characters()
    | st.sampled_from(" \t\r\n\x00\x7f\x85\x9f\xa0\u2028\u202e\u2069\ud800ab&<>'\"={}%")
) | st.text("ab  ")
BREAKING = r"[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]+"


@given(HOSTILE)
def test_no_control_stays_and_nothing_else_goes(text: str) -> None:
    lines = re.sub(r"\r\n?", "\n", text)
    kept = [c for c in lines if c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cs")]

    assert without_controls(text) == "".join(kept)


@given(HOSTILE)
def test_a_line_is_cut_at_no_other_place_for_being_plain(text: str) -> None:
    assert one_line(text) == " ".join(re.split(BREAKING, text)).strip()


@given(
    st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "javascript:"]),
    st.text(st.sampled_from("ab.-:1@[]/?#%'\"<>&= \n\u00fc\\"), max_size=12),
)
def test_an_address_that_is_shown_is_one_that_a_browser_takes_for_the_same(
    start: str, rest: str
) -> None:
    shown = safe_url(start + rest)

    if shown:
        assert shown == (start + rest).strip()
        assert urlsplit(shown).scheme in ("http", "https")
        assert urlsplit(shown).netloc
        assert not re.search(r"\s", shown)


def elements(**values: str) -> set[tuple[str, str]]:
    """Which elements and attributes a mail has whose one listing says this."""
    rendered = render_mail("sample", {"listings": [values]})
    balance = Balance()
    balance.feed(rendered.html)
    balance.close()
    assert (balance.open, balance.wrong) == ([], [])
    return balance.attributes


@given(st.fixed_dictionaries(dict.fromkeys(("title", "price", "was", "detail", "url"), HOSTILE)))
def test_no_value_breaks_out_of_its_place(values: dict[str, str]) -> None:
    assert elements(**values) <= elements(**dict.fromkeys(values, "x"))


def colours(css: str, selector: str) -> list[str]:
    rule = css.partition(f"{selector} {{")[2].partition("}")[0]
    return re.findall(r"#[0-9a-f]{6}", rule)


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, 1.4.3."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_text_stands_out_in_light() -> None:
    css = inlining.FRAME_CSS.read_text(encoding="utf-8")
    token = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))

    for text in ("ink", "muted", "accent", "fall", "rise"):
        assert contrast(token[text], token["paper"]) >= 4.5, text
    for text, ground in (("fall", "fall-tint"), ("rise", "rise-tint"), ("ink", "tint")):
        assert contrast(token[text], token[ground]) >= 4.5, text
    assert contrast(token["on-accent"], token["accent"]) >= 4.5


def test_text_stands_out_in_the_dark(sample: tuple[str, str]) -> None:
    css = sample[0].partition("prefers-color-scheme: dark")[2].partition("</style>")[0]
    [paper, _] = colours(css, ".sheet")
    [tint] = colours(css, ".tag")

    for selector in (".content, .offer, .price", ".was, .small", "a, .listing, .link"):
        assert contrast(colours(css, selector)[0], paper) >= 4.5, selector
    for selector in (".footing", ".fall", ".rise"):
        assert contrast(colours(css, selector)[0], paper) >= 4.5, selector
    for kind in ("fall", "rise"):
        text, ground = colours(css, f"\n.{kind}")[0], colours(css, f".tag.{kind}")[0]
        assert contrast(text, ground) >= 4.5, kind
    assert contrast(colours(css, ".content, .offer, .price")[0], tint) >= 4.5
    assert contrast(*colours(css, ".button")) >= 4.5

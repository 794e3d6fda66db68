"""The report's mail and page: readable, small, and safe whatever titles say."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.analytics.services.report_charts import draw_charts
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.models import Message
from tests.alerts.test_mail_headers import visible, words
from tests.analytics.mornings import Mornings

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "analytics"])

# Where Gmail cuts a mail off.
CUT_OFF = 102_000


def page_of(mail: Message) -> str:
    found = re.search(r"http://localhost:5000(/r/[^\s\"]+/)", mail.text)
    assert found
    return found[1]


class Tags(HTMLParser):
    """Counts what is opened and closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "br", "link", "input"):
            self.open.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("letter", ["日", "<"])
def test_a_user_with_200_alerts_gets_one_readable_mail(
    days: Mornings, ann: User, letter: str
) -> None:
    for number in range(200):
        name = f"{number} {letter * 90}"[:100]
        days.desk.keep(ann, f"wine lot{number}", name=name)
    prices = {f"lot{number}": 100 + number for number in range(200)}
    for name, price in prices.items():
        title = f"Wine {name} {letter * 200}"[:200]
        days.desk.put(name, price, title=title, url=f"https://www.ebay.com/itm/{'9' * 900}")
    days.desk.start()
    days.morning()
    days.desk.put_all(
        {name: price - 40 if price % 2 else price + 40 for name, price in prices.items()}
    )
    [mail] = days.morning()
    assert len(mail.html.encode()) < 100_000
    assert len(compose_bytes(mail, {})) < 4 * CUT_OFF
    assert "100 fell, 100 rose." in mail.text
    shown = mail.html.count("▼") + mail.html.count("&#9660;"), mail.html.count("&#9650;")
    assert sum(shown) <= 30
    assert f"and {200 - sum(shown)} more" in mail.html
    assert f"and {200 - sum(shown)} more" in mail.text
    assert "and 188 more alerts" in mail.html
    assert not Tags(mail.html).open
    page = Client().get(page_of(mail))
    assert page.status_code == 200
    assert page.content.decode().count('class="price"') == 200


def test_what_titles_and_names_say_is_never_markup(days: Mornings, ann: User) -> None:
    evil = 'Wine <script>alert(1)</script> "onerror=x" {{ subject }} {% now %}'
    days.desk.keep(ann, name="<b>bold</b> \u202e name")
    days.desk.keep(ann, "wine script", name="</td></table>")
    days.desk.put("a", 100, title=evil, url="javascript:alert(1)")
    days.desk.start()
    days.morning()
    days.desk.put("a", 50)
    [mail] = days.morning()
    page = Client().get(page_of(mail)).content.decode()
    for html in (mail.html, page):
        assert "<script>alert" not in html
        assert "<b>bold" not in html
        assert "javascript:" not in html
        assert "{{ subject }}" in html
        assert not Tags(html).open
        assert all(
            urlsplit(link).scheme in ("http", "https", "cid", "data", "")
            for link in Tags(html).links
        )
    assert "\n" not in mail.subject
    assert "javascript:" not in mail.text


def test_html_and_text_say_the_same_of_each_listing(days: Mornings, ann: User) -> None:
    days.desk.keep(ann)
    days.desk.put_all({"a": 100, "b": 200})
    days.desk.start()
    for _ in range(8):
        days.morning()
    days.desk.put_all({"a": 50, "b": 230})
    [mail] = days.morning()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", mail.html))
    for said in ("Wine a", "$50.00", "$100.00", "down 50 %", "$50.00 less", "up 15 %"):
        assert said in words
        assert said in mail.text
    assert words.count("since first seen 8 days ago") == 2
    assert mail.text.count("since first seen 8 days ago") == 2
    [picture] = mail.pictures or ()
    assert picture[2] in mail.text
    assert 'alt="Median of wine, fixed price' in mail.html


def test_the_page_says_what_the_mail_says_and_when_reports_come(days: Mornings, ann: User) -> None:
    days.desk.keep(ann)
    days.desk.put("a", 100)
    days.desk.start()
    days.morning()
    days.desk.put("a", 50)
    [mail] = days.morning()
    client = Client(enforce_csrf_checks=True)
    page = client.get(page_of(mail)).content.decode()
    for said in ("Wine a", "$50.00", "down 50 %", "daily at 07:00 (UTC)", "<svg"):
        assert said in page
    token = client.cookies["csrftoken"].value
    form = {"report_frequency": "weekly", "report_hour": "18", "time_zone": "Europe/Berlin"}
    answer = client.post(page_of(mail), form | {"csrfmiddlewaretoken": token}, follow=True)
    assert "on Mondays at 18:00 (Europe/Berlin)" in answer.content.decode()
    bad = form | {"time_zone": "Mars/Olympus", "csrfmiddlewaretoken": token}
    answer = client.post(page_of(mail), bad)
    assert answer.status_code == 422
    assert "Write a zone such as Europe/Berlin" in answer.content.decode()
    assert "Mars/Olympus" in answer.content.decode()
    assert client.post(page_of(mail), form).status_code == 403


def test_the_page_draws_a_listing_where_markets_are_switched_off(
    days: Mornings, ann: User, settings: Settings
) -> None:
    settings.MARKET_STATISTICS = False
    days.desk.keep(ann)
    days.desk.put("a", 100)
    days.desk.start()
    days.morning()
    days.desk.put("a", 50)
    [mail] = days.morning()
    page = Client().get(page_of(mail)).content.decode()
    assert 'aria-label="Price of Wine a: $100.00 1 day ago, $50.00 now' in page
    assert "edian" not in page


@pytest.mark.parametrize("token", ["", "1.739946", "1.739946:forged", "x" * 500])
def test_a_link_that_we_did_not_sign_leads_nowhere(days: Mornings, ann: User, token: str) -> None:
    assert Client().get(f"/r/{token}/").status_code == 404
    assert Client().post(f"/r/{token}/unsubscribe").status_code == 404


def test_a_subject_that_is_not_there_has_no_chart(days: Mornings) -> None:
    assert draw_charts([], days.desk.now.toordinal()) == {}


def test_the_text_says_all_that_the_html_says_and_links_where_it_does(
    days: Mornings, ann: User
) -> None:
    days.desk.keep(ann, name="Cellar")
    days.desk.keep(ann, "port")
    days.desk.put_all({"a": 30, "b": 20})
    days.desk.put("p", 40, title="Port wine")
    days.desk.start()
    days.morning()
    days.desk.put_all({"a": 20, "b": 25, "p": 30})
    [mail] = days.morning()
    assert words(visible(mail.html)) - words(mail.text) == set()
    links = {link.split("#")[0] for link in Tags(mail.html).links if link.startswith("http")}
    assert {link for link in links if link not in mail.text} == set()

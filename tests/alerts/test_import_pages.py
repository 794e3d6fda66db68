"""The page on which alerts are imported, after a look at what would be done, and exported."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.import_views import LARGEST
from ebay_alerts.alerts.selectors import alerts_of
from tests.alerts.conftest import Desk
from tests.alerts.test_site import site, text

__all__ = ["site"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]
FILE = 'keywords,interval_minutes\nwine,60\n"port (",60\nwine,60\nsherry,15\n'


def upload(client: Client, body: str | bytes, name: str = "alerts.csv") -> tuple[int, str]:
    body = body.encode() if isinstance(body, str) else body
    answer = client.post("/alerts/import/", {"file": SimpleUploadedFile(name, body)})
    return answer.status_code, answer.content.decode()


def kept_in(page: str) -> str:
    [kept] = re.findall(r'name="kept" value="([^"]*)"', page)
    return kept


def test_a_file_is_looked_at_first_and_then_imported(site: Client, ann: User) -> None:
    status, page = upload(site, FILE)
    assert status == 200
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "2 alerts can be imported" in said
    assert re.search(r"3 keywords .*\(at character \d", said)
    assert "Row 4: the same as row 2" in said
    assert not alerts_of(ann).exists()
    answer = site.post("/alerts/import/", {"kept": kept_in(page)}, follow=True)
    assert "2 alerts imported." in answer.content.decode()
    assert {alert.keywords for alert in alerts_of(ann)} == {"wine", "sherry"}


def test_a_file_that_was_changed_or_is_anothers_imports_nothing(
    site: Client, desk: Desk, ann: User, bob: User, client: Client
) -> None:
    kept = kept_in(upload(site, FILE)[1])
    assert site.post("/alerts/import/", {"kept": f"x{kept}"}).status_code == 422
    other = Client()
    other.force_login(bob)
    assert other.post("/alerts/import/", {"kept": kept}).status_code == 404
    assert not alerts_of(ann).exists()
    assert not alerts_of(bob).exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("name\nwine\n", "The header lacks keywords or listing"),
        (b"\xff\xfe\x00", "not in UTF-8"),
        ("{", "no JSON"),
        ('{"items": 5}', "items"),
        (b"k" * (LARGEST + 1), "1 MiB"),
        ("", "Choose a file first"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    site: Client, body: str | bytes, words: str
) -> None:
    if not body:
        answer = site.post("/alerts/import/")
        status, page = answer.status_code, answer.content.decode()
    else:
        status, page = upload(site, body)
    assert status == 422
    assert words in page.replace("&quot;", '"')


def test_what_a_file_says_does_not_become_markup(site: Client) -> None:
    row = {"keywords": "wine (", "name": "<img src=x onerror=alert(1)>", "interval_minutes": 60}
    odd = {"<script>": 1, "keywords": "x", "interval_minutes": 1}
    _, page = upload(site, json.dumps({"items": [row, odd, "<b>"]}), "a.json")
    assert "<img src=x" not in page
    assert "<script>" not in page


def test_an_export_is_what_an_import_takes(site: Client, desk: Desk, ann: User, bob: User) -> None:
    desk.keep(ann, "wine", name="Mine", max_price=20)
    desk.keep(bob, "port")
    for kind in ("csv", "json"):
        answer = site.get("/alerts/export/", {"format": kind})
        body = b"".join(answer).decode()  # type: ignore[arg-type]  # it is streamed
        assert answer.headers["Content-Disposition"] == f'attachment; filename="alerts.{kind}"'
        assert "Mine" in body
        assert "port" not in body
        _, page = upload(site, body, f"alerts.{kind}")
        assert "you keep" in page
    assert "download" in text(site, "/alerts/import/")


def test_the_pages_are_for_who_is_signed_in(client: Client) -> None:
    for path in ("import", "export"):
        assert client.get(f"/alerts/{path}/").status_code == 302

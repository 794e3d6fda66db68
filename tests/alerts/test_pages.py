"""An alert's own page behind its signed link, and one-click unsubscribe."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.signing import Signer
from django.http import HttpResponse
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts import links
from ebay_alerts.alerts.links import alert_page, find_alert_id, unsubscribe_link
from ebay_alerts.alerts.models import Alert
from ebay_alerts.market.models import Listing
from tests.alerts.conftest import Desk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("value", ["1", "7.8", "1.2.DE", "ü", ""])
def test_a_link_is_signed_as_the_framework_signs(value: str) -> None:
    for ours in (links._signer, links._feed_signer):
        theirs = Signer(salt=ours.salt, sep=ours.sep)
        assert ours.sign(value) == theirs.sign(value)
        assert ours.unsign(theirs.sign(value)) == value
    renewed = links._Signer(key="new", salt="s", fallback_keys=["old"])
    assert renewed.unsign(Signer(key="old", salt="s").sign(value)) == value


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    alert = desk.keep(ann, name="Cellar")
    desk.put_all({"a": 30, "b": 20})
    desk.start()
    return alert


def path_of(alert: Alert) -> str:
    return urlsplit(alert_page(alert.pk)).path


def state_of(alert: Alert) -> str:
    return str(Alert.objects.get(pk=alert.pk).state)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def press(browser: Client, alert: Alert, action: str, **fields: str) -> HttpResponse:
    """Press a button of the page as a browser does, which tells where the form came from.

    On a page that keeps its address from everybody, the origin is `null` (Fetch standard, 3.2).
    """
    page = browser.get(path_of(alert)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    is_hidden = bool(re.search(r'name="referrer" content="no-referrer"', page))
    return browser.post(  # type: ignore[return-value]
        path_of(alert),
        {"csrfmiddlewaretoken": token[1], "action": action} | fields,
        headers={"origin": "null" if is_hidden else "http://testserver"},
    )


def test_the_page_lists_what_the_alert_shows_now_cheapest_first(
    alert: Alert, browser: Client
) -> None:
    answer = browser.get(path_of(alert))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Cellar" in page
    assert "2 listings now" in page
    assert page.index("Wine b") < page.index("Wine a")
    assert "Mails every 15 minutes" in page


def test_hostile_listings_are_shown_as_text(desk: Desk, alert: Alert, browser: Client) -> None:
    hostile = '<script>alert("wine")</script> wine'
    desk.put("c", 5, title=hostile, url="javascript:alert(1)", image_url='https://x/"onerror="x')
    Listing.objects.filter(legacy_id="c").update(condition="<b>New</b>")
    page = browser.get(path_of(alert)).content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>New" not in page
    assert "javascript:" not in page
    assert '"onerror' not in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "ftp://x/y", "x y", ""]
)
def test_an_address_that_is_no_web_page_is_no_link(
    desk: Desk, alert: Alert, browser: Client, url: str
) -> None:
    desk.put("c", 5, url=url)
    page = browser.get(path_of(alert)).content.decode()
    entry = page[page.index("Wine c") - 200 : page.index("Wine c")]
    assert "<a " not in entry[entry.rindex("<div") :]


def test_a_hostile_name_is_shown_as_text(desk: Desk, ann: User, browser: Client) -> None:
    alert = desk.keep(ann, 'wine -"</title><script>x"', name="<script>alert(1)</script>")
    assert "<script" not in browser.get(path_of(alert)).content.decode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1],
        lambda token: "9" + token,
        lambda token: token.split(":")[0],
        lambda token: token.replace(":", ":x"),
        lambda _: "1",
        lambda _: "é",
        lambda _: "%00",
        lambda _: "a" * 5000,
    ],
)
def test_a_forged_link_leads_nowhere(alert: Alert, browser: Client, forge) -> None:  # type: ignore[no-untyped-def]
    token = path_of(alert).split("/")[2]
    for path in (f"/a/{forge(token)}/", f"/a/{forge(token)}/unsubscribe"):
        answer = browser.post(path) if path.endswith("e") else browser.get(path)
        assert answer.status_code == 404
    assert state_of(alert) == "active"


def test_links_of_one_alert_do_not_open_another(alert: Alert) -> None:
    token = path_of(alert).split("/")[2]
    assert find_alert_id(token) == alert.pk
    assert find_alert_id(token.replace(str(alert.pk), str(alert.pk + 1), 1)) is None


def test_the_link_of_a_deleted_alert_says_so(alert: Alert, browser: Client) -> None:
    path = path_of(alert)
    Alert.objects.all().delete()
    answer = browser.get(path)
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content


def test_a_post_without_the_forms_token_changes_nothing(alert: Alert, browser: Client) -> None:
    for action in ("pause", "delete"):
        assert browser.post(path_of(alert), {"action": action}).status_code == 403
    assert state_of(alert) == "active"


def test_the_buttons_work_in_a_browser(alert: Alert, browser: Client) -> None:
    assert press(browser, alert, "pause").status_code == 302
    assert state_of(alert) == "paused"
    assert press(browser, alert, "change", interval_minutes="60").status_code == 302
    assert press(browser, alert, "delete").status_code == 200
    assert not Alert.objects.exists()


@pytest.fixture
def form() -> Client:
    """A browser that sends no origin, as old ones."""
    return Client()


def test_pause_and_resume(alert: Alert, form: Client) -> None:
    assert form.post(path_of(alert), {"action": "pause"}).status_code == 302
    assert state_of(alert) == "paused"
    assert "Resume" in form.get(path_of(alert)).content.decode()
    assert form.post(path_of(alert), {"action": "resume"}).status_code == 302
    assert state_of(alert) == "filling"


def test_another_interval(alert: Alert, form: Client) -> None:
    answer = form.post(path_of(alert), {"action": "change", "interval_minutes": "60"})
    assert answer.status_code == 302
    assert Alert.objects.get().interval_minutes == 60
    assert Alert.objects.get().name == "Cellar"


@pytest.mark.parametrize("minutes", ["", "-1", "43201", "ten", "1.5", "9" * 50])
def test_an_interval_that_cannot_be_is_refused_on_the_page(
    alert: Alert, form: Client, minutes: str
) -> None:
    answer = form.post(path_of(alert), {"action": "change", "interval_minutes": minutes})
    assert answer.status_code == 422
    assert b"errorlist" in answer.content
    assert Alert.objects.get().interval_minutes == 15


def test_an_alert_that_always_mails_cannot_become_instant_and_the_page_says_why(
    desk: Desk, ann: User, form: Client
) -> None:
    alert = desk.keep(ann, mail_when="always")
    answer = form.post(path_of(alert), {"action": "change", "interval_minutes": "0"})
    assert answer.status_code == 422
    assert b"An instant alert mails changes only" in answer.content
    assert Alert.objects.get().interval_minutes == 15


def test_delete(alert: Alert, form: Client) -> None:
    answer = form.post(path_of(alert), {"action": "delete"})
    assert b"Cellar is gone" in answer.content
    assert not Alert.objects.exists()


def test_an_action_that_there_is_not_changes_nothing(alert: Alert, form: Client) -> None:
    assert form.post(path_of(alert), {"action": "explode"}).status_code == 302
    assert form.post(path_of(alert), {}).status_code == 302
    assert form.put(path_of(alert)).status_code == 405
    assert state_of(alert) == "active"


def test_one_click_unsubscribe_pauses_without_a_form(alert: Alert, browser: Client) -> None:
    path = urlsplit(unsubscribe_link(alert.pk)).path
    answer = browser.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"{path_of(alert)}#pause")
    assert state_of(alert) == "active"
    for _ in range(2):
        answer = browser.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert state_of(alert) == "paused"


def test_every_mail_carries_the_unsubscribe_link(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.fill()
    desk.outage()
    [welcome] = desk.deliver()
    assert welcome.headers == {
        "List-Unsubscribe": f"<{unsubscribe_link(alert.pk)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "References": f"<alert-{alert.pk}@localhost>",
        "In-Reply-To": f"<alert-{alert.pk}@localhost>",
        "List-Id": f"<alert-{alert.pk}.localhost>",
    }
    assert alert_page(alert.pk) in welcome.text


@pytest.mark.parametrize("page", ["2", "0", "-1", "999", "x", "1e9", ""])
def test_whatever_page_is_asked_for_one_is_shown(
    desk: Desk, alert: Alert, browser: Client, page: str
) -> None:
    desk.put_all({f"n{number}": 40 + number for number in range(60)})
    answer = browser.get(path_of(alert), {"page": page})
    assert answer.status_code == 200
    assert b"62 listings now" in answer.content

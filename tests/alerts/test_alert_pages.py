"""The pages of one alert: what happened, the mails it sent, and what its user changed."""

import re
from typing import Any

import pytest
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, AlertChange, Digest
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services import keeping
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk, wish
from tests.alerts.test_site import HOSTILE, site, text

__all__ = ["site"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]


def happened(client: Client, alert: Alert, **asked: str) -> list[tuple[str, str]]:
    """The listings of a page and what is said of each, in order."""
    answer = client.get(f"/alerts/{alert.pk}/", asked)
    assert answer.status_code == 200
    page = answer.content.decode()
    entries = page[page.index("What happened") :].split("<li>")[1:]
    return [
        (
            re.findall(r">(Wine [a-z]+)<", entry)[0],
            re.findall(r'class="tag[^>]*>([^<]*)<', entry)[0],
        )
        for entry in entries
    ]


@pytest.fixture
def busy(desk: Desk, ann: User) -> Alert:
    """An alert to whose listings everything has happened."""
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100)
    desk.put("b", 50)
    desk.put("a", 80)
    desk.put("b", 60)
    desk.end("b")
    desk.put("old", 10, started_at=desk.now.replace(year=2020))
    return alert


def test_what_happened_stands_newest_first_whether_it_was_told_or_not(
    site: Client, busy: Alert
) -> None:
    assert happened(site, busy) == [
        ("Wine b", "ended"),
        ("Wine b", "↑ up 20 %"),
        ("Wine a", "↓ down 20 %"),
        ("Wine b", "new"),
        ("Wine a", "new"),
    ]
    assert '<s class="was">$100.00</s>' in text(site, f"/alerts/{busy.pk}/")


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("new", ["Wine b", "Wine a"]),
        ("cheaper", ["Wine a"]),
        ("dearer", ["Wine b"]),
        ("ended", ["Wine b"]),
        ("back", []),
        ("there already", ["Wine old"]),
    ],
)
def test_what_happened_is_shown_by_kind(
    site: Client, busy: Alert, kind: str, found: list[str]
) -> None:
    assert [title for title, _ in happened(site, busy, kind=kind)] == found


@pytest.mark.parametrize(
    ("sort", "first"),
    [("oldest", "Wine a"), ("cheapest", "Wine b"), ("largest fall", "Wine a"), ("'; --", "Wine b")],
)
def test_what_happened_is_shown_in_the_order_asked_for(
    site: Client, busy: Alert, sort: str, first: str
) -> None:
    assert happened(site, busy, sort=sort)[0][0] == first


def test_what_happened_beyond_the_alerts_limits_and_gates_is_left_out(
    site: Client, desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, max_price=60, conditions=["new"])
    desk.start()
    for name, price, group in (("cheap", 50, "new"), ("dear", 90, "new"), ("worn", 40, "used")):
        desk.put(name, price, condition_group=group)
    desk.put("cheap", 70, condition_group="new")
    assert happened(site, alert) == [("Wine cheap", "↑ up 40 %"), ("Wine cheap", "new")]


def test_each_portion_goes_on_behind_the_last_one(site: Client, desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    names = [chr(97 + number // 26) + chr(97 + number % 26) for number in range(35)]
    desk.put_all(dict.fromkeys(names, 10))
    page = text(site, f"/alerts/{alert.pk}/?sort=oldest")
    [cursor] = re.findall(r"cursor=([\w-]+)", page)
    first = [title for title, _ in happened(site, alert, sort="oldest")]
    second = [title for title, _ in happened(site, alert, sort="oldest", cursor=cursor)]
    assert (len(first), len(second)) == (30, 5)
    assert sorted(first + second) == sorted(f"Wine {name}" for name in names)
    assert site.get(f"/alerts/{alert.pk}/", {"cursor": "x"}).status_code == 404


@pytest.fixture
def mailed(desk: Desk, ann: User) -> Digest:
    """The digest of a mail that tells of a listing whose title is an attack."""
    alert = desk.keep(ann, name="Mine")
    desk.start()
    desk.put("a", 100, title=HOSTILE)
    desk.slot()
    desk.deliver()
    return Digest.objects.filter(alert=alert, kind="changes").get()


def test_the_mails_of_an_alert_stand_newest_first_with_what_became_of_them(
    site: Client, mailed: Digest
) -> None:
    page = text(site, f"/alerts/{mailed.alert_id}/mails/")
    assert page.index("1 new for Mine") < page.index("Watching Mine")
    assert "News, 1 listing · sent" in page
    Message.objects.update(state="queued", sent_at=None, reply="450 <later>")
    page = text(site, f"/alerts/{mailed.alert_id}/mails/")
    assert "waits to be sent" in page
    assert "450 &lt;later&gt;" in page


def test_a_mail_is_shown_in_a_frame_that_may_do_nothing(site: Client, mailed: Digest) -> None:
    path = f"/alerts/{mailed.alert_id}/mails/{mailed.pk}/"
    page = text(site, path)
    [frame] = re.findall(r"<iframe[^>]*>", page)
    assert f'src="{path}body/"' in frame
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert "&lt;img src=x onerror" in page  # in the text part
    body = site.get(f"{path}body/")
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"
    html = body.content.decode()
    assert "<img src=x" not in html
    assert '<base target="_blank">' in html


def test_mails_and_changes_of_others_are_not_there(
    site: Client, desk: Desk, bob: User, mailed: Digest
) -> None:
    theirs = desk.keep(bob, "port")
    desk.start()
    digest = Digest.objects.filter(alert=theirs).get()
    change = AlertChange.objects.filter(alert_id=theirs.pk).get()
    for number in (theirs.pk, mailed.alert_id):
        assert site.get(f"/alerts/{number}/mails/{digest.pk}/").status_code == 404
        assert site.get(f"/alerts/{number}/mails/{digest.pk}/body/").status_code == 404
        restore = f"/alerts/{number}/changes/{change.pk}/restore/"
        assert site.post(restore).status_code == 404
    for rest in ("mails/", "changes/"):
        assert site.get(f"/alerts/{theirs.pk}/{rest}").status_code == 404
    alerts_of(bob).get()


def test_what_was_changed_is_said_in_words_and_earlier_settings_are_restored(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann, max_price=50, name="Mine", excluded_words=["for parts"])
    desk.start()
    keeping.change_alert(ann, kept.pk, wish(max_price=40, name=HOSTILE), desk.now)
    keeping.pause_alert(ann, kept.pk, desk.now)
    page = text(site, f"/alerts/{kept.pk}/changes/")
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))
    assert "You paused it" in said
    assert "At most: $50.00 → $40.00" in said
    assert "Not with the words: for parts → none" in said
    assert "<img src=x" not in page
    [first] = re.findall(r'action="([^"]*/restore/)"', page)
    assert site.post(first).headers["Location"] == f"/alerts/{kept.pk}/changes/"
    restored = alerts_of(ann).get()
    assert (restored.name, restored.max_price_minor) == ("Mine", 5000)
    assert restored.excluded_words == "for parts"
    assert restored.state == Alert.State.PAUSED


def test_settings_that_another_alert_has_by_now_are_not_restored(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann, "wine")
    keeping.change_alert(ann, kept.pk, wish("port"), desk.now)
    desk.keep(ann, "wine", name="The other")
    [restore] = re.findall(r'action="([^"]*/restore/)"', text(site, f"/alerts/{kept.pk}/changes/"))
    page = site.post(restore, follow=True).content.decode()
    assert "Not restored." in page
    assert "The other" in page
    kept.refresh_from_db()
    assert kept.keywords == "port"


def test_an_alert_is_snoozed_from_its_page_and_that_is_undone(
    site: Client, desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann)
    desk.start()
    act = f"/alerts/{kept.pk}/act/"
    page = site.post(act, {"action": "snooze", "days": "7"}, follow=True).content.decode()
    assert "Mails come again" in page
    assert "End the snooze" in page
    kept.refresh_from_db()
    assert kept.snoozed_until is not None
    assert (kept.snoozed_until - desk.now).days == 6
    answer = site.post("/alerts/undo/", {"from": "alert"})
    assert answer.headers["Location"] == f"/alerts/{kept.pk}/"
    kept.refresh_from_db()
    assert kept.snoozed_until is None
    assert "Undo" not in text(site, f"/alerts/{kept.pk}/")


def test_a_page_of_an_alert_takes_as_many_queries_however_much_there_is(
    site: Client, desk: Desk, ann: User, django_assert_max_num_queries: Any
) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put_all({f"n{number}": number for number in range(1, 40)})
    desk.slot()
    for rest in ("", "?show=told", "?show=now", "mails/", "changes/"):
        with django_assert_max_num_queries(18):
            site.get(f"/alerts/{alert.pk}/{rest}")


def test_a_page_asks_for_its_parts_where_they_can_be_read_and_keeps_them_through_errors(
    site: Client, desk: Desk, ann: User
) -> None:
    """A refused form's page lies at an address that takes nothing but forms."""
    kept = desk.keep(ann)
    copy = keeping.duplicate_alert(ann, kept.pk, desk.now)
    refused = site.post(f"/alerts/{copy.pk}/act/", {"action": "resume"}).content.decode()
    assert f'hx-get="/alerts/{copy.pk}/"' in refused
    page = text(site, f"/alerts/{kept.pk}/changes/")
    assert f'hx-get="/alerts/{kept.pk}/changes/"' in page
    assert '"noSwap": [204, 304, "4xx", "5xx"]' in page


def test_a_new_alerts_page_shows_what_is_on_offer_until_something_happens(
    site: Client, desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann)
    desk.put("a", 100)
    desk.start()
    page = site.get(f"/alerts/{alert.pk}/").content.decode()
    assert re.search(r'\?show=now" aria-current="page"', page)
    assert "Wine a" in page
    desk.put("b", 80)
    page = site.get(f"/alerts/{alert.pk}/").content.decode()
    assert re.search(r'\?show=happened" aria-current="page"', page)

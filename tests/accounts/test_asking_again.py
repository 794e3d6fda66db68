"""Asking again who it is: by a code in a mail, for who has no password and no second factor."""

import re

import pytest
from django.test import Client

from ebay_alerts.accounts.asking_again import TRIES
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from tests.conftest import SteppedClock

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(databases=["default", "analytics"]),
]
AGAIN, WANTED = "/sign-in/again/mail/?next=/password/set/", "/password/set/"


@pytest.fixture
def site(client: Client) -> Client:
    """A browser that was signed in long ago."""
    client.force_login(ensure_user("ann@example.com", clock.now()))
    return client


def code() -> str:
    mail = Message.objects.filter(subject__startswith="Your code to go on").latest("pk")
    found = re.search(r"asked for it: (\S+)", mail.text)
    assert found
    return found[1]


@pytest.mark.parametrize("path", [WANTED, "/settings/second-factor/add/"])
def test_who_has_nothing_but_the_mailbox_is_asked_for_a_code(site: Client, path: str) -> None:
    answer = site.get(path)
    assert answer.headers["Location"].startswith("/sign-in/again/mail/?next=")
    site.post(answer.headers["Location"], {"send": "yes"})
    went_on = site.post(answer.headers["Location"], {"code": code().lower()})
    assert went_on.headers["Location"] == path
    assert site.get(path).status_code == 200


def test_what_was_sent_before_the_question_is_not_lost(site: Client) -> None:
    fields = {"password1": "a-new-lantern", "password2": "a-new-lantern"}
    again = site.post(WANTED, fields).headers["Location"]
    assert not User.objects.get().has_usable_password()
    site.post(again, {"send": "yes"})
    site.post(again, {"code": code()})
    assert User.objects.get().check_password("a-new-lantern")


def test_wrong_codes_end_it(site: Client) -> None:
    site.post(AGAIN, {"send": "yes"})
    for _ in range(TRIES):
        assert site.post(AGAIN, {"code": "WRONG1"}).status_code == 422
    assert site.post(AGAIN, {"code": code()}).status_code == 422
    assert site.get(WANTED).status_code == 302


def test_a_code_is_good_for_a_while_and_until_the_next(
    site: Client, stepped_clock: SteppedClock
) -> None:
    site.post(AGAIN, {"send": "yes"})
    first = code()
    site.post(AGAIN, {"send": "yes"})
    assert site.post(AGAIN, {"code": first}).status_code == 422
    stepped_clock.step(minutes=15)
    assert site.post(AGAIN, {"code": code()}).status_code == 422


def test_codes_are_mailed_but_a_few_times(site: Client) -> None:
    answers = [site.post(AGAIN, {"send": "yes"}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_a_code_of_one_browser_is_good_in_no_other(site: Client) -> None:
    other = Client()
    other.force_login(User.objects.get())
    site.post(AGAIN, {"send": "yes"})
    assert other.post(AGAIN, {"code": code()}).status_code == 422


def test_it_leads_to_no_other_site(site: Client) -> None:
    elsewhere = "/sign-in/again/mail/?next=https://evil.example/"
    site.post(elsewhere, {"send": "yes"})
    answer = site.post(elsewhere, {"code": code()})
    assert "evil" not in answer.headers["Location"]

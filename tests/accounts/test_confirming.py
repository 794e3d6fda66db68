"""Double opt-in: a confirmation by mail, its link and page, and how often it is sent."""

import re
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from ebay_alerts.accounts.confirming import confirmation_link
from ebay_alerts.accounts.errors import BadConfirmation, InvalidAddress, TooManyConfirmations
from ebay_alerts.accounts.models import ConfirmationRequest, User
from ebay_alerts.accounts.services import confirm, ensure_user, request_confirmation
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.models import Message
from tests.conftest import SteppedClock

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
ANN = "ann@example.com"


def link(message: Message) -> str:
    [found] = set(re.findall(r"http://localhost:5000/c/\S+", message.text))
    return found


def token(url: str) -> str:
    return urlsplit(url).path.split("/")[2]


def is_confirmed(email: str = ANN) -> bool:
    return User.objects.get(email=email).confirmed_at is not None


def test_the_mail_carries_a_link_whose_page_has_a_button(stepped_clock: SteppedClock) -> None:
    request_confirmation(ANN, stepped_clock.now())
    message = Message.objects.get()
    assert message.to_address == ANN
    assert link(message) in message.html
    path = urlsplit(link(message)).path
    browser = Client(enforce_csrf_checks=True)
    for _ in range(3):  # as mail scanners do
        page = browser.get(path)
        assert (page.status_code, is_confirmed()) == (200, False)
        assert browser.head(path).status_code == 200
    assert browser.post(path).status_code == 403
    form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert form
    answer = browser.post(path, {"csrfmiddlewaretoken": form[1]})
    assert b"come from now on" in answer.content
    assert is_confirmed()


def test_the_mail_is_one_mail_to_one_address_and_no_list(stepped_clock: SteppedClock) -> None:
    request_confirmation(ANN, stepped_clock.now())
    mail = message_from_bytes(compose_bytes(Message.objects.get()), policy=default)
    assert not mail.defects
    assert (mail["To"], mail["Auto-Submitted"]) == (ANN, "auto-generated")
    assert not [name for name in mail if name.lower().startswith("list-")]


def test_a_link_is_good_for_three_days_and_as_often_as_it_is_opened(
    stepped_clock: SteppedClock,
) -> None:
    request_confirmation(ANN, stepped_clock.now())
    early = token(link(Message.objects.get()))
    stepped_clock.step(days=2)
    first = confirm(early, stepped_clock.now()).confirmed_at
    stepped_clock.step(hours=23)
    assert confirm(early, stepped_clock.now()).confirmed_at == first
    stepped_clock.step(hours=2)
    with pytest.raises(BadConfirmation, match="too old"):
        confirm(early, stepped_clock.now())
    assert Client().get(f"/c/{early}/").status_code == 404


def test_a_link_that_was_not_made_here_or_for_this_address_confirms_nothing(
    stepped_clock: SteppedClock,
) -> None:
    for email in (ANN, "bob@example.com"):
        request_confirmation(email, stepped_clock.now())
    ann, bob = User.objects.order_by("pk")
    good = token(confirmation_link(ann, stepped_clock.now()))
    other = token(confirmation_link(bob, stepped_clock.now()))
    forged = f"{other.split(':')[0]}:{good.split(':')[1]}"
    for bad in ("", "x", "%00", "é", good[:-1], forged, good.split(":")[0], "a" * 5000):
        assert Client().post(f"/c/{bad}/").status_code == 404
    User.objects.filter(pk=ann.pk).update(email="new@example.com")
    with pytest.raises(BadConfirmation):
        confirm(good, stepped_clock.now())
    assert not User.objects.filter(confirmed_at__isnull=False).exists()


def ask(email: str, time: SteppedClock) -> bool:
    try:
        request_confirmation(email, time.now())
    except TooManyConfirmations:
        return False
    return True


def test_one_address_gets_three_an_hour_and_five_a_day(stepped_clock: SteppedClock) -> None:
    assert [ask(ANN, stepped_clock) for _ in range(4)] == [True, True, True, False]
    assert not ask("ANN@example.com", stepped_clock)
    assert ask("bob@example.com", stepped_clock)
    stepped_clock.step(hours=1)
    assert [ask(ANN, stepped_clock) for _ in range(3)] == [True, True, False]
    stepped_clock.step(hours=23)
    assert ask(ANN, stepped_clock)
    assert Message.objects.filter(to_address=ANN).count() == 6
    assert ConfirmationRequest.objects.filter(address=ANN).count() == 3


def test_all_addresses_together_get_as_many_as_the_setting_says(
    stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.CONFIRMATIONS_PER_HOUR = 3
    asked = [ask(f"u{number}@example.com", stepped_clock) for number in range(5)]
    assert asked == [True, True, True, False, False]
    assert User.objects.count() == Message.objects.count() == 3


def test_who_asks_does_not_learn_whether_an_address_is_known(stepped_clock: SteppedClock) -> None:
    ensure_user(ANN, stepped_clock.now())
    assert [ask(ANN, stepped_clock) for _ in range(4)] == [True, True, True, False]
    assert not Message.objects.exists()


def test_an_address_that_cannot_be_is_refused(stepped_clock: SteppedClock) -> None:
    for bad in ("", "nobody", "a@b\nc", "é@example.com"):
        with pytest.raises(InvalidAddress):
            request_confirmation(bad, stepped_clock.now())
    assert not User.objects.exists()


def test_the_operator_vouches_for_an_address(stepped_clock: SteppedClock) -> None:
    request_confirmation(ANN, stepped_clock.now())
    assert ensure_user("Ann@example.com", stepped_clock.now()).confirmed_at == stepped_clock.now()
    assert is_confirmed()

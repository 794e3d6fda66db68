"""Test mails, asked for by a user."""

from datetime import timedelta

import pytest

from ebay_alerts.mail.models import Message, Suppression
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def api(stepped_clock: SteppedClock) -> Person:
    return person("ann@example.com", stepped_clock)


def test_a_user_gets_one_in_ten_minutes(api: Person, stepped_clock: SteppedClock) -> None:
    answer = api.send("POST", "/account/test-mail")
    assert answer.status_code == 202
    assert answer.json() == {"to": "ann@example.com", "state": "queued", "reason": None}
    message = Message.objects.get()
    assert (message.to_address, message.subject) == (
        "ann@example.com",
        "Test mail from eBay Alerts",
    )

    stepped_clock.step(minutes=9)
    assert api.send("POST", "/account/test-mail").status_code == 429
    stepped_clock.step(minutes=2)
    assert api.send("POST", "/account/test-mail").status_code == 202
    assert Message.objects.count() == 2


def test_one_user_s_mail_is_no_limit_for_another(api: Person, stepped_clock: SteppedClock) -> None:
    bob = person("bob@example.com", stepped_clock)

    assert api.send("POST", "/account/test-mail").status_code == 202
    assert bob.send("POST", "/account/test-mail").status_code == 202


def test_an_address_that_gets_no_mail_says_why(api: Person, stepped_clock: SteppedClock) -> None:
    Suppression.objects.create(
        address="ann@example.com",
        reason="bounced",
        words="550 no such user",
        since=stepped_clock.now(),
        until=stepped_clock.now() + timedelta(days=1),
    )

    answer = api.send("POST", "/account/test-mail").json()
    assert answer["state"] == "failed"
    assert "550 no such user" in answer["reason"]

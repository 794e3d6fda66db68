"""Users who never confirm their address do not stay."""

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import ConfirmationRequest, User
from ebay_alerts.accounts.services import confirm, ensure_user, request_confirmation
from ebay_alerts.mail.models import Message
from ebay_alerts.web.leaving import erase_leaving
from tests.accounts.test_confirming import link, token
from tests.conftest import SteppedClock

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]
ANN = "ann@example.com"


def emails() -> set[str]:
    return set(User.objects.values_list("email", flat=True))


def test_who_never_confirms_is_erased_without_a_trace(
    stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.UNCONFIRMED_DAYS = 10
    request_confirmation("Ann@Example.com", stepped_clock.now())
    ensure_user("bob@example.com", stepped_clock.now())

    stepped_clock.step(days=9, hours=23)
    assert erase_leaving() == 0
    stepped_clock.step(hours=2)
    assert erase_leaving() == 1
    assert emails() == {"bob@example.com"}
    assert Message.objects.count() == ConfirmationRequest.objects.count() == 0


def test_whoever_asked_again_lately_is_kept(
    stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.UNCONFIRMED_DAYS = 10
    request_confirmation(ANN, stepped_clock.now())
    stepped_clock.step(days=9)
    request_confirmation(ANN, stepped_clock.now())
    stepped_clock.step(days=2)

    assert erase_leaving() == 0
    confirm(token(link(Message.objects.latest("pk"))), stepped_clock.now())
    stepped_clock.step(days=20)
    assert erase_leaving() == 0
    assert emails() == {ANN}


def test_a_link_of_an_erased_user_confirms_nobody(
    stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.UNCONFIRMED_DAYS = 4
    request_confirmation(ANN, stepped_clock.now())
    stepped_clock.step(days=5)
    erase_leaving()

    request_confirmation(ANN, stepped_clock.now())
    assert User.objects.get().confirmed_at is None

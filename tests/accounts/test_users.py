"""Users are known by an e-mail address, whatever its case."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connections, transaction

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from ebay_alerts.mail.addresses import clean_address

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_a_new_user_is_confirmed_active_and_has_no_password() -> None:
    now = clock.now()
    user = ensure_user("ann@example.com", now)
    assert (user.confirmed_at, user.created_at, user.is_active) == (now, now, True)
    assert not user.has_usable_password()
    assert not user.is_staff


def test_one_address_is_one_user_whatever_its_case() -> None:
    first = ensure_user("Ann.Smith@Example.com", clock.now())
    for email in ("ann.smith@example.com", " ANN.SMITH@EXAMPLE.COM\n", "Ann.Smith@Example.com"):
        assert ensure_user(email, clock.now()) == first
    assert User.objects.get().email == "Ann.Smith@Example.com"


def test_the_database_itself_refuses_an_address_in_another_case() -> None:
    ensure_user("ann@example.com", clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ANN@example.com", created_at=clock.now())


def test_a_user_that_there_is_stays_as_it_was() -> None:
    user = ensure_user("ann@example.com", clock.now())
    User.objects.update(is_active=False, time_zone="Europe/Berlin")
    again = ensure_user("Ann@example.com", clock.now())
    assert (again.pk, again.is_active) == (user.pk, False)
    assert again.confirmed_at == user.confirmed_at
    assert again.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "ann",
        "@example.com",
        "ann@",
        "ann@example",
        "ann@@example.com",
        "ann smith@example.com",
        "ann@exam ple.com",
        "Ann <ann@example.com>",
        "ann@example.com,bob@example.com",
        "ann@example.com\nBcc: eve@example.com",
        "ann@example.com\x00",
        "ann\x00@example.com",
        "ann@-example.com",
        "a" * 250 + "@example.com",
        "a" * 65 + "@example.com",
        "ann@" + "e" * 64 + ".com",
        ".ann@example.com",
        "ſam@example.com",
        "\u212aim@example.com",
        "ann\u202e@example.com",
        "ann\ud800@example.com",
    ],
)
def test_a_hostile_address_is_refused(email: str) -> None:
    ensure_user("sam@example.com", clock.now())
    ensure_user("kim@example.com", clock.now())
    with pytest.raises(InvalidAddress, match="is no e-mail address"):
        ensure_user(email, clock.now())
    assert User.objects.count() == 2


def test_a_domain_beyond_ascii_is_kept_as_it_is_asked_for() -> None:
    user = ensure_user("ann@Exämple.com", clock.now())
    assert user.email == "ann@xn--exmple-cua.com"
    assert ensure_user("ANN@EXÄMPLE.COM", clock.now()) == user


@pytest.mark.parametrize(
    "email", ["o'hara+wine@example.co.uk", "a@b.io", "ann@localhost", "x" * 64 + "@example.com"]
)
def test_an_unusual_address_is_taken_and_can_be_mailed_to(email: str) -> None:
    assert clean_address(ensure_user(email, clock.now()).email)


def test_an_administrator_can_be_made() -> None:
    user = User.objects.create_superuser("root@example.com", "a long password")
    assert user.is_superuser
    assert user.check_password("a long password")


@pytest.mark.django_db(transaction=True)
def test_a_user_asked_for_by_many_at_once_is_made_once() -> None:
    together = Barrier(6, timeout=30)

    def ensure(number: int) -> int:
        try:
            together.wait()
            email = "ann@example.com" if number % 2 else "ANN@example.com"
            return int(ensure_user(email, clock.now()).pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(ensure, range(6)))) == 1

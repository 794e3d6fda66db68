"""The pages of addresses: other ones for alerts, and giving the account another one."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from ebay_alerts.accounts.address_changes import VALID_FOR, find_pending
from ebay_alerts.accounts.addresses import add_address
from ebay_alerts.accounts.models import Address, AddressChange, AuditEvent, SignInLink, User
from ebay_alerts.accounts.sign_in_links import make_sign_in_link
from ebay_alerts.alerts.services.destinations import messages_of
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.suppressions import record_complaint
from ebay_alerts.web.leaving import erase_leaving
from tests.alerts.conftest import Desk, ann, bob, desk
from tests.conftest import SteppedClock

__all__ = ["ann", "bob", "desk"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]
NEW = "ann@new.example"


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    """Ann's, who was asked who she is a moment ago."""
    sign_in(client, ann)
    return client


def sign_in(client: Client, user: User) -> None:
    """By a code in a mail."""
    client.post("/sign-in/code/", {"email": user.email})
    code = re.search(r"asked for it: (\S+)", mail_to(user.email, "Your code").text)
    assert code
    client.post("/sign-in/code/enter/", {"code": code[1]})


def mail_to(address: str, subject: str = "") -> Message:
    return Message.objects.filter(to_address=address, subject__contains=subject).latest("pk")


def link_in(message: Message, beginning: str) -> str:
    found = re.search(rf"https?://\S+?({re.escape(beginning)}\S*)", message.text)
    assert found, message.text
    return found[1]


def ask(site: Client, address: str = NEW) -> Any:
    return site.post("/settings/address/", {"address": address})


def asked_link(site: Client) -> str:
    ask(site)
    return link_in(mail_to(NEW), "/ce/")


def test_an_address_is_added_confirmed_used_and_deleted(
    site: Client, desk: Desk, ann: User
) -> None:
    site.post("/settings/addresses/", {"address": "phone@example.org"})
    assert "Not confirmed yet" in site.get("/settings/addresses/").content.decode()
    Client().post(link_in(mail_to("phone@example.org"), "/ca/"))
    alert = desk.keep(ann, "wine")
    address = Address.objects.get()
    alert.address = address
    alert.save()
    page = site.get("/settings/addresses/").content.decode()
    assert "Confirmed" in page
    assert f'Used by <a href="/alerts/{alert.pk}/">' in page
    site.post(f"/settings/addresses/{address.pk}/delete/")
    alert.refresh_from_db()
    assert alert.address is None
    assert not Address.objects.exists()


def test_what_is_no_address_is_said_at_its_field(site: Client, ann: User) -> None:
    for text in ("nobody", ann.email):
        answer = site.post("/settings/addresses/", {"address": text})
        assert answer.status_code == 422
        assert f'value="{text}"' in answer.content.decode()


def test_addresses_of_others_are_not_there(site: Client, ann: User, bob: User) -> None:
    theirs = add_address(bob, "phone@example.org", clock.now())
    for act in ("delete", "resend", "lift"):
        assert site.post(f"/settings/addresses/{theirs.pk}/{act}/").status_code == 404
    assert Address.objects.exists()


def test_a_suppression_is_said_and_lifted(site: Client, ann: User) -> None:
    record_complaint(ann.email, "not wanted <b>", clock.now(), clock.now())
    page = site.get("/settings/addresses/").content.decode()
    assert "not wanted &lt;b&gt;" in page
    site.post("/settings/addresses/lift/")
    assert "not wanted" not in site.get("/settings/addresses/").content.decode()


def test_a_link_to_the_new_address_changes_it_and_the_old_one_is_told(
    site: Client, ann: User
) -> None:
    old = ann.email
    link = asked_link(site)
    assert "asked for" in mail_to(old).subject
    ann.refresh_from_db()
    assert ann.email == old
    assert site.get(link).status_code == 200
    ann.refresh_from_db()
    assert ann.email == old
    site.post(link)
    ann.refresh_from_db()
    assert ann.email == NEW
    assert ann.confirmed_at is not None
    told = mail_to(old, "was changed")
    assert "a…@new.example" in told.text
    assert NEW not in told.text
    assert site.get("/alerts/").status_code == 200
    kinds = AuditEvent.objects.filter(user=ann).values_list("kind", flat=True)
    assert {"address_change_asked", "address_changed"} <= set(kinds)


def test_the_link_works_once_and_for_a_day(
    site: Client, ann: User, stepped_clock: SteppedClock
) -> None:
    link = asked_link(site)
    stepped_clock.step(seconds=VALID_FOR.total_seconds())
    assert site.post(link).status_code == 404
    link = asked_link(site)
    assert site.post(link).status_code == 302
    assert site.post(link).status_code == 404
    ask(site, "ann@third.example")
    site.post(link_in(mail_to("ann@third.example"), "/ce/"))
    ann.refresh_from_db()
    assert ann.email == "ann@third.example"
    assert site.post(link).status_code == 404


def test_the_link_is_good_for_nobody_else(site: Client, ann: User, bob: User) -> None:
    """Whoever has the new mailbox is not let into the account: it may have been mistyped."""
    link = asked_link(site)
    assert Client().post(link).headers["Location"].startswith("/sign-in/")
    stranger = Client()
    stranger.force_login(bob)
    assert stranger.get(link).status_code == stranger.post(link).status_code == 404
    ann.refresh_from_db()
    assert ann.email != NEW


def test_asking_again_and_cancelling_end_the_links_before(site: Client, ann: User) -> None:
    first = asked_link(site)
    second = asked_link(site)
    assert site.post(first).status_code == 404
    site.post("/settings/address/cancel/")
    assert site.post(second).status_code == 404
    assert find_pending(ann, clock.now()) is None


def test_an_address_that_has_an_account_gets_no_link_and_the_page_does_not_say_so(
    site: Client, bob: User, stepped_clock: SteppedClock
) -> None:
    pages = []
    for address in (NEW, bob.email):
        ask(site, address)
        page = site.get("/settings/addresses/").content.decode()
        pages.append(re.sub(r'value="\w{64}"', "", page).replace(address, "X"))
    assert pages[0] == pages[1]
    assert not Message.objects.filter(to_address__iexact=bob.email).exists()


def test_an_address_that_was_taken_meanwhile_changes_nothing(site: Client, ann: User) -> None:
    link = asked_link(site)
    User.objects.create(email=NEW, created_at=clock.now())
    assert site.post(link).status_code == 404
    ann.refresh_from_db()
    assert ann.email != NEW


def test_it_is_asked_for_but_a_few_times(site: Client) -> None:
    for _ in range(3):
        assert ask(site).status_code == 302
    assert ask(site).status_code == 422


def test_what_was_mailed_to_the_old_address_signs_nobody_in(site: Client, ann: User) -> None:
    ann.set_password("seventeen-lanterns")
    ann.save()
    site.force_login(ann)
    old, thief = ann.email, Client()
    thief.post("/password/reset/", {"email": old})
    reset = link_in(mail_to(old, "new password"), "/password/reset/")
    thief.post("/sign-in/code/", {"email": old})
    code = re.search(r"asked for it: (\S+)", mail_to(old, "Your code").text)
    make_sign_in_link(ann, clock.now())
    site.post("/sign-in/again/?next=/settings/address/", {"password": "seventeen-lanterns"})
    site.post(asked_link(site))
    ann.refresh_from_db()
    assert ann.email == NEW
    assert code
    thief.post("/sign-in/code/enter/", {"code": code[1]})
    assert thief.get("/alerts/").status_code == 302
    assert b"used already" in Client().get(reset, follow=True).content
    assert not SignInLink.objects.exists()
    assert not EmailAddress.objects.filter(email=old).exists()


def test_who_has_a_password_is_asked_for_it_first(site: Client, ann: User) -> None:
    ann.set_password("seventeen-lanterns")
    ann.save()
    site.force_login(ann)
    assert ask(site).headers["Location"].startswith("/sign-in/again/")
    assert not AddressChange.objects.exists()


def test_an_other_address_that_becomes_the_accounts_is_no_other_one_any_more(
    site: Client, desk: Desk, ann: User
) -> None:
    alert = desk.keep(ann, "wine")
    alert.address = Address.objects.create(
        user=ann, address=NEW, created_at=clock.now(), confirmed_at=clock.now()
    )
    alert.save()
    site.post(asked_link(site))
    alert.refresh_from_db()
    assert alert.address is None
    assert not Address.objects.exists()


def test_mails_to_the_old_address_stay_the_users_own_and_later_ones_are_not(
    site: Client, ann: User, bob: User, stepped_clock: SteppedClock
) -> None:
    old = ann.email
    link = asked_link(site)
    stepped_clock.step(minutes=1)
    site.post(link)
    ann.refresh_from_db()
    own = set(messages_of(ann).values_list("subject", flat=True))
    assert {
        "Your address at eBay Alerts was changed",
        "Confirm your new address for eBay Alerts",
    } <= own
    stepped_clock.step(minutes=1)
    theirs = Client()
    sign_in(theirs, bob)
    ask(theirs, old)
    theirs.post(link_in(mail_to(old, "Confirm your new"), "/ce/"))
    bob.refresh_from_db()
    assert bob.email == old
    assert not set(messages_of(ann)) & set(messages_of(bob))


def test_deleting_the_account_leaves_nothing_of_its_addresses(
    site: Client, ann: User, bob: User
) -> None:
    site.post(asked_link(site))
    ask(site, "ann@third.example")
    ann.refresh_from_db()
    site.post("/settings/delete/", {"email": NEW})
    erase_leaving()
    assert not User.objects.filter(pk=ann.pk).exists()
    assert not Message.objects.exclude(to_address=bob.email).exists()
    assert not AddressChange.objects.exists()


def test_changes_want_the_sites_token(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    for path in ("/settings/address/", "/settings/addresses/", "/settings/address/cancel/"):
        assert strict.post(path, {"address": NEW}).status_code == 403

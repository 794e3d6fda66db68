"""What people do at the site, from signing up to unsubscribing, in a real browser."""

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewGuest
from tests.browser.scenery import PASSWORD, Member, Scenery, System, link_in
from tests.browser.surfing import SHOWN_WITHIN_MS, Guest

pytestmark = pytest.mark.browser
expect.set_options(timeout=SHOWN_WITHIN_MS)


def read_mail(guest: Guest, system: System, subject: str) -> None:
    """Open the newest mail with that in its subject in the inbox's pages."""
    guest.open(f"{system.inbox_url}/")
    guest.page.locator(".rows a").filter(has_text=subject).first.click()
    expect(guest.page.locator("iframe")).to_be_visible()


def follow(guest: Guest, name: str | re.Pattern[str]) -> Page:
    """Click a link in the mail that is shown; it opens a page of its own, as mail programs do."""
    with guest.context.expect_page() as opened:
        guest.page.frame_locator("iframe").get_by_role("link", name=name).first.click()
    guest.page = opened.value
    guest.page.wait_for_load_state()
    return guest.page


def type_keywords(page: Page, words: str) -> None:
    page.get_by_label("Keywords").fill("")
    page.get_by_label("Keywords").press_sequentially(words, delay=5)


def test_from_signing_up_to_the_first_digest(new_guest: NewGuest, system: System) -> None:
    guest = new_guest()
    guest.open("/")
    guest.page.get_by_role("link", name="Make an account").click()
    guest.page.locator("main input[name=email]").fill("new@example.com")
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    confirmation = system.mail_to("new@example.com", "Confirm")["Subject"]
    read_mail(guest, system, confirmation)
    page = follow(guest, "Confirm this address")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()

    page.get_by_role("link", name="Make your first alert").click()
    type_keywords(page, "tulip -(")
    expect(page.locator("#preview .errorlist")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".field-keywords .errorlist")).to_be_visible()
    expect(page.locator("mark")).to_have_text("(")
    assert page.get_by_label("Keywords").input_value() == "tulip -(", "nothing typed is lost"

    listed = system.mock.create("Tulip Bulbs, Set of 20", 9)
    type_keywords(page, "tulip")
    expect(page.locator("#preview strong")).to_have_text("1 listing")
    expect(page.locator("#preview")).to_contain_text("Tulip Bulbs")
    page.get_by_label("How often").select_option("0")
    page.get_by_role("button", name="Keep this alert").click()
    expect(page.get_by_role("heading", name="tulip")).to_be_visible()

    system.mail_to("new@example.com", "tulip")
    read_mail(guest, system, "tulip")
    mail = guest.page.frame_locator("iframe")
    expect(mail.get_by_role("link", name="Tulip Bulbs").first).to_be_visible()

    system.mock.create("Tulip Vase in Blue", 31)
    system.mock.change(listed, price=7)
    news = system.mail_to("new@example.com", "1 new")["Subject"]
    read_mail(guest, system, news)
    expect(mail.get_by_role("link", name="Tulip Vase").first).to_be_visible()
    expect(mail.get_by_text("$9.00").first).to_be_visible()


def test_a_password_signs_in_on_another_machine(new_guest: NewGuest, scenery: Scenery) -> None:
    guest = new_guest()
    guest.open("/alerts/")
    assert guest.path() == "/sign-in/", "the alerts are for who is signed in"
    guest.page.locator("input[name=login]").fill(scenery.bob.email)
    guest.page.locator("input[name=password]").fill("not-this-one")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator(".errorlist")).to_be_visible()
    guest.page.locator("input[name=password]").fill(PASSWORD)
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_url("**/alerts/")
    guest.page.get_by_role("button", name="Sign out").click()
    guest.page.wait_for_url(scenery.system.url + "/")


def test_the_list_pauses_and_resumes_in_place(new_guest: NewGuest, scenery: Scenery) -> None:
    scenery.bob.keep("vinegar", name="Vinegar in place")
    guest = new_guest(scenery.bob)
    guest.open("/alerts/")
    loads: list[str] = []
    guest.page.on("load", lambda page: loads.append(page.url))
    row = guest.page.locator("li").filter(has_text="Vinegar in place")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    assert loads == [], "the page itself stays"


def test_one_click_in_the_mail_pauses_its_alert_and_another_resumes(
    new_guest: NewGuest, scenery: Scenery
) -> None:
    system, bob = scenery.system, scenery.bob
    bob.keep("vinegar red", name="Unwanted")
    mail = system.mail_to(bob.email, "Unwanted")
    guest = new_guest()
    read_mail(guest, system, mail["Subject"])
    page = follow(guest, re.compile("pause", re.IGNORECASE))
    page.locator("#pause button").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#pause").get_by_role("button", name="Pause")).to_be_visible()

    one_click = unsubscribing(mail)
    answer = system.client().post(one_click, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    page.reload()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def unsubscribing(mail: EmailMessage) -> str:
    """The path that a mail program posts to (RFC 8058)."""
    found = re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    assert found, mail["List-Unsubscribe"]
    return urlsplit(found[1]).path


def test_nobody_sees_what_is_anothers(new_guest: NewGuest, scenery: Scenery) -> None:
    guest = new_guest(scenery.bob)
    addresses = ("/alerts/{alert}/", "/alerts/{alert}/edit/", "/alerts/{alert}/delete/",
                 "/alerts/{alert}/why/{listing}/")  # fmt: skip
    for address in addresses:
        assert guest.open(scenery.address(address)).status == 404
        expect(guest.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    guest.open("/alerts/")
    expect(guest.page.locator("main")).not_to_contain_text("Cameras")


def test_everything_works_without_scripts(new_guest: NewGuest, scenery: Scenery) -> None:
    member = Member(scenery.system, "plain@example.com")
    guest = new_guest(java_script_enabled=False)
    guest.open("/sign-in/")
    guest.page.locator("input[name=login]").fill(member.email)
    guest.page.locator("input[name=password]").fill(PASSWORD)
    guest.page.keyboard.press("Enter")
    guest.page.get_by_role("link", name="New alert").click()
    guest.page.get_by_label("Keywords").fill("camera -strap")
    guest.page.get_by_role("button", name="Preview").click()
    expect(guest.page.locator("#preview")).to_contain_text("on offer now")
    assert guest.page.get_by_label("Keywords").input_value() == "camera -strap"
    guest.page.get_by_role("button", name="Keep this alert").click()
    expect(guest.page.get_by_role("heading", name="camera -strap")).to_be_visible()
    guest.open("/alerts/")
    guest.page.get_by_role("button", name="Pause").click()
    expect(guest.page.get_by_text("paused")).to_be_visible()
    guest.page.get_by_role("button", name="Resume").click()
    expect(guest.page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_mailed_link_chooses_a_new_password(new_guest: NewGuest, scenery: Scenery) -> None:
    member = Member(scenery.system, "forgot@example.com", has_password=False)
    guest = new_guest()
    guest.open("/password/reset/")
    guest.page.locator("main input[name=email]").fill(member.email)
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    mail = scenery.system.mail_to(member.email, "new password")
    guest.open(link_in(mail, "/password/reset/"))
    guest.page.locator("input[name=password1]").fill("a-quieter-lantern")
    guest.page.locator("input[name=password2]").fill("a-quieter-lantern")
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("heading", name="Your password is changed")).to_be_visible()

"""What sellers and users write is shown, and never run: in pages, in mails and in the inbox."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewGuest
from tests.browser.scenery import Member, System, newest_mail
from tests.browser.surfing import Guest

pytestmark = pytest.mark.browser
RUN = "window.hacked=1,alert(1)"
TITLES = (
    f"Orchid <script>{RUN}</script>",
    f'Orchid "><img src=x onerror="{RUN}">',
    f"Orchid '\"--></style></title><svg onload={RUN}>",
    f"Orchid javascript:{RUN} {{{{7*7}}}} {{% csrf_token %}}",
    f"Orchid <a href=javascript:{RUN}>click</a><iframe srcdoc='<script>{RUN}</script>'>",
)


@pytest.fixture(scope="module")
def mallory(system: System) -> tuple[Member, int]:
    """Somebody whose alert finds what hostile sellers offer, and has a hostile name itself."""
    for title in TITLES:
        system.mock.create(title, 12)
    member = Member(system, "mallory@example.com")
    wish = {"name": TITLES[1], "note": TITLES[0], "excluded_words": TITLES[2]}
    alert = member.keep("orchid", **wish)
    system.mail_to(member.email, "Orchid")
    return member, alert


def is_unharmed(guest: Guest) -> bool:
    return all(frame.evaluate("window.hacked") is None for frame in guest.page.frames)


def test_pages_show_hostile_words_and_run_none(
    new_guest: NewGuest, mallory: tuple[Member, int]
) -> None:
    member, alert = mallory
    guest = new_guest(member)
    guest.open(f"/alerts/{alert}/?show=now")
    expect(guest.page.locator(".listings")).to_contain_text("<script>")
    why = guest.page.get_by_role("link", name="Why?").first.get_attribute("href")
    assert why
    mine = [f"/alerts/{alert}{rest}" for rest in ("/", "/?show=now", "/edit/", "/delete/")]
    for address in ("/alerts/", "/alerts/new/?keywords=orchid", why, *mine):
        assert guest.open(address).status == 200
        guest.page.wait_for_load_state("networkidle")
        assert is_unharmed(guest), address
        for link in guest.page.locator("a[href]").all():
            assert not (link.get_attribute("href") or "").strip().startswith("javascript:")


@pytest.mark.parametrize("words", TITLES, ids=range(len(TITLES)))
def test_hostile_keywords_are_typed_and_refused_or_looked_for(
    new_guest: NewGuest, mallory: tuple[Member, int], words: str
) -> None:
    guest = new_guest(mallory[0])
    guest.open("/alerts/new/")
    guest.page.evaluate("words => document.querySelector('[name=sellers]').value = words", words)
    with guest.page.expect_response("**/alerts/preview/"):
        guest.page.get_by_label("Keywords").fill(words)
    with guest.page.expect_navigation():
        guest.page.get_by_role("button", name="Preview").click()
    for field in ("keywords", "sellers"):
        assert guest.page.locator(f"[name={field}]").input_value() == words
    assert is_unharmed(guest)


def test_mails_and_the_inbox_show_hostile_words_and_run_none(
    new_guest: NewGuest, system: System, mallory: tuple[Member, int]
) -> None:
    guest = new_guest()
    subject = system.mail_to(mallory[0].email, "Orchid")["Subject"]
    guest.open(f"{system.inbox_url}/")
    guest.page.locator(".rows a").filter(has_text=subject[:30]).first.click()
    mail = guest.page.frame_locator("iframe")
    expect(mail.get_by_text("<script>").first).to_be_visible()
    path = newest_mail(system)
    for tab in ("html", "text", "source", "headers", "attachments"):
        guest.open(f"{system.inbox_url}{path}?tab={tab}")
        assert guest.page.evaluate("window.hacked") is None
    guest.open(f"{system.inbox_url}/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert guest.page.evaluate("window.hacked") is None


def test_the_mocks_own_pages_run_none_either(
    new_guest: NewGuest, system: System, mallory: tuple[Member, int]
) -> None:
    guest = new_guest()
    guest.open(f"{system.mock_url}/")
    assert is_unharmed(guest)
    for product in system.mock.products("orchid"):
        guest.open(f"{system.mock_url}/itm/{product['id']}")
        expect(guest.page.get_by_role("heading", level=1)).to_contain_text("Orchid")
        assert is_unharmed(guest)

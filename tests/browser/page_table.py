"""Every page that people see, in one table: tests visit them all, and the tour shows most.

A new page of the site gets a row here, or its URL name a place among `NO_PAGES` or `IN_STORIES`; a
test holds that.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.surfing import Guest


@dataclass(frozen=True)
class SeenPage:
    """One page as one kind of person sees it.

    `address` is filled from the scenery, `url_names` are the site's names of what it shows. `says`
    is its sentence in the tour; without one it is not shown there. `steps` lead on from the
    address to what is to be seen.
    """

    name: str
    address: str
    url_names: tuple[str, ...] = ()
    is_signed_in: bool = False
    status: int = 200
    says: str = ""
    steps: Callable[[Guest], None] = lambda guest: None


def _ask_for_a_code(guest: Guest) -> None:
    guest.page.locator("main input[name=email]").fill("nobody@example.com")
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_url("**/sign-in/code/enter/")


def _ask_for_a_link(guest: Guest) -> None:
    guest.page.locator("main input[name=email]").fill("nobody-yet@example.com")
    guest.page.keyboard.press("Enter")
    guest.page.get_by_role("heading", name="Look into your mail").wait_for()


def _mistake_the_keywords(guest: Guest) -> None:
    guest.page.get_by_label("Keywords").fill('camera -(strap, "old')
    guest.page.keyboard.press("Enter")
    guest.page.locator(".marked").wait_for()


def _fold_out_everything(guest: Guest) -> None:
    for summary in guest.page.locator("form summary").all():
        summary.click()


def _see_the_preview(guest: Guest) -> None:
    guest.page.locator("#preview dl").wait_for()


def _see_the_chart(guest: Guest) -> None:
    guest.page.locator(".plot canvas").first.wait_for()


def _see_the_calls(guest: Guest) -> None:
    guest.page.locator(".opblock").first.wait_for()


SIGNED_OUT = (
    SeenPage("home", "/", ("home",), says="What it is, and how the market stands."),
    SeenPage("sign-up", "/sign-up/", ("account_signup",), says="An address is all that it takes."),
    SeenPage("signed-up", "/sign-up/", steps=_ask_for_a_link),
    SeenPage(
        "confirm",
        "{confirm}",
        ("confirm-address",),
        says="The link in the mail leads here; its button confirms the address and signs in.",
    ),
    SeenPage("confirm-nothing", "/c/nothing/", status=404),
    SeenPage("confirm-other", "{confirm_other}", ("confirm-other-address",)),
    SeenPage("sign-in", "/sign-in/", ("account_login",), says="Signing in takes a password."),
    SeenPage("ask-for-code", "/sign-in/code/", ("account_request_login_code",)),
    SeenPage(
        "enter-code",
        "/sign-in/code/",
        ("account_confirm_login_code",),
        says="Or a code that comes by mail.",
        steps=_ask_for_a_code,
    ),
    SeenPage("sign-in-once", "{sign_in_once}", ("sign-in-once",)),
    SeenPage("sign-in-once-used", "/sign-in/once/nothing/", status=404),
    SeenPage("closed", "/sign-in/closed/", ("account_inactive",)),
    SeenPage("reset", "/password/reset/", ("account_reset_password",)),
    SeenPage("reset-sent", "/password/reset/sent/", ("account_reset_password_done",)),
    SeenPage("reset-new", "{reset}", ("account_reset_password_from_key",)),
    SeenPage("reset-used", "/password/reset/1-abc-def/"),
    SeenPage("reset-done", "/password/reset/done/", ("account_reset_password_from_key_done",)),
    SeenPage(
        "mail-alert",
        "{alert_page}",
        ("alert-page",),
        says="Every mail leads to its alert's page, without signing in: all that matches now.",
    ),
    SeenPage("mail-several", "{several}", ("several-alerts",)),
    SeenPage(
        "mail-watch",
        "{watch}",
        ("watch",),
        says="“Watch this one” in a mail: from then on one hears of this listing.",
    ),
    SeenPage(
        "mail-everything",
        "{everything}",
        ("everything",),
        says="Unsubscribing takes one click, and can be taken back.",
    ),
    SeenPage(
        "mail-report",
        "{report}",
        ("report-page",),
        says="The price report of a morning as a page.",
    ),
    SeenPage("not-found", "/nothing-here", status=404),
    SeenPage("swagger", "/swagger", says="The API, to read and to try.", steps=_see_the_calls),
)

SIGNED_IN = (
    SeenPage(
        "alerts",
        "/alerts/",
        ("alerts",),
        is_signed_in=True,
        says="One's alerts, each with its state and its next look; a click pauses one.",
    ),
    SeenPage(
        "new-alert",
        "/alerts/new/?keywords=camera",
        ("new-alert",),
        is_signed_in=True,
        says="A new alert shows what it would find while one types.",
        steps=_see_the_preview,
    ),
    SeenPage(
        "mistaken",
        "/alerts/new/",
        is_signed_in=True,
        says="What is wrong in the keywords is shown where it is.",
        steps=_mistake_the_keywords,
    ),
    SeenPage("new-alert-whole", "/alerts/new/", is_signed_in=True, steps=_fold_out_everything),
    SeenPage(
        "alert",
        "/alerts/{alert}/",
        ("alert",),
        is_signed_in=True,
        says="One alert: what its search costs over time, and all that it told.",
        steps=_see_the_chart,
    ),
    SeenPage(
        "alert-now",
        "/alerts/{alert}/?show=now",
        is_signed_in=True,
        says="And what it finds on offer now.",
    ),
    SeenPage("edit-alert", "/alerts/{alert}/edit/", ("edit-alert",), is_signed_in=True),
    SeenPage("delete-alert", "/alerts/{alert}/delete/", ("delete-alert",), is_signed_in=True),
    SeenPage(
        "why",
        "/alerts/{alert}/why/{listing}/",
        ("why",),
        is_signed_in=True,
        says="Why a listing is told, or is not: each limit with what is wanted and what is there.",
    ),
    SeenPage(
        "settings",
        "/settings/",
        ("settings",),
        is_signed_in=True,
        says="When mails come, and when they do not.",
    ),
    SeenPage("tokens", "/settings/tokens/", ("tokens",), is_signed_in=True),
    SeenPage("delete-account", "/settings/delete/", ("delete-account",), is_signed_in=True),
    SeenPage("sign-out", "/sign-out/", ("account_logout",), is_signed_in=True),
    SeenPage(
        "change-password", "/password/change/", ("account_change_password",), is_signed_in=True
    ),
    SeenPage("set-password", "/password/set/", ("account_set_password",), is_signed_in=True),
    SeenPage(
        "listing",
        "/listings/{listing}/",
        ("listing",),
        is_signed_in=True,
        says="One listing: what it cost over time, and how that compares.",
        steps=_see_the_chart,
    ),
    SeenPage("alert-mails", "/alerts/{alert}/mails/", ("alert-mails",), is_signed_in=True),
    SeenPage(
        "alert-mail",
        "/alerts/{alert}/mails/{digest}/",
        ("alert-mail",),
        is_signed_in=True,
        says="A mail that an alert sent, as it went out.",
    ),
    SeenPage(
        "alert-changes",
        "/alerts/{alert}/changes/",
        ("alert-changes",),
        is_signed_in=True,
        says="What was changed in an alert; earlier settings can be had back.",
    ),
    SeenPage(
        "import",
        "/alerts/import/",
        ("import-alerts",),
        is_signed_in=True,
        says="Alerts out of a file, which is looked at before anything is kept.",
    ),
    SeenPage(
        "reports",
        "/reports/",
        ("reports",),
        is_signed_in=True,
        says="Every price report that was sent.",
    ),
    SeenPage("report", "/reports/{report_on}/", ("report",), is_signed_in=True),
    SeenPage(
        "channels",
        "/settings/channels/",
        ("channels",),
        is_signed_in=True,
        says="Where digests go beside mail: webhooks and push services.",
    ),
    SeenPage("channel", "/settings/channels/{channel}/", ("channel",), is_signed_in=True),
    SeenPage("addresses", "/settings/addresses/", ("addresses",), is_signed_in=True),
    SeenPage("change-address", "/settings/address/", ("change-address",), is_signed_in=True),
    SeenPage(
        "change-address-nothing",
        "/ce/nothing/",
        ("use-address-change",),
        is_signed_in=True,
        status=404,
    ),
    SeenPage(
        "security",
        "/settings/security/",
        ("security",),
        is_signed_in=True,
        says="Who is signed in where, the second factor, and what happened.",
    ),
    SeenPage("audit-log", "/settings/security/log/", ("audit-log",), is_signed_in=True),
    SeenPage("own-data", "/settings/data/", ("own-data",), is_signed_in=True),
    SeenPage("ask-again", "/sign-in/again/", ("account_reauthenticate",), is_signed_in=True),
    SeenPage("ask-again-by-mail", "/sign-in/again/mail/", ("again-by-mail",), is_signed_in=True),
    SeenPage("status", "/status/", ("status",), is_signed_in=True),
    SeenPage("not-found-signed-in", "/nothing-here", is_signed_in=True, status=404),
)

# Of the two servers for trying out.
BESIDE = (
    SeenPage("inbox", "{inbox}/", says="The inbox for trying out holds every mail that is sent."),
    SeenPage(
        "inbox-mail",
        "{inbox}{mail}",
        says="One of its mails, in light or dark and in three widths.",
    ),
    SeenPage("inbox-text", "{inbox}{mail}?tab=text"),
    SeenPage("inbox-headers", "{inbox}{mail}?tab=headers"),
    SeenPage("inbox-source", "{inbox}{mail}?tab=source"),
    SeenPage("inbox-attachments", "{inbox}{mail}?tab=attachments"),
    SeenPage("inbox-nothing-found", "{inbox}/?q=nothing-of-that-kind"),
    SeenPage("inbox-gone", "{inbox}/mails/999999", status=404),
    SeenPage("mock", "{mock}/", says="The mock eBay and its newest listings."),
    SeenPage("mock-listing", "{mock}{item}"),
    SeenPage("mock-gone", "{mock}/itm/1", status=404),
)

PAGES = (*SIGNED_OUT, *SIGNED_IN, *BESIDE)
CHAPTERS = {"Without signing in": SIGNED_OUT, "Signed in": SIGNED_IN, "For trying out": BESIDE}

# What answers programs, is a file, or is but a part of a page or the end of a form.
NO_PAGES = {
    *("healthz", "readyz", "metrics", "account-deletion"),
    *("feed", "calendar", "export-account"),
    *("alert-unsubscribe", "everything-unsubscribe", "report-unsubscribe"),
    *("preview", "act", "delete-token"),
    *("live", "several", "undo", "export-alerts", "alert-mail-body", "restore-change"),
    *("act-on-listing", "try-channel", "change-channel", "rotate-secret", "delete-channel"),
    *("send-test-mail", "sign-out-others", "sign-out-browser", "mfa_index", "lift-own"),
    *("lift-address", "resend-confirmation", "delete-address", "cancel-address-change"),
    *("make-feed", "end-feed", "channel-postings"),
    "retry",
}
# What is seen only on the way through something; a story looks it over there.
IN_STORIES = {
    *("mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
}

"""Signing up, in and out: by a confirmed address, a password, a code, a link that works once."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from ebay_alerts.accounts.models import AuditEvent, BrowserSession, SignInLink, User
from ebay_alerts.accounts.services import ensure_user, mark_leaving
from ebay_alerts.accounts.sign_in_links import VALID_FOR, make_sign_in_link
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from tests.conftest import SteppedClock

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(databases=["default", "analytics"]),
]
PASSWORD = "seventeen-lanterns"
ALL = {"scopes": ["read", "write", "account"]}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """allauth's rate limits count in the cache of the process."""
    cache.clear()


@pytest.fixture
def ann(db: None) -> User:
    user = ensure_user("ann@example.com", clock.now())
    user.set_password(PASSWORD)
    user.save()
    return user


def path_in(message: Message, beginning: str) -> str:
    """The path of the link in the mail that leads to this site and begins so."""
    found = re.search(rf"https?://\S+?({re.escape(beginning)}\S*)", message.text)
    assert found, message.text
    return found[1]


def code_in(mail: Message) -> str:
    found = re.search(r"asked for it: (\S+)", mail.text)
    assert found, mail.text
    return found[1]


def is_signed_in(client: Client) -> bool:
    return client.get("/alerts/").status_code == 200


def test_who_signs_up_is_mailed_a_link_whose_button_confirms_and_signs_in(client: Client) -> None:
    answer = client.post("/sign-up/", {"email": "new@example.com"})
    assert b"on its way" in answer.content
    link = path_in(Message.objects.get(to_address="new@example.com"), "/c/")
    assert not is_signed_in(client)
    assert client.get(link).status_code == 200
    assert not is_signed_in(client)
    client.post(link)
    assert is_signed_in(client)
    assert User.objects.get().confirmed_at is not None


def test_a_link_that_confirmed_signs_nobody_in_again(client: Client) -> None:
    client.post("/sign-up/", {"email": "new@example.com"})
    link = path_in(Message.objects.get(), "/c/")
    client.post(link)
    other = Client()
    assert other.post(link).status_code == 200
    assert not is_signed_in(other)


def test_signing_up_says_the_same_of_an_address_that_has_an_account(
    client: Client, ann: User
) -> None:
    known = client.post("/sign-up/", {"email": ann.email}).content.decode()
    unknown = client.post("/sign-up/", {"email": "bob@example.com"}).content.decode()
    assert known.replace(ann.email, "X") == unknown.replace("bob@example.com", "X")
    assert not Message.objects.filter(to_address=ann.email).exists()


def test_what_is_no_address_is_refused_at_its_field(client: Client) -> None:
    answer = client.post("/sign-up/", {"email": "nobody"})
    assert answer.status_code == 422
    assert b"errorlist" in answer.content
    assert b'value="nobody"' in answer.content


def test_a_password_signs_in_and_a_wrong_one_does_not(client: Client, ann: User) -> None:
    assert client.post("/sign-in/", {"login": ann.email, "password": "wrong"}).status_code == 200
    assert not is_signed_in(client)
    answer = client.post("/sign-in/", {"login": "ANN@example.com", "password": PASSWORD})
    assert answer.headers["Location"] == "/alerts/"
    assert is_signed_in(client)


def test_an_address_is_found_in_whatever_letters(client: Client) -> None:
    user = ensure_user("Zoe.Smith@Example.com", clock.now())
    user.set_password(PASSWORD)
    user.save()
    client.post("/sign-in/", {"login": "zoe.smith@example.com", "password": PASSWORD})
    assert is_signed_in(client)
    other = Client()
    other.post("/sign-in/code/", {"email": "zoe.smith@example.com"})
    assert Message.objects.get().to_address == "Zoe.Smith@Example.com"


def test_signing_in_gives_another_session_key(client: Client, ann: User) -> None:
    session = client.session
    session["before"] = True
    session.save()
    client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert client.session.session_key != session.session_key


def test_a_code_in_a_mail_signs_in(client: Client, ann: User) -> None:
    client.post("/sign-in/code/", {"email": ann.email})
    mail = Message.objects.get(to_address=ann.email)
    code = code_in(mail)
    assert code in mail.html
    assert client.post("/sign-in/code/enter/", {"code": "WRONG1"}).status_code == 200
    assert not is_signed_in(client)
    client.post("/sign-in/code/enter/", {"code": code})
    assert is_signed_in(client)


def test_an_unknown_address_gets_no_code_and_the_page_does_not_say_so(client: Client) -> None:
    answer = client.post("/sign-in/code/", {"email": "nobody@example.com"}, follow=True)
    assert b"If nobody@example.com has an account" in answer.content
    assert not Message.objects.exists()


def test_an_address_that_is_not_confirmed_gets_the_confirmation_in_place_of_a_code(
    client: Client,
) -> None:
    client.post("/sign-up/", {"email": "new@example.com"})
    client.post("/sign-in/code/", {"email": "new@example.com"})
    subjects = set(Message.objects.values_list("subject", flat=True))
    assert subjects == {"Confirm your address for eBay Alerts"}


def test_a_link_in_a_mail_sets_another_password_once(client: Client, ann: User) -> None:
    client.post("/password/reset/", {"email": ann.email}, headers={"host": "127.0.0.1"})
    mail = Message.objects.get(subject__startswith="Choose")
    assert "http://localhost:" in mail.text
    link = path_in(mail, "/password/reset/")
    page = client.get(link, follow=True)
    target = page.request["PATH_INFO"]
    chosen = {"password1": "eighteen-lanterns", "password2": "eighteen-lanterns"}
    client.post(target, chosen)
    ann.refresh_from_db()
    assert ann.check_password("eighteen-lanterns")
    assert b"used already" in Client().get(link, follow=True).content
    assert Message.objects.filter(subject__contains="was changed").exists()


def test_a_changed_password_ends_the_other_sessions(client: Client, ann: User) -> None:
    other = Client()
    for one in (client, other):
        one.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    fields = {"oldpassword": PASSWORD, "password1": "a-new-lantern", "password2": "a-new-lantern"}
    client.post("/password/change/", fields)
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_who_has_no_password_may_set_one(client: Client) -> None:
    user = ensure_user("bob@example.com", clock.now())
    client.post("/sign-in/code/", {"email": user.email})
    client.post("/sign-in/code/enter/", {"code": code_in(Message.objects.get())})
    fields = {"password1": "a-new-lantern", "password2": "a-new-lantern"}
    client.post("/password/set/", fields)
    user.refresh_from_db()
    assert user.check_password("a-new-lantern")


def test_signing_out_takes_a_post(client: Client, ann: User) -> None:
    client.force_login(ann)
    client.get("/sign-out/")
    assert is_signed_in(client)
    client.post("/sign-out/")
    assert not is_signed_in(client)


def test_many_wrong_passwords_are_refused_for_a_while(client: Client, ann: User) -> None:
    for _ in range(5):
        client.post("/sign-in/", {"login": ann.email, "password": "wrong"})
    client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert not is_signed_in(client)


def test_many_requests_for_an_account_are_refused_in_the_sites_frame(client: Client) -> None:
    answers = [client.post("/sign-up/", {"email": "no address"}) for _ in range(21)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert b"Wait a few minutes" in answers[-1].content


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_site(client: Client, ann: User, elsewhere: str) -> None:
    fields = {"login": ann.email, "password": PASSWORD, "next": elsewhere}
    assert client.post("/sign-in/", fields).headers["Location"] == "/alerts/"
    answer = client.post("/sign-out/", {"next": elsewhere})
    assert urlsplit(answer.headers["Location"]).netloc == ""
    assert "evil" not in answer.headers["Location"]


def test_signing_in_leads_on_to_the_page_that_was_asked_for(client: Client, ann: User) -> None:
    assert client.get("/settings/").headers["Location"] == "/sign-in/?next=/settings/"
    fields = {"login": ann.email, "password": PASSWORD, "next": "/settings/"}
    assert client.post("/sign-in/", fields).headers["Location"] == "/settings/"


def test_a_leaving_user_is_signed_out_and_does_not_come_in_again(client: Client, ann: User) -> None:
    client.force_login(ann)
    mark_leaving(ann, ann.email, clock.now())
    assert not is_signed_in(client)
    client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert not is_signed_in(client)


def test_forms_without_the_sites_token_are_refused(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert b"The page was too old" in answer.content


def once(user: User) -> str:
    return urlsplit(make_sign_in_link(user, clock.now())).path


def test_a_sign_in_link_signs_in_once(client: Client, ann: User) -> None:
    link = once(ann)
    assert client.get(link).status_code == 200
    assert not is_signed_in(client)
    assert client.post(link).headers["Location"] == "/alerts/"
    assert is_signed_in(client)
    other = Client()
    assert other.post(link).status_code == 404
    assert not is_signed_in(other)


def test_a_sign_in_link_is_good_for_a_while_and_until_the_next(
    client: Client, ann: User, stepped_clock: SteppedClock
) -> None:
    first, second = once(ann), once(ann)
    assert client.get(first).status_code == 404
    stepped_clock.step(seconds=VALID_FOR.total_seconds() - 1)
    assert client.get(second).status_code == 200
    stepped_clock.step(seconds=1)
    assert client.post(second).status_code == 404
    assert timedelta() < VALID_FOR <= timedelta(hours=1)


def test_a_sign_in_link_works_on_this_machine_alone(client: Client, ann: User) -> None:
    link = once(ann)
    assert client.post(link, REMOTE_ADDR="203.0.113.7").status_code == 404
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    assert client.post(link, headers=proxied).status_code == 404
    assert not is_signed_in(client)
    assert client.post(link).status_code == 302


def test_of_a_sign_in_link_only_a_hash_is_kept(ann: User) -> None:
    secret = once(ann).rstrip("/").rpartition("/")[2]
    assert secret not in str(SignInLink.objects.values().get())


def test_sessions_lie_in_the_database(client: Client, ann: User) -> None:
    client.force_login(ann)
    assert BrowserSession.objects.get().user == ann


def test_tokens_are_listed_made_and_shown_once_and_deleted(client: Client, ann: User) -> None:
    client.force_login(ann)
    made = client.post("/settings/tokens/", ALL).content.decode()
    token = re.findall(r"<code>(eba_[\w-]+)</code></pre>", made)[0]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/account", headers=bearer).status_code == 200
    page = client.get("/settings/tokens/").content.decode()
    assert token not in page
    assert token[:9] in page
    kept = ann.tokens.get()
    client.post(f"/settings/tokens/{kept.pk}/delete/")
    assert client.get("/api/account", headers=bearer).status_code == 401


def test_tokens_of_others_are_not_there(client: Client, ann: User) -> None:
    client.force_login(ann)
    client.post("/settings/tokens/", ALL)
    stranger = Client()
    stranger.force_login(ensure_user("bob@example.com", clock.now()))
    kept = ann.tokens.get()
    assert stranger.post(f"/settings/tokens/{kept.pk}/delete/").status_code == 404
    assert ann.tokens.count() == 1
    assert kept.hint not in stranger.get("/settings/tokens/").content.decode()


@pytest.mark.parametrize(
    "path",
    ["/alerts/", "/alerts/new/", "/alerts/1/", "/settings/", "/settings/tokens/",
     "/settings/export/", "/settings/delete/"],
)  # fmt: skip
def test_pages_of_a_user_want_a_sign_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"


def logged(kind: str) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("user__email", "origin"))


def test_every_way_of_signing_in_is_in_the_audit_log(client: Client, ann: User) -> None:
    client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    assert is_signed_in(client)
    link = make_sign_in_link(ann, clock.now())
    Client().post(urlsplit(link).path)
    assert logged("signed_in") == [(ann.email, "127.0.0.0/24")] * 2


def test_a_wrong_password_is_in_the_audit_log_with_its_user_if_there_is_one(
    client: Client, ann: User
) -> None:
    for email in (ann.email, "nobody@example.com"):
        client.post("/sign-in/", {"login": email, "password": "wrong"})
    assert not is_signed_in(client)
    assert logged("sign_in_failed") == [(ann.email, "127.0.0.0/24"), (None, "127.0.0.0/24")]
    assert not AuditEvent.objects.filter(about__contains="ann@").exists()

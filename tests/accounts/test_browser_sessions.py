"""Where a user is signed in: shown in words, ended one by one or together."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.test import Client

from ebay_alerts.accounts.browser_sessions import SEEN_NOTED_EVERY, session_name, sessions_of
from ebay_alerts.accounts.browsers import browser_words
from ebay_alerts.accounts.models import AuditEvent, BrowserSession, User
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from tests.conftest import SteppedClock

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(databases=["default", "analytics"]),
]
PASSWORD = "seventeen-lanterns"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0"
)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on an iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.5.0", "curl"),
        ("", "A browser"),
        ("Mozilla/5.0", "A browser"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words


@pytest.fixture
def ann(db: None) -> User:
    user = ensure_user("ann@example.com", clock.now())
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(agent: str, user: User) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/alerts/").status_code == 200


def key_of(client: Client) -> str:
    return str(client.cookies["sessionid"].value)


def test_browsers_are_listed_in_words_and_without_their_keys(ann: User) -> None:
    here, there = signed_in(FIREFOX, ann), signed_in(IPHONE, ann)
    page = here.get("/settings/security/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on an iPhone" in page
    assert "127.0.0.0/24" in page
    assert key_of(here) not in page
    assert key_of(there) not in page


def test_one_browser_is_signed_out(ann: User) -> None:
    here, there = signed_in(FIREFOX, ann), signed_in(IPHONE, ann)
    here.post(f"/settings/security/browser/{session_name(key_of(there))}/")
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert AuditEvent.objects.filter(kind="signed_out", user=ann).exists()


def test_all_others_are_signed_out(ann: User) -> None:
    here, *others = (signed_in(agent, ann) for agent in (FIREFOX, IPHONE, EDGE))
    answer = here.post("/settings/security/others/", follow=True).content.decode()
    assert "2 other browsers signed out." in answer
    assert is_signed_in(here)
    assert not any(map(is_signed_in, others))


def test_browsers_of_others_are_not_there(ann: User) -> None:
    here = signed_in(FIREFOX, ann)
    bob = ensure_user("bob@example.com", clock.now())
    stranger = Client()
    stranger.force_login(bob)
    path = f"/settings/security/browser/{session_name(key_of(here))}/"
    assert stranger.post(path).status_code == 404
    stranger.post("/settings/security/others/")
    assert is_signed_in(here)


def test_signing_others_out_wants_the_sites_token(ann: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    assert strict.post("/settings/security/others/").status_code == 403
    assert strict.get("/settings/security/others/").status_code == 405


def test_another_password_ends_the_other_sessions_for_good(ann: User) -> None:
    here, there = signed_in(FIREFOX, ann), signed_in(IPHONE, ann)
    fields = {"oldpassword": PASSWORD, "password1": "a-new-lantern", "password2": "a-new-lantern"}
    here.post("/password/change/", fields)
    found = sessions_of(ann, key_of(here), clock.now())
    assert [(one.browser, one.is_this) for one in found] == [("Firefox on Linux", True)]
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert AuditEvent.objects.filter(kind="password_changed", user=ann).count() == 1


def test_when_a_browser_was_seen_is_noted_now_and_then(
    ann: User, stepped_clock: SteppedClock
) -> None:
    here = signed_in(FIREFOX, ann)
    first = BrowserSession.objects.get(pk=key_of(here)).seen_at
    stepped_clock.step(seconds=SEEN_NOTED_EVERY.total_seconds() - 1)
    here.get("/settings/security/")
    assert BrowserSession.objects.get(pk=key_of(here)).seen_at == first
    stepped_clock.step(seconds=2)
    here.get("/settings/security/")
    assert BrowserSession.objects.get(pk=key_of(here)).seen_at > first


def test_sessions_go_with_their_user(ann: User) -> None:
    signed_in(FIREFOX, ann)
    ann.delete()
    assert not BrowserSession.objects.filter(user__isnull=False).exists()


def test_who_was_signed_in_before_the_update_still_is(ann: User, client: Client) -> None:
    hash_of = ann.get_session_auth_hash()
    old = DatabaseStore()
    old[SESSION_KEY], old["_auth_user_hash"] = str(ann.pk), hash_of
    old["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    old.create()
    gone = DatabaseStore()
    gone[SESSION_KEY] = "999999"
    gone.create()
    Session.objects.create(
        session_key="over", session_data="", expire_date=clock.now() - timedelta(1)
    )
    module = importlib.import_module("ebay_alerts.accounts.migrations.0010_browser_sessions")
    module.carry_over(apps, None)
    client.cookies["sessionid"] = str(old.session_key)
    assert is_signed_in(client)
    assert [row.user for row in BrowserSession.objects.all()] == [ann]
    assert not Session.objects.exists()


def test_the_audit_log_is_a_page_of_its_users_own_events(ann: User) -> None:
    here = signed_in(FIREFOX, ann)
    stranger = Client()
    stranger.force_login(ensure_user("bob@example.com", clock.now()))
    page = here.get("/settings/security/log/").content.decode()
    assert "Signed in" in page
    assert "127.0.0.0/24" in page
    assert "127.0.0.0/24" not in stranger.get("/settings/security/log/").content.decode()

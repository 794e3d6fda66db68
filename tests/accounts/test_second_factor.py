"""The second factor: set up, asked for on every way in, lost, and removed."""

import re
import time
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.second_factors import lift_second_factor
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.accounts.sign_in_links import make_sign_in_link
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(databases=["default", "analytics"]),
]
PASSWORD = "seventeen-lanterns"
ADD, CODES = "/settings/second-factor/add/", "/settings/second-factor/codes/"


@pytest.fixture
def ann(db: None) -> User:
    user = ensure_user("ann@example.com", clock.now())
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    return client


def code_of(secret: str, *, steps_ago: int = 0) -> str:
    """What the app shows now, or showed some steps ago; what was used before counts anew."""
    cache.clear()
    step = int(time.time()) // app_settings.TOTP_PERIOD
    return format_hotp_value(hotp_value(secret, step - steps_ago))


def again(site: Client, path: str) -> None:
    site.post(f"/sign-in/again/?next={path}", {"password": PASSWORD})


@pytest.fixture
def secret(site: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> str:
    """Of a second factor that was set up on the pages."""
    again(site, ADD)
    page = site.get(ADD).content.decode()
    found = re.findall(r'<code class="key">(\w+)</code>', page)[0]
    with django_capture_on_commit_callbacks(execute=True):
        answer = site.post(ADD, {"code": code_of(found)})
    assert answer.headers["Location"] == CODES
    return str(found)


def is_signed_in(client: Client) -> bool:
    return client.get("/alerts/").status_code == 200


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_setting_it_up_asks_for_the_password_first(site: Client) -> None:
    answer = site.get(ADD)
    assert unquote(answer.headers["Location"]) == f"/sign-in/again/?next={ADD}"
    assert site.post("/sign-in/again/", {"password": "wrong"}).status_code == 200
    assert site.get(ADD).status_code == 302


def test_the_picture_stands_in_the_page_and_the_policy_allows_it(site: Client) -> None:
    again(site, ADD)
    answer = site.get(ADD)
    page = answer.content.decode()
    assert "<svg" in page
    assert "<?xml" not in page
    assert "<script" not in page
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"].split("style-src")[0]


def test_a_wrong_code_sets_nothing_up(site: Client, ann: User) -> None:
    again(site, ADD)
    site.get(ADD)
    assert "errorlist" in site.post(ADD, {"code": "000000x"}).content.decode()
    assert not Authenticator.objects.exists()


def test_its_secrets_are_sealed_in_the_database(secret: str) -> None:
    kept = str(list(Authenticator.objects.values()))
    assert secret not in kept
    assert len(Authenticator.objects.all()) == 2


def test_recovery_codes_are_shown_once(site: Client, secret: str) -> None:
    first = site.get(CODES)
    found = re.findall(r"\b\d{8}\b", first.content.decode())
    assert len(found) == 10
    assert "no-store" in first.headers["Cache-Control"]
    second = site.get(CODES).content.decode()
    assert found[0] not in second
    assert "****" not in second


def test_setting_it_up_is_told_by_mail_and_in_the_log(secret: str, ann: User) -> None:
    assert "factor_added" in kinds()
    subjects = Message.objects.filter(to_address=ann.email).values_list("subject", flat=True)
    assert "Signing in to eBay Alerts asks for a second factor now" in subjects


def by_password(client: Client, ann: User) -> str:
    answer = client.post("/sign-in/", {"login": ann.email, "password": PASSWORD})
    return str(answer.headers["Location"])


def by_code(client: Client, ann: User) -> str:
    client.post("/sign-in/code/", {"email": ann.email})
    mail = Message.objects.filter(to_address=ann.email, subject__startswith="Your code").last()
    assert mail is not None
    found = re.search(r"asked for it: (\S+)", mail.text)
    assert found
    answer = client.post("/sign-in/code/enter/", {"code": found[1]})
    return str(answer.headers["Location"])


def by_link(client: Client, ann: User) -> str:
    answer = client.post(urlsplit(make_sign_in_link(ann, clock.now())).path)
    return str(answer.headers["Location"])


@pytest.mark.parametrize("way", [by_password, by_code, by_link])
def test_every_way_in_asks_for_the_second_factor(ann: User, secret: str, way: Any) -> None:
    other = Client()
    assert way(other, ann) == "/sign-in/second/"
    assert not is_signed_in(other)
    assert "errorlist" in other.post("/sign-in/second/", {"code": "123"}).content.decode()
    assert not is_signed_in(other)
    before = other.session.session_key
    other.post("/sign-in/second/", {"code": code_of(secret)})
    assert is_signed_in(other)
    assert other.session.session_key != before
    assert kinds()[-2:] == ["factor_failed", "signed_in"]


def test_a_code_of_the_app_signs_in_once(ann: User, secret: str) -> None:
    code = code_of(secret)
    for signs_in in (True, False):
        other = Client()
        by_password(other, ann)
        other.post("/sign-in/second/", {"code": code})
        assert is_signed_in(other) is signs_in


def test_a_clock_half_a_minute_off_is_good_enough_and_a_later_code_is_not(
    ann: User, secret: str
) -> None:
    for steps_ago, signs_in in ((-1, True), (3, False)):  # ahead: it holds over a step's end
        other = Client()
        by_password(other, ann)
        other.post("/sign-in/second/", {"code": code_of(secret, steps_ago=steps_ago)})
        assert is_signed_in(other) is signs_in


def test_a_recovery_code_signs_in_once(site: Client, ann: User, secret: str) -> None:
    code = re.findall(r"\b\d{8}\b", site.get(CODES).content.decode())[0]
    for signs_in in (True, False):
        other = Client()
        by_password(other, ann)
        other.post("/sign-in/second/", {"code": code})
        assert is_signed_in(other) is signs_in
    assert "code_used" in kinds()
    assert "9 recovery codes left" in site.get("/settings/security/").content.decode()


def test_wrong_codes_are_refused_for_a_while(ann: User, secret: str) -> None:
    other = Client()
    code = code_of(secret)
    by_password(other, ann)
    for _ in range(5):
        other.post("/sign-in/second/", {"code": "000"})
    other.post("/sign-in/second/", {"code": code})
    assert not is_signed_in(other)


def test_a_new_password_by_mail_does_not_go_round_it(ann: User, secret: str) -> None:
    other = Client()
    other.post("/password/reset/", {"email": ann.email})
    mail = Message.objects.filter(subject__startswith="Choose").get()
    found = re.search(r"(/password/reset/\S+)", mail.text)
    assert found
    target = other.get(found[1], follow=True).request["PATH_INFO"]
    other.post(target, {"password1": "eighteen-lanterns", "password2": "eighteen-lanterns"})
    assert not is_signed_in(other)
    other.post("/sign-in/", {"login": ann.email, "password": "eighteen-lanterns"})
    assert not is_signed_in(other)


def test_removing_it_asks_once_more_who_it_is(
    site: Client, ann: User, secret: str, settings: Settings
) -> None:
    remove = "/settings/second-factor/remove/"
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    assert site.post(remove).headers["Location"].startswith("/sign-in/again/")
    assert Authenticator.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    site.post(f"/sign-in/again/code/?next={remove}", {"code": code_of(secret)})
    assert not Authenticator.objects.exists()
    assert by_password(Client(), ann) == "/alerts/"
    assert "factor_removed" in kinds()


def test_asking_again_leads_to_no_other_site(site: Client) -> None:
    answer = site.post("/sign-in/again/?next=https://evil.example/", {"password": PASSWORD})
    assert "evil" not in answer.headers["Location"]


def test_the_operator_lifts_a_lost_one(ann: User, secret: str) -> None:
    lift_second_factor(ann, clock.now())
    assert by_password(Client(), ann) == "/alerts/"
    assert kinds()[-2:] == ["factor_removed", "signed_in"]


def test_a_factor_sealed_under_another_key_is_said_in_words(
    ann: User, secret: str, settings: Settings
) -> None:
    other = Client()
    settings.SECRET_KEY = "x" * 50
    by_password(other, ann)
    page = other.post("/sign-in/second/", {"code": "123456"}).content.decode()
    assert "another key of this system" in page


def test_tokens_are_asked_for_no_second_factor(site: Client, ann: User, secret: str) -> None:
    page = site.post("/settings/tokens/", {"scopes": ["read"]}).content.decode()
    token = re.findall(r"<code>(eba_[\w-]+)</code></pre>", page)[0]
    answer = Client().get("/api/account", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200

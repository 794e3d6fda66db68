"""What every answer says to browsers, and the keys that the system refuses to start with."""

import secrets

import pytest
from django.test import Client

from ebay_alerts.config.environment import is_weak
from tests.processes.conftest import NewPlace, new_place

__all__ = ["new_place"]

PAGES = ("/", "/swagger", "/nothing-here", "/healthz", "/api/alerts")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_answer_says_what_its_page_may_load(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/swagger"])
def test_no_page_has_scripts_of_its_own_that_the_policy_would_stop(
    client: Client, path: str
) -> None:
    page = client.get(path).content.decode()
    for script in page.split("<script")[1:]:
        opening = script.split(">", 1)[0]
        assert "src=" in opening or "application/json" in opening
    assert "javascript:" not in page
    assert " onclick" not in page


@pytest.mark.parametrize(
    "key",
    ["x", "secret", "a" * 64, "abcabcabc" * 8, "django-insecure-" + "0a1b2c3d4e5f6g7h8i9j" * 3],
)
def test_a_key_that_can_be_guessed_is_weak(key: str) -> None:
    assert is_weak(key)


def test_a_random_key_is_not_weak() -> None:
    assert not any(is_weak(secrets.token_urlsafe(50)) for _ in range(100))


def test_nothing_starts_with_a_key_that_is_known(new_place: NewPlace) -> None:
    program = new_place(SECRET_KEY="django-insecure-1234").command("web")
    assert program.wait(120) == 2
    assert "SECRET_KEY" in program.said()
    assert "1234" not in program.said()


def test_over_https_cookies_and_browsers_stay_there(new_place: NewPlace) -> None:
    place = new_place(
        EBAY_ALERTS_PUBLIC_URL="https://alerts.example", EBAY_ALERTS_HSTS_SECONDS="31536000"
    )
    said = place.module(
        "django",
        "diffsettings",
        DJANGO_SETTINGS_MODULE="ebay_alerts.config.settings",
    )
    assert said.wait(120) == 0, said.said()
    for line in ("CSRF_COOKIE_SECURE = True", "SECURE_HSTS_SECONDS = 31536000"):
        assert line in said.said()

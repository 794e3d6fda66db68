"""What holds at every address of the site, found by walking the URLconf: a new page is held to it
the day that it gets its address."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from ebay_alerts.accounts.addresses import add_address
from ebay_alerts.accounts.auditing import COMMAND_LINE
from ebay_alerts.accounts.models import ApiToken, User
from ebay_alerts.accounts.tokens import issue_token
from ebay_alerts.alerts.models import Alert, AlertChange, Digest
from ebay_alerts.mail.channels import create_channel
from tests.alerts.conftest import Desk, ann, bob, desk

__all__ = ["ann", "bob", "desk"]
pytestmark = pytest.mark.django_db(databases="__all__")

# Posted to by mail programs (RFC 8058) and by eBay, which have no page of ours; a signature, or a
# signed address, is the permission.
POSTED_BY_PROGRAMS = {
    *("alert-unsubscribe", "everything-unsubscribe", "report-unsubscribe", "several-alerts"),
    "account-deletion",
}
ELSEWHERE = (
    *("https://evil.example/", "//evil.example/", "///evil.example/", "https:evil.example"),
    *("/\\evil.example/", "\\\\evil.example/", "http:///evil.example/", "javascript:alert(1)"),
    *("https://localhost@evil.example/", "//evil.example\\@localhost/", " https://evil.example/"),
)


def site_patterns(patterns: Any = None) -> Iterator[URLPattern]:
    """Of every page; the API is in a namespace of its own, and knows tokens alone."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif isinstance(pattern, URLResolver) and not pattern.namespace:
            yield from site_patterns(pattern.url_patterns)


NAMED = {str(pattern.name): pattern for pattern in site_patterns() if pattern.name}
WITH_IDS = sorted(
    name
    for name, pattern in NAMED.items()
    if any(isinstance(one, IntConverter) for one in pattern.pattern.converters.values())
)


def some_path(name: str, **ids: int) -> str:
    """A path of that name; what is no id stands for nothing that there is."""
    pattern = NAMED[name].pattern
    groups = pattern.regex.groupindex
    given = {
        group: ids.get(group, 1) if isinstance(pattern.converters.get(group), IntConverter) else "1"
        for group in groups
    }
    return reverse(name, kwargs=given)


@pytest.mark.parametrize("name", sorted(NAMED))
def test_nothing_is_posted_from_a_page_that_is_not_ours(
    client: Client, ann: User, name: str
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    answer = strict.post(some_path(name), {"action": "pause", "email": ann.email})
    assert (answer.status_code != 403) == (name in POSTED_BY_PROGRAMS)
    assert User.objects.filter(pk=ann.pk).exists()


@pytest.fixture
def of_bob(desk: Desk, ann: User, bob: User) -> dict[str, int]:
    """Ids of what is bob's, by the names that addresses have for them."""
    alert = desk.keep(bob, "port", name="Bobs own")
    desk.keep(ann, "wine")
    desk.start()
    desk.put("p", 10, title="Port p")
    desk.slot()
    issue_token(bob, desk.now, scopes=["read"], name="", expires_at=None, origin=COMMAND_LINE)
    url = ("https://example.com/hook", "example.com")
    channel, _ = create_channel(bob.pk, "webhook", "", url, desk.now)
    return {
        "alert_id": alert.pk,
        "listing_id": desk.listing("p").pk,
        "token_id": ApiToken.objects.get(user=bob).pk,
        "channel_id": channel.pk,
        "address_id": add_address(bob, "office@example.com", desk.now).pk,
        "digest_id": Digest.objects.filter(alert=alert).latest("pk").pk,
        "change_id": AlertChange.objects.filter(alert_id=alert.pk).latest("pk").pk,
    }


@pytest.mark.parametrize("name", WITH_IDS)
def test_what_is_anothers_is_as_little_there_as_nothing(
    client: Client, ann: User, bob: User, of_bob: dict[str, int], name: str
) -> None:
    ids = NAMED[name].pattern.regex.groupindex
    assert set(ids) <= set(of_bob), "say in `of_bob` which of these are bob's"
    client.force_login(ann)
    path = some_path(name, **of_bob)
    before = list(Alert.objects.order_by("pk").values())
    fields = {"action": "pause", "keywords": "port", "interval_minutes": "60"}
    answers = [client.get(path), client.post(path, fields)]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert 404 in {answer.status_code for answer in answers}
    assert not any(b"Bobs own" in answer.content for answer in answers)
    assert list(Alert.objects.order_by("pk").values()) == before
    client.force_login(bob)
    assert {client.get(path).status_code, client.post(path, fields).status_code} != {404}, "it is"


@pytest.mark.parametrize("name", WITH_IDS)
def test_who_is_not_signed_in_is_asked_to_be_first(client: Client, desk: Desk, name: str) -> None:
    answers = [client.get(some_path(name)), client.post(some_path(name))]
    assert {answer.status_code for answer in answers} <= {302, 405}
    for answer in answers:
        assert answer.headers.get("Location", "/sign-in/?next=").startswith("/sign-in/?next=")
    assert answers[1].status_code == 302 or answers[0].status_code == 302


ALLAUTH = sorted(name for name in NAMED if name.startswith(("account_", "mfa_")))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_page_of_signing_in_leads_to_another_site(
    client: Client, ann: User, elsewhere: str
) -> None:
    for name in ALLAUTH:
        for is_signed_in in (False, True):
            visitor = Client()
            if is_signed_in:
                visitor.force_login(ann)
            path = some_path(name)
            assert_stays_here(visitor.get(path, {"next": elsewhere}))
            assert_stays_here(visitor.post(f"{path}?next=x", {"next": elsewhere}))


def assert_stays_here(answer: HttpResponse) -> None:
    """Neither by a redirect nor by a link or form of the page; that its own address stands in a
    field of a form leads nowhere."""
    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")
    for link in re.findall(r'(?:href|action)="([^"]*)"', answer.content.decode()):
        assert re.match(r"/[^/\\]|/$|[?#]|data:,$", link), link


def test_a_session_opens_pages_alone_and_never_the_api(client: Client, ann: User) -> None:
    """So no other site's page has a browser call it."""
    client.force_login(ann)
    for method, path in (("get", "/api/alerts"), ("post", "/api/alerts"), ("get", "/api/account")):
        assert getattr(client, method)(path).status_code == 401


def test_signing_out_takes_a_post(client: Client, ann: User) -> None:
    client.force_login(ann)
    assert client.get("/sign-out/").status_code == 200
    assert client.get("/alerts/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/alerts/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client: Client, ann: User) -> None:
    ann.set_password("seventeen-lanterns")
    ann.save()
    client.get("/sign-in/")
    client.post("/sign-in/", {"login": ann.email, "password": "seventeen-lanterns"})
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]
        assert cookie["path"] == "/"

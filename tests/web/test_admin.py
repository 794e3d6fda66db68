"""The admin pages: for operators alone, read alone, cheap, without secrets, within the policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.operators import make_operator
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.services import note_failure
from tests.alerts.conftest import Desk, ann, bob, desk

__all__ = ["ann", "bob", "desk"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def site(client: Client, desk: Desk, ann: User, bob: User) -> Client:
    """An operator's browser, and rows of every kind, several of each."""
    make_operator(ann, clock.now())
    for number in range(6):
        desk.keep(bob, f"wine -x{number}")
    desk.put_all({"a": 10, "b": 11, "c": 12})
    desk.start()
    for row in (1, 2, 3):
        note_failure(Kind.CHECK, row, KeyError("x"), clock.now())
    client.force_login(ann)
    return client


def pages(model: Any) -> Iterator[str]:
    """The list of a model, a search in it, and one row."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_changelist") + "?q=1"
    yield reverse(f"{name}_changelist") + "?q=bob%40example.com"
    yield reverse(f"{name}_change", args=[model._default_manager.first().pk])


def test_who_is_not_signed_in_is_sent_to_the_sites_own_page(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/sign-in/?next=")
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_to_users_who_are_no_operators_it_is_not_there(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.get("/admin/", follow=True).status_code == 404
    assert client.get("/admin/accounts/user/", follow=True).status_code == 404


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_is_cheap_and_within_the_policy(site: Client, model: Any) -> None:
    for path in pages(model):
        with CaptureQueriesContext(connection) as asked:
            answer = site.get(path)
        assert answer.status_code == 200, path
        assert len(asked) <= 16, [one["sql"] for one in asked]
        counts = [one["sql"] for one in asked if "COUNT(" in one["sql"]]
        assert all("LIMIT" in sql for sql in counts), counts
        page = answer.content.decode()
        for script in page.split("<script")[1:]:
            opening = script.split(">", 1)[0]
            assert "src=" in opening or "application/json" in opening, path
        assert " onclick" not in page
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_list_takes_as_many_queries_however_many_rows_it_has(
    site: Client, desk: Desk, bob: User
) -> None:
    def taken() -> int:
        with CaptureQueriesContext(connection) as asked:
            site.get("/admin/alerts/alert/")
        return len(asked)

    few = taken()
    for number in range(6):
        desk.keep(bob, f"port -x{number}")
    assert taken() == few


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_can_be_added_changed_or_deleted_but_whether_a_user_is_open(
    site: Client, model: Any
) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    pk = model._default_manager.order_by("pk").first().pk
    assert site.get(reverse(f"{name}_add")).status_code == 403
    assert site.post(reverse(f"{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    if model is not User:
        assert site.post(reverse(f"{name}_change", args=[pk]), {}).status_code == 403


def test_no_secret_is_shown(site: Client, ann: User, bob: User) -> None:
    bob.set_password("correct horse battery staple")
    bob.save()
    Message.objects.update(text="https://localhost/c/hush-token/", html="hush-html")
    Attempt.objects.create(message=Message.objects.first(), at=clock.now(), outcome="sent")
    for model in MODELS:
        for path in pages(model):
            page = site.get(path).content.decode()
            assert bob.password not in page
            assert "hush" not in page
            assert "List-Unsubscribe" not in page


def test_a_user_is_closed_and_opened_again_and_the_audit_log_says_by_whom(
    site: Client, ann: User, bob: User
) -> None:
    bobs = Client()
    bobs.force_login(bob)
    path = reverse("admin:accounts_user_change", args=[bob.pk])
    given = {"email": "eve@example.com", "is_staff": "on"}
    assert site.post(path, given).status_code == 302
    bob.refresh_from_db()
    assert (bob.is_active, bob.is_staff, bob.email) == (False, False, "bob@example.com")
    assert bobs.get("/alerts/").status_code == 302
    events = AuditEvent.objects.filter(kind="user_closed").order_by("pk")
    assert [(one.user, one.about) for one in events] == [
        (bob, "by an operator"),
        (ann, f"user {bob.pk}"),
    ]
    site.post(path, {"is_active": "on"})
    bob.refresh_from_db()
    assert bob.is_active


def test_nobody_closes_themselves(site: Client, ann: User) -> None:
    path = reverse("admin:accounts_user_change", args=[ann.pk])
    assert site.post(path, {}).status_code == 403


def test_only_our_own_rows_are_there() -> None:
    assert {model.__module__.split(".")[0] for model in MODELS} == {"ebay_alerts"}

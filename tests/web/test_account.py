"""An account as a whole: all that is kept of a user is told, and deleted without a trace."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connections
from django.test import Client

from ebay_alerts.accounts.models import (
    Address,
    AddressChange,
    ApiToken,
    AuditEvent,
    BrowserSession,
    ConfirmationRequest,
    SignInLink,
    User,
)
from ebay_alerts.accounts.services import mark_leaving, set_preferences
from ebay_alerts.alerts.models import Alert, AlertChange, Digest, Feed, Line, ListingSnooze
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services import leaving as leaving_alerts
from ebay_alerts.alerts.services.feeding import open_feed
from ebay_alerts.analytics.models import AlertChange as CopiedChange
from ebay_alerts.analytics.models import EtlRun, Report
from ebay_alerts.analytics.services import leaving as leaving_copies
from ebay_alerts.mail.channels import create_channel, queue_test
from ebay_alerts.mail.models import Attempt, Channel, Message, Posting, Suppression
from ebay_alerts.market.models import Listing, Search
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.web import leaving
from ebay_alerts.web.schemas import KeptAccount
from tests.alerts.conftest import Desk, desk, wish
from tests.alerts.test_api_refusals import refusal
from tests.analytics.mornings import Mornings
from tests.end_to_end.conftest import Person, person

__all__ = ["desk"]
pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


@pytest.fixture
def ann(desk: Desk) -> Person:
    """Somebody with a past: mails sent, waiting and withdrawn, alerts deleted, and a report."""
    days = Mornings(desk)
    days.at(12)
    ann = person("Ann@example.com", desk.clock)
    person("bob@example.com", desk.clock)
    set_preferences(ann.user, desk.now, report_hour=7)
    gone = desk.keep(ann.user, "port", interval_minutes=0)
    kept = desk.keep(ann.user, "wine", max_price=200)
    desk.keep(User.objects.get(email="bob@example.com"), "wine", interval_minutes=60)
    desk.put_all({"a": 100, "b": 90})
    desk.put("p", 10, title="Port")
    desk.start()
    keeping.change_alert(ann.user, kept.pk, wish("wine", max_price=300), desk.now)
    keeping.delete_alert(ann.user, gone.pk, desk.now)
    days.night()
    channel, _ = create_channel(
        ann.user.pk,
        "webhook",
        "",
        ("https://hooks.example/hush", "https://hooks.example/…"),
        desk.now,
    )
    queue_test(ann.user.pk, channel.pk, desk.now)
    open_feed(ann.user, kept, desk.now)
    desk.put_all({"a": 50})
    desk.slot()
    desk.deliver()
    assert days.morning()
    desk.put("c", 70)
    desk.slot()
    Attempt.objects.create(
        message=Message.objects.filter(to_address="Ann@example.com")[0],
        at=desk.now,
        outcome="sent",
        words="250 <Ann@example.com> ok",
    )
    ConfirmationRequest.objects.create(address="ann@example.com", at=desk.now)
    snoozed = Listing.objects.earliest("pk")
    ListingSnooze.objects.create(user=ann.user, listing=snoozed, created_at=desk.now)
    Address.objects.create(user=ann.user, address="phone@example.com", created_at=desk.now)
    Suppression.objects.create(
        address="ann@example.com", reason="bounced", words="", since=desk.now, until=desk.now
    )
    AddressChange.objects.create(
        user=ann.user,
        before="before@example.com",
        after="Ann@example.com",
        asked_at=desk.now,
        expires_at=desk.now,
        changed_at=desk.now,
    )
    Suppression.objects.create(
        address="before@example.com", reason="bounced", words="", since=desk.now
    )
    Client().force_login(ann.user)
    Authenticator.objects.create(user=ann.user, type="totp", data={"secret": "sealed-hush"})
    return ann


def traces(user: User) -> list[str]:
    """Columns of either database in which the user's id or address stands."""
    return sorted(set(_traces(user.pk, user.email)))


def _traces(user_id: int, address: str) -> Iterator[str]:
    for alias in ("default", "analytics"):
        connection = connections[alias]
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                names = [column[0] for column in cursor.description]
                for row in cursor.fetchall():
                    for name, value in zip(names, row, strict=True):
                        is_id = name == "user_id" or (table, name) == ("accounts_user", "id")
                        if (is_id and value == user_id) or address.lower() in str(value).lower():
                            yield f"{alias}.{table}.{name}"


def test_everything_that_is_kept_is_told(ann: Person) -> None:
    answer = take(ann)
    assert answer["Content-Disposition"] == 'attachment; filename="account.json"'
    told = json.loads(b"".join(answer.streaming_content))
    KeptAccount.model_validate(told)
    assert told["account"]["email"] == "Ann@example.com"
    assert [token["hint"] for token in told["tokens"]] == [ann.token[:9]]
    assert [one["kind"] for one in told["audit"]] == ["token_created", "account_exported"]
    assert ann.token not in json.dumps(told)
    assert "hush" not in json.dumps(told)
    counts = {name: len(rows) for name, rows in told.items() if name != "account"}
    assert counts == {
        "tokens": 1,
        "audit": 2,
        "alerts": Alert.objects.filter(user=ann.user).count(),
        "alert_changes": AlertChange.objects.filter(user_id=ann.user.pk).count(),
        "lines": Line.objects.filter(user=ann.user).count(),
        "listing_snoozes": 1,
        "messages": Message.objects.filter(to_address="Ann@example.com").count(),
        "addresses": 1,
        "address_changes": 1,
        "sessions": 1,
        "second_factors": 1,
        "suppressions": 1,
        "confirmation_requests": 1,
        "channels": 1,
        "postings": Posting.objects.count(),
        "feeds": 1,
        "reports": 1,
    }
    assert min(counts.values()) > 0
    assert [change["kind"] for change in told["alert_changes"]].count("deleted") == 1
    assert told["reports"][0]["moves"]
    assert "bob@example.com" not in json.dumps(told)


def take(api: Person) -> Any:
    headers = {"authorization": f"Bearer {api.token}"}
    return Client().get("/api/account/export", headers=headers)


def test_a_deleted_user_leaves_no_trace_in_either_database(ann: Person, desk: Desk) -> None:
    bob = User.objects.get(email="bob@example.com")
    before = (set(traces(ann.user)), traces(bob))
    assert before[0] >= {
        "default.accounts_user.id",
        "default.accounts_apitoken.user_id",
        "default.accounts_auditevent.user_id",
        "default.alerts_alert.user_id",
        "default.alerts_alertchange.user_id",
        "default.alerts_line.user_id",
        "default.mail_channel.user_id",
        "default.alerts_feed.user_id",
        "default.mail_message.to_address",
        "default.mail_attempt.words",
        "default.mail_suppression.address",
        "default.accounts_confirmationrequest.address",
        "analytics.analytics_alertchange.user_id",
        "analytics.analytics_report.user_id",
    }
    registry = SearchRegistry()
    registry.sync(desk.now)
    only_hers = desk.keep(ann.user, "rare rum").search_id
    answer = ann.send("DELETE", "/account", {"email": " ann@EXAMPLE.com"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert traces(ann.user) == []
    assert not Posting.objects.exists()
    deleted = AuditEvent.objects.get(kind="account_deleted")
    assert (deleted.user, deleted.origin, deleted.token, deleted.about) == (None, "", "", "")
    assert traces(bob) == before[1]
    assert Search.objects.get(pk=only_hers).refresh_seconds is None
    assert Search.objects.get(query="wine").refresh_seconds is not None
    registry.sync(desk.now)
    assert len(registry) == 1
    refusal(ann.send("GET", "/account"), 401, "Authorization")
    assert leaving.erase_leaving() == 0


def test_without_the_address_nothing_is_deleted(ann: Person) -> None:
    before = traces(ann.user)
    for email in ("", "bob@example.com", "ann", "Ann@example.com.de"):
        refusal(ann.send("DELETE", "/account", {"email": email}), 422, "email")
    refusal(ann.send("DELETE", "/account", {}), 422, "email")
    assert traces(ann.user) == before
    assert ann.send("GET", "/account").status_code == 200


STEPS: list[tuple[Any, str]] = [
    (leaving, "erase_channels"),
    (leaving_alerts, "_stop_some"),
    (leaving_alerts, "_erase_lines"),
    (leaving_alerts, "_erase_digests"),
    (leaving_alerts, "_erase_some"),
    (leaving_alerts, "erase_history"),
    (leaving, "erase_messages"),
    (leaving, "erase_copies"),
    (leaving, "_delete"),
]


def test_wherever_it_dies_the_next_look_goes_on(
    ann: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look dies within or right after another step."""

    def look() -> None:
        if ApiToken.objects.filter(user=ann.user).exists():
            ann.send("DELETE", "/account", {"email": ann.user.email})
        else:
            leaving.erase_leaving()

    for module, step in STEPS:
        real: Callable[..., Any] = getattr(module, step)

        def die(*given: Any, real: Callable[..., Any] = real) -> Any:
            real(*given)
            raise KeyboardInterrupt

        assert traces(ann.user)
        with monkeypatch.context() as patch:
            patch.setattr(module, step, die)
            with pytest.raises(KeyboardInterrupt):
                look()
        assert not ApiToken.objects.filter(user=ann.user).exists()
    leaving.erase_leaving()
    assert traces(ann.user) == []


def test_who_is_leaving_is_mailed_nothing(ann: Person, desk: Desk) -> None:
    mark_leaving(ann.user, ann.user.email, desk.now)
    leaving_alerts.erase_alerts(ann.user.pk, desk.now)
    desk.put("d", 10)
    assert [mail.to_address for mail in desk.slot(hours=2)] == ["bob@example.com"]
    assert not Digest.objects.filter(alert__user=ann.user).exists()


def test_a_run_of_the_etl_that_may_copy_her_anew_is_waited_for(ann: Person, desk: Desk) -> None:
    run = EtlRun.objects.create(started_at=desk.now, lease_until=desk.clock.step(minutes=5))
    desk.clock.step(minutes=-5)
    copy = CopiedChange.objects.filter(user_id=ann.user.pk)[0]
    assert ann.send("DELETE", "/account", {"email": ann.user.email}).status_code == 204
    copy.save(force_insert=True)
    assert leaving.erase_leaving() == 0
    assert set(traces(ann.user)) == {"default.accounts_user.id", "default.accounts_user.email"}
    run.state = EtlRun.State.DONE
    run.save()
    assert leaving.erase_leaving() == 1
    assert traces(ann.user) == []


def test_a_user_without_anything_is_deleted_too(desk: Desk) -> None:
    carl = person("carl@example.com", desk.clock)
    assert carl.send("DELETE", "/account", {"email": "carl@example.com"}).status_code == 204
    assert traces(carl.user) == []
    assert leaving_copies.erase_copies(carl.user.pk, desk.now)


def test_every_model_that_names_a_user_is_known_here() -> None:
    """Whoever adds one sees to it that `erase_user` erases it."""
    named = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in ("user", "user_id", "email", "to_address", "address")
    }
    known = {ApiToken, User, Alert, AlertChange, Line, Message, CopiedChange, Report}
    known |= {AuditEvent, Suppression, ConfirmationRequest, ListingSnooze, Channel, Feed, Address}
    # These go with the row of their user.
    known |= {SignInLink, EmailAddress, BrowserSession, AddressChange, Authenticator}
    assert named == {model._meta.label for model in known}

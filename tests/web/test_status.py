"""The operators' page: who sees it, what it says, and what its buttons do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.operators import make_operator
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Channel, Message, Posting
from ebay_alerts.mail.services import Draft, queue_messages
from ebay_alerts.market.models import DeadEvent, EventStream, QuotaWindow
from ebay_alerts.processes.commands.operators import operator
from ebay_alerts.setbacks.models import Kind, Setback
from ebay_alerts.setbacks.services import note_failure
from tests.alerts.conftest import ann, bob, desk

__all__ = ["ann", "bob", "desk"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    """A browser in which an operator is signed in."""
    make_operator(ann, clock.now())
    client.force_login(ann)
    return client


def page(site: Client) -> str:
    answer = site.get("/status/")
    assert answer.status_code == 200
    return answer.content.decode()


def put_aside(row_id: int = 7, reason: str = "spoilt", kind: Kind = Kind.DIGEST) -> Setback:
    return note_failure(kind, row_id, KeyError(reason), clock.now(), is_final=True)


def failed_message() -> Message:
    draft = Draft("k", "alerts", "bob@example.com", f"3 new {HOSTILE}", "t\n", "<p>h</p>\n")
    ids = queue_messages([draft], clock.now())
    Message.objects.update(state="failed", attempts=2, reply=f"550 no {HOSTILE}")
    return Message.objects.get(pk=ids["k"])


def failed_posting() -> Posting:
    now = clock.now()
    channel = Channel.objects.create(
        user_id=1, kind="webhook", address="", hint="https://h", due_at=now,
        created_at=now, updated_at=now,
    )  # fmt: skip
    return Posting.objects.create(
        channel=channel, public_id="p", kind="digest", title="News", body="{}",
        state="failed", attempts=12, due_at=now, created_at=now,
    )  # fmt: skip


def dead_event() -> DeadEvent:
    return DeadEvent.objects.create(
        stream_id="s", sequence=9, body="{}", reason=f"odd {HOSTILE}", at=clock.now()
    )


def test_to_everybody_else_it_is_not_there(client: Client, bob: User) -> None:
    aside = put_aside()
    for _ in range(2):
        assert client.get("/status/").status_code == 404
        retried = client.post("/status/retry/", {"what": "row", "id": aside.pk})
        assert retried.status_code == 404
        assert "/status/" not in client.get("/alerts/", follow=True).content.decode()
        client.force_login(bob)
    assert Setback.objects.get().set_aside_at is not None


def test_the_sites_navigation_leads_operators_there(site: Client) -> None:
    assert 'href="/status/"' in site.get("/alerts/").content.decode()


def test_all_that_is_watched_stands_there_with_what_it_means(site: Client) -> None:
    now = clock.now()
    QuotaWindow.objects.create(
        number=1, limit=5000, spent=1200, opened_at=now, reset_at=now + timedelta(hours=3)
    )
    EventStream.objects.create(
        url="http://stream", stream_id="s", sequence=41, head=48, followed_at=now
    )
    with override_settings(EVENT_STREAM_URL="http://stream"):
        shown = page(site)
    for words in ("1,200 of 5,000", "3,800", "Due for", "Queued", "Lag", "Heard", "History"):
        assert words in shown, words
    assert re.search(r"<dt>Lag</dt><dd><strong>7</strong>", shown)
    assert "look here" not in shown


def test_what_is_wrong_is_said_so(site: Client) -> None:
    with override_settings(EVENT_STREAM_URL="http://stream"):
        assert "look here" in page(site)


def test_what_failed_is_listed_and_nothing_of_it_is_taken_for_markup(site: Client) -> None:
    put_aside(reason=HOSTILE)
    failed_message()
    failed_posting()
    dead_event()
    shown = page(site)
    assert HOSTILE not in shown
    assert "Rows set aside: 1" in shown
    assert "digest 7" in shown
    assert "<details><summary>KeyError: " in shown
    for number, heading in enumerate(("messages: 1", "postings: 1", "events: 1")):
        assert heading in shown, number


def test_a_row_that_is_retried_is_due_at_once_and_the_audit_log_has_it(
    site: Client, ann: User
) -> None:
    aside = put_aside()
    answer = site.post("/status/retry/", {"what": "row", "id": aside.pk}, follow=True)
    assert "It is tried once more." in answer.content.decode()
    aside.refresh_from_db()
    assert aside.set_aside_at is None
    event = AuditEvent.objects.get(kind="retried")
    assert (event.user, event.about) == (ann, f"row {aside.pk}")
    assert event.origin
    again = site.post("/status/retry/", {"what": "row", "id": aside.pk}, follow=True)
    assert "It is not to be tried any more" in again.content.decode()


def test_all_rows_are_retried_at_once(site: Client) -> None:
    put_aside(1)
    put_aside(2)
    answer = site.post("/status/retry/", {"what": "rows"}, follow=True)
    assert "2 are tried once more." in answer.content.decode()


def test_a_message_that_is_set_aside_is_queued_again_with_its_row(site: Client) -> None:
    message = failed_message()
    aside = put_aside(message.pk, kind=Kind.MESSAGE)
    site.post("/status/retry/", {"what": "row", "id": aside.pk})
    message.refresh_from_db()
    assert message.state == "queued"


def test_failed_messages_and_postings_are_queued_again(site: Client) -> None:
    message, posting = failed_message(), failed_posting()
    for what, row in (("message", message), ("posting", posting)):
        site.post("/status/retry/", {"what": what, "id": row.pk})
        row.refresh_from_db()
        assert row.state == "queued"


def test_dead_events_are_tried_again(site: Client) -> None:
    dead_event()
    answer = site.post("/status/retry/", {"what": "events"}, follow=True)
    assert "0 applied, 1 still cannot be applied." in answer.content.decode()


@pytest.mark.parametrize(
    "given", [{"what": "row", "id": "x"}, {"what": "row"}, {"what": "user", "id": "1"}, {},
              {"what": "message", "id": "9" * 40}]
)  # fmt: skip
def test_nonsense_is_retried_nowhere(site: Client, given: dict[str, Any]) -> None:
    assert site.post("/status/retry/", given).status_code == 404


def test_a_form_of_another_site_retries_nothing(ann: User) -> None:
    make_operator(ann, clock.now())
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    aside = put_aside()
    answer = strict.post("/status/retry/", {"what": "row", "id": aside.pk})
    assert answer.status_code == 403


def test_it_takes_as_many_queries_however_much_failed(site: Client) -> None:
    put_aside(1)
    page(site)
    with CaptureQueriesContext(connection) as few:
        page(site)
    for row in range(2, 30):
        put_aside(row)
    with CaptureQueriesContext(connection) as many:
        page(site)
    assert len(many) == len(few) < 60


def test_operators_are_made_listed_and_ended_by_the_command(db: None) -> None:
    run = CliRunner().invoke
    run(operator, ["eve@example.com"], catch_exceptions=False)
    assert User.objects.get(email="eve@example.com").is_staff
    assert run(operator, []).output == "eve@example.com\n"
    run(operator, ["eve@example.com", "--end"], catch_exceptions=False)
    assert run(operator, []).output == ""
    kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["operator_made", "operator_ended"]
    assert run(operator, ["nonsense"]).exit_code != 0

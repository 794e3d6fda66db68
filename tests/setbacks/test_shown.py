"""What is set aside is told: to operators by doctor, command and metrics, to users in words."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.services import mark_leaving
from ebay_alerts.alerts.models import Alert
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.doctor import Trouble, _set_aside
from ebay_alerts.processes.commands.set_aside import set_aside as command
from ebay_alerts.setbacks.models import Kind, Setback
from ebay_alerts.setbacks.services import note_failure
from ebay_alerts.web.leaving import erase_leaving
from tests.alerts.conftest import Desk

pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]


def put_aside(kind: Kind, row_id: int) -> Setback:
    try:
        raise KeyError("spoilt")
    except KeyError as error:
        return note_failure(kind, row_id, error, clock.now(), is_final=True)


def test_doctor_names_what_is_set_aside_with_what_was_raised() -> None:
    assert _set_aside() == "nothing; every row can be dealt with"
    for row in range(12):
        put_aside(Kind.CHECK, row)
    with pytest.raises(Trouble) as found:
        _set_aside()
    assert "12 rows always fail" in str(found.value)
    assert "check 11 (listing that cannot be checked): KeyError: 'spoilt', since " in str(
        found.value
    )
    assert str(found.value).endswith("and 2 more")


def test_metrics_count_what_is_set_aside_by_kind(client: Client) -> None:
    put_aside(Kind.DIGEST, 7)
    page = client.get("/metrics").content.decode()
    assert 'ebay_alerts_set_aside{kind="digest"} 1.0' in page
    assert 'ebay_alerts_set_aside{kind="fetch"} 0.0' in page


def test_the_command_lists_and_has_those_of_a_kind_tried_once_more() -> None:
    put_aside(Kind.CHECK, 1)
    put_aside(Kind.REPORT, 2)
    listed = CliRunner().invoke(command, ["list", "--traceback"], catch_exceptions=False).output
    assert "report 2 (user whose price report cannot be written): KeyError: 'spoilt'" in listed
    assert "in put_aside" in listed
    CliRunner().invoke(command, ["retry", "--kind", "check"], catch_exceptions=False)
    assert list(Setback.objects.filter(set_aside_at=None).values_list("kind")) == [("check",)]
    assert AuditEvent.objects.get(kind="retried").about == "set aside: check"


@pytest.fixture
def site(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.DIGEST, "It cannot be mailed at present; the operator knows."),
        (Kind.FETCH, "eBay is not asked for it at present; the operator knows."),
    ],
)
def test_an_alert_says_what_cannot_be_done_for_it_and_promises_no_mail(
    site: Client, desk: Desk, ann: User, kind: Kind, words: str
) -> None:
    alert, other = desk.keep(ann), desk.keep(ann, "port")
    desk.start()
    alert = Alert.objects.select_related("search").get(pk=alert.pk)
    put_aside(kind, alert.search.fetch_id if kind is Kind.FETCH else alert.pk)
    for path in (f"/alerts/{alert.pk}/", "/alerts/"):
        page = site.get(path).content.decode()
        assert page.count(words) == 1
        assert page.count("Next look") == (path == "/alerts/")
    assert words not in site.get(f"/alerts/{other.pk}/").content.decode()


def test_one_that_only_waits_is_not_told_as_set_aside(site: Client, desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    note_failure(Kind.DIGEST, alert.pk, KeyError("x"), clock.now() - timedelta(hours=1))
    assert "operator" not in site.get(f"/alerts/{alert.pk}/").content.decode()


def test_what_was_set_aside_of_a_user_goes_with_the_user(desk: Desk, ann: User, bob: User) -> None:
    alert, other = desk.keep(ann), desk.keep(bob)
    for kind, row in ((Kind.DIGEST, alert.pk), (Kind.REPORT, ann.pk), (Kind.DIGEST, other.pk)):
        put_aside(kind, row)
    mark_leaving(ann, ann.email, desk.now)
    erase_leaving()
    assert [one.row_id for one in Setback.objects.all()] == [other.pk]


def test_a_user_who_cannot_be_erased_holds_up_no_other(desk: Desk, ann: User, bob: User) -> None:
    for user in (ann, bob):
        mark_leaving(user, user.email, desk.now)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('DELETE FROM "accounts_user"') and ann.pk in params:
            raise ValueError("this one stays")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert erase_leaving() == 1
    assert list(User.objects.all()) == [ann]
    assert [(one.kind, one.row_id) for one in Setback.objects.all()] == [("erasure", ann.pk)]
    desk.clock.step(minutes=2)
    assert erase_leaving() == 1
    assert not Setback.objects.exists()

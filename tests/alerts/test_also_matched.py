"""A listing that several alerts of a user match: told once, with the others by name."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.mail.models import Message
from ebay_alerts.web.kept import document_of
from tests.alerts.conftest import Desk, news
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def also(mail: Message) -> list[str]:
    return [line.strip() for line in mail.text.splitlines() if "also matched by" in line]


@pytest.mark.parametrize("one_mail", [True, False])
def test_what_several_alerts_match_stands_once_and_names_the_others(
    desk: Desk, ann: User, one_mail: bool
) -> None:
    User.objects.filter(pk=ann.pk).update(one_mail=one_mail)
    wine, red = desk.keep(ann), desk.keep(ann, "red", name="Red <ones>")
    desk.keep(ann, "red", max_price=5)
    paused = desk.keep(ann, "red wine")
    desk.keep(desk.user("bob"), "red")
    desk.start()
    keeping.pause_alert(ann, paused.pk, desk.now)
    desk.put("a", 10, title="Red wine")
    desk.put("b", 20, title="Red port")

    mails = [mail for mail in desk.slot() if mail.to_address == ann.email]

    assert sum(mail.text.count("* Red wine") for mail in mails) == 1
    assert [line for mail in mails for line in also(mail)] == ["also matched by Red <ones>"]
    assert f'{alert_page(red.pk)}">Red &lt;ones&gt;</a>' in mails[0].html
    told = {line.listing.legacy_id: line for line in Line.objects.filter(user=ann)}
    assert (told["a"].alert, told["a"].also_matched_by) == (wine, [red.pk])
    assert (told["b"].alert, told["b"].also_matched_by) == (red, None)
    assert len(news(wine, red)) == 2


def test_a_list_says_it_too_and_an_end_is_of_nobody_else(desk: Desk, ann: User) -> None:
    desk.keep(ann, mail_when="always")
    desk.keep(ann, "red", interval_minutes=1000)
    desk.put("a", 10, title="Red wine")
    desk.put("b", 20, title="Red wine too")
    desk.start()
    desk.end("b")
    [mail] = desk.slot()
    assert also(mail) == ["also matched by red"]


def test_of_many_alerts_three_are_named(desk: Desk, ann: User) -> None:
    for number in range(6):
        desk.keep(ann, f"wine -x{number}", name=f"n{number}")
    desk.start()
    desk.put("a", 10)
    [mail] = desk.slot()
    assert also(mail) == ["also matched by n1, n2, n3 and 2 more"]
    assert len(Line.objects.get().also_matched_by) == 5


@pytest.mark.django_db(databases="__all__")
def test_what_is_told_and_kept_says_who_else_matched(
    desk: Desk, stepped_clock: SteppedClock
) -> None:
    api = person("ann@example.com", stepped_clock)
    wine, red = desk.keep(api.user), desk.keep(api.user, "red")
    desk.start()
    desk.put("a", 10, title="Red wine")
    desk.slot()
    listing = desk.listing("a").pk
    [told] = api.send("GET", f"/alerts/{red.pk}/explain?listing={listing}").json()["told"]
    assert (told["alert_id"], told["also_matched_by"]) == (wine.pk, [red.pk])
    kept = json.loads("".join(document_of(api.user)))["lines"]
    assert [line["also_matched_by"] for line in kept] == [[red.pk]]


def test_more_listings_alerts_and_users_cost_no_more_queries(desk: Desk, ann: User) -> None:
    def cost() -> int:
        desk.clock.step(minutes=16)
        with CaptureQueriesContext(connection) as queries:
            assert build_due(desk.now)
        return sum("market_membership" in query["sql"] for query in queries)

    desk.keep(ann), desk.keep(ann, "red")
    desk.start()
    desk.put("a", 10, title="Red wine")
    few = cost()
    for number in range(10):
        desk.keep(ann, f"wine -x{number}"), desk.keep(ann, f"red -x{number}")
    desk.start()
    desk.put_all({f"n{price}": price for price in range(1, 20)}, title="Red wine")
    assert cost() <= few
    assert Line.objects.exclude(also_matched_by=None).count() == 20
    assert Alert.objects.count() == 22

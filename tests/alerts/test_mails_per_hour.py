"""The limit of all mails that a user's alerts send in an hour."""

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.services import keeping
from tests.alerts.conftest import Desk, news
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> int:
    """Four mails an hour, of which two leave at once."""
    settings.MAILS_PER_HOUR = 4
    return 4


def test_a_limit_of_all_mails_moves_slots_on_and_everything_comes_together(
    desk: Desk, ann: User, bob: User
) -> None:
    often, seldom = desk.keep(ann, interval_minutes=1), desk.keep(ann, "port", interval_minutes=1)
    of_bob = desk.keep(bob, interval_minutes=1)
    desk.start()
    desk.slot()
    mails = {ann.email: [], bob.email: []}  # type: dict[str, list[str]]
    for minute in range(20):
        desk.put(f"n{minute}", 10)
        if minute % 10 == 5:
            desk.put(f"p{minute}", 10, title="Port")
        for mail in desk.slot(minutes=1):
            mails[mail.to_address].append(mail.text)
        desk.deliver()

    assert len(mails[ann.email]) == 3
    assert ["more than fits into 4 mails an hour" in text for text in mails[ann.email]] == [
        *(False, True, True),
    ]
    assert "Your alerts find" in mails[ann.email][-1]
    assert len(mails[bob.email]) == 3
    desk.slot(minutes=61)
    assert len(news(often)) == len(news(of_bob)) == 20
    assert len(news(seldom)) == 2


def test_alerts_that_mail_by_themselves_count_each(desk: Desk, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(one_mail=False)
    words = ("red", "white", "port", "gin", "rum", "ale")
    alerts = [desk.keep(ann, word) for word in words]
    desk.start()
    for word in words:
        desk.put(word, 10, title=word)
    assert len(desk.slot()) == 4
    desk.deliver()
    assert desk.slot(minutes=40) == []
    assert len(desk.slot(minutes=21)) == 2
    assert len(news(*alerts)) == 6


def test_a_mail_that_takes_the_place_of_one_that_waits_is_not_put_off(
    desk: Desk, ann: User
) -> None:
    desk.keep(ann, interval_minutes=1)
    desk.start()
    desk.slot()
    for price in range(20, 14, -1):
        desk.put("a", price)
        assert len(desk.slot(minutes=1)) == 1
    assert len(desk.deliver()) == 1


def test_an_alert_says_why_it_is_held(stepped_clock: SteppedClock) -> None:
    desk = Desk(stepped_clock)
    api = person("ann@example.com", stepped_clock)
    alert = desk.keep(api.user, interval_minutes=1)
    desk.start()
    desk.slot()
    for number in range(2):
        desk.put(f"n{number}", 10)
        desk.slot(minutes=1)
        desk.deliver()
    told = api.send("GET", f"/alerts/{alert.pk}").json()
    assert told["held_reason"].startswith("Your alerts find more than fits into 4 mails an hour")
    keeping.pause_alert(api.user, alert.pk, desk.now)
    assert api.send("GET", f"/alerts/{alert.pk}").json()["held_reason"] is None

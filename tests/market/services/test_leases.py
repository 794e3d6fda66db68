"""Leases on fetches: held by one, taken over when they run out, worth nothing afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import ApiPause, Fetch, Search, Urgency
from ebay_alerts.market.services.claiming import BATCH, LEASE, claim_due_fetches
from ebay_alerts.market.services.refreshing import refresh_due
from tests.conftest import SteppedClock
from tests.market.scenery import at, members_of, search_for
from tests.market.services.conftest import Watching
from tests.market.services.test_recording_at_once import at_once
from tests.servers import RunningMock

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


def claimed(minute: float, limit: int = BATCH) -> list[str]:
    return [fetch.keywords for fetch in claim_due_fetches(uuid4(), at(minute), limit).fetches]


def test_a_fetch_that_somebody_holds_is_claimed_by_nobody_until_the_lease_has_run_out() -> None:
    search_for("wine")
    assert claimed(0) == ["wine"]
    assert claimed(0) == []
    assert claimed(LEASE / timedelta(minutes=1)) == []
    assert claimed(LEASE / timedelta(minutes=1) + 0.1) == ["wine"]


def test_claims_take_the_urgent_first_and_then_the_longest_due() -> None:
    for number, keywords in enumerate(["late", "later", "urgent"]):
        search = search_for(keywords)
        Fetch.objects.filter(pk=search.fetch_id).update(
            due_at=at(number), urgency=Urgency.PERSON if keywords == "urgent" else Urgency.ROUTINE
        )
    assert claimed(-1) == []
    assert claimed(5, limit=2) == ["urgent", "late"]
    assert claimed(5) == ["later"]


def test_nothing_is_claimed_during_a_pause() -> None:
    search_for("wine")
    ApiPause.objects.create(pk=1, until=at(5), reason="spent")
    assert claimed(4) == []
    assert claimed(5) == ["wine"]


def test_claimers_at_once_never_get_the_same_fetch() -> None:
    names = {f"word{number}" for number in range(40)}
    for name in names:
        search_for(name)

    def claim(_: int) -> list[str]:
        found: list[str] = []
        while more := claimed(0, limit=3):
            found += more
        return found

    found = [name for names in at_once(claim) for name in names]
    assert len(found) == len(set(found))
    # Who finds rows locked skips them: another one has them.
    assert set(found) == names


@pytest.fixture
def wine(stepped_clock: SteppedClock) -> Search:
    return search_for("wine", filled_at=None, now=stepped_clock.now())


@pytest.mark.parametrize("status", [200, 500])
def test_an_outcome_under_a_lease_that_ran_out_changes_nothing(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
    status: int,
) -> None:
    other = uuid4()

    def take_over() -> None:
        stepped_clock.step(minutes=11)
        claim_due_fetches(other, stepped_clock.now())
        watching.meanwhile = lambda: None

    if status != 200:
        mock.control(fail_next=1, status=status, path="/buy")
    watching.meanwhile = take_over
    before = Fetch.objects.values().get()
    refresh_due(ebay)
    after = Fetch.objects.values().get()
    wine.refresh_from_db()
    assert after == before | {
        "lease_token": other,
        "lease_until": stepped_clock.now() + LEASE,
    }
    assert wine.filled_at is None


class Killed(BaseException):
    """As a process that is killed, it is caught by nobody."""


def test_a_fetch_that_breaks_its_worker_does_not_hold_up_the_others(
    ebay: EbayClient, watching: Watching, wine: Search, stepped_clock: SteppedClock
) -> None:
    def break_down() -> None:
        watching.meanwhile = lambda: None
        raise Killed

    camera = search_for("camera", filled_at=None, now=stepped_clock.step(seconds=1))
    watching.meanwhile = break_down
    with pytest.raises(Killed):
        refresh_due(ebay)
    assert refresh_due(ebay) == 1
    assert members_of(camera)
    assert not members_of(wine)
    stepped_clock.step(minutes=11)
    assert refresh_due(ebay) >= 1
    assert members_of(wine)


def test_a_slow_batch_gives_back_what_it_has_not_begun(
    ebay: EbayClient, watching: Watching, wine: Search, stepped_clock: SteppedClock
) -> None:
    search_for("camera", filled_at=None, now=stepped_clock.step(seconds=1))
    watching.meanwhile = lambda: stepped_clock.step(minutes=5) and None
    assert refresh_due(ebay) == 2
    assert [url.params["q"] for url in watching.asked] == ["wine"]
    assert not Fetch.objects.filter(lease_token__isnull=False).exists()

"""The ledger of calls: nothing is called without a reservation, and the quota is never exceeded."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

import pytest

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import Fetch, Listing, QuotaWindow, RefreshPlan, Search, Urgency
from ebay_alerts.market.quota import AFTER_RESET, DOCUMENTED_LIMIT, WINDOW, Purpose
from ebay_alerts.market.selectors import fills_before, refresh_interval
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.claiming import claim_due_fetches
from ebay_alerts.market.services.ledger import keep_true, reserve, window_at
from ebay_alerts.market.services.pruning import prune_windows
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.services.stretching import plan_refreshes
from tests.conftest import SteppedClock
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay, scripted_ebay
from tests.market.scenery import NOON, at, demand, search_for
from tests.market.services.conftest import Watching
from tests.market.services.test_recording_at_once import at_once
from tests.servers import RunningMock

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def script() -> Iterator[ScriptedEbay]:
    with scripted_ebay() as script:
        yield script


@pytest.fixture
def scripted_client(script: ScriptedEbay) -> Iterator[EbayClient]:
    client = EbayClient(script.url, "id", "secret")
    yield client
    client.close()


def window(spent: int = 0, limit: int = 5000, reset_at: datetime | None = None) -> QuotaWindow:
    return QuotaWindow.objects.create(
        number=1, limit=limit, spent=spent, opened_at=NOON, reset_at=reset_at or NOON + WINDOW
    )


def spent() -> int:
    return QuotaWindow.objects.latest("number").spent


def told(remaining: int, reset_at: datetime, limit: int = 5000) -> Answer:
    rate = {"limit": limit, "remaining": remaining, "reset": reset_at.isoformat()}
    resources = [{"name": "buy.browse", "rates": [rate]}]
    return Answer(body={"rateLimits": [{"apiName": "Browse", "resources": resources}]})


def test_reservations_at_once_never_pass_the_limit() -> None:
    window(limit=100, spent=40)
    granted, guard = [], Lock()

    def take(_: int) -> None:
        while calls := reserve(Purpose.URGENT, 7, at(0)).left:
            with guard:
                granted.append(calls)
            if sum(granted) > 100:
                break

    at_once(take)
    # Persons and checks go ahead up to half of the limit, and beyond it no further than the rest.
    assert 50 <= sum(granted) <= 60
    assert spent() == 40 + sum(granted) <= 100


def test_refreshes_leave_some_calls_to_who_waits() -> None:
    window(limit=1000, spent=850)
    assert reserve(Purpose.ROUTINE, 500, at(0)).left == 1000 - 2 - 100 - 850
    assert reserve(Purpose.ROUTINE, 1, at(0)).left == 0
    assert reserve(Purpose.URGENT, 500, at(0)).left == 100
    assert reserve(Purpose.URGENT, 1, at(0)).left == 0


def test_what_is_kept_is_given_free_as_the_reset_comes_near() -> None:
    window(limit=1000, spent=890)
    assert reserve(Purpose.ROUTINE, 500, at(0)).left == 6 + 2
    QuotaWindow.objects.update(spent=890)
    assert reserve(Purpose.ROUTINE, 500, at(23 * 60)).left > 90


def test_what_is_not_used_is_given_back() -> None:
    window()
    allowance = reserve(Purpose.URGENT, 5, at(0))
    assert spent() == 5
    allowance.give_back()
    allowance.give_back()
    row = QuotaWindow.objects.get()
    assert (row.spent, row.urgent_spent) == (0, 0)


def test_calls_reserved_before_a_reset_are_worth_nothing_after_it(
    stepped_clock: SteppedClock,
) -> None:
    now = stepped_clock.now()
    window(limit=10, reset_at=now + timedelta(minutes=1))
    allowance = reserve(Purpose.URGENT, 2, now)
    assert allowance.take()
    stepped_clock.step(minutes=1)
    assert not allowance.take(), "for a moment eBay's clock may not be there yet"
    stepped_clock.step(seconds=AFTER_RESET.total_seconds())
    assert allowance.take()
    assert list(QuotaWindow.objects.order_by("number").values_list("spent", flat=True)) == [2, 1]


def test_a_window_that_is_over_is_followed_by_one_whoever_opens_it() -> None:
    window(spent=4000, limit=7000)
    late = NOON + WINDOW * 3.5
    opened = []
    at_once(lambda _: opened.append(window_at(late).pk))
    assert len(set(opened)) == 1
    row = QuotaWindow.objects.latest("number")
    assert (row.number, row.limit, row.spent, row.reset_at) == (2, 7000, 0, NOON + WINDOW * 4)


@pytest.mark.parametrize("answer", [Answer(204, b""), Answer(500, {}), Answer(200, "no JSON")])
def test_where_ebay_tells_nothing_the_documented_quota_holds_for_a_day(
    script: ScriptedEbay, scripted_client: EbayClient, answer: Answer
) -> None:
    script.answers = [answer]
    row = keep_true(scripted_client, at(0))
    assert (row.limit, row.spent, row.is_told) == (DOCUMENTED_LIMIT, 0, False)
    assert row.reset_at == NOON + WINDOW
    keep_true(scripted_client, at(60))
    assert len(script.asked) == 1, "it is asked again once calls were made"


def test_what_other_programs_spend_is_counted_and_ours_is_not_forgotten(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    reset_at = NOON + timedelta(hours=19)
    script.answers = [told(4500, reset_at)]
    row = keep_true(scripted_client, at(0))
    assert (row.limit, row.spent, row.reset_at, row.is_told) == (5000, 500, reset_at, True)
    in_flight = reserve(Purpose.URGENT, 5, at(1))
    script.answers = [told(4500, reset_at)]
    assert keep_true(scripted_client, at(11)).spent == 505
    in_flight.give_back()
    script.answers = [told(3000, reset_at, limit=6000)]
    row = keep_true(scripted_client, at(22))
    assert (row.spent, row.limit) == (3000, 6000)


def test_the_ledger_counts_what_ebay_counts(
    ebay: EbayClient,
    big_ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    stepped_clock: SteppedClock,
) -> None:
    for keywords in ("wine", "camera", "nothing of the kind"):
        search_for(keywords, filled_at=None, now=stepped_clock.now())
    refresh_due(ebay)
    Listing.objects.update(check_due_at=stepped_clock.now())
    check_due(ebay)
    counts = mock.calls()["calls"]
    assert spent() == counts["browse.search"] + counts["browse.item"] == len(watching.asked)
    search_for("lot", filled_at=None, now=stepped_clock.now())
    refresh_due(big_ebay)
    assert spent() == len(watching.asked)


def test_a_fetch_without_a_call_stays_due_and_is_free(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    wine = search_for("wine", now=now)
    Fetch.objects.update(urgency=Urgency.ROUTINE)
    QuotaWindow.objects.create(
        number=1, limit=100, spent=95, opened_at=now, reset_at=now + WINDOW, asked_at=now
    )
    assert refresh_due(ebay) == 0
    assert watching.asked == []
    fetch = Fetch.objects.get(pk=wine.fetch_id)
    assert (fetch.due_at, fetch.lease_token, fetch.failures) == (now, None, 0)


def test_a_reading_ends_where_the_quota_does(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    lots = search_for("lot", filled_at=None, now=now)
    QuotaWindow.objects.create(
        number=1, limit=10, spent=9, opened_at=now, reset_at=now + WINDOW, asked_at=now
    )
    refresh_due(big_ebay)
    lots.refresh_from_db()
    assert len(watching.asked) == 1
    assert lots.filled_at is not None
    assert not Fetch.objects.get(pk=lots.fetch_id).is_complete


def many_routine(count: int, now: datetime, seconds: int = 60) -> list[Search]:
    searches = [search_for(f"word{n}", now=now, seconds=seconds) for n in range(count)]
    Fetch.objects.update(urgency=Urgency.ROUTINE, asked_at=now, due_at=now)
    return searches


def test_where_calls_are_short_the_plan_says_so_and_spreads_what_was_due(
    ebay: EbayClient, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    many_routine(20, now)
    row = QuotaWindow.objects.create(
        number=1, limit=1000, opened_at=now, reset_at=now + WINDOW, asked_at=now
    )
    plan_refreshes(row, now)
    plan = RefreshPlan.objects.get()
    assert (plan.is_scarce, plan.fetches, plan.sweep_factor) == (True, 20, None)
    assert plan.wanted_per_day >= 20 * 1440
    fetch = Fetch.objects.first()
    assert fetch is not None
    # 1,000 calls less what is kept, among 20.
    assert refresh_interval(fetch) == pytest.approx(20 * 86_400 / 925, rel=0.05)
    assert fetch.due_at == now + timedelta(seconds=refresh_interval(fetch) or 0)
    assert refresh_due(ebay) == 0


def test_a_window_that_was_spent_early_is_stretched_up_to_its_reset_and_no_longer(
    stepped_clock: SteppedClock,
) -> None:
    now = stepped_clock.now()
    searches = many_routine(20, now, seconds=3600)
    reset_at = now + timedelta(hours=6)
    row = window(spent=900, limit=1000, reset_at=reset_at)
    plan_refreshes(row, now)
    assert RefreshPlan.objects.get().is_scarce
    fetch = Fetch.objects.get(pk=searches[0].fetch_id)
    assert 3600 < (refresh_interval(fetch) or 0) <= 6 * 3600
    new = QuotaWindow.objects.create(
        number=2, limit=1000, opened_at=reset_at, reset_at=reset_at + WINDOW
    )
    assert reserve(Purpose.ROUTINE, 500, reset_at).left == 0, "the line begins anew"
    plan_refreshes(new, reset_at)
    fetch.refresh_from_db()
    assert (refresh_interval(fetch), fetch.due_at) == (3600, now + timedelta(hours=1))
    assert reserve(Purpose.ROUTINE, 20, reset_at).left == 20


def test_windows_that_are_long_over_are_pruned_and_the_current_one_is_kept() -> None:
    window()
    window_at(NOON + WINDOW * 100)
    assert prune_windows(NOON + WINDOW * 100) == 1
    assert QuotaWindow.objects.get().number == 2


def test_when_calls_suffice_again_what_was_put_off_comes_sooner(
    stepped_clock: SteppedClock,
) -> None:
    now = stepped_clock.now()
    searches = many_routine(20, now)
    row = QuotaWindow.objects.create(
        number=1, limit=1000, opened_at=now, reset_at=now + WINDOW, asked_at=now
    )
    plan_refreshes(row, now)
    for search in searches[1:]:
        demand(search, None, now)
    plan_refreshes(row, now)
    fetch = Fetch.objects.get(pk=searches[0].fetch_id)
    assert 60 < (refresh_interval(fetch) or 0) < 200
    assert fetch.due_at == now + timedelta(seconds=refresh_interval(fetch) or 0)
    assert Fetch.objects.get(pk=searches[1].fetch_id).due_at is None


def test_a_persons_fill_goes_first_and_an_imports_behind(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    imported = [search_for(f"import{n}", filled_at=None, now=now) for n in range(12)]
    Fetch.objects.update(urgency=Urgency.IMPORT)
    routine = search_for("again", now=now)
    Fetch.objects.filter(pk=routine.fetch_id).update(urgency=Urgency.ROUTINE)
    person = search_for("person", filled_at=None, now=stepped_clock.step(seconds=1))
    places = fills_before([imported[3].fetch_id, person.fetch_id, routine.fetch_id])
    assert places == {person.fetch_id: 0, imported[3].fetch_id: 4}
    refresh_due(ebay)
    asked = [url.params["q"] for url in watching.asked]
    assert asked[0] == "person"
    assert "again" in asked, "what is due again takes turns with an import"
    assert sum(name.startswith("import") for name in asked) == 3


def test_an_import_and_what_is_due_again_share_calls_that_come_one_at_a_time() -> None:
    for n in range(60):
        search_for(f"word{n}", filled_at=None if n % 2 else NOON)
    Fetch.objects.filter(searches__filled_at=None).update(urgency=Urgency.IMPORT)
    Fetch.objects.exclude(searches__filled_at=None).update(urgency=Urgency.ROUTINE)
    claimed = [claim_due_fetches(uuid4(), at(1), 1).fetches[0].urgency for _ in range(30)]
    assert set(claimed) == {Urgency.IMPORT, Urgency.ROUTINE}


def test_calls_that_would_go_unused_bring_forward_what_comes_next(
    stepped_clock: SteppedClock,
) -> None:
    now = stepped_clock.now()
    many_routine(20, now)
    row = QuotaWindow.objects.create(number=1, limit=100, opened_at=now, reset_at=now + WINDOW)
    plan_refreshes(row, now)
    assert not Fetch.objects.filter(due_at__lte=now + timedelta(hours=1)).exists()
    later = now + timedelta(hours=1)
    plan_refreshes(row, later)
    # An hour of what is left of 100 calls after what is kept.
    assert Fetch.objects.filter(due_at__lte=later).count() == 3

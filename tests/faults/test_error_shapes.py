"""Every shape of answer that the mock can be told to give: it is said, ends nothing, and passes."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any, NamedTuple

import httpx
import pytest

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import ApiPause, Listing
from ebay_alerts.market.selectors import market_state
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.tasks import TASKS
from mock_ebay.control import COUNTERS, Control
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import titles

SEARCHES = "/buy/browse/v1/item_summary"
ITEMS = "/buy/browse/v1/item/"
TOKENS = "/identity"
NOTHING: dict[str, Any] = dict.fromkeys(COUNTERS, 0) | {"retry_after": "", "path": ""}


class Shape(NamedTuple):
    """What `/control` is told, and as what trouble the user sees it; None where it is none."""

    plan: dict[str, Any]
    kind: str | None
    words: str = ""


def failing(status: int, kind: str | None, times: int = 1, **more: Any) -> Shape:
    plan = {"fail_next": times, "status": status} | more
    return Shape(plan, kind, str(status) if kind else "")


def answering(body: Any) -> Shape:
    return Shape({"answer_next": 1, "answer": body}, "malformed", "cannot be read")


OUTAGES = {
    "500": failing(500, "unavailable"),
    "502": failing(502, "unavailable"),
    "503": failing(503, "unavailable"),
    "504": failing(504, "unavailable"),
    "408": failing(408, "unavailable"),
    "page of HTML with 403": Shape({"html_403_next": 1}, "unavailable", "no API answer"),
    "JSON cut off": Shape({"malformed_next": 1}, "malformed", "no JSON"),
    "no answer in time": Shape({"delay_ms": 700, "calls": 1}, "unavailable", "in time"),
}
LIMITS = {
    "429": failing(429, "rate_limited"),
    "429 with seconds": failing(429, "rate_limited", retry_after="120"),
    "429 with a date": failing(429, "rate_limited", retry_after="Fri, 31 Dec 2010 23:59:59 GMT"),
    "429 with nonsense": failing(429, "rate_limited", retry_after="soon"),
    "429 with a year": failing(429, "rate_limited", retry_after="31536000"),
}
REFUSALS = {
    "400": failing(400, "rejected"),
    "403": failing(403, "rejected"),
    "404 of no listing": failing(404, "rejected"),
    "409": failing(409, "rejected"),
    "401 for good": failing(401, "rejected", times=2),
}
PASSED_OVER = {
    "401 once": failing(401, None),
    "revoked token": Shape({"revoke_tokens": True}, None),
    "warning": Shape({"warn_next": 9}, None),
    "nothing found": Shape({"empty_next": 9}, None),
    "bare items": Shape({"bare_next": 9}, None),
    "item without a price": Shape({"drop_price_next": 9}, None),
    "spent time": Shape({"delay_ms": 5, "calls": 3}, None),
}
ODD_PAGES = {
    "null": answering(None),
    "nothing in it": answering({}),
    "total below zero": answering({"total": -1}),
    "total beyond counting": answering({"total": 2**63}),
    "items are null": answering({"total": 1, "itemSummaries": None}),
    "errors with 200": answering({"errors": [{"errorId": 12000, "message": "oops"}]}),
}
GROUPS = {
    "outages": OUTAGES,
    "limits": LIMITS,
    "refusals": REFUSALS,
    "passed over": PASSED_OVER,
    "odd pages": ODD_PAGES,
}
SEARCH_SHAPES = {name: shape for group in GROUPS.values() for name, shape in group.items()}
ODD_ITEMS = {
    "no id": answering({"title": "Wine"}),
    "another id": answering({"itemId": "v1|another|0", "title": "Wine"}),
    "an error number with 200": answering({"errors": [{"errorId": 11001}]}),
}
OUTAGES_OF_TOKENS = {name: shape._replace(words="") for name, shape in (OUTAGES | LIMITS).items()}
ODD_TOKENS = {
    "400": Shape({"fail_next": 1, "status": 400}, "rejected", "EBAY_CLIENT_ID"),
    "401": Shape({"fail_next": 1, "status": 401}, "rejected", "EBAY_CLIENT_ID"),
    "no token": Shape({"answer_next": 1, "answer": {"expires_in": 7200}}, "malformed", "no token"),
    "a token of a number": Shape(
        {"answer_next": 1, "answer": {"access_token": 7, "expires_in": 7200}}, "malformed"
    ),
    "a token with a line break": Shape(
        {"answer_next": 1, "answer": {"access_token": "a\nb", "expires_in": 7200}}, "malformed"
    ),
    "null": Shape({"answer_next": 1, "answer": None}, "malformed"),
}
WELL = Shape({}, None)
NO_DISTURBANCE = {"daily_quota", "path", "quota_remaining", "used", "counts"}


class Impatient(httpx.HTTPTransport):
    """Waits half a second for an answer, so that a late one is late in a test."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), 0.5)
        return super().handle_request(request)


@pytest.fixture
def client(system: System) -> Iterator[EbayClient]:
    """eBay's client in the hands of the engine's tasks."""
    ebay = EbayClient(system.mock.url, "id", "secret", transport=Impatient())
    runs = {"market.refresh": refresh_due, "market.checks": check_due}
    system.engine = Engine(
        [
            replace(task, run=partial(runs[task.name], ebay)) if task.name in runs else task
            for task in TASKS
        ]
    )
    yield ebay
    ebay.close()


def is_told(system: System, alert: dict[str, Any], owner: Person, shape: Shape) -> bool:
    """Whether the user sees this trouble and when it is tried again, and so does the status."""
    trouble = owner.alert(alert["id"])["trouble"]
    words = str(market_state(system.clock.now())["words"])
    if shape.kind is None:
        return trouble is None and words == "all well"
    return (
        trouble["kind"] == shape.kind
        and shape.words in trouble["reason"]
        and datetime.fromisoformat(trouble["next_try_at"]) > system.clock.now()
        and words != "all well"
    )


def recover(system: System, shape: Shape) -> list[EmailMessage]:
    """Time passes, longer than any back-off after one failure or any pause, and two slots."""
    system.mock.control(**NOTHING)
    hours = 26 if shape.kind == "rate_limited" else 1
    return [*system.run(hours=hours), *system.run(minutes=16)]


def live_through(system: System, owner: Person, shapes: dict[str, Shape], path: str) -> None:
    """Under each disturbance nothing is told but the trouble; after it, what really happened."""
    for name in shapes:
        system.mock.create(f"Wine of {name}", 9)
    alert = owner.keep("wine")
    system.run(seconds=1)
    for name, shape in shapes.items():
        (made,) = Listing.objects.filter(title=f"Wine of {name}")
        standing = set(alive())
        system.mock.delete(made.legacy_id)
        system.mock.control(path=path, **shape.plan)
        mails = system.run(minutes=16)
        assert is_told(system, alert, owner, shape), (name, owner.alert(alert["id"])["trouble"])
        mails += recover(system, shape)
        assert [titles(mail) for mail in mails] == [[made.title]], name
        assert "1 ended" in mails[0]["Subject"], name
        assert is_told(system, alert, owner, WELL), name
        assert set(alive()) == standing - {made.pk}, name


def alive() -> Iterator[int]:
    return Listing.objects.filter(ended_at=None).values_list("pk", flat=True).iterator()


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_a_search_answered_in_any_shape_says_so_ends_nothing_and_recovers(
    system: System, owner: Person, client: EbayClient, group: dict[str, Shape]
) -> None:
    live_through(system, owner, group, SEARCHES)


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(ODD_TOKENS, id="odd tokens"),
        pytest.param(OUTAGES_OF_TOKENS, id="outages", marks=pytest.mark.soak),
    ],
)
def test_a_token_service_that_answers_in_any_shape_is_waited_out(
    system: System, owner: Person, client: EbayClient, group: dict[str, Shape]
) -> None:
    renewed = {
        name: shape._replace(plan=_for_two_calls(shape.plan) | {"revoke_tokens": True})
        for name, shape in group.items()
    }
    live_through(system, owner, renewed, TOKENS)


def _for_two_calls(plan: dict[str, Any]) -> dict[str, Any]:
    """eBay is asked for the quota, then for the search; either needs the token."""
    counted = {name: plan[name] * 2 for name in plan if name.endswith("_next") or name == "calls"}
    return plan | counted


def test_a_check_answered_in_any_shape_ends_nothing_and_is_made_again(
    system: System, owner: Person, client: EbayClient
) -> None:
    """A check that fails is no trouble of a search; it is due again soon."""
    owner.keep("wine")
    system.run(seconds=1)
    listing = Listing.objects.get(title__contains="Merlot")
    for name, shape in (SEARCH_SHAPES | ODD_ITEMS).items():
        ApiPause.objects.all().delete()
        now = system.clock.step(minutes=16)
        Listing.objects.update(check_due_at=None, confirmed_at=None)
        Listing.objects.filter(pk=listing.pk).update(check_due_at=now)
        system.mock.control(**NOTHING | shape.plan | {"path": ITEMS})
        assert check_due(client) == 1
        listing.refresh_from_db()
        assert listing.ended_at is None, name
        is_put_off = listing.check_due_at is not None and listing.check_due_at > now
        assert is_put_off or listing.confirmed_at == now, name
        assert is_put_off == (shape.kind is not None), name


def test_no_disturbance_of_the_mock_is_left_out() -> None:
    """Whoever teaches the mock another one finds it missing here."""
    plans = [shape.plan for shape in SEARCH_SHAPES.values()]
    known = {field.name for field in fields(Control)} - NO_DISTURBANCE
    assert {name for plan in plans for name in plan} - {"revoke_tokens"} == known

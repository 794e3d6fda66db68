"""The same stories as the pure fold's, through recording, the log and real digests."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.alerts.fold import Figure, Line, LineKind
from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.models import Line as LineRow
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk
from tests.alerts.story import GATES, STEPS, Market, Reader, Step, untruths

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
# Whole dollars in the database are whole units in the model.
AGO = timedelta(days=30)
# Each example rolls back what it wrote. Shrinking would take minutes; the pure test shrinks.
BRIEFLY = examples(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def happen(desk: Desk, market: Market, step: Step) -> None:
    """Let the step happen in the model and, where it could, in the database."""
    name = str(step.listing_id)
    before = market.offers.get(step.listing_id)
    price = before.price if before else step.price
    if not market.happens(step):
        return
    if step.act == "end":
        desk.end(name)
    elif step.act == "leave":
        desk.put(name, price, title=f"Port {name}")
    else:
        started = {"started_at": desk.now - AGO} if step.act == "discover" else {}
        desk.put(name, step.price, title=f"Wine {name}", **started)


def read_lines(reader: Reader, alert: Alert) -> None:
    """Put the lines of the database into the model's reader."""
    rows = LineRow.objects.filter(user=alert.user).order_by("pk").select_related("listing")
    for row in rows:
        reader.lines.append(
            Line(
                int(row.listing.legacy_id),
                LineKind(row.kind),
                Figure(row.price_minor // 100, row.currency),
                None,
                row.revision,
            )
        )


def limits(gates: Gates) -> dict[str, int | None]:
    return {
        "min_price": gates.min_minor,
        "max_price": gates.max_minor,
        "min_change_percent": gates.min_change_percent,
    }


def live_through(desk: Desk, before: list[Step], steps: list[Step], gates: Gates) -> None:
    watcher = desk.keep(desk.user("watcher"))
    desk.start()
    market = Market()
    for step in before:
        happen(desk, market, step)
    alert = desk.keep(desk.user("reader"), **limits(gates))
    desk.start()
    reader = Reader(market, gates)
    reader.begin()
    reader.lines.clear()

    for step in steps:
        if step.act == "digest":
            desk.slot()
        else:
            happen(desk, market, step)
    desk.slot()

    read_lines(reader, alert)
    assert untruths(reader) == []
    assert desk.slot() == []
    everything = Reader(market, Gates("USD"))
    read_lines(everything, watcher)
    assert untruths(everything) == []


def live_through_outages(desk: Desk, steps: list[Step], sent: set[int]) -> None:
    alert = desk.keep(desk.user("reader"))
    desk.start()
    market = Market()
    reader = Reader(market, alert.gates)
    reader.begin()
    for at, step in enumerate(steps):
        if step.act == "digest":
            desk.outage(minutes=20)
        else:
            happen(desk, market, step)
        if at in sent:
            desk.deliver()
    desk.outage(minutes=20)
    desk.outage(minutes=1)
    desk.deliver()

    read_lines(reader, alert)
    assert untruths(reader) == []
    assert not Message.objects.filter(state__in=["queued", "stale"]).exists()


@examples(BRIEFLY, max_examples=20)
@given(
    before=STEPS.map(lambda steps: [step for step in steps if step.act != "digest"][:8]),
    steps=STEPS.map(lambda steps: steps[:16]),
    gates=GATES,
)
def test_what_was_told_adds_up_to_what_is_true(
    desk: Desk, before: list[Step], steps: list[Step], gates: Gates
) -> None:
    with transaction.atomic():
        live_through(desk, before, steps, gates)
        transaction.set_rollback(True)


@examples(BRIEFLY, max_examples=8)
@given(steps=STEPS.map(lambda steps: steps[:16]), sent=st.sets(st.integers(0, 15)))
def test_it_does_so_through_outages(desk: Desk, steps: list[Step], sent: set[int]) -> None:
    """Now and then the mail server takes what is fresh; what it took is what the reader knows."""
    with transaction.atomic():
        live_through_outages(desk, steps, sent)
        transaction.set_rollback(True)

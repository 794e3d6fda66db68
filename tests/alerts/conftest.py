"""A market that tests move by hand, users who keep alerts on it, and the mail loop step by step."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.alerts.services.waking import wake_instant
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.alerts.services.withdrawing import withdraw_stale
from ebay_alerts.alerts.wishes import Wish, read_wish
from ebay_alerts.kit.money import Money
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.outcomes import Session, Verdict
from ebay_alerts.mail.services import claim_messages, mark_stale, record_outcome
from ebay_alerts.mail.states import Outcome, Queue
from ebay_alerts.market.keyword_query import parse
from ebay_alerts.market.models import Fetch, Listing, Search
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.services.missing import Sweep, note_missing
from ebay_alerts.market.services.recording import record_observations
from tests.conftest import SteppedClock

LEASE = timedelta(minutes=5)
TAKEN = Verdict(Outcome.SENT, Session.GOES_ON, 250, "ok")


def wish(keywords: str = "wine", interval_minutes: int = 15, **fields: Any) -> Wish:
    return read_wish({"keywords": keywords, "interval_minutes": interval_minutes, **fields})


@dataclass
class Desk:
    """The market and the mail loop under a clock that only the test moves."""

    clock: SteppedClock
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def user(self, name: str = "ann") -> User:
        return ensure_user(f"{name}@example.com", self.now)

    def keep(self, user: User, keywords: str = "wine", **fields: Any) -> Alert:
        return keeping.create_alert(user, wish(keywords, **fields), self.now)

    def put(self, name: str, price: int, *, title: str = "", **offer: Any) -> None:
        """A poll shows the listing at this price (in whole dollars), with the title it had or
        `Wine NAME`. It is new unless its `started_at` says otherwise."""
        self.put_all({name: price}, title=title, **offer)

    def put_all(self, prices: dict[str, int], *, title: str = "", **offer: Any) -> None:
        at = self.clock.step(seconds=1)
        offer = {"started_at": at} | offer
        for name in prices:
            self.titles[name] = title or self.titles.get(name, f"Wine {name}")
        self._record(
            [
                self._seen(name, Offer(title=self.titles[name], price=usd(price), **_page(offer)))
                for name, price in prices.items()
            ]
        )

    def show(self, name: str, price: Money | None, *, title: str = "", **offer: Any) -> None:
        """A poll shows the listing with this fixed price, or none."""
        at = self.clock.step(seconds=1)
        page = _page({"started_at": at} | offer)
        title = title or f"Wine {name}"
        self._record([self._seen(name, Offer(title=title, price=price, **page))])

    def end(self, name: str) -> None:
        self.clock.step(seconds=1)
        self._record([self._seen(name, None)])

    def lose(self) -> None:
        """Sweeps an hour apart find nothing, and single checks find everything alive."""
        for _ in range(2):
            at = self.clock.step(hours=1)
            for fetch in Fetch.objects.all():
                note_missing(fetch, Sweep(at, ()))
            Fetch.objects.update(swept_at=at)
        at = self.clock.step(seconds=1)
        alive = Listing.objects.filter(ended_at=None)
        seen = [self._seen(row.legacy_id, _as_it_stands(row)) for row in alive]
        record_observations(seen, lambda _: (), at)

    def fill(self) -> None:
        """Every search that is wanted has been read once."""
        wanted = Search.objects.filter(refresh_seconds__isnull=False, filled_at__isnull=True)
        wanted.update(filled_at=self.now)

    def start(self) -> None:
        """Fill what is wanted, welcome, and hand the welcome mails over."""
        self.fill()
        while welcome_filled(self.now):
            pass
        self.deliver()

    def slot(self, **delta: float) -> list[Message]:
        """Move on (16 minutes if nothing is said), build what is due and give the new mails."""
        known = set(Message.objects.values_list("pk", flat=True))
        self.clock.step(**(delta or {"minutes": 16}))
        wake_instant(self.now)
        while build_due(self.now):
            pass
        return list(Message.objects.exclude(pk__in=known).order_by("pk"))

    def outage(self, **delta: float) -> None:
        """Time passes while no mail leaves: the mail loop does all it has to, in its order."""
        self.clock.step(**delta)
        for _ in range(5):
            welcome_filled(self.now)
            wake_instant(self.now)
            build_due(self.now)
            withdraw_stale(self.now)
            mark_stale(self.now)

    def deliver(self) -> list[Message]:
        """Everything in the outbox that still is fresh is taken by a server, oldest first."""
        claim = claim_messages(Queue.ALERTS, self.now, 500, LEASE)
        for message in claim.messages:
            record_outcome(message, claim.token, TAKEN, self.now)
        return claim.messages

    def listing(self, name: str) -> Listing:
        return Listing.objects.get(legacy_id=name)

    def _seen(self, name: str, offer: Offer | None) -> Observation:
        return Observation("EBAY_US", name, f"v1|{name}|0", self.now, offer)

    def _record(self, observations: list[Observation]) -> None:
        wanted = Search.objects.exclude(refresh_seconds=None)
        searches = [(s.pk, parse(s.query)) for s in wanted.filter(legacy_id="")]
        watches = [(s.pk, s.legacy_id) for s in wanted.exclude(legacy_id="")]

        def matches(seen: Observation) -> list[int]:
            assert seen.offer is not None
            title = seen.offer.title
            found = [pk for pk, query in searches if query.matches(title)]
            return [*found, *(pk for pk, number in watches if number == seen.legacy_id)]

        record_observations(observations, matches, self.now)


def usd(dollars: int) -> Money:
    return Money(dollars * 100, "USD")


def _as_it_stands(row: Listing) -> Offer:
    return Offer(title=row.title, url=row.url, price=Money(row.figure_minor, row.currency))


def _page(offer: dict[str, Any]) -> dict[str, Any]:
    return {"url": "https://www.ebay.com/itm/1", "shipping": "free", "shipping_minor": 0} | offer


def told(*alerts: Alert) -> list[tuple[str, str, int]]:
    """What was told by these alerts: kind, listing, whole dollars; in the order of telling."""
    rows = Line.objects.filter(alert__in=alerts).order_by("pk")
    return [
        (kind, name, minor // 100)
        for kind, name, minor in rows.values_list("kind", "listing__legacy_id", "price_minor")
    ]


def news(*alerts: Alert) -> list[tuple[str, str, int]]:
    """`told` without the welcome's list."""
    return [line for line in told(*alerts) if line[0] != "listed"]


@pytest.fixture
def desk(db: None, stepped_clock: SteppedClock) -> Desk:
    return Desk(stepped_clock)


@pytest.fixture
def ann(desk: Desk) -> User:
    return desk.user("ann")


@pytest.fixture
def bob(desk: Desk) -> User:
    return desk.user("bob")

"""Erasing a seller: once for each notice, wherever a name may have been kept."""

import importlib
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.db import close_old_connections, connection

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.ebay.notifications import DeletionNotice
from ebay_alerts.market.errors import EbayError
from ebay_alerts.market.models import (
    AccountDeletion,
    ApiPause,
    DeadEvent,
    EventStream,
    Fetch,
    Listing,
    UnreadableListing,
)
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.sellers import mark_of
from ebay_alerts.market.services.erasing import ERASED, obey
from ebay_alerts.market.services.listening import Listener, retry_dead
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.stream.events import EventPage
from tests.market.ebay.notices import KEY_ID
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay, scripted_ebay
from tests.market.scenery import search_for

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

NAME = "ann_sells_cameras"
NOTICE = DeletionNotice("notice-1", (NAME, "ma8vp1jySJC"))


def texts_in_the_database() -> dict[str, list[str]]:
    """Every value of every text column of every table, by table and column."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            for column in columns:
                name = connection.ops.quote_name(column.name)
                cursor.execute(
                    f"SELECT CAST({name} AS text) FROM {connection.ops.quote_name(table)}"
                    f" WHERE {name} IS NOT NULL"
                )
                found[f"{table}.{column.name}"] = [str(row[0]) for row in cursor.fetchall()]
    return found


def places_that_say(word: str) -> set[str]:
    return {
        place
        for place, texts in texts_in_the_database().items()
        if any(word.lower() in text.lower() for text in texts)
    }


def dead(sequence: int, body: str, reason: str = "at: Field required") -> DeadEvent:
    return DeadEvent.objects.create(
        stream_id="s", sequence=sequence, body=body, reason=reason, at=clock.now()
    )


def test_a_name_is_erased_wherever_a_marketplaces_words_are_kept() -> None:
    search = search_for("wine")
    dead(1, json.dumps({"note": f"sold by {NAME.upper()}, as ever"}))
    dead(2, "{}", reason=f"there is no event type '{NAME}'")
    kept = dead(3, json.dumps({"note": f"sold by {NAME}_2"}))
    now = clock.now()
    UnreadableListing.objects.create(fetch=search.fetch, reference=NAME, reason="no", at=now)
    UnreadableListing.objects.create(fetch=search.fetch, reference="v1|1|0", reason="no", at=now)
    Fetch.objects.update(failure_reason=f"eBay answered 400: {NAME}?")
    EventStream.objects.create(url="http://x", failure_reason=f"{NAME}!")
    ApiPause.objects.create(pk=1, until=now + timedelta(hours=1), reason=f"({NAME})")

    assert obey(NOTICE, KEY_ID, now)
    assert list(DeadEvent.objects.all()) == [kept]
    assert UnreadableListing.objects.get().reference == "v1|1|0"
    assert Fetch.objects.get().failure_reason == ERASED
    assert AccountDeletion.objects.get().erased == 6
    DeadEvent.objects.all().delete()
    assert places_that_say(NAME) == set()


def test_every_name_of_the_user_is_erased_also_as_json_escapes_it() -> None:
    dead(1, json.dumps({"note": "jörg%_verkauft"}))
    dead(2, json.dumps({"note": "nY+sHZ2PrBmdj6w=="}))
    other = dead(3, json.dumps({"note": "jörgXXverkauft"}))
    obey(DeletionNotice("n", ("jörg%_verkauft", "nY+sHZ2PrBmdj6w==")), KEY_ID, clock.now())
    assert list(DeadEvent.objects.all()) == [other]


def test_a_notice_delivered_again_changes_nothing() -> None:
    assert obey(NOTICE, KEY_ID, clock.now())
    before = AccountDeletion.objects.get()
    dead(1, json.dumps({"note": NAME}))
    assert not obey(NOTICE, KEY_ID, clock.now() + timedelta(hours=1))
    after = AccountDeletion.objects.get()
    assert (after.received_at, after.handled_at) == (before.received_at, before.handled_at)
    assert DeadEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_notice_delivered_twice_at_once_is_obeyed_once() -> None:
    def deliver(_: int) -> bool:
        try:
            return obey(NOTICE, KEY_ID, clock.now())
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(deliver, range(4))) == [False, False, False, True]
    assert AccountDeletion.objects.count() == 1


def test_the_record_of_a_deletion_names_nobody() -> None:
    obey(NOTICE, KEY_ID, clock.now())
    assert places_that_say("notice-1") == {"market_accountdeletion.notification_id"}
    assert places_that_say(NAME) == set()
    assert places_that_say("ma8vp1jySJC") == set()


@pytest.fixture
def script() -> Iterator[ScriptedEbay]:
    with scripted_ebay() as script:
        yield script


@pytest.fixture
def client(script: ScriptedEbay) -> Iterator[EbayClient]:
    client = EbayClient(script.url, "id", "secret")
    yield client
    client.close()


def item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "itemId": f"v1|{number}|0",
        "title": f"Wine {number}",
        "price": {"value": "12", "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE"],
        "seller": {"username": NAME, "userId": NAME, "feedbackPercentage": "99.8"},
        **more,
    }


def event(sequence: int, kind: str = "product_created", **more: Any) -> dict[str, Any]:
    at = clock.now().isoformat()
    thing = {"id": f"{sequence}", "seller": NAME, "item": item(sequence), **more}
    return {"sequence": sequence, "type": kind, "at": at, "product": thing}


class Log:
    """An event log with events of a seller, good and bad."""

    def __init__(self) -> None:
        self.events = [
            event(1),
            event(2, "product_sold"),
            event(3, price=[NAME]),
            event(4, item=item(4, price={"value": NAME, "currency": NAME})),
            event(5, marketplace="EBAY_MARS"),
            event(6, id=""),
            {**event(7), "at": {"seller": NAME}},
        ]

    def after(self, sequence: int) -> EventPage:
        return EventPage("s", 1, 7, self.events[sequence:])

    def close(self) -> None:
        """Holds nothing."""


def test_nothing_that_a_marketplace_says_leaves_a_seller_in_the_database_or_the_log(
    script: ScriptedEbay,
    client: EbayClient,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    search_for("wine", now=clock.now())
    EventStream.objects.create(url="http://log", stream_id="s")
    registry = SearchRegistry()
    listener = Listener("http://log", Log(), registry)
    assert listener.catch_up() == 7
    assert DeadEvent.objects.count() >= 5
    assert retry_dead(registry)[0] == 0

    good, bad = item(11), item(12, price={"value": "dear", "currency": "USD"})
    odd = item(13, seller=[NAME])
    script.answers = [Answer(body={"total": 3, "itemSummaries": [good, bad, odd]})]
    Fetch.objects.update(due_at=clock.now())
    refresh_due(client)
    assert UnreadableListing.objects.count() == 2
    script.answers = [Answer(body=item(11, seller=NAME))]
    with pytest.raises(EbayError) as refusal:
        client.look_at("EBAY_US", "11", "v1|11|0", "US")
    logging.getLogger("tests").error("as a task would log it", exc_info=refusal.value)

    assert {one.seller_percent for one in Listing.objects.all()} == {"99.8"}
    assert places_that_say("99.8") == {"market_listing.seller_percent", "market_deadevent.body"}
    # Only where an event has a name in the place of a price, and the reason says so.
    assert places_that_say(NAME) == {"market_deadevent.body", "market_deadevent.reason"}
    named = DeadEvent.objects.filter(body__contains=NAME).order_by("sequence")
    assert [row.sequence for row in named] == [3, 4]
    assert places_that_say(mark_of(NAME)) == {"market_listing.seller"}
    obey(NOTICE, KEY_ID, clock.now())
    assert places_that_say(NAME) == places_that_say(mark_of(NAME)) == set()
    said = caplog.text + "".join(capsys.readouterr())
    assert "as a task would log it" in said
    assert NAME not in said


def migration() -> ModuleType:
    (file,) = Path(apps.get_app_config("market").path).glob("migrations/*_account_deletion.py")
    return importlib.import_module(f"ebay_alerts.market.migrations.{file.stem}")


def test_dead_events_of_an_earlier_version_lose_their_seller() -> None:
    whole = dead(1, json.dumps(event(1, "product_sold")))
    cut = dead(2, json.dumps(event(2))[:-20])
    migration().strip_dead_events(apps, None)
    whole.refresh_from_db()
    cut.refresh_from_db()
    assert json.loads(whole.body)["product"]["item"]["title"] == "Wine 1"
    assert cut.body == "null"
    assert places_that_say(NAME) == set()

"""A restart tells nothing old as new, and what changed while the system was down comes once."""

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.conftest import PRODUCTS
from tests.end_to_end.test_main_job import titles
from tests.faults.ledger import Ledger, has_settled
from tests.processes.conftest import NewPlace
from tests.processes.programs import Place, keep, until
from tests.servers import RunningInbox


def refresh_and_pass_a_slot(place: Place) -> None:
    """Wait until every search was asked anew, and then a slot of every alert has passed."""
    ledger, began = Ledger(place.database), datetime.now(UTC)
    until(lambda: has_settled(ledger, began), 30, "the refresh")
    ledger.make_due()
    second = int(datetime.now(UTC).timestamp())
    until(lambda: not ledger.rows("SELECT 1 FROM alerts_alert WHERE slot <= :at", at=second))
    until(lambda: has_settled(ledger, began), 30, "the sending")


def listings(place: Place, token: str, alert: int) -> dict[str, int]:
    """Title -> id of what the alert shows."""
    with place.client(token) as client:
        answer = client.get(f"/alerts/{alert}/listings").raise_for_status()
    return {row["title"]: row["id"] for row in answer.json()["items"]}


def change_while_down(place: Place) -> dict[str, Any]:
    """Run the mock alone on its state, and change a price; returns the product as it was."""
    (state,) = place.home.glob("mock-ebay*.sqlite3")
    program = place.module("mock_ebay", "--state", str(state)).wait_until_said("ready")
    with httpx.Client(base_url=place.mock_url) as mock:
        product, *_ = mock.get("/products", params={"q": "Pinot"}).raise_for_status().json()
        url = f"/products/{product['id']}"
        mock.patch(url, json={"price": product["price"] - 1}).raise_for_status()
    assert program.stop() == 0, program.said()
    return dict(product)


def test_a_restart_mails_nothing_but_what_changed_meanwhile(
    new_place: NewPlace, inbox: RunningInbox
) -> None:
    place = new_place(SMTP_URL=inbox.smtp_url, MOCK_EBAY_CATALOGUE=str(PRODUCTS))
    program = place.up()
    token = place.token("anna@example.com")
    with place.client(token) as client:
        alert = keep(client, "wine", 1)
    until(inbox.mails, what="the welcome mail")
    before = listings(place, token, alert)
    assert program.stop() == 0

    program = place.up()
    refresh_and_pass_a_slot(place)
    assert len(inbox.mails()) == 1
    assert listings(place, token, alert) == before
    assert program.stop() == 0

    product = change_while_down(place)
    program = place.up()
    refresh_and_pass_a_slot(place)
    refresh_and_pass_a_slot(place)
    _, digest = inbox.mails()
    assert titles(digest) == [product["product_name"]]
    assert listings(place, token, alert) == before
    assert program.stop() == 0

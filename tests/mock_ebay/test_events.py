"""The event log: gapless, in one transaction with the change, told over Socket.IO too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import socketio


def test_every_change_appends_one_event_without_gaps(mock: Any) -> None:
    before = mock.events()["head"]
    made = mock.create("Quartz Owl", 20)
    mock.http.patch(f"/products/{made['id']}", json={"price": 18})
    mock.control(end=made["id"])
    mock.control(relist=made["id"])
    mock.http.delete(f"/products/{made['id']}")
    log = mock.events(after=before)
    assert [event["type"] for event in log["events"]] == [
        "product_created",
        "product_updated",
        "product_updated",
        "product_created",
        "product_deleted",
    ]
    assert [event["sequence"] for event in log["events"]] == list(range(before + 1, before + 6))
    assert log["head"] == before + 5


def test_a_refused_change_appends_nothing(mock: Any) -> None:
    before = mock.events()["head"]
    mock.http.post("/products", json={"product_name": "Quartz Owl", "price": -1})
    mock.http.delete("/products/nothing")
    assert mock.events()["head"] == before


def test_an_event_carries_the_whole_product_and_its_browse_summary(mock: Any) -> None:
    before = mock.events()["head"]
    made = mock.create("Quartz Owl", 12.5, shipping=4)
    (event,) = mock.events(after=before)["events"]
    product = event["product"]
    assert made.items() <= product.items()
    (found,) = mock.search("quartz", fieldgroups="EXTENDED")["itemSummaries"]
    assert product["item"] == found
    assert event["at"] >= made["created_at"]


def test_an_ending_says_when(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    before = mock.events()["head"]
    mock.control(end=made["id"])
    (event,) = mock.events(after=before)["events"]
    assert event["product"]["ended_at"] == event["product"]["item"]["itemEndDate"]


def test_an_auction_whose_time_is_up_ends_with_an_event(mock: Any, eventually: Any) -> None:
    before = mock.events()["head"]
    ends_at = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
    mock.create("Quartz Owl", buying_options=["AUCTION"], ends_at=ends_at)
    events = eventually(lambda: mock.events(after=before + 1)["events"])
    assert events[0]["product"]["ended_at"] == events[0]["product"]["ends_at"]
    assert mock.titles("quartz", filter="buyingOptions:{AUCTION}") == []


def test_the_log_is_read_in_pages(mock: Any) -> None:
    before = mock.events()["head"]
    for _ in range(5):
        mock.create("Quartz Owl")
    first = mock.events(after=before, limit=2)
    assert [event["sequence"] for event in first["events"]] == [before + 1, before + 2]
    assert first["head"] == before + 5
    assert mock.events(after=first["head"])["events"] == []
    assert mock.events(after=10**12)["events"] == []


def test_an_empty_log_says_what_comes_first(start_mock: Any) -> None:
    log = start_mock(size=5).events()
    assert (log["oldest"], log["head"], log["events"]) == (1, 0, [])


def test_a_long_log_forgets_its_beginning_and_says_so(start_mock: Any) -> None:
    mock = start_mock(size=20, event_log=100)
    mock.control(move=520)
    log = mock.events(limit=1)
    assert log["head"] >= 520
    assert log["oldest"] > 400
    assert log["events"][0]["sequence"] == log["oldest"]


@pytest.mark.parametrize("params", [{"after": "x"}, {"after": "-1"}, {"limit": "many"}])
def test_a_bad_range_is_refused(mock: Any, params: dict[str, str]) -> None:
    answer = mock.http.get("/events", params=params)
    assert answer.status_code == 400
    assert "whole number" in answer.json()["error"]


def test_socket_io_tells_the_same_events_as_the_log(mock: Any) -> None:
    before = mock.events()["head"]
    with socketio.SimpleClient() as client:
        client.connect(mock.url)
        name, stream = client.receive(timeout=10)
        assert (name, stream["head"]) == ("stream", before)
        made = mock.create("Quartz Owl", 20)
        mock.http.patch(f"/products/{made['id']}", json={"price": 18})
        mock.http.delete(f"/products/{made['id']}")
        told = [client.receive(timeout=10) for _ in range(3)]
    logged = mock.events(after=before)
    assert [name for name, _ in told] == ["product_created", "product_updated", "product_deleted"]
    assert [event for _, event in told] == logged["events"]
    assert stream["stream_id"] == logged["stream_id"]

"""A mock that callers reach by another name than browsers writes links that browsers can follow."""

from collections.abc import Callable
from typing import Any

import pytest
import socketio
from click.testing import CliRunner

from mock_ebay.__main__ import main

NAME = "https://mock.example:8443"


@pytest.fixture
def named(start_mock: Callable[..., Any]) -> Any:
    return start_mock(size=20, public_url=NAME)


def test_every_link_begins_with_the_public_name(named: Any) -> None:
    made = named.create("Quartz Owl")
    (found,) = named.search("quartz")["itemSummaries"]
    (event,) = named.events()["events"]
    for item in (found, named.item(found["itemId"]).json(), event["product"]["item"]):
        assert item["itemWebUrl"] == f"{NAME}/itm/{made['id']}"


def test_events_told_over_the_socket_have_the_name_too(named: Any) -> None:
    with socketio.SimpleClient() as client:
        client.connect(named.url, transports=["websocket"])
        client.receive(10)
        made = named.create("Quartz Owl")
        _, event = client.receive(10)
    assert event["product"]["item"]["itemWebUrl"] == f"{NAME}/itm/{made['id']}"


@pytest.mark.parametrize("url", ["localhost:5001", "ftp://localhost", "http://", "http:///x"])
def test_an_address_that_no_browser_takes_is_refused(url: str) -> None:
    outcome = CliRunner().invoke(main, ["--port", "0", "--size", "1", "--public-url", url])
    assert outcome.exit_code == 2
    assert "public address" in outcome.output

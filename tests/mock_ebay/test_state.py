"""State that outlives the process: restarts, kill -9, unusable files."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from mock_ebay.__main__ import main
from mock_ebay.catalogue_file import CatalogueError, read_catalogue
from mock_ebay.mock import open_mock
from mock_ebay.product_form import new_listing
from mock_ebay.settings import MockSettings

PRODUCTS = Path(__file__).with_name("products.json")


@pytest.fixture
def spawn() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts `python -m mock_ebay` on a free port; answers the process and its address."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "mock_ebay", "--port", "0", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, line
        return process, address[0]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def test_a_killed_mock_comes_back_with_every_change_that_it_had_answered(
    spawn: Callable[..., tuple[subprocess.Popen[str], str]], tmp_path: Path
) -> None:
    arguments = ("--state", str(tmp_path / "state.db"), "--catalogue", str(PRODUCTS))
    process, url = spawn(*arguments)
    with httpx.Client(base_url=url) as http:
        for number in range(20):
            body = {"id": f"q{number}", "product_name": "Quartz Owl", "price": number}
            http.post("/products", json=body).raise_for_status()
        http.patch("/products/q3", json={"price": 99.5}).raise_for_status()
        http.delete("/products/q4").raise_for_status()
        http.post("/control", json={"end": "q5"}).raise_for_status()
        before = http.get("/products").json()
        log = http.get("/events").json()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process, url = spawn(*arguments, "--live", "0.001")
    with httpx.Client(base_url=url) as http:
        assert http.get("/products").json() == before
        assert _without_host(http.get("/events").json(), url) == _without_host(log, "")
        assert log["head"] == 23
        # It stops cleanly while a client still holds its connection.
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=5)
    assert errors == ""
    assert process.returncode == 0


def _without_host(log: dict[str, Any], url: str) -> list[Any]:
    kept = [(e["sequence"], e["type"], e["at"], e["product"]["id"]) for e in log["events"]]
    return [log["stream_id"], log["oldest"], log["head"], *kept]


def test_two_fresh_markets_have_different_streams(tmp_path: Path) -> None:
    streams = set()
    for name in ("one.db", "two.db"):
        mock = open_mock(MockSettings(state=tmp_path / name, size=5))
        streams.add(mock.market.store.stream_id)
        mock.close()
    assert len(streams) == 2


def test_numbers_are_not_given_again_after_a_deletion_and_a_restart(tmp_path: Path) -> None:
    settings = MockSettings(state=tmp_path / "state.db", size=10)
    ids = []
    for _ in range(3):
        mock = open_mock(settings)
        market = mock.market
        number = market.next_number
        listing = new_listing({"product_name": "Owl", "price": 1}, number, f"q{number}", 0)
        market.delete(market.create(listing))
        ids.append(number)
        mock.close()
    assert len(set(ids)) == 3


def test_a_generated_market_survives_unchanged(tmp_path: Path) -> None:
    settings = MockSettings(state=tmp_path / "state.db", size=500)
    first = open_mock(settings)
    listings = dict(first.market.listings)
    first.close()
    second = open_mock(settings)
    assert second.market.listings == listings
    second.close()


def run(*arguments: str, **environment: str) -> Result:
    """The command in this process: for starts that are refused."""
    return CliRunner().invoke(main, arguments, env=environment)


def test_a_file_that_is_no_state_is_refused_in_one_line(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    state.write_text("this is not a database, just some text that somebody left here")
    done = run("--port", "0", "--size", "5", MOCK_EBAY_STATE=str(state))
    assert done.exit_code == 2
    assert str(state) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_state_in_use_is_refused(start_mock: Any, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    start_mock(state=state, size=5)
    done = run("--port", "0", "--size", "5", "--state", str(state))
    assert done.exit_code == 2
    assert "locked" in done.stderr


def test_a_taken_port_is_named_with_the_variable_that_changes_it(mock: Any) -> None:
    port = mock.url.rsplit(":", 1)[1]
    done = run("--size", "5", MOCK_EBAY_PORT=port)
    assert done.exit_code == 2
    assert port in done.stderr
    assert "MOCK_EBAY_PORT" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"things": []}', "list of products"),
        ('[{"id": "a", "product_name": "Tea"}]', "product 1 ('a'): price is missing"),
        ('[{"id": "a", "product_name": "Tea", "price": "x"}]', "product 1 ('a'): price must"),
        ('[{"product_name": "", "price": 1}]', "product 1: product_name must"),
        (
            '[{"id":"a","product_name":"A","price":1},{"id":"a","product_name":"B","price":1}]',
            "product 2 ('a'): id is there twice",
        ),
        ("[7]", "product 1: body must be a JSON object"),
    ],
)
def test_a_broken_product_file_is_refused_with_the_product_named(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "products.json"
    path.write_text(text)
    with pytest.raises(CatalogueError, match=re.escape(said)) as refused:
        read_catalogue(path, 0)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_product_file_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = run("--port", "0", MOCK_EBAY_CATALOGUE=str(tmp_path / "none.json"))
    assert done.exit_code == 2
    assert "none.json: No such file" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bare_list_is_a_product_file_too(tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    path.write_text('[{"id": 7, "product_name": "Tea", "price": 3}]')
    (listing,) = read_catalogue(path, 0)
    assert (listing.id, listing.title, listing.cents) == ("7", "Tea", 300)

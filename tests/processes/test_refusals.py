"""What the real command refuses: one line that says what is wrong, and exit code 2."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PRODUCTS
from tests.processes.conftest import NewPlace
from tests.processes.programs import PORTS, READY_WITHIN_S, Place, Program


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


def refusal(program: Program) -> str:
    """The one line it ended with."""
    assert program.wait(READY_WITHIN_S) == 2, program.said()
    (line,) = program.said().splitlines()
    return line


def test_a_taken_port_is_named_with_the_variable_that_changes_it(
    new_place: NewPlace, taken_port: int
) -> None:
    started = {}
    for variable in PORTS:
        place = new_place(MOCK_EBAY_CATALOGUE=str(PRODUCTS))
        place.ports[variable] = taken_port
        started[variable] = place.command("up")
    for variable, program in started.items():
        line = refusal(program)
        assert str(taken_port) in line
        assert variable in line


def test_the_site_alone_refuses_a_taken_port_too(place: Place, taken_port: int) -> None:
    place.ports["EBAY_ALERTS_PORT"] = taken_port
    line = refusal(place.command("web"))
    assert str(taken_port) in line
    assert "EBAY_ALERTS_PORT" in line


BAD_SETTINGS = {
    "EBAY_ALERTS_PORT": "abc",
    "EBAY_ALERTS_LOG_LEVEL": "LOUD",
    "EBAY_ALERTS_MARKET_STATISTICS": "maybe",
    "SMTP_URL": "http://mail.example.com",
    "EBAY_DELETION_TOKEN": "a-secret-that-is-too-short",
}


def test_a_setting_that_cannot_be_used_is_named(new_place: NewPlace) -> None:
    started = {name: new_place(**{name: bad}).command("up") for name, bad in BAD_SETTINGS.items()}
    for name, program in started.items():
        assert name in refusal(program)


def test_one_database_for_both_is_refused(new_place: NewPlace, tmp_path: Path) -> None:
    """Each would find the other's migrations applied."""
    both = f"sqlite:///{tmp_path}/both.sqlite3"
    program = new_place(DATABASE_URL=both, ANALYTICS_DATABASE_URL=both).command("up")
    assert "ANALYTICS_DATABASE_URL" in refusal(program)


def test_a_verification_token_is_not_repeated_and_wants_an_address_that_ebay_can_reach(
    new_place: NewPlace,
) -> None:
    secret = "a-secret+with-a-sign-that-ebay-does-not-take"
    keyset = {"EBAY_CLIENT_ID": "id", "EBAY_CLIENT_SECRET": "secret"}
    token = {"EBAY_DELETION_TOKEN": "a-token_of_thirty-two_characters"}
    bad_sign = new_place(EBAY_DELETION_TOKEN=secret).command("up")
    no_https = new_place(**keyset, **token).command("up")
    assert secret not in refusal(bad_sign)
    line = refusal(no_https)
    assert "EBAY_DELETION_ENDPOINT" in line
    assert "https://" in line

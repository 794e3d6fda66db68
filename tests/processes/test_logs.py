"""What the processes log: in two shapes, with what is bound, and without secrets."""

import json
import logging
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.processes.logs import (
    HIDDEN,
    UnknownLevel,
    cleaned,
    set_up_logging,
    without_secrets,
)
from tests.processes.conftest import NewPlace

SECRET = "hunter2-Zx81"


def lines(shape: str, program: str) -> list[str]:
    """What a process logs that runs `program` after logging was set up."""
    begin = (
        "import logging, structlog\n"
        "from ebay_alerts.processes.logs import set_up_logging\n"
        f"set_up_logging('INFO', {shape!r})\nlog = structlog.get_logger()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + program],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        cwd=os.getcwd(),
    )
    return done.stderr.splitlines()


def test_json_has_an_object_a_line_of_our_own_events_and_everybody_elses() -> None:
    ours, theirs = map(
        json.loads,
        lines(
            "json",
            "with structlog.contextvars.bound_contextvars(request='r1'):\n"
            "    log.info('kept', alert=7)\n"
            "    logging.getLogger('celery').warning('lost %s', 'it')\n",
        ),
    )
    assert (ours["event"], ours["alert"], ours["request"], ours["level"]) == (
        "kept",
        7,
        "r1",
        "info",
    )
    assert (theirs["event"], theirs["logger"], theirs["request"]) == ("lost it", "celery", "r1")
    assert ours["timestamp"].endswith("Z")


def test_a_traceback_in_json_says_where_and_not_what_the_variables_were() -> None:
    [line] = lines(
        "json",
        f"password = {SECRET!r}\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception('no')\n",
    )
    [trace] = json.loads(line)["exception"]
    assert trace["exc_type"] == "ZeroDivisionError"
    assert SECRET not in line


def test_text_is_for_people() -> None:
    [line] = lines("text", "log.warning('mail waits', reason='it rains')")
    assert "mail waits" in line
    assert "reason='it rains'" in line


@pytest.mark.parametrize(
    "text",
    [
        f"postgres://alerts:{SECRET}@db/alerts cannot be reached",
        f"smtps://{SECRET}@mail.example",
        f"amqp://u:p@ss{SECRET}@host/",
        f"Authorization: Bearer {SECRET}",
        f"authorization: basic {SECRET}==",
        f"GET /u/x?token={SECRET}&a=1",
        f"client_secret={SECRET}",
        f"password: {SECRET}",
    ],
)
def test_secrets_in_words_are_hidden(text: str) -> None:
    told = cleaned(text)
    assert SECRET not in told
    assert HIDDEN in told


@pytest.mark.parametrize(
    "text",
    [
        "https://www.ebay.com/itm/1?a=b@c",
        "mail for ann@example.com waits",
        "event log not read",
        "http://127.0.0.1:5001/events?after=5",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert cleaned(text) == text


@given(
    st.recursive(
        st.just(SECRET),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    )
)
def test_a_field_that_is_named_after_a_secret_is_hidden_whatever_it_holds(value: object) -> None:
    event = {"event": "x", "api_token": value, "deep": {"Password": value}}
    assert SECRET not in json.dumps(without_secrets(None, "info", event))


def test_a_format_that_is_none_is_refused() -> None:
    handlers = logging.getLogger().handlers[:]
    with pytest.raises(UnknownLevel, match="EBAY_ALERTS_LOG_FORMAT"):
        set_up_logging("INFO", "xml")
    assert logging.getLogger().handlers == handlers


def test_the_site_logs_in_json_with_the_number_of_the_request(new_place: NewPlace) -> None:
    place = new_place(EBAY_ALERTS_LOG_FORMAT="json", DATABASE_URL="")
    place.command("migrate").wait(120)
    program = place.command("web").wait_until_said("ready")
    token = place.token("ann@example.com")
    with place.client(token) as client:
        answer = client.get("/alerts", headers={"X-Request-ID": "from-proxy.1"})
        assert answer.headers["X-Request-ID"] == "from-proxy.1"
        odd = client.get("/alerts", headers={"X-Request-ID": "a b\tc" * 30})
        assert len(odd.headers["X-Request-ID"]) == 32
    assert token not in program.said()

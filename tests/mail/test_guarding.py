"""No channel leads to where only this machine may go, however its URL is written."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address, ip_network

import httpx
import pytest

from ebay_alerts.mail import guarded_http
from ebay_alerts.mail.guarded_http import BadUrl, GuardedTransport, checked_url
from ebay_alerts.mail.guarding import Guard, is_disguised, is_public, unwrapped
from tests.mail.receiver import receiving

LOOPBACK = ip_network("127.0.0.0/8")
OPEN = Guard()
HOME = Guard((LOOPBACK,), allows_http=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
        *("203.0.113.1", "168.63.129.16", "192.88.99.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "100::1"),
        *("2001:0:7f00:1::", "2001:db8::1", "2002:c0a8:101::1", "3fff::1", "5f00::1", "words"),
    ],
)
def test_an_address_that_is_not_on_the_open_internet_is_refused(address: str) -> None:
    assert OPEN.reason(address, 443)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822"]
)
def test_a_host_on_the_open_internet_is_reached_at_the_webs_ports_alone(address: str) -> None:
    assert [OPEN.reason(address, port) for port in (443, 8443, 80)] == ["", "", ""]
    assert all(OPEN.reason(address, port) for port in (22, 25, 6379, 8080, 5432, 1))


def test_a_network_that_the_operator_allows_is_open_at_any_port_and_its_neighbours_are_not() -> (
    None
):
    guard = Guard((ip_network("192.168.1.0/24"), ip_network("fd00::/64")))
    assert guard.reason("192.168.1.7", 8080) == guard.reason("fd00::7", 8123) == ""
    assert guard.reason("::ffff:192.168.1.7", 8080) == ""
    assert guard.reason("192.168.2.7", 443)
    assert guard.reason("fd00:0:0:1::7", 443)


def test_public_is_never_more_than_what_the_standard_library_calls_global() -> None:
    for number in range(0, 2**32, 65_521 * 7):
        address = ip_address(number)
        if is_public(unwrapped(address)):
            assert address.is_global


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1"),
        *("127.0.0.1.", "0X7F.0.0.1", "1.2.3.4.5", "256.1.1.1", "example.0x10", "1.2.3.08"),
    ],
)
def test_a_host_in_another_notation_of_numbers_is_seen_through(host: str) -> None:
    assert is_disguised(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "example.com", "1.example", "a1", "dead.beef", "x.0xg"]
)
def test_a_host_that_says_what_it_is_is_none_in_disguise(host: str) -> None:
    assert not is_disguised(host)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://x/"),
        *("//hooks.example/", "hooks.example", "", "https://", "https:///x", "javascript:alert(1)"),
        *("https://user:pass@hooks.example/", "https://hooks.example@127.0.0.1/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://0/"),
        *("https://2130706433/", "https://0x7f.1/", "https://0177.1/", "https://127.1/"),
        *("https://localhost/", "https://hooks.example:22/", "https://hooks.example:99999/"),
        *("https://169.254.169.254/latest/meta-data", "https://hooks.example\\@127.0.0.1/"),
        *("https://１２７.0.0.1/", "https://hooks.example/\r\nHost: x", "https://%31%32%37.0.0.1/"),
        *("https://[fe80::1%25lo]/", "unix:///run/docker.sock", "https://x/" + "a" * 2000),
    ],
)
def test_a_url_that_leads_elsewhere_than_to_the_open_web_is_refused(url: str) -> None:
    def resolver(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"] if host == "hooks.example" else guarded_http.resolve(host, port)

    assert checked_url("https://hooks.example/x", OPEN, resolver)
    with pytest.raises(BadUrl):
        checked_url(url, OPEN, resolver)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    with pytest.raises(BadUrl, match="open Internet"):
        checked_url("https://x.example/", OPEN, lambda *_: ["93.184.216.34", "10.0.0.1"])


def test_a_host_that_is_not_there_is_named() -> None:
    def nowhere(*_: object) -> Sequence[str]:
        raise socket.gaierror

    with pytest.raises(BadUrl, match=r"nowhere\.example cannot be found"):
        checked_url("https://nowhere.example/", OPEN, nowhere)


def test_a_name_that_points_inwards_once_it_was_checked_is_not_connected_to() -> None:
    """DNS rebinding: the first answer is harmless, the next one is not."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    guard = Guard(allows_http=True)
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "rebinding.example")
        port = int(url.rpartition(":")[2].split("/")[0])
        harmless = f"http://rebinding.example:80/{port}"
        assert checked_url(harmless, guard, rebinding)
        with (
            httpx.Client(transport=GuardedTransport(guard, rebinding)) as client,
            pytest.raises(httpx.ConnectError, match="open Internet"),
        ):
            client.post(url)
        assert receiver.came == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "hooks.example")
        with httpx.Client(transport=GuardedTransport(HOME, once)) as client:
            assert client.post(url).status_code == 204
        assert receiver.came[0].headers["host"].startswith("hooks.example:")
    assert asked == ["hooks.example"]


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiving() as receiver:
        transport = GuardedTransport(HOME)
        with httpx.Client(transport=transport, trust_env=False) as client:
            assert client.post(receiver.url).status_code == 204


@contextmanager
def dripping() -> Iterator[int]:
    """A server that sends a byte of its head every 20 ms and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()


def test_an_answer_that_drips_is_cut_off() -> None:
    transport = GuardedTransport(HOME, seconds=0.3)
    with (
        dripping() as port,
        httpx.Client(transport=transport) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post(f"http://127.0.0.1:{port}/")

"""Other web sites neither read nor change the inbox."""

import pytest
from starlette.datastructures import Headers

from inbox.guard import refusal

NAMED = frozenset({"inbox.internal"})


@pytest.mark.parametrize(
    ("host", "bound"),
    [
        ("localhost", "127.0.0.1"),
        ("LOCALHOST:8025", "127.0.0.1"),
        ("127.0.0.1:8025", "127.0.0.1"),
        ("[::1]:8025", "127.0.0.1"),
        ("inbox.internal:8025", "127.0.0.1"),
        ("mail.lan:8025", "mail.lan"),
        ("192.168.1.5:8025", "0.0.0.0"),
    ],
)
def test_a_host_of_ours_may_read_and_change(host, bound):
    headers = Headers({"host": host, "sec-fetch-site": "same-origin"})
    assert refusal("GET", headers, bound, NAMED) is None
    assert refusal("DELETE", headers, bound, NAMED) is None


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "192.168.1.5"])
def test_a_host_that_is_not_ours_may_not_even_read(host):
    assert refusal("GET", Headers({"host": host}), "127.0.0.1", NAMED)


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost:8025"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://localhost:8025"}, False),
        ({}, False),
    ],
)
def test_a_change_is_refused_when_another_site_asks_for_it(headers, is_refused):
    asked = Headers({"host": "localhost:8025", **headers})
    assert bool(refusal("POST", asked, "127.0.0.1", NAMED)) is is_refused
    assert refusal("GET", asked, "127.0.0.1", NAMED) is None


def test_a_refused_deletion_deletes_nothing(inbox):
    inbox.send()
    foreign = {"sec-fetch-site": "cross-site"}
    assert inbox.http.delete("/api/v1/messages", headers=foreign).status_code == 403
    assert inbox.http.post("/mails/delete", headers=foreign).status_code == 403
    assert inbox.http.get("/", headers={"host": "evil.example"}).status_code == 403
    assert len(inbox.messages()) == 1


@pytest.mark.parametrize("path", ["/", "/static/inbox.css", "/api/v2/messages", "/nowhere"])
def test_every_answer_carries_the_security_headers(inbox, path):
    headers = inbox.http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]

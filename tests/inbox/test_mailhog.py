"""The JSON speaks MailHog's words."""

import pytest

from inbox.mailhog import MOST


def test_messages_come_newest_first_in_pages(inbox):
    for number in range(5):
        inbox.send(f"number {number}")
    page = inbox.http.get("/api/v2/messages", params={"start": 1, "limit": 2}).json()
    subjects = [item["Content"]["Headers"]["Subject"] for item in page["items"]]
    assert subjects == [["number 3"], ["number 2"]]
    assert (page["total"], page["count"], page["start"]) == (5, 2, 1)


def test_a_message_has_mailhogs_fields(inbox):
    inbox.send("Hello", "Some text.\n", to="you@example.org")
    (message,) = inbox.messages()
    assert message["From"] == {
        "Relays": None,
        "Mailbox": "me",
        "Domain": "example.org",
        "Params": "",
    }
    assert [to["Mailbox"] for to in message["To"]] == ["you"]
    assert message["Content"]["Body"] == "Some text.\r\n"
    assert message["Content"]["Size"] == len(message["Raw"]["Data"])
    assert message["MIME"] is None
    assert message["Created"].endswith("Z")


def test_the_parts_of_a_multipart_mail_are_listed(inbox, digest):
    inbox.send_message(digest)
    (message,) = inbox.messages()
    kinds = [part["Headers"]["Content-Type"][0] for part in message["MIME"]["Parts"]]
    assert [kind.partition(";")[0] for kind in kinds] == ["multipart/alternative", "text/csv"]
    inner = message["MIME"]["Parts"][0]["MIME"]["Parts"]
    assert "3 new for wine" in inner[0]["Body"]


@pytest.mark.parametrize(
    ("kind", "query", "found"),
    [
        ("to", "ANNA@", 1),
        ("to", "me@example.org", 0),
        ("from", "me@example", 2),
        ("containing", "größe", 1),
        ("containing", "some text", 2),
        ("containing", "absent", 0),
    ],
)
def test_a_search_finds_by_sender_recipient_and_words(inbox, kind, query, found):
    inbox.send("Größe 42", to="anna@example.org")
    inbox.send("Other", to="ben@example.org")
    page = inbox.http.get("/api/v2/search", params={"kind": kind, "query": query}).json()
    assert page["total"] == page["count"] == found


def test_a_mail_that_came_after_a_search_is_found_by_the_next(inbox):
    search = {"kind": "containing", "query": "needle"}
    for expected in (1, 2):
        inbox.send("needle")
        assert inbox.http.get("/api/v2/search", params=search).json()["total"] == expected


def test_one_message_is_read_and_deleted_by_its_id(inbox):
    inbox.send("first")
    inbox.send("second")
    url = f"/api/v1/messages/{inbox.messages()[0]['ID']}"
    assert inbox.http.get(url).json()["Content"]["Headers"]["Subject"] == ["second"]
    assert inbox.http.delete(url).status_code == 200
    assert inbox.http.get(url).status_code == 404
    assert inbox.http.delete(url).status_code == 404
    assert len(inbox.http.get("/api/v1/messages").json()) == 1


def test_all_messages_are_deleted_at_once(inbox):
    inbox.send()
    assert inbox.http.delete("/api/v1/messages").status_code == 200
    assert inbox.messages() == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/messages?limit=many",
        "/api/v2/messages?start=-1",
        "/api/v2/messages?start=9999999999",
        "/api/v2/messages?limit=²",
        "/api/v1/messages?limit=x",
        "/api/v2/search?kind=colour&query=x",
        "/api/v2/search?kind=from",
        "/api/v2/search",
    ],
)
def test_a_bad_parameter_is_answered_with_400_and_words(inbox, path):
    answer = inbox.http.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_limit_beyond_the_most_is_cut_to_it(inbox):
    inbox.send()
    page = inbox.http.get("/api/v2/messages", params={"limit": MOST + 1}).json()
    assert page["count"] == 1

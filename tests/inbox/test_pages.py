"""The pages show mails, and nothing in a mail gets out of its place."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from inbox.html_text import framed_html
from inbox.rendering import ago, linked, short_people, size_in_words
from inbox.settings import InboxSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mail_url(inbox) -> str:
    return f"/mails/{inbox.messages()[0]['ID']}"


def test_an_empty_inbox_says_how_to_send_a_mail_there(inbox):
    page = inbox.http.get("/").text
    assert "No mail yet" in page
    assert (
        f"127.0.0.1&quot;, {inbox.smtp_port}" in page or f'"127.0.0.1", {inbox.smtp_port}' in page
    )


def test_the_list_shows_a_mail_with_everything_escaped(inbox):
    message = EmailMessage()
    message["From"] = '"<i>Eve</i>" <eve@example.org>'
    message["To"] = "you@example.org"
    message["Subject"] = "<script>alert(1)</script> & more"
    message.set_content("x")
    inbox.send_message(message)
    page = inbox.http.get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert "&lt;i&gt;Eve&lt;/i&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("words", "found"),
    [("wine", True), ("WINE cheapest", True), ("anna@", True), ("bottle", True), ("beer", False)],
)
def test_a_search_looks_through_subject_addresses_and_text(inbox, digest, words, found):
    inbox.send_message(digest)
    page = inbox.http.get("/", params={"q": words}).text
    assert ("3 new for wine, cheapest" in page) is found
    assert ("Nothing found" in page) is not found


def test_words_only_in_the_html_are_found_but_its_tags_are_not(inbox):
    source = (
        b"Content-Type: text/html\r\n\r\n<style>p {hidden: 1}</style><p title=tip>caf&eacute;</p>"
    )
    inbox.send_raw(source)
    counts = [
        len(re.findall("<li>", inbox.http.get("/", params={"q": words}).text))
        for words in ("café", "title", "hidden")
    ]
    assert counts == [1, 0, 0]


def test_a_long_list_has_pages(inbox):
    with inbox.smtp() as smtp:
        for number in range(51):
            smtp.sendmail("a@example.org", ["b@example.org"], f"Subject: n{number}.\r\n".encode())
    first, second = inbox.http.get("/").text, inbox.http.get("/?page=2").text
    assert "1 to 50 of 51 mails" in first
    assert "n50." in first
    assert "n0." not in first
    assert "51 to 51 of 51 mails" in second
    assert "n0." in second
    assert "The list is shorter now" in inbox.http.get("/?page=9").text


def test_a_mail_has_its_tabs(inbox, digest):
    inbox.send_message(digest)
    url = mail_url(inbox)
    assert "<iframe" in inbox.http.get(url).text
    assert "A bottle &lt;red&gt;" in inbox.http.get(f"{url}?tab=text").text
    assert "Content-Type: multipart/mixed" in inbox.http.get(f"{url}?tab=source").text
    assert '<th scope="row">Subject</th>' in inbox.http.get(f"{url}?tab=headers").text
    assert "Preise März.csv" in inbox.http.get(f"{url}?tab=attachments").text


def test_the_html_is_shown_in_a_frame_that_runs_nothing(inbox, digest):
    inbox.send_message(digest)
    url = mail_url(inbox)
    (sandbox,) = re.findall(r'sandbox="([^"]*)"', inbox.http.get(url).text)
    assert sandbox.split() == ["allow-popups", "allow-popups-to-escape-sandbox"]
    frame = inbox.http.get(f"{url}/html")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert '<base target="_blank">' in frame.text


def test_a_picture_named_by_content_id_is_served(inbox, digest):
    inbox.send_message(digest)
    (source,) = re.findall(r'src="(/mails/[^"]+)"', inbox.http.get(f"{mail_url(inbox)}/html").text)
    picture = inbox.http.get(source)
    assert (picture.headers["content-type"], picture.content) == ("image/png", b"\x89PNG")


def test_an_attachment_is_downloaded_never_shown(inbox, digest):
    digest.add_attachment("<script>x</script>", subtype="html", filename='"><b>.html')
    inbox.send_message(digest)
    url = mail_url(inbox)
    numbers = re.findall(r"/attachments/(\d+)", inbox.http.get(f"{url}?tab=attachments").text)
    for number in numbers:
        answer = inbox.http.get(f"{url}/attachments/{number}")
        assert answer.headers["content-disposition"].startswith("attachment; filename*=")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(numbers) == 3


@pytest.mark.parametrize("rest", ["", "/html", "/source", "/attachments/1", "/inline/x"])
def test_what_is_not_there_is_answered_with_404(inbox, rest):
    assert inbox.http.get(f"/mails/999999999{rest}").status_code == 404


def test_the_source_is_downloaded_as_it_came(inbox):
    inbox.send_raw(b"Subject: x\r\n\r\nhi\r\n")
    answer = inbox.http.get(f"{mail_url(inbox)}/source")
    assert answer.content == b"Subject: x\r\n\r\nhi\r\n"
    assert ".eml" in answer.headers["content-disposition"]


def test_one_mail_is_deleted_and_the_list_is_shown(inbox):
    inbox.send("stays")
    inbox.send("goes")
    answer = inbox.http.post(f"{mail_url(inbox)}/delete", follow_redirects=True)
    assert answer.url.path == "/"
    assert "stays" in answer.text
    assert "goes" not in answer.text


def test_all_mails_are_deleted(inbox):
    inbox.send()
    assert "No mail yet" in inbox.http.post("/mails/delete", follow_redirects=True).text


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=99999999999", "q=%00", "q=%ff"])
def test_a_senseless_address_still_gets_a_page(inbox, query):
    assert inbox.http.get(f"/?{query}").status_code == 200


def test_every_file_a_page_names_comes_from_here(inbox):
    page = inbox.http.get("/").text
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert inbox.http.get(address).status_code == 200
    assert not re.search(r'(?:src|href)="https?:', page)


def test_the_oldest_mails_make_room(start_inbox):
    with start_inbox(InboxSettings(smtp_port=0, keep=3)) as inbox:
        for number in range(5):
            inbox.send(f"n{number}")
        kept = [message["Content"]["Headers"]["Subject"][0] for message in inbox.messages()]
    assert kept == ["n4", "n3", "n2"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (3 * 86_400, "3 days ago"),
    ],
)
def test_times_are_told_in_one_unit(seconds, words):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (25_000_000, "25.0 MB")]
)
def test_sizes_are_told_in_one_unit(size, words):
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Ann <a@x>, Ben <b@x>", "Ann, Ben"),
        ("a@x, b@x, c@x", "a@x and 2 more"),
        ("", "envelope@x"),
        (",,,", "envelope@x"),
    ],
)
def test_people_are_named_shortly(header, words):
    assert short_people(header, ["envelope@x"]) == words


def test_web_addresses_in_a_text_become_links_and_the_rest_is_escaped():
    html = linked('<b> (see https://x.example/?a=1&b="2") javascript:x')
    assert html.startswith('&lt;b&gt; (see <a href="https://x.example/?a=1&amp;b="')
    assert html.count("<a ") == 1


@pytest.mark.parametrize(
    ("html", "start"),
    [
        ("<p>x", "<base "),
        ("<!doctype html><html><head><title>", "<!doctype html><html><head><base "),
        (" <!DOCTYPE html>\n<HTML lang=en>\n<body>", " <!DOCTYPE html>\n<HTML lang=en><base "),
    ],
)
def test_the_frame_keeps_the_doctype_first(html, start):
    assert framed_html(html, "", "/c/").startswith(start)


def test_a_colour_scheme_is_previewed_whatever_the_system_wants():
    html = "<style>@media (prefers-color-scheme: dark) {} @media (prefers-color-scheme:light) {}"
    dark = framed_html(html, "dark", "/c/")
    assert "@media (min-width: 0) {} @media (max-width: 0) {}" in dark
    assert "color-scheme: dark !important" in dark
    assert "prefers-color-scheme" in framed_html(html, "", "/c/")

"""Pictures in mails: kept once, shown by many, missed by none, and pruned."""

import re
import struct
import zlib
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from ebay_alerts.mail.composing import base64_lines, compose_bytes
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.models import Message, Picture
from ebay_alerts.mail.png import read_size
from ebay_alerts.mail.selectors import kept_pictures
from ebay_alerts.mail.services import (
    LARGEST_PICTURE,
    MOST_PICTURES,
    PICTURES_KEPT_FOR,
    ShownPicture,
    claim_messages,
    keep_pictures,
    mark_stale,
    prune_pictures,
    withdraw_messages,
)
from ebay_alerts.mail.states import State
from tests.mail.conftest import MovableClock, QueueOne
from tests.mail.scripted_smtp import ScriptedSmtp
from tests.servers import RunningInbox

pytestmark = pytest.mark.backend


def png(width: int, height: int = 1, grey: int = 0) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    pixels = (b"\0" + bytes([grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


WINE, BEER = png(280, 84), png(96, 96, grey=200)


def shown(key: str) -> ShownPicture:
    return ShownPicture(key, f"{key}@charts.example", f"The price of {key} <fell> & rose")


def html_with(*pictures: ShownPicture) -> str:
    tags = (f'<p><img src="cid:{one.content_id}" width="280" alt="…"></p>' for one in pictures)
    return f"<h1>Prices</h1>{''.join(tags)}\n"


def with_pictures(*keys: str) -> dict[str, object]:
    pictures = [shown(key) for key in keys]
    return {"pictures": pictures, "html": html_with(*pictures), "queue": "reports"}


def parsed(source: bytes) -> EmailMessage:
    mail = message_from_bytes(source, policy=default)
    assert isinstance(mail, EmailMessage)
    assert [part.defects for part in mail.walk() if part.defects] == []
    return mail


def pictures_in(mail: EmailMessage) -> dict[str, bytes]:
    parts = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    return {str(part["Content-ID"]): part.get_content() for part in parts}


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n").replace("&#8230;", "…")


@pytest.mark.django_db
def test_two_mails_that_share_two_pictures_show_both_in_the_inbox(
    inbox: RunningInbox, queue_one: QueueOne, time: MovableClock, settings: Settings
) -> None:
    settings.SMTP_URL = inbox.smtp_url
    keep_pictures({"wine": WINE, "beer": BEER}, time.now())
    for key in ("first", "second"):
        queue_one(key, **with_pictures("wine", "beer"))

    assert deliver_batch("reports") == 2

    assert Picture.objects.count() == 2
    by_content_id = {"<wine@charts.example>": WINE, "<beer@charts.example>": BEER}
    mails = inbox.mails()
    assert [pictures_in(mail) for mail in mails] == [by_content_id, by_content_id]
    for number in (1, 2):
        frame = inbox.http.get(f"/mails/{number}/html").raise_for_status().text
        sources = re.findall(r'<img src="([^"]*)"', frame)
        answers = [inbox.http.get(source).raise_for_status() for source in sources]
        assert [answer.content for answer in answers] == [WINE, BEER]
        assert {answer.headers["content-type"] for answer in answers} == {"image/png"}


@pytest.mark.django_db
def test_a_mail_with_pictures_is_the_text_or_the_html_with_its_pictures(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    keep_pictures({"wine": WINE}, time.now())
    queue_one(**with_pictures("wine"))
    deliver_batch("reports")

    mail = parsed(smtp.accepted[0].content)
    text, related = mail.iter_parts()
    page, picture = related.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert text.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    assert related["Content-Type"].params["type"] == page.get_content_type() == "text/html"
    assert picture["Content-ID"] == "<wine@charts.example>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_filename() == "picture-1.png"
    assert html_of(mail) == html_with(shown("wine"))


@examples(max_examples=50, deadline=None)
@given(st.binary(max_size=400))
def test_any_picture_goes_as_lines_of_base64_that_are_read_back(content: bytes) -> None:
    lines = base64_lines(content)
    assert all(len(line) == 76 for line in lines.split(b"\r\n")[:-2])
    assert max(map(len, lines.split(b"\r\n"))) <= 76

    message = Message(
        message_id="<1@example.org>",
        to_address="ann@example.org",
        created_at=MovableClock().now(),
        text="text",
        html=html_with(shown("any")),
        pictures=[["any", "any@charts.example", "any"]],
    )
    source = compose_bytes(message, {"any": lines})

    assert b"\n" not in source.replace(b"\r\n", b"")
    assert pictures_in(parsed(source)) == {"<any@charts.example>": content}


@pytest.mark.django_db
def test_a_picture_that_is_missing_leaves_its_words_and_stops_no_mail(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    keep_pictures({"wine": WINE}, time.now())
    queue_one("half", **with_pictures("wine", "gone"))
    queue_one("none", **with_pictures("gone"))

    deliver_batch("reports")

    half, none = (parsed(letter.content) for letter in smtp.accepted)
    assert "<p>The price of gone &lt;fell&gt; &amp; rose</p>" in html_of(half)
    assert "cid:gone" not in html_of(half)
    assert pictures_in(half) == {"<wine@charts.example>": WINE}
    assert [part.get_content_type() for part in none.iter_parts()] == ["text/plain", "text/html"]
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.django_db
def test_a_key_keeps_the_picture_that_it_had_first(time: MovableClock) -> None:
    keep_pictures({"wine": WINE}, time.now())
    keep_pictures({"wine": BEER, "beer": BEER}, time.move(days=1))

    kept = Picture.objects.get(key="wine")
    assert (bytes(kept.png), kept.width, kept.height) == (WINE, 280, 84)
    assert kept_pictures(["wine", "beer", "cider"]) == {"wine", "beer"}


@pytest.mark.django_db
def test_pictures_go_when_they_are_old_and_no_unsent_mail_names_them(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    keys = ("sent", "queued", "sending", "withdrawn", "unnamed")
    keep_pictures({key: png(1) for key in keys}, time.now())
    queue_one("sent", **with_pictures("sent"))
    deliver_batch("reports")
    queue_one("sending", **with_pictures("sending", "sent"))
    claim_messages("reports", time.now(), 9, timedelta(days=30))
    queue_one("queued", **with_pictures("queued"))
    withdraw_messages([queue_one("withdrawn", **with_pictures("withdrawn")).pk], time.now())

    assert prune_pictures(time.move(days=PICTURES_KEPT_FOR.days)) == 0
    keep_pictures({"young": png(1)}, time.now())
    assert prune_pictures(time.move(seconds=1)) == 2

    assert kept_pictures([*keys, "young"]) == {"sent", "queued", "sending", "young"}
    deliver_batch("reports")
    assert pictures_in(parsed(smtp.accepted[-1].content)) == {"<queued@charts.example>": png(1)}
    assert prune_pictures(time.now()) == 1


@pytest.mark.django_db
def test_a_mail_with_pictures_goes_stale_as_any_other(
    queue_one: QueueOne, time: MovableClock
) -> None:
    keep_pictures({"wine": WINE}, time.now())
    queue_one(**with_pictures("wine"), fresh_until=time.now() + timedelta(minutes=15))

    assert mark_stale(time.move(minutes=16)) == 1
    assert prune_pictures(time.move(days=8)) == 0


@pytest.mark.django_db
def test_however_many_mails_a_batch_reads_its_pictures_once(
    smtp: ScriptedSmtp,
    queue_one: QueueOne,
    time: MovableClock,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    keep_pictures({"wine": WINE, "beer": BEER}, time.now())
    for number in range(10):
        queue_one(f"digest-{number}", **with_pictures("wine", "beer"))

    with django_assert_max_num_queries(200) as queries:
        assert deliver_batch("reports") == 10

    read = [query for query in queries if "mail_picture" in query["sql"]]
    assert len(read) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pictures": [ShownPicture("wine", "no address", "alt")]}, "not a Content-ID"),
        ({"pictures": [ShownPicture("wine", "a@b>\r\nBcc: c@d", "alt")]}, "not a Content-ID"),
        ({"pictures": [shown("wine")]}, "shows no picture cid:wine@charts.example"),
        ({"pictures": [shown("wine"), shown("wine")]}, "each by its own Content-ID"),
        (with_pictures(*map(str, range(MOST_PICTURES + 1))), f"up to {MOST_PICTURES} pictures"),
    ],
)
def test_a_draft_with_a_senseless_picture_is_refused(
    queue_one: QueueOne, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        queue_one(**changes)


@pytest.mark.django_db
def test_only_pngs_of_a_fair_size_are_kept(time: MovableClock) -> None:
    for content, problem in (
        (b"<svg/>", "no PNG"),
        (b"", "no PNG"),
        (WINE[:20], "no PNG"),
        (WINE + bytes(LARGEST_PICTURE), "at most"),
    ):
        with pytest.raises(ValueError, match=problem):
            keep_pictures({"wine": content}, time.now())
    with pytest.raises(ValueError, match="a key has"):
        keep_pictures({"": WINE}, time.now())
    assert read_size(BEER) == (96, 96)

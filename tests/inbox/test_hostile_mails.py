"""Whatever a mail holds, its pages and its JSON answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.headers import decode_field, decode_text, mend, read_listed_fields
from inbox.html_text import framed_html, text_of_html
from inbox.parsing import LINES_LIMIT, TYPED_PARTS_LIMIT, parse_mail, searchable_text
from inbox.rendering import short_people


def nested(depth: int) -> bytes:
    """A multipart in a multipart, so many times."""
    levels = [
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(depth)
    ]
    return b"".join(levels) + b"Content-Type: text/plain\r\n\r\ncore\r\n"


HOSTILE = {
    "nothing": b"",
    "no headers": b"just text\r\n",
    "headers only": b"Subject: x\r\nTo: y\r\n",
    "unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\r\n",
    "lying charset": b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\r\n",
    "odd codec": b"Content-Type: text/plain; charset=punycode\r\n\r\nabc-\r\n",
    "no text codec": b"Content-Type: text/plain; charset=base64\r\n\r\nabc\r\n",
    "zero in charset": b'Content-Type: text/plain; charset="a\x00b"\r\n\r\nabc\r\n',
    "lone surrogates": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-\r\n",
    "bad base64": b"Content-Transfer-Encoding: base64\r\n\r\n!!!=\r\n",
    "unknown encoding": b"Content-Transfer-Encoding: x-what\r\n\r\nabc\r\n",
    "bad words": b"Subject: =?utf-8?b?!!!?= =?x?q?=zz?= =?utf-8?q?=ff?=\r\n\r\n",
    "raw bytes": b"Subject: \xff\xfe\r\nFrom: \xe4 <\xf6@x>\r\n\r\n\xfc",
    "bad parameters": b"Content-Type: text/html; charset*=x'y'z; name*0*=%ff; =\r\n\r\n<p>\r\n",
    "bad file name": b"Content-Disposition: attachment; filename*=q'q'%ff%00\r\n\r\nx\r\n",
    "path as file name": b"Content-Disposition: attachment; filename=../../etc\r\n\r\nx\r\n",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nabc\r\n",
    "never closed": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nabc\r\n",
    "empty mail inside": b"Content-Type: message/rfc822\r\n\r\n",
    "report": b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nC: d\r\n",
    "digest": b"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nA: b\r\n\r\nc\r\n",
    "parentheses": b"From: " + b"(" * 2_000 + b"\r\nTo: " + b"<" * 2_000 + b"\r\n\r\n",
    "many lines": b"\r\n" * (LINES_LIMIT + 1),
    "nested": nested(90),
    "too deep": nested(TYPED_PARTS_LIMIT + 1),
    "bare CR": b"Subject: a\rContent-Type: text/html\r\r<p>",
    "many boundaries": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    + b"--x\r\n\r\n" * 20_000,
    "long header": b"Subject: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"X: y\r\n" * 4_000,
    "encoded bomb": b"Subject: " + b"=?utf-8?q?a?= " * 1_500 + b"\r\n\r\n",
}
VIEWS = ("", "?tab=text", "?tab=source", "?tab=headers", "?tab=attachments", "/html", "/source")


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mail_is_shown_in_every_view(inbox, source):
    inbox.send_raw(source)
    (message,) = inbox.messages()
    for view in VIEWS:
        assert inbox.http.get(f"/mails/{message['ID']}{view}").status_code in {200, 404}
    assert inbox.http.get("/?q=absent").status_code == 200


def test_a_mail_with_too_many_parts_is_shown_as_its_source():
    parsed = parse_mail(nested(TYPED_PARTS_LIMIT + 1))
    assert "too many parts or lines" in parsed.problem
    assert "core" in (parsed.text or "")


def test_a_mail_within_a_mail_is_an_attachment():
    inner = b"Subject: inner\r\n\r\nhello\r\n"
    parsed = parse_mail(b"Content-Type: message/rfc822\r\n\r\n" + inner)
    (attachment,) = parsed.attachments
    assert attachment.name == "part-1.eml"
    assert b"Subject: inner" in attachment.content


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?b?R3LDtsOfZQ==?=", "Größe"),
        (b"=?iso-8859-1?q?Gr=F6=DFe?=\r\n =?utf-8?q?_42?=", "Größe 42"),
        ("größe".encode(), "größe"),
        (b"one\r\n\ttwo", "one two"),
        (b"a\x00b", "a b"),
    ],
)
def test_a_header_is_decoded_to_one_line(raw, text):
    assert decode_field(raw) == text


def test_the_first_of_two_subjects_counts_and_none_from_the_body():
    source = b"SUBJECT: one\r\nsubject: two\r\n\r\nFrom: body\r\n"
    assert read_listed_fields(source) == ("one", "", "")


PIECES = (
    "Content-Type: |multipart/mixed|text/html|message/rfc822|; boundary=x|--x|; charset=|utf-16|"
    '; name*0*=|=?utf-8?b?|?=|Content-Disposition: attachment|Content-ID: <x>|Subject: |To: |"|<|;'
    "|Content-Transfer-Encoding: base64|@|,|(|:|A|\r\n|\0|\xff"
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES.encode("latin-1").split(b"|")), max_size=40))
def test_no_bytes_break_a_view(pieces):
    source = b"".join(pieces)
    fields = read_listed_fields(source)
    parsed = parse_mail(source)
    texts = [parsed.text or "", framed_html(parsed.html or "", "dark", "/c/"), *fields]
    texts += [searchable_text(source, ""), *(attachment.name for attachment in parsed.attachments)]
    texts.append(short_people(fields.from_header, ["x"]))
    "".join(texts).encode()  # pages are UTF-8: a lone surrogate would break them


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40), st.sampled_from(["utf-7", "utf-16", "idna", "x", None, "rot13"]))
def test_any_bytes_become_text_that_can_be_written(raw, charset):
    decode_text(raw, charset).encode()
    mend(raw.decode("ascii", "surrogateescape")).encode()
    text_of_html(raw.decode("latin-1"), 20).encode()

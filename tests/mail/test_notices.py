"""Reading bounces and complaints, as they come and as nobody should write them."""

from contextlib import suppress
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ebay_alerts.mail.errors import NoNotice
from ebay_alerts.mail.notices import read_notice
from tests.mail.notices import arf, dsn

ID = "<1f@example.org>"


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_failure_for_good_of_an_address_is_a_bounce(returned: str) -> None:
    notice = read_notice(dsn(ID, returned=returned))
    assert (notice.message_id, notice.is_bounce, notice.is_complaint) == (ID, True, False)
    assert notice.words == "smtp; 550 5.1.1 <ann@example.org>: no such user"


@pytest.mark.parametrize(
    ("fields", "is_bounce"),
    [
        ({"status": "5.2.1"}, True),
        ({"status": "5.1.1 (bad mailbox)"}, True),
        ({"status": "5.0.0"}, True),
        ({"status": ""}, True),
        ({"status": "5.0.0", "diagnostic": "smtp; 554 nobody likes you"}, False),
        ({"status": "5.7.1"}, False),
        ({"status": "5.1.8"}, False),
        ({"status": "5.3.4"}, False),
        ({"action": "delayed", "status": "4.4.1"}, False),
        ({"action": "delivered", "status": "2.0.0"}, False),
        ({"action": "Failed"}, True),
    ],
)
def test_what_is_of_the_sender_of_policy_or_not_for_good_is_none(
    fields: dict[str, str], is_bounce: bool
) -> None:
    assert read_notice(dsn(ID, **fields)).is_bounce is is_bounce


@pytest.mark.parametrize(
    ("kind", "counts"), [("abuse", True), ("Abuse", True), ("not-spam", False), ("virus", False)]
)
def test_a_report_of_abuse_is_a_complaint(kind: str, counts: bool) -> None:
    notice = read_notice(arf(ID, kind))
    assert (notice.message_id, notice.is_complaint, notice.is_bounce) == (ID, counts, False)


def test_the_samples_are_what_the_standards_say() -> None:
    for sample, kind in ((dsn(ID), "delivery-status"), (arf(ID), "feedback-report")):
        report = message_from_bytes(sample, policy=default)
        assert report.get_content_type() == "multipart/report"
        assert report["Content-Type"].params["report-type"] == kind
        assert not report.defects


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"Subject: hello\n\nNo notice.\n",
        dsn(ID).replace(b"multipart/report", b"multipart/mixed"),
        dsn(ID).replace(b"message/delivery-status", b"text/plain"),
        dsn(ID).split(b"Content-Type: message/delivery-status")[0],
        # A notice within a mail that merely returns it.
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n"
        + dsn(ID)
        + b"\n--x--\n",
    ],
)
def test_what_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(NoNotice):
        read_notice(content)


@given(some.sampled_from([dsn(ID), arf(ID)]), some.data())
def test_a_broken_notice_is_read_or_refused_and_nothing_else(
    sample: bytes, data: some.DataObject
) -> None:
    start = data.draw(some.integers(0, len(sample)))
    end = data.draw(some.integers(start, len(sample)))
    content = sample[:start] + data.draw(some.binary(max_size=20)) + sample[end:]
    with suppress(NoNotice):
        read_notice(content)

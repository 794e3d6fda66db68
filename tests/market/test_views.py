"""The deletion endpoint as the site answers it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from ebay_alerts.market.ebay.notifications import answer_to_challenge
from ebay_alerts.market.models import AccountDeletion, DeadEvent
from ebay_alerts.market.services.erasing import notification_keys
from ebay_alerts.market.views import LONGEST_BODY
from tests.conftest import SteppedClock
from tests.market.ebay.notices import Signer, compact, message, packed
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay, scripted_ebay

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

ADDRESS = "/ebay/account-deletion"
TOKEN = "a-token_of_thirty-two_characters"
ENDPOINT = "https://alerts.example.org/ebay/account-deletion"


@pytest.fixture(autouse=True)
def ebay(settings: Settings, stepped_clock: SteppedClock) -> Iterator[ScriptedEbay]:
    """What the site asks for its keys."""
    with scripted_ebay() as script:
        settings.EBAY_BASE_URL = script.url
        settings.EBAY_DELETION_TOKEN = TOKEN
        settings.EBAY_DELETION_ENDPOINT = ENDPOINT
        notification_keys.cache_clear()
        yield script
        notification_keys().close()
        notification_keys.cache_clear()


@pytest.fixture
def signer(ebay: ScriptedEbay) -> Signer:
    signer = Signer()
    ebay.answers = [Answer(body=signer.public_key())]
    return signer


@pytest.fixture
def site() -> Client:
    """As strict as it is in service: with CSRF checks, and without a session."""
    return Client(enforce_csrf_checks=True)


def post(site: Client, body: bytes, signature: str, **more: Any) -> Any:
    headers = {"X-EBAY-SIGNATURE": signature} if signature else {}
    return site.generic(
        "POST", ADDRESS, body, content_type="application/json", headers=headers, **more
    )


def test_the_challenge_is_answered_with_the_address_that_ebay_knows(site: Client) -> None:
    answer = site.get(ADDRESS, {"challenge_code": "a8628072-3d33-45ee-9004-bee86830a22d"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    expected = answer_to_challenge("a8628072-3d33-45ee-9004-bee86830a22d", TOKEN, ENDPOINT)
    assert answer.json() == {"challengeResponse": expected}


@pytest.mark.parametrize("query", ["", "?challenge_code=", f"?challenge_code={'c' * 501}", "?x=1"])
def test_without_a_code_there_is_no_answer(site: Client, query: str) -> None:
    assert site.get(ADDRESS + query).status_code == 400


def test_without_a_token_there_is_no_such_address(
    site: Client, settings: Settings, signer: Signer, ebay: ScriptedEbay
) -> None:
    settings.EBAY_DELETION_TOKEN = ""
    body = compact(message())
    assert site.get(ADDRESS, {"challenge_code": "c"}).status_code == 404
    assert post(site, body, signer.header(body)).status_code == 404
    assert ebay.asked == []


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(site: Client, method: str) -> None:
    assert site.generic(method, ADDRESS).status_code == 405


def test_a_signed_notice_erases_and_is_acknowledged_once_it_is_recorded(
    site: Client, signer: Signer, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    DeadEvent.objects.create(stream_id="s", sequence=1, body='"by ann_sells"', reason="no", at=now)
    body = compact(message("notice-7"))
    answer = post(site, body, signer.header(body))
    assert (answer.status_code, answer.content) == (204, b"")
    record = AccountDeletion.objects.get()
    assert (record.notification_id, record.erased) == ("notice-7", 1)
    assert not DeadEvent.objects.exists()


def test_a_notice_sent_again_is_acknowledged_again_and_recorded_once(
    site: Client, signer: Signer, ebay: ScriptedEbay
) -> None:
    body = compact(message())
    for _ in range(3):
        assert post(site, body, signer.header(body)).status_code == 204
    assert AccountDeletion.objects.count() == 1
    assert len(ebay.asked) == 1


def test_what_is_not_signed_by_ebay_is_refused_and_changes_nothing(
    site: Client, signer: Signer
) -> None:
    body = compact(message())
    for signature in ("", "?", packed({"kid": "k"}), Signer().header(body), signer.header(b"{}")):
        assert post(site, body, signature).status_code == 412
    assert not AccountDeletion.objects.exists()


def test_an_unknown_key_is_refused(site: Client, ebay: ScriptedEbay) -> None:
    ebay.answers = [Answer(404, {"errors": [{"errorId": 195001, "message": "none"}]})]
    body = compact(message())
    assert post(site, body, Signer().header(body)).status_code == 412


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {"errors": [{"errorId": 195000}]}),
        Answer(429, {"errors": [{"errorId": 2001}]}),
        Answer(403, "<html>Access Denied</html>"),
        Answer(200, {"key": "none"}),
    ],
    ids=lambda answer: str(answer.status),
)
def test_while_the_key_cannot_be_had_ebay_is_told_to_send_again(
    site: Client, ebay: ScriptedEbay, answer: Answer
) -> None:
    signer = Signer()
    ebay.answers = [answer, Answer(body=signer.public_key())]
    body = compact(message())
    assert post(site, body, signer.header(body)).status_code == 503
    assert not AccountDeletion.objects.exists()
    assert post(site, body, signer.header(body)).status_code == 204


def test_strangers_are_told_to_come_later_once_they_named_too_many_keys(
    site: Client, ebay: ScriptedEbay
) -> None:
    ebay.answers = [Answer(404, {"errors": [{"errorId": 195001, "message": "none"}]})]
    body = compact(message())
    said = [post(site, body, Signer(f"key-{n}").header(body)).status_code for n in range(8)]
    assert said == [412] * 5 + [429] * 3
    assert len(ebay.asked) == 5


def test_the_key_of_a_notice_obeyed_before_a_restart_is_fetched_first(
    site: Client, signer: Signer, ebay: ScriptedEbay
) -> None:
    body = compact(message())
    assert post(site, body, signer.header(body)).status_code == 204
    notification_keys().close()
    notification_keys.cache_clear()
    good = ebay.answers
    ebay.answers = [Answer(404, {"errors": [{"errorId": 195001, "message": "none"}]})]
    for number in range(8):
        post(site, body, Signer(f"key-{number}").header(body))
    ebay.answers = good
    assert post(site, body, signer.header(body)).status_code == 204


def test_a_keyset_that_ebay_refuses_is_no_verdict_on_the_notice(
    site: Client, ebay: ScriptedEbay
) -> None:
    ebay.token = Answer(401, {"error": "invalid_client"})
    body = compact(message())
    assert post(site, body, Signer().header(body)).status_code == 503


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"metadata": 1}', b"\xff"])
def test_a_signed_body_that_is_no_notice_is_refused_without_asking_ebay(
    site: Client, signer: Signer, ebay: ScriptedEbay, body: bytes
) -> None:
    assert post(site, body, signer.header(body)).status_code == 400
    assert ebay.asked == []


def test_a_body_that_is_too_long_is_refused_whatever_its_length_claims(
    site: Client, signer: Signer, ebay: ScriptedEbay
) -> None:
    body = compact(message()) + b" " * LONGEST_BODY
    assert post(site, body, signer.header(body)).status_code == 413
    for claim in ("9" * 30, "-1", "many"):
        small = compact(message())
        assert post(site, small, signer.header(small), CONTENT_LENGTH=claim).status_code == 413
    assert ebay.asked == []


def test_a_refusal_repeats_nothing_of_what_was_sent(site: Client, signer: Signer) -> None:
    body = json.dumps({"metadata": {"topic": "ann_sells"}, "notification": "ann_sells"}).encode()
    answer = post(site, body, signer.header(body))
    assert answer.status_code == 400
    assert b"ann_sells" not in answer.content


def test_the_endpoint_is_no_part_of_the_api(site: Client) -> None:
    assert "account-deletion" not in site.get("/openapi.json").content.decode()

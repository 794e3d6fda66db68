"""The deletion endpoint's three forms: challenge, signature header, notice."""

import json
from typing import Any

import pytest

from ebay_alerts.market.ebay.notification_keys import NotificationKeys
from ebay_alerts.market.ebay.notifications import (
    answer_to_challenge,
    read_notice,
    read_signature_header,
    signed_forms,
)
from ebay_alerts.market.errors import BadSignature, Malformed
from tests.market.ebay.notices import (
    KEY_ID,
    SAMPLE,
    SAMPLE_HEADER,
    SAMPLE_KEY,
    Signer,
    compact,
    message,
    packed,
)


def verify(body: bytes, header: str, key: object = SAMPLE_KEY) -> None:
    NotificationKeys(lambda _: key).verify(read_signature_header(header), signed_forms(body))


def test_the_answer_to_a_challenge_is_the_hash_of_code_token_and_endpoint() -> None:
    # printf 'codetokenhttps://example.com/x' | sha256sum
    answer = answer_to_challenge("code", "token", "https://example.com/x")
    assert answer == "fcfd319075b76cbb86271bd527955798ee89dc6a816346a2aa08ef64744a1d61"


def test_ebays_own_sample_is_verified() -> None:
    verify(compact(SAMPLE), packed(SAMPLE_HEADER))
    notice = read_notice(compact(SAMPLE))
    assert notice.names[:2] == ("test_user", "ma8vp1jySJC")
    assert len(notice.names) == 3


def test_spaces_that_a_proxy_put_into_the_body_do_not_spoil_the_signature() -> None:
    verify(json.dumps(SAMPLE, indent=4).encode(), packed(SAMPLE_HEADER))


def test_bytes_that_are_signed_as_sent_are_verified_as_sent() -> None:
    signer = Signer()
    spaced = json.dumps(message(username="ann \u00fc"), indent=1).encode()
    verify(spaced, signer.header(spaced), signer.public_key())


@pytest.mark.parametrize("digest", ["SHA1", "SHA256", "SHA384", "SHA512"])
def test_the_digest_is_the_one_that_the_key_names(digest: str) -> None:
    signer = Signer(digest=digest)
    body = compact(message())
    verify(body, signer.header(body), signer.public_key())
    verify(body, signer.header(body, digest=None), signer.public_key())
    other = "SHA256" if digest == "SHA1" else "SHA1"
    with pytest.raises(BadSignature, match="digest"):
        verify(body, signer.header(body, digest=other), signer.public_key())


@pytest.mark.parametrize("name", ["someone_else", "Test_user", "test_user "])
def test_another_name_under_the_same_signature_is_refused(name: str) -> None:
    forged = json.loads(json.dumps(SAMPLE))
    forged["notification"]["data"]["username"] = name
    with pytest.raises(BadSignature, match="not eBay's"):
        verify(compact(forged), packed(SAMPLE_HEADER))


def test_another_ones_signature_is_refused() -> None:
    body = compact(message())
    with pytest.raises(BadSignature, match="not eBay's"):
        verify(body, Signer().header(body), Signer().public_key())


@pytest.mark.parametrize(
    "header",
    [
        "",
        "?",
        "e30",
        "A" * 4000,
        packed({}),
        packed([]),
        packed("text"),
        packed(SAMPLE_HEADER | {"kid": "../../oauth2/token"}),
        packed(SAMPLE_HEADER | {"kid": "a/b"}),
        packed(SAMPLE_HEADER | {"kid": "a?b=c"}),
        packed(SAMPLE_HEADER | {"kid": "a\n"}),
        packed(SAMPLE_HEADER | {"kid": ""}),
        packed(SAMPLE_HEADER | {"kid": "k" * 101}),
        packed(SAMPLE_HEADER | {"kid": 7}),
        packed(SAMPLE_HEADER | {"alg": "none"}),
        packed(SAMPLE_HEADER | {"digest": "MD5"}),
        packed(SAMPLE_HEADER | {"digest": "NONE"}),
        packed(SAMPLE_HEADER | {"signature": "not base64!"}),
        packed(SAMPLE_HEADER | {"signature": ""}),
        packed(SAMPLE_HEADER | {"signature": "A" * 1000}),
    ],
)
def test_a_header_that_is_not_of_ebays_form_is_refused_before_a_key_is_asked_for(
    header: str,
) -> None:
    with pytest.raises(BadSignature):
        read_signature_header(header)


def test_a_signature_that_is_no_der_is_no_signature() -> None:
    with pytest.raises(BadSignature, match="not eBay's"):
        verify(compact(SAMPLE), packed(SAMPLE_HEADER | {"signature": "AAAAAAAAAAAA"}))


@pytest.mark.parametrize(
    "key",
    [
        None,
        [],
        {},
        SAMPLE_KEY | {"algorithm": "RSA"},
        SAMPLE_KEY | {"digest": "MD5"},
        SAMPLE_KEY | {"key": "text"},
        SAMPLE_KEY | {"key": "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"},
        SAMPLE_KEY | {"key": "-----BEGIN PUBLIC KEY-----A-----END PUBLIC KEY-----"},
    ],
)
def test_a_key_that_cannot_be_read_is_no_verdict_on_the_notice(key: object) -> None:
    with pytest.raises(Malformed):
        verify(compact(SAMPLE), packed(SAMPLE_HEADER), key)


def test_a_key_that_is_not_for_ecdsa_is_no_verdict_either() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    pem = (
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    with pytest.raises(Malformed, match="ECDSA"):
        verify(compact(SAMPLE), packed(SAMPLE_HEADER), SAMPLE_KEY | {"key": pem})


BAD_BODIES: list[Any] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b"\xff\xfe",
    b"[" * 60_000,
    {},
    {"metadata": SAMPLE["metadata"]},
    {"notification": SAMPLE["notification"]},
    SAMPLE | {"metadata": {"topic": "ITEM_SOLD"}},
    SAMPLE | {"metadata": "MARKETPLACE_ACCOUNT_DELETION"},
    message(""),
    message("x" * 201),
    message("line\nbreak"),
    message("nul\x00"),
    message(username=7),
    message(username=None, userId=None, eiasToken=None),
    message(username=" ", userId="\x00"),
    message(username="n" * 500),
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body)[:40])
def test_a_body_that_is_no_notice_is_refused(body: Any) -> None:
    with pytest.raises(Malformed) as refusal:
        read_notice(body if isinstance(body, bytes) else compact(body))
    assert "ann_sells" not in str(refusal.value)


def test_fields_that_ebay_may_add_are_passed_over() -> None:
    more = message() | {"signedBy": "eBay"}
    more["notification"]["data"]["region"] = "EU"
    assert read_notice(compact(more)).names == ("ann_sells", "ma8vp1jySJC")


def test_names_that_no_database_takes_are_taken_without_what_hurts() -> None:
    assert read_notice(b"".join(compact(message(username="a\x00nn\x1b_1")).split())).names == (
        "ann_1",
    )


def test_a_notice_does_not_show_its_names_when_printed() -> None:
    assert "ann_sells" not in repr(read_notice(compact(message())))


def test_the_keys_id_is_what_the_header_says() -> None:
    assert read_signature_header(packed(SAMPLE_HEADER)).key_id == KEY_ID

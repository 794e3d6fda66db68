"""Mail servers by URL, and sessions with them under TLS and without."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebay_alerts.mail.errors import BadMailSetting, ServerUnusable
from ebay_alerts.mail.outcomes import Stage
from ebay_alerts.mail.smtp import (
    Letter,
    SmtpServer,
    connect,
    hand_over,
    parse_smtp_url,
    probe,
    session,
    start_anew,
)
from tests.mail.scripted_smtp import HANG_UP, ScriptedSmtp

LETTER = Letter("alerts@example.org", "ann@example.org", b"Subject: s\r\n\r\nt\r\n")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("smtp", "mail.example.org", 25)),
        ("smtp+starttls://mail.example.org", SmtpServer("smtp+starttls", "mail.example.org", 587)),
        ("smtps://mail.example.org/", SmtpServer("smtps", "mail.example.org", 465)),
        (
            "smtps://ann%40example.org:p%3Aa%2Fs%40s@[::1]:2465",
            SmtpServer("smtps", "::1", 2465, "ann@example.org", "p:a/s@s"),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_url(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org:25",
        "http://ann:secret@mail.example.org",
        "smtp://",
        "smtp://ann:secret@:25",
        "smtp://ann:secret@mail.example.org:x",
        "smtp://ann:secret@mail.example.org:99999",
        "smtp://ann:sec/secret@mail.example.org",
        "smtp://ann:sec#secret@mail.example.org",
        "smtp://ann@mail.example.org",
        "smtp://:secret@mail.example.org",
        "smtp://ann:secret-%C3%BC@mail.example.org",
        "smtp://ann:secret@mail.example.org?timeout=5",
        "smtp://ann:secret@[::1",
    ],
)
def test_a_url_that_names_no_server_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadMailSetting, match="SMTP_URL") as refused:
        parse_smtp_url(url)

    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_server_shown_in_a_log_keeps_its_password() -> None:
    assert "secret" not in repr(parse_smtp_url("smtp://ann:secret@mail.example.org"))


@pytest.mark.parametrize("host", ["127.0.0.1", "a..example"])
def test_a_server_out_of_reach_is_said_in_words(host: str) -> None:
    with pytest.raises(ServerUnusable, match=r"\w+"):
        connect(SmtpServer("smtp", host, 9))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-made certificate for 127.0.0.1 and its key, in one file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("makes a certificate with the openssl command")
    file = tmp_path / "certificate.pem"
    wish = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    )
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    paths = ["-keyout", str(tmp_path / "key.pem"), "-out", str(file)]
    subprocess.run([openssl, *wish.split(), *names, *paths], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "key.pem").read_text())
    return file


@pytest.fixture(params=["smtps", "smtp+starttls"])
def tls_server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[ScriptedSmtp]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ScriptedSmtp(context, implicit_tls=request.param == "smtps") as server:
        yield server


def test_an_untrusted_certificate_is_refused(tls_server: ScriptedSmtp) -> None:
    with pytest.raises(ServerUnusable, match="certificate verify failed"):
        connect(SmtpServer(tls_server.scheme, "127.0.0.1", tls_server.port))

    assert tls_server.logins == []


def test_mail_goes_through_tls_to_a_trusted_server(
    tls_server: ScriptedSmtp, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_server.extensions.append("AUTH PLAIN")
    server = SmtpServer(tls_server.scheme, "127.0.0.1", tls_server.port, "ann", "secret")

    with session(server) as connection:
        assert isinstance(connection.sock, ssl.SSLSocket)
        answer = hand_over(connection, LETTER)

    assert (answer.stage, answer.code) == (Stage.HANDED_OVER, 250)
    assert tls_server.logins == ["\x00ann\x00secret"]
    assert [letter.content for letter in tls_server.accepted] == [LETTER.content]


def test_a_probe_says_plainly_that_a_certificate_is_not_trusted(tls_server: ScriptedSmtp) -> None:
    with pytest.raises(ServerUnusable, match=r"the certificate of 127.0.0.1:\d+ is not trusted"):
        probe(SmtpServer(tls_server.scheme, "127.0.0.1", tls_server.port), "alerts@example.org")


def test_a_probe_says_plainly_that_a_login_is_refused_and_not_the_password() -> None:
    with ScriptedSmtp() as server:
        server.extensions = ["AUTH PLAIN LOGIN"]
        server.always_answer("AUTH", "535 no such user")
        with pytest.raises(ServerUnusable) as caught:
            probe(
                SmtpServer("smtp", "127.0.0.1", server.port, "ann", "secret-word"),
                "alerts@example.org",
            )
    assert "refuses the user and password: 535 no such user" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_a_probe_says_plainly_where_no_tls_is_spoken_and_where_nobody_listens() -> None:
    with ScriptedSmtp() as server:
        with pytest.raises(ServerUnusable, match="speaks no TLS; is it the port for smtps"):
            probe(SmtpServer("smtps", "127.0.0.1", server.port), "alerts@example.org")
        with pytest.raises(ServerUnusable, match="offers no STARTTLS"):
            probe(SmtpServer("smtp+starttls", "127.0.0.1", server.port), "alerts@example.org")
    with pytest.raises(ServerUnusable, match=r"nothing listens at 127\.0\.0\.1"):
        probe(SmtpServer("smtp", "127.0.0.1", server.port), "alerts@example.org")


def test_a_probe_says_plainly_that_the_sender_is_refused() -> None:
    with ScriptedSmtp() as server:
        server.answer("MAIL", "550 5.7.60 not allowed to send as this sender")
        with pytest.raises(ServerUnusable, match=r"refuses the sender alerts@example.org: 550 5.7"):
            probe(SmtpServer("smtp", "127.0.0.1", server.port), "alerts@example.org")
        server.answer("MAIL", HANG_UP)
        with pytest.raises(ServerUnusable, match=r"127\.0\.0\.1:"):
            probe(SmtpServer("smtp", "127.0.0.1", server.port), "alerts@example.org")


def test_a_probe_hands_over_nothing() -> None:
    with ScriptedSmtp() as server:
        probe(SmtpServer("smtp", "127.0.0.1", server.port), "alerts@example.org")
    assert (server.connections, server.received) == (1, [])


def test_a_certificate_for_another_name_is_refused(
    tls_server: ScriptedSmtp, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with pytest.raises(ServerUnusable, match="certificate verify failed"):
        connect(SmtpServer(tls_server.scheme, "localhost", tls_server.port))


@pytest.mark.parametrize("reply", ["454 not now", HANG_UP])
def test_a_server_that_does_not_start_tls_gets_no_password(reply: str) -> None:
    with ScriptedSmtp() as server:
        server.extensions += ["STARTTLS", "AUTH PLAIN"]
        server.answer("STARTTLS", reply)
        with pytest.raises(ServerUnusable):
            connect(SmtpServer("smtp+starttls", "127.0.0.1", server.port, "ann", "secret"))

    assert server.logins == []


def test_starttls_is_not_done_without_where_the_server_offers_none() -> None:
    with ScriptedSmtp() as server:
        server.extensions.append("AUTH PLAIN")
        with pytest.raises(ServerUnusable, match="offers no STARTTLS"):
            connect(SmtpServer("smtp+starttls", "127.0.0.1", server.port, "ann", "secret"))

    assert server.logins == []


def _handed_over(server: ScriptedSmtp, *letters: Letter) -> list[tuple[Stage, int | None]]:
    with session(SmtpServer("smtp", "127.0.0.1", server.port)) as connection:
        answers = []
        for letter in letters:
            answer = hand_over(connection, letter)
            answers.append((answer.stage, answer.code))
            if answer.code != 250:
                start_anew(connection)
        return answers


@pytest.mark.parametrize("offers", [["PIPELINING"], []])
@pytest.mark.parametrize(
    ("step", "reply", "stage"),
    [
        ("MAIL", "451 later", Stage.SENDER),
        ("RCPT", "550 unknown", Stage.RECIPIENT),
        ("DATA", "452 no room", Stage.OFFERING),
    ],
)
def test_a_refusal_ends_its_letter_alone_whether_steps_go_at_once_or_one_by_one(
    offers: list[str], step: str, reply: str, stage: Stage
) -> None:
    with ScriptedSmtp() as server:
        server.extensions = offers
        server.answer(step, reply)

        answers = _handed_over(server, LETTER, LETTER)

    assert answers == [(stage, int(reply[:3])), (Stage.HANDED_OVER, 250)]
    assert [letter.content for letter in server.received] == [LETTER.content]


def test_a_server_that_wants_text_for_nobody_gets_none_and_the_session_goes_on() -> None:
    with ScriptedSmtp() as server:
        server.wants_text_for_nobody = True
        server.answer("RCPT", "550 unknown")
        server.answer("DOT", "554 no valid recipients")

        answers = _handed_over(server, LETTER, LETTER)

    assert answers == [(Stage.RECIPIENT, 550), (Stage.HANDED_OVER, 250)]
    assert [letter.content for letter in server.received] == [b"", LETTER.content]
    assert [letter.content for letter in server.accepted] == [LETTER.content]


def test_a_server_that_wants_text_behind_a_refused_sender_gets_no_empty_mail() -> None:
    with ScriptedSmtp() as server:
        server.wants_text_for_nobody = True
        server.answer("MAIL", "550 5.7.1 not you")

        answers = _handed_over(server, LETTER)

    assert answers == [(Stage.SENDER, 550)]
    assert server.received == []


def test_a_refusal_counts_though_the_server_hangs_up_behind_it() -> None:
    with ScriptedSmtp() as server:
        server.answer("RCPT", "421 shutting down")
        server.wants_text_for_nobody = True
        server.answer("DATA", HANG_UP)

        assert _handed_over(server, LETTER) == [(Stage.RECIPIENT, 421)]


def test_steps_go_in_one_round_trip_where_the_server_offers_that() -> None:
    with ScriptedSmtp() as server:
        waiting: list[bytes] = []
        server.look_ahead = waiting.append

        _handed_over(server, LETTER)

    assert waiting == [f"RCPT TO:<{LETTER.recipient}>\r\nDATA\r\n".encode()]

"""`ebay-alerts test-mail`: what the mail server answered, or why nothing was sent."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from pytest_django import Settings

from ebay_alerts.mail.models import Message
from ebay_alerts.processes.commands import commands
from tests.mail.scripted_smtp import ScriptedSmtp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: Settings) -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as server:
        settings.SMTP_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


def test_mail(email: str) -> Result:
    return CliRunner().invoke(commands, ["test-mail", email])


test_mail.__test__ = False  # type: ignore[attr-defined]  # named as the command is


def test_it_tells_what_the_server_answered(server: ScriptedSmtp) -> None:
    server.answer("DOT", "250 2.0.0 queued as 4711")
    result = test_mail("op@example.com")
    assert result.exit_code == 0
    assert "250 2.0.0 queued as 4711" in result.output
    [letter] = server.received
    assert letter.recipient == "op@example.com"
    assert Message.objects.get().state == "sent"


def test_a_refusal_is_told_in_the_server_s_words(server: ScriptedSmtp) -> None:
    server.answer("RCPT", "550 5.1.1 no such user here")
    result = test_mail("nobody@example.com")
    assert result.exit_code == 2
    assert "5.1.1 no such user here" in result.output
    assert not Message.objects.exists()


def test_what_the_server_puts_off_is_not_kept_for_later(server: ScriptedSmtp) -> None:
    server.answer("RCPT", "451 4.7.1 greylisted, try again")
    result = test_mail("op@example.com")
    assert result.exit_code == 2
    assert "greylisted" in result.output
    assert not Message.objects.exists()


def test_a_server_that_is_not_there_is_told_in_plain_words(settings: Settings) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    result = test_mail("op@example.com")
    assert result.exit_code == 2
    assert "nothing listens at 127.0.0.1:1" in result.output
    assert not Message.objects.exists()


def test_what_is_no_address_is_refused(server: ScriptedSmtp) -> None:
    result = test_mail("not an address")
    assert result.exit_code == 2
    assert server.received == []

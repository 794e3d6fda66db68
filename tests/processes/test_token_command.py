"""`ebay-alerts token`: what the token may do, how long, and what its user calls it."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from ebay_alerts.accounts.models import ApiToken, AuditEvent
from ebay_alerts.accounts.selectors import find_token
from ebay_alerts.processes.commands import commands
from tests.conftest import SteppedClock

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ("token", "ann@example.com", *arguments))


def test_a_token_may_do_everything_unless_scopes_are_named(stepped_clock: SteppedClock) -> None:
    everything = find_token(run().stdout.strip(), stepped_clock.now())
    assert everything is not None
    assert (everything.scope_list, everything.expires_at) == (["read", "write", "account"], None)
    less = find_token(
        run("--scope", "write", "--scope", "read").stdout.strip(), stepped_clock.now()
    )
    assert less is not None
    assert less.scope_list == ["read", "write"]
    assert AuditEvent.objects.filter(kind="token_created", origin="").count() == 2


def test_a_token_ends_after_its_days_and_has_its_name(stepped_clock: SteppedClock) -> None:
    run("--days", "30", "--name", "Home Assistant")
    token = ApiToken.objects.get()
    assert token.expires_at == stepped_clock.now() + timedelta(days=30)
    assert token.name == "Home Assistant"


@pytest.mark.parametrize("wrong", [("--scope", "admin"), ("--days", "0"), ("--name", "x" * 61)])
def test_what_no_token_can_have_is_refused_and_none_is_made(wrong: tuple[str, str]) -> None:
    result = run(*wrong)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not ApiToken.objects.exists()

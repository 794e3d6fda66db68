"""`ebay-alerts lift-second-factor`: a user who lost it gets in again, and is told."""

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner, Result

from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.sealing import seal
from ebay_alerts.processes.commands import commands

pytestmark = pytest.mark.django_db(transaction=True)


def run(email: str) -> Result:
    return CliRunner().invoke(commands, ("lift-second-factor", email))


def test_a_lost_second_factor_is_lifted_told_and_in_the_log() -> None:
    ann = ensure_user("ann@example.com", clock.now())
    Authenticator.objects.create(user=ann, type="totp", data={"secret": seal("ABC")})
    result = run("ANN@example.com")
    assert result.exit_code == 0, result.output
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.get(kind="factor_removed").user == ann
    assert "no second factor any more" in Message.objects.get(to_address=ann.email).subject


def test_who_has_none_is_named() -> None:
    ensure_user("ann@example.com", clock.now())
    for email in ("ann@example.com", "nobody@example.com"):
        result = run(email)
        assert result.exit_code == 2
        assert email in result.output

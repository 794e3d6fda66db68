"""The second factor: that of allauth, with its secrets sealed; the operator may lift a lost one."""

from datetime import datetime

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.account_mails import queue_account_mail
from ebay_alerts.accounts.auditing import COMMAND_LINE, record_event
from ebay_alerts.accounts.errors import NoSecondFactor
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.sealing import seal, unseal

# MFA_RECOVERY_CODE_COUNT of allauth.
CODES = 10


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth does about second factors, our way."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not the code; it changes every half minute."
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises Unsealable."""
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "eBay Alerts"

    def build_totp_svg(self, url: str) -> str:
        """The picture alone, to stand in a page."""
        svg = str(super().build_totp_svg(url))
        return svg[svg.index("<svg") :]


def factors_of(user: User) -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user).order_by("pk")
    return found


def find_factor(user: User) -> Authenticator | None:
    """The app that shows the user's codes, where the user has one."""
    return factors_of(user).filter(type=Authenticator.Type.TOTP).first()


def count_recovery_codes(user: User) -> int:
    """How many are left; no secret is opened for it."""
    codes = factors_of(user).filter(type=Authenticator.Type.RECOVERY_CODES).first()
    return CODES - int(codes.data.get("used_mask", 0)).bit_count() if codes else 0


def forget_factors(user: User) -> None:
    """Delete those of a user who is being erased."""
    with write_turn(), transaction.atomic():
        factors_of(user).delete()


def lift_second_factor(user: User, now: datetime) -> None:
    """Have the user sign in without it: it was lost. For the operator, who vouches for the user.

    Raises NoSecondFactor.
    """
    with write_turn(), transaction.atomic():
        if find_factor(user) is None:
            raise NoSecondFactor(f"{user.email} has no second factor.")
        factors_of(user).delete()
        kind = AuditEvent.Kind.FACTOR_REMOVED
        record_event(kind, now, user=user, origin=COMMAND_LINE)
    queue_account_mail("totp_deactivated", user.email, {}, now)

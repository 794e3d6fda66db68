"""What the audit log says of signing in."""

from datetime import datetime

from ebay_alerts.accounts.auditing import Origin, masked, record_event
from ebay_alerts.accounts.models import AuditEvent, User


def note_sign_in(user: User, origin: Origin, now: datetime) -> None:
    kind = AuditEvent.Kind.SIGNED_IN
    record_event(kind, now, user=user, origin=origin)


def note_failed_sign_in(email: str, origin: Origin, now: datetime) -> None:
    """Somebody wrote a wrong password, whether or not there is such a user."""
    user = User.objects.filter(email__iexact=email).first()
    kind = AuditEvent.Kind.SIGN_IN_FAILED
    record_event(kind, now, user=user, origin=origin, about=masked(email))

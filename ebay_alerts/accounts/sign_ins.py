"""What the audit log says of signing in."""

from datetime import datetime

from ebay_alerts.accounts.auditing import masked, origin_at, record_event
from ebay_alerts.accounts.models import AuditEvent, User


def note_sign_in(user: User, client_address: str, now: datetime) -> None:
    kind = AuditEvent.Kind.SIGNED_IN
    record_event(kind, now, user=user, origin=origin_at(client_address))


def note_failed_sign_in(email: str, client_address: str, now: datetime) -> None:
    """Somebody wrote a wrong password, whether or not there is such a user."""
    user = User.objects.filter(email__iexact=email).first()
    kind, origin = AuditEvent.Kind.SIGN_IN_FAILED, origin_at(client_address)
    record_event(kind, now, user=user, origin=origin, about=masked(email))

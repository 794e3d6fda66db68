"""Operators: users who may see how the system does, and have failed work tried again."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.auditing import COMMAND_LINE, Origin, record_event
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.kit.turns import write_turn


def operators() -> QuerySet[User]:
    return User.objects.filter(is_staff=True, is_active=True).order_by("email")


def is_operator(user: object) -> bool:
    """Of a request's user, who may be nobody."""
    return isinstance(user, User) and user.is_active and user.is_staff


def make_operator(user: User, now: datetime) -> None:
    """For ever, until `end_operator`. Noted in the audit log where it changes anything."""
    _set(user, True, AuditEvent.Kind.OPERATOR_MADE, now)


def end_operator(user: User, now: datetime) -> None:
    _set(user, False, AuditEvent.Kind.OPERATOR_ENDED, now)


def set_active(user: User, is_active: bool, operator: User, origin: Origin, now: datetime) -> None:
    """Close a user, who then cannot sign in and is mailed nothing, or open one again. The audit log
    says of the user that it was done, and of the operator to whom."""
    kind = AuditEvent.Kind.USER_OPENED if is_active else AuditEvent.Kind.USER_CLOSED
    with write_turn(), transaction.atomic():
        others = User.objects.filter(pk=user.pk, is_active=not is_active)
        if others.update(is_active=is_active):
            record_event(kind, now, user=user, origin=Origin(), about="by an operator")
            about = f"user {user.pk}"
            record_event(kind, now, user=operator, origin=origin, about=about)


def _set(user: User, is_staff: bool, kind: AuditEvent.Kind, now: datetime) -> None:
    """The rights to admin pages go with it."""
    with write_turn(), transaction.atomic():
        others = User.objects.filter(pk=user.pk, is_staff=not is_staff)
        if others.update(is_staff=is_staff, is_superuser=is_staff):
            record_event(kind, now, user=user, origin=COMMAND_LINE)
    user.is_staff = user.is_superuser = is_staff

"""The audit log: what touched the security of accounts, appended and never changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from ebay_alerts.accounts.client_addresses import shortened_address, whole_address
from ebay_alerts.accounts.models import ApiToken, AuditEvent, User
from ebay_alerts.kit.turns import write_turn

# So many go in one turn.
PRUNED = 2_000


@dataclass(frozen=True)
class Origin:
    """Where something was asked for: the client's address as far as it is kept, and the token it
    came with by its beginning. Both are empty for the command line."""

    address: str = ""
    token: str = ""


COMMAND_LINE = Origin()


def origin_of(request: HttpRequest) -> Origin:
    """Where a request came from: its client's address, and its token where it has one."""
    token = find_request_token(request)
    address = kept_address(request.META.get("REMOTE_ADDR", ""))
    return Origin(address, token.hint if token else "")


def find_request_token(request: HttpRequest) -> ApiToken | None:
    """The token that the request came with, where its user signed in by one."""
    return getattr(request, "api_token", None)


def kept_address(text: str) -> str:
    """As much of a client's address as the setting lets the log keep."""
    return whole_address(text) if settings.WHOLE_ADDRESSES else shortened_address(text)


def masked(email: str) -> str:
    """An address that its user knows again, and that is forgotten when the address is."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"[:254]


def record_event(
    kind: AuditEvent.Kind, now: datetime, *, user: User | None, origin: Origin, about: str = ""
) -> None:
    """Append an event, in the caller's transaction where there is one. `about` names what it was
    done to; never a secret."""
    with write_turn(), transaction.atomic():
        AuditEvent.objects.create(
            user=user, kind=kind, at=now, origin=origin.address, token=origin.token, about=about
        )


def events_of(user: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(user=user)


def erase_events(user_id: int) -> None:
    """Delete the events of a user who is being erased, a turn at a time."""
    while True:
        with write_turn(), transaction.atomic():
            ids = list(
                AuditEvent.objects.filter(user=user_id).values_list("pk", flat=True)[:PRUNED]
            )
            AuditEvent.objects.filter(pk__in=ids).delete()
        if len(ids) < PRUNED:
            return


def prune_events(now: datetime) -> int:
    """Delete events older than `AUDIT_DAYS`, the oldest first; returns how many."""
    until = now - timedelta(days=settings.AUDIT_DAYS)
    old = AuditEvent.objects.filter(at__lt=until).order_by("at")
    with write_turn(), transaction.atomic():
        ids = list(old.values_list("pk", flat=True)[:PRUNED])
        AuditEvent.objects.filter(pk__in=ids).delete()
    return len(ids)

"""The API of a user's audit log."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ebay_alerts.accounts.api import REFUSALS, get_user
from ebay_alerts.accounts.audit_schemas import AuditList, AuditPart
from ebay_alerts.accounts.auditing import events_of
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.kit.paging import decode_cursor, encode_cursor

router = Router(tags=["account"])


@router.get("/account/audit", response={200: AuditList, **REFUSALS}, operation_id="list_audit")
def list_audit(request: HttpRequest, part: Query[AuditPart]) -> dict[str, Any]:
    """What touched the security of your account, newest first."""
    rows = events_of(get_user(request))
    if part.cursor:
        rows = rows.filter(pk__lt=decode_cursor(part.cursor, 1)[0])
    found = list(rows.order_by("-pk")[: part.limit + 1])
    shown = found[: part.limit]
    following = encode_cursor(shown[-1].pk) if len(found) > part.limit else None
    return {"items": [{"id": one.pk} | event_fields(one) for one in shown], "next": following}


def event_fields(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("at", "kind", "origin", "token", "about")}

"""The API of an account as a whole: all that is kept of a user, to be taken along or deleted."""

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Status

from ebay_alerts.accounts.api import REFUSALS, get_user
from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.accounts.services import mark_leaving
from ebay_alerts.alerts.address_api import router
from ebay_alerts.alerts.lists import JSON, stream
from ebay_alerts.kit import clock
from ebay_alerts.web.kept import document_of
from ebay_alerts.web.leaving import erase_user
from ebay_alerts.web.schemas import AccountDeletionIn, KeptAccount

# The operations join those of the accounts module: an address is answered by one router.
__all__ = ["router"]


@router.get(
    "/account/export", response={200: KeptAccount, **REFUSALS}, operation_id="export_account"
)
def export_account(request: HttpRequest) -> StreamingHttpResponse:
    """All that is kept of you, as one file."""
    user, kind = get_user(request), AuditEvent.Kind.ACCOUNT_EXPORTED
    record_event(kind, clock.now(), user=user, origin=origin_of(request))
    return stream(request, document_of(user), JSON, "account.json")


@router.delete("/account", response={204: None, **REFUSALS}, operation_id="delete_account")
def delete_account(request: HttpRequest, body: AccountDeletionIn) -> Status[None]:
    """Delete yourself, with all that is kept of you. It cannot be undone."""
    user, now = get_user(request), clock.now()
    mark_leaving(user, body.email, now)
    erase_user(user, now)
    return Status(204, None)

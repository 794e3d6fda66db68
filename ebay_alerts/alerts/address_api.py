"""The API's deletion of a user's other address, which alerts may go to."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest
from ninja import Path, Status

from ebay_alerts.accounts.addresses import forget_addresses, get_address
from ebay_alerts.accounts.api import REFUSALS, get_user, origin_of, router
from ebay_alerts.accounts.auditing import masked, record_event
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.alerts.services.keeping import send_elsewhere
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem
from ebay_alerts.kit.turns import write_turn

# The operations join those of the accounts module: an address is answered by one router.
__all__ = ["router"]

AddressId = Annotated[int, Path(description="The `id` of an address of yours.", example=1)]


@router.delete(
    "/account/addresses/{int:address_id}",
    response={204: None, 404: Problem, **REFUSALS},
    operation_id="delete_address",
)
def delete(request: HttpRequest, address_id: AddressId) -> Status[None]:
    """Delete an address. Alerts that went there go to that of your account."""
    user = get_user(request)
    with write_turn(), transaction.atomic():
        address = get_address(user, address_id)
        send_elsewhere(user, address, clock.now())
        forget_addresses([address])
        kind, origin = AuditEvent.Kind.ADDRESS_DELETED, origin_of(request)
        record_event(kind, clock.now(), user=user, origin=origin, about=masked(address.address))
    return Status(204, None)

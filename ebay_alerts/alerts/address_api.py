"""The API's deletion of a user's other address, which alerts may go to."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Status

from ebay_alerts.accounts.api import REFUSALS, get_user, router
from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.alerts.services.moving import delete_address
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem

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
    delete_address(get_user(request), address_id, clock.now(), origin_of(request))
    return Status(204, None)

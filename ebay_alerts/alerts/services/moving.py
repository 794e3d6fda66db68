"""A user's addresses as far as alerts go there: one is deleted, the account gets another one."""

from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.address_changes import use_change
from ebay_alerts.accounts.addresses import forget_addresses, get_address
from ebay_alerts.accounts.auditing import Origin, masked, record_event
from ebay_alerts.accounts.models import Address, AddressChange, AuditEvent, User
from ebay_alerts.alerts.services.keeping import send_elsewhere
from ebay_alerts.kit.turns import write_turn


def delete_address(user: User, address_id: int, now: datetime, origin: Origin) -> Address:
    """Delete another address; alerts that went there go to that of the account. Raises
    UnknownAddress."""
    with write_turn(), transaction.atomic():
        address = get_address(user, address_id)
        send_elsewhere(user, address, now)
        forget_addresses([address])
        kind, about = AuditEvent.Kind.ADDRESS_DELETED, masked(address.address)
        record_event(kind, now, user=user, origin=origin, about=about)
    return address


def move_account(secret: str, user: User, now: datetime, origin: Origin) -> AddressChange:
    """Give the account the address that the link confirms; where it was another address of the
    user's, alerts that went there still do. Raises BadConfirmation."""
    with write_turn(), transaction.atomic():
        change = use_change(secret, user, now, origin)
        same = Address.objects.filter(user=user, address__iexact=change.after).first()
        if same is not None:
            send_elsewhere(user, same, now)
            forget_addresses([same])
    return change

"""Where the mails of alerts go: to the address of the account, or to another one of the user's."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from ebay_alerts.accounts.models import Address, User
from ebay_alerts.accounts.selectors import Tenure, addresses_of, own_key, tenures_of
from ebay_alerts.alerts.models import Alert
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.selectors import suppressed_among


@dataclass(frozen=True)
class Destinations:
    """The addresses of some alerts, and those of them that get no mail, in small letters."""

    addresses: Mapping[int, str]
    refused: Collection[str]

    @classmethod
    def of(
        cls, alerts: Iterable[Alert], users: Mapping[int, User], now: datetime
    ) -> "Destinations":
        """For alerts of these users; two queries at most, whatever their number."""
        alerts = list(alerts)
        wanted = {alert.address_id for alert in alerts if alert.address_id}
        others = dict(Address.objects.filter(pk__in=wanted).values_list("pk", "address"))
        addresses = {
            alert.pk: others[alert.address_id] if alert.address_id else users[alert.user_id].email
            for alert in alerts
        }
        # That of an account was looked at when its user was locked, unless another one let it pass.
        return cls(addresses, set(suppressed_among(set(addresses.values()), now)))

    def address_of(self, alert: Alert) -> str:
        return self.addresses[alert.pk]

    def takes_mail(self, alert: Alert) -> bool:
        return self.address_of(alert).lower() not in self.refused


def key_of(kind: str, user_id: int) -> str:
    """The key of a new message of a user's alert: it says whose the message is, since another
    address may be several users'."""
    return f"{own_key(user_id)}{kind}:{uuid4()}"


def messages_of(user: User) -> QuerySet[Message]:
    """All mails to the user: at the address of the account, at those that it had before as long as
    it had them, and the user's own at others."""
    others = [one.address.lower() for one in addresses_of(user)]
    is_own = Q(lowered__in=others, key__startswith=own_key(user.pk))
    for tenure in tenures_of(user):
        is_own |= _within(tenure)
    return Message.objects.annotate(lowered=Lower("to_address")).filter(is_own).order_by("pk")


def _within(tenure: Tenure) -> Q:
    is_own = Q(lowered=tenure.address)
    if tenure.since is not None:
        is_own &= Q(created_at__gt=tenure.since)
    if tenure.until is not None:
        is_own &= Q(created_at__lte=tenure.until)
    return is_own

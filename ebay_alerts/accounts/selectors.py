"""Reading users and tokens."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from ebay_alerts.accounts.models import Address, AddressChange, ApiToken, AuditEvent, User
from ebay_alerts.accounts.quiet import QuietHours
from ebay_alerts.accounts.schedule import last_report_at, local_date
from ebay_alerts.kit import clock
from ebay_alerts.mail.selectors import is_mailed_after, suppressions


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_token(token: str, now: datetime) -> ApiToken | None:
    """The token, with its user, who is active, if it has not expired."""
    in_force = Q(expires_at=None) | Q(expires_at__gt=now)
    return (
        ApiToken.objects.select_related("user")
        .filter(in_force, digest=token_digest(token), user__is_active=True)
        .first()
    )


def find_user_by_token(token: str) -> User | None:
    """The active user whom the token belongs to."""
    found = find_token(token, clock.now())
    return found.user if found else None


def find_user_by_address(email: str) -> User | None:
    """The user whose account has the address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()


def mailable_users(now: datetime) -> QuerySet[User]:
    """Users whom a mail may go to: active, their address confirmed, and not suppressed."""
    refused = suppressions(now).filter(address=Lower(OuterRef("email")))
    return User.objects.filter(~Exists(refused), is_active=True, confirmed_at__isnull=False)


def quiet_hours_of(user_ids: Collection[int]) -> dict[int, QuietHours]:
    """The quiet hours of those of these users who have any."""
    users = User.objects.filter(pk__in=user_ids, quiet_from__isnull=False)
    return {user.pk: user.quiet_hours for user in users if user.quiet_hours}


def reachable_users(now: datetime) -> QuerySet[User]:
    """Users to whom a mail may go at one address at least: that of the account, or another one that
    is confirmed."""
    refused = suppressions(now).filter(address=Lower(OuterRef("address")))
    others = Address.objects.filter(
        ~Exists(refused), user=OuterRef("pk"), confirmed_at__isnull=False
    )
    of_account = suppressions(now).filter(address=Lower(OuterRef("email")))
    return User.objects.filter(
        ~Exists(of_account) | Exists(others), is_active=True, confirmed_at__isnull=False
    )


def own_key(user_id: int) -> str:
    """How the key of a message begins that says whose it is: another address may be several
    users'."""
    return f"u{user_id}:"


class Tenure(NamedTuple):
    """The time in which an account has an address, or had it; null for an open end."""

    address: str
    since: datetime | None
    until: datetime | None


def tenures_of(user: User) -> list[Tenure]:
    """The address of the account and those that it had before, in small letters; before that an
    address may have been another account's, until that one moved away."""
    own = AddressChange.objects.filter(user=user, changed_at__isnull=False).order_by("changed_at")
    ends: list[tuple[str, datetime | None]] = [(user.email.lower(), None)]
    ends += [(one.before.lower(), one.changed_at) for one in own]
    return [Tenure(address, _left_at(user, address, until), until) for address, until in ends]


def _left_at(user: User, address: str, until: datetime | None) -> datetime | None:
    """When the account that had the address before moved away from it."""
    others = AddressChange.objects.filter(changed_at__isnull=False, before__iexact=address)
    others = others.exclude(user=user)
    if until is not None:
        others = others.filter(changed_at__lt=until)
    left_at: datetime | None = others.aggregate(at=Max("changed_at"))["at"]
    return left_at


def addresses_of(user: User) -> QuerySet[Address]:
    """The user's other addresses, oldest first."""
    return Address.objects.filter(user=user).order_by("pk")


def confirmed_addresses(user: User) -> dict[str, Address]:
    """The user's other addresses that mails may go to, by the address in small letters."""
    return {one.address.lower(): one for one in addresses_of(user) if one.confirmed_at}


def is_used_address(address: str) -> bool:
    """Whether any account has this address, as its own or as another one."""
    others = Address.objects.filter(address__iexact=address)
    return others.exists() or User.objects.filter(email__iexact=address).exists()


def stale_addresses(until: datetime) -> QuerySet[Address]:
    """Other addresses that are not confirmed, and to which nothing was mailed after `until`."""
    return Address.objects.filter(
        ~is_mailed_after(until, "address"), confirmed_at=None, created_at__lte=until
    ).order_by("pk")


def users_with_report_due(now: datetime) -> QuerySet[User]:
    """Users who may be mailed and whose price report is due, the longest due first."""
    due = mailable_users(now).filter(report_due_at__lte=now)
    return due.order_by("report_due_at", "pk")


def report_date(user: User, now: datetime) -> date:
    """The local date that a turn taken now belongs to; the user has one that is due.

    It is the date of the latest turn that has come: a late worker takes it past midnight as that of
    the day before, and after an outage the last of the turns that were missed stands for them all.
    """
    if user.report_due_at is None:
        raise ValueError("reports are off")
    due_on = local_date(user.report_due_at, user.time_zone)
    last = last_report_at(now, user.time_zone, user.report_hour, user.report_frequency)
    return due_on if last is None else max(due_on, local_date(last, user.time_zone))


def users_unconfirmed_since(until: datetime) -> QuerySet[User]:
    """Users whose address was not confirmed, and to whom nothing was mailed after `until`."""
    return User.objects.filter(
        ~is_mailed_after(until, "email"), confirmed_at=None, leaving_at=None, created_at__lte=until
    ).order_by("pk")


def users_leaving(limit: int) -> list[User]:
    """Users who asked to be deleted and of whom something is kept still."""
    return list(User.objects.filter(leaving_at__isnull=False).order_by("pk")[:limit])


def count_refused_bursts(now: datetime) -> int:
    """How often within a day an address was refused because its tokens were wrong too often."""
    kind, since = AuditEvent.Kind.TOKENS_REFUSED, now - timedelta(days=1)
    return AuditEvent.objects.filter(kind=kind, at__gt=since).count()


def report_lag_seconds(now: datetime) -> float:
    """How long the price report has been due that is due the longest; 0 if none is."""
    first = users_with_report_due(now).values_list("report_due_at", flat=True).first()
    return max((now - first).total_seconds(), 0.0) if first else 0.0


def signed_in_user(user: object) -> User:
    """The user of a request to a page that only signed-in users get to."""
    assert isinstance(user, User), "the page is behind a sign-in"
    return user


def find_only_user() -> User | None:
    """The one user of this installation; None where there is none or more than one."""
    users = list(User.objects.filter(is_active=True)[:2])
    return users[0] if len(users) == 1 else None


def has_users() -> bool:
    return User.objects.exists()

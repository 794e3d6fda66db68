"""Writing users, their preferences and tokens."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.encoding import punycode

from ebay_alerts.accounts.auditing import COMMAND_LINE, Origin, record_event
from ebay_alerts.accounts.confirming import (
    confirmation_draft,
    count_request,
    get_confirmed_by,
)
from ebay_alerts.accounts.errors import (
    InvalidAddress,
    InvalidPreference,
    InvalidToken,
    NotConfirmed,
    ReportTaken,
)
from ebay_alerts.accounts.models import ApiToken, AuditEvent, ConfirmationRequest, User
from ebay_alerts.accounts.quiet import QuietHours
from ebay_alerts.accounts.schedule import FREQUENCIES, local_date, minute_of_day
from ebay_alerts.accounts.scopes import SCOPES, scopes_text
from ebay_alerts.accounts.selectors import (
    report_date,
    token_digest,
    users_unconfirmed_since,
    users_with_report_due,
)
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.channels import create_channel
from ebay_alerts.mail.errors import TooManyChannels
from ebay_alerts.mail.models import Channel
from ebay_alerts.mail.services import queue_messages
from ebay_alerts.mail.wording import one_line

# Two times of day in minutes from midnight, or no quiet hours.
Quiet = tuple[int, int] | Literal["off"]
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
TOKEN_PREFIX = "eba_"  # noqa: S105 - the public beginning of every token


def ensure_user(email: str, now: datetime) -> User:
    """The user with this address, whatever its case; created where there is none.

    Confirmed in any case: who calls this vouches for the address. Raises InvalidAddress.
    """
    email = checked_address(email)
    with write_turn():
        try:
            with transaction.atomic():
                user = _find(email) or _create(email, now, confirmed_at=now)
                return _confirmed(user, now)
        except IntegrityError:  # somebody else made the user meanwhile
            return User.objects.get(email__iexact=email)


def request_confirmation(email: str, now: datetime) -> None:
    """Mail the address a link that confirms it; its user is made, unconfirmed, where there is none.

    One that is confirmed gets no mail, and nothing tells the caller which it was: who asks may be a
    stranger. Raises InvalidAddress and TooManyConfirmations.
    """
    email = checked_address(email)
    with write_turn():
        try:
            _request_confirmation(email, now)
        except IntegrityError:  # somebody else made the user meanwhile
            _request_confirmation(email, now)
    enqueue("mail.alerts")


def _request_confirmation(email: str, now: datetime) -> None:
    with transaction.atomic():
        user = _find(email) or _create(email, now, confirmed_at=None)
        _lock(user)
        count_request(email, now)
        if user.confirmed_at is None and user.is_active:
            queue_messages([confirmation_draft(user, now)], now)


def confirm(token: str, now: datetime) -> User:
    """The user whose address a signed link confirms; from now on mails come.

    Confirming again changes nothing. Reports begin with the next turn. Raises BadConfirmation.
    """
    with write_turn(), transaction.atomic():
        user = _confirmed(get_confirmed_by(token, now), now)
    enqueue("alerts.welcome")
    return user


def _confirmed(user: User, now: datetime) -> User:
    if user.confirmed_at is not None:
        return user
    user = _lock(user)
    user.confirmed_at = user.confirmed_at or now
    user.report_due_at = user.next_report_at(now)
    user.save(update_fields=["confirmed_at", "report_due_at"])
    return user


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _find(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()


def _create(email: str, now: datetime, *, confirmed_at: datetime | None) -> User:
    user = User(email=email, confirmed_at=confirmed_at, created_at=now)
    user.set_unusable_password()
    user.report_due_at = user.next_report_at(now)
    user.save()
    return user


def checked_address(email: str) -> str:
    """The address in ASCII: other letters may look, or be folded, like those of somebody else.

    Raises InvalidAddress.
    """
    local, _, domain = email.strip().rpartition("@")
    try:
        address = f"{local}@{punycode(domain)}"
        validate_email(address)
    except (ValidationError, UnicodeError) as error:
        raise InvalidAddress(f"{email!r:.80} is no e-mail address") from error
    if not address.isascii() or len(local) > LONGEST_LOCAL_PART or len(address) > LONGEST_ADDRESS:
        raise InvalidAddress(f"{email!r:.80} is no e-mail address that can be used")
    return address


def set_preferences(
    user: User,
    now: datetime,
    *,
    time_zone: str | None = None,
    report_frequency: str | None = None,
    report_hour: int | None = None,
    one_mail: bool | None = None,
    text_only: bool | None = None,
    quiet_hours: Quiet | None = None,
) -> User:
    """The user with these preferences; those that are None stay. Raises InvalidPreference.

    The next report is planned anew, on a local date that had none by the old calendar and by the
    new. A turn that has come and waits to be taken is not lost by it. `quiet_hours` are two times
    in minutes from midnight. Slots of alerts that follow the user's clock are planned anew after.
    """
    _check(time_zone, report_frequency, report_hour)
    with write_turn(), transaction.atomic():
        kept = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        zone_before, frequency_before = kept.time_zone, kept.report_frequency
        quiet_before = kept.quiet_hours
        kept.time_zone = time_zone or kept.time_zone
        kept.report_frequency = report_frequency or kept.report_frequency
        kept.report_hour = kept.report_hour if report_hour is None else report_hour
        kept.one_mail = kept.one_mail if one_mail is None else one_mail
        kept.text_only = kept.text_only if text_only is None else text_only
        if quiet_hours is not None:
            kept.quiet_from, kept.quiet_until = (
                (None, None) if quiet_hours == "off" else quiet_hours
            )
        _note_clock(kept, zone_before, quiet_before)
        _carry_over_today(kept, zone_before, now)
        if kept.report_frequency != frequency_before or not _is_waiting(kept, now):
            kept.report_due_at = kept.next_report_at(now)
        kept.save(update_fields=_PREFERENCES)
    if kept.clock_changed:
        enqueue("alerts.digests")
    return kept


_PREFERENCES = [
    *("time_zone", "report_frequency", "report_hour", "report_due_at", "reported_on"),
    *("one_mail", "text_only", "quiet_from", "quiet_until", "clock_changed"),
]


def _carry_over_today(user: User, zone_before: str, now: datetime) -> None:
    """Who had today's report had it wherever the new calendar says that today is."""
    reported_on = user.reported_on
    if reported_on and reported_on >= local_date(now, zone_before):
        user.reported_on = max(reported_on, local_date(now, user.time_zone))


def _note_clock(user: User, zone_before: str, quiet_before: QuietHours | None) -> None:
    """Other zones move more than other quiet hours do."""
    if user.time_zone != zone_before:
        user.clock_changed = User.ClockChange.ZONE
    elif user.quiet_hours != quiet_before and not user.clock_changed:
        user.clock_changed = User.ClockChange.QUIET


def _is_waiting(user: User, now: datetime) -> bool:
    """A turn has come and was not taken yet, on a date that had none."""
    due_at = user.report_due_at
    if due_at is None or due_at > now:
        return False
    return user.reported_on is None or report_date(user, now) > user.reported_on


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names that a user may give; a machine's own zone and the placeholder are no places."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def find_time_zone(text: str) -> str | None:
    """The zone that somebody means: `berlin` and `new york` do, if one place alone is called so."""
    wanted = "_".join(text.casefold().split())
    whole = [name for name in time_zones() if name.casefold() == wanted]
    places = [name for name in time_zones() if name.casefold().rpartition("/")[2] == wanted]
    found = whole or places
    return found[0] if len(found) == 1 else None


def _check(time_zone: str | None, report_frequency: str | None, report_hour: int | None) -> None:
    if time_zone is not None and time_zone not in time_zones():
        raise InvalidPreference("time_zone", "Write a zone such as Europe/Berlin or UTC.")
    if report_frequency is not None and report_frequency not in FREQUENCIES:
        raise InvalidPreference("report_frequency", "Write daily, weekly or off.")
    if report_hour is not None and report_hour not in range(24):
        raise InvalidPreference("report_hour", "Write a whole hour from 0 to 23.")


def read_quiet_hours(user: User, given: Mapping[str, str | None]) -> Quiet:
    """What `quiet_from` and `quiet_until` come to, of which one may be given alone; null for both
    turns them off. Raises InvalidPreference."""
    kept = {"quiet_from": user.quiet_from, "quiet_until": user.quiet_until}
    minutes = kept | {name: _minute(name, given[name]) for name in kept if name in given}
    since, until = minutes["quiet_from"], minutes["quiet_until"]
    if since is None and until is None:
        return "off"
    if since is None or until is None:
        missing = "quiet_from" if since is None else "quiet_until"
        raise InvalidPreference(missing, "Write both ends of the quiet hours, or null for both.")
    if since == until:
        reason = "Quiet hours of a whole day would hold every mail; pause your alerts instead."
        raise InvalidPreference("quiet_until", reason)
    return since, until


def _minute(field: str, text: str | None) -> int | None:
    if text is None:
        return None
    minute = minute_of_day(text)
    if minute is None:
        raise InvalidPreference(field, "Write a time of day such as 22:00.")
    return minute


def claim_changed_clocks(among: QuerySet[User], limit: int) -> list[User]:
    """Users whose time zone or quiet hours were changed, locked until the transaction ends, which
    plans anew what follows them: each change is claimed once, and `clock_changed` says which."""
    changed = among.exclude(clock_changed="").order_by("pk")
    users = list(changed.select_for_update(skip_locked=True, no_key=True)[:limit])
    User.objects.filter(pk__in=[user.pk for user in users]).update(clock_changed="")
    return users


def claim_report_turns(
    now: datetime, limit: int, among: Collection[int] | None = None
) -> list[User]:
    """Users whose price report is due, the longest due first, locked until the transaction ends.

    With `among` only of these. Call it inside the transaction that queues the reports, and end it
    with `advance_reports`. Users whom another worker has are passed over.
    """
    due = users_with_report_due(now)
    if among is not None:
        due = due.filter(pk__in=among)
    return list(due.select_for_update(skip_locked=True, no_key=True)[:limit])


def keep_channel(
    user: User, kind: str, name: str, url: tuple[str, str], now: datetime
) -> tuple[Channel, str]:
    """Keep a channel whose URL was checked, and its secret. Raises TooManyChannels."""
    with write_turn(), transaction.atomic():
        if _lock(user).leaving_at:
            raise TooManyChannels("You asked to be deleted.")
        return create_channel(user.pk, kind, name, url, now)


def forget_requests(email: str) -> None:
    """Delete that confirmations were asked for, of an address whose user is being erased."""
    with write_turn():
        ConfirmationRequest.objects.filter(address__iexact=email).delete()


def bring_report_forward(user: User, now: datetime) -> None:
    """Have today's report be due now. Raises ReportTaken where today had its turn already."""
    with write_turn(), transaction.atomic():
        kept = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        today = local_date(now, kept.time_zone)
        if kept.reported_on is not None and kept.reported_on >= today:
            raise ReportTaken(f"{kept.email} had the report of {today} already.")
        User.objects.filter(pk=kept.pk).update(report_due_at=now)


_ADVANCE = "UPDATE {table} SET report_due_at = %s, reported_on = %s WHERE id = %s"


def advance_reports(users: Sequence[User], now: datetime) -> None:
    """Give claimed users their next turn; what an outage missed is not made up one by one.

    `report_date` says which local date each turn belonged to, before and not after this. All rows
    are written by one prepared statement: Django's bulk_update takes many times as long.
    """
    for user in users:
        if user.report_due_at is not None:
            user.reported_on = report_date(user, now)
            user.report_due_at = user.next_report_at(now)
    rows = [
        (
            connection.ops.adapt_datetimefield_value(user.report_due_at),
            connection.ops.adapt_datefield_value(user.reported_on),
            user.pk,
        )
        for user in users
    ]
    if rows:
        table = connection.ops.quote_name(User._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(_ADVANCE.format(table=table), rows)


def issue_token(
    user: User,
    now: datetime,
    *,
    scopes: Collection[str] = SCOPES,
    name: str = "",
    expires_at: datetime | None = None,
    origin: Origin = COMMAND_LINE,
) -> str:
    """A new API token. The text returned here is its only copy. Raises InvalidToken."""
    if not scopes:
        raise InvalidToken("scopes", f"Write one scope at least of {', '.join(SCOPES)}.")
    if expires_at is not None and expires_at <= now:
        raise InvalidToken("expires_at", "Write a moment that is to come.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with write_turn(), transaction.atomic():
        created = ApiToken.objects.create(
            user=user,
            digest=token_digest(token),
            hint=token[:9],
            name=one_line(name),
            scopes=scopes_text(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        kind = AuditEvent.Kind.TOKEN_CREATED
        record_event(kind, now, user=user, origin=origin, about=created.hint)
    return token


def mark_unconfirmed(now: datetime, limit: int) -> int:
    """Mark users as leaving whose address nobody confirmed, `UNCONFIRMED_DAYS` after a confirmation
    was last mailed; returns how many. Nothing else was ever mailed to them."""
    until = now - timedelta(days=settings.UNCONFIRMED_DAYS)
    with write_turn(), transaction.atomic():
        users = users_unconfirmed_since(until).select_for_update(no_key=True, of=("self",))
        ids = [user.pk for user in users[:limit]]
        _mark(ids, now)
    return len(ids)


def _mark(ids: Sequence[int], now: datetime) -> None:
    """That these users, who are locked, are leaving."""
    User.objects.filter(pk__in=ids).update(
        leaving_at=Coalesce("leaving_at", now),
        is_active=False,
        report_due_at=None,
        report_frequency=User.ReportFrequency.OFF,
    )
    ApiToken.objects.filter(user__in=ids).delete()


def mark_leaving(user: User, confirmation: str, now: datetime) -> None:
    """The user asked to be deleted, and repeated the address: from here on no token is in force, no
    report comes, and whoever erases the rest finds the mark. Raises NotConfirmed."""
    if confirmation.strip().lower() != user.email.lower():
        raise NotConfirmed("Write the address of this account, to say that you mean it.")
    with write_turn(), transaction.atomic():
        kept = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _mark([kept.pk], now)

"""Taking digests back: mails that no server has are withdrawn, so that the news is folded anew."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, Digest, Line
from ebay_alerts.alerts.services.digest_postings import recall_digest_postings
from ebay_alerts.alerts.services.held import hold_again, tell_again
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import find_stale
from ebay_alerts.mail.services import withdraw_messages
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

BATCH = 100
State = Alert.State


def withdraw_stale(now: datetime) -> int:
    """Take back digests whose mails went stale; returns how many mails were withdrawn."""

    def unsuspected() -> list[int]:
        return find_stale(BATCH, but=suspects(Kind.WITHDRAWAL))

    return carry_out(
        Work(
            Kind.WITHDRAWAL,
            together=lambda: _withdraw(unsuspected(), now),
            apart=unsuspected,
            alone=lambda message_id: _withdraw([message_id], now),
        ),
        now,
    )


def _withdraw(stale: Sequence[int], now: datetime) -> int:
    if not stale:
        return 0
    with write_turn(), transaction.atomic():
        _lock_users(stale)
        taken_back = take_back(list(Digest.objects.filter(message__in=stale)), now)
        of_no_alert = withdraw_messages(stale, now)
    return len({digest.message_id for digest in taken_back}) + len(of_no_alert)


def take_back(digests: Sequence[Digest], now: datetime) -> list[Digest]:
    """Withdraw those digests that no server can have, with their lines and cursors.

    A message is taken back whole, with every digest that it carries. What the same users were to be
    told after them rests on them, and is taken back too. Call it with the users locked; returns
    what was taken back, the latest first.
    """
    withdrawn = _withdrawn({digest.message_id for digest in digests}, now)
    if not withdrawn:
        return []
    withdrawn += _withdrawn({digest.message_id for digest in _built_after(withdrawn)}, now)
    withdrawn.sort(key=lambda digest: -digest.pk)
    ids = {digest.alert_id for digest in withdrawn}
    locked = Alert.objects.filter(pk__in=ids).order_by("user", "pk").select_for_update(no_key=True)
    alerts = {alert.pk: alert for alert in locked}
    for digest in withdrawn:
        _restore(alerts[digest.alert_id], digest, now)
    Alert.objects.bulk_update(alerts.values(), _RESTORED_FIELDS)
    hold_again(withdrawn, now)
    tell_again(withdrawn)
    recall_digest_postings(withdrawn)
    Line.objects.filter(digest__in=withdrawn).delete()
    Digest.objects.filter(pk__in=[digest.pk for digest in withdrawn]).delete()
    return withdrawn


_RESTORED_FIELDS = ["state", "cursor", "cursor_at", "welcomed_at", "slot"]


def _lock_users(message_ids: Sequence[int]) -> None:
    users = Digest.objects.filter(message__in=message_ids).values("alert__user")
    locked = User.objects.filter(pk__in=users).order_by("pk").select_for_update(no_key=True)
    list(locked.values_list("pk"))


def _withdrawn(message_ids: Collection[int], now: datetime) -> list[Digest]:
    withdrawn = withdraw_messages(sorted(message_ids), now) if message_ids else ()
    return list(Digest.objects.filter(message__in=withdrawn)) if withdrawn else []


def _built_after(digests: Sequence[Digest]) -> list[Digest]:
    """The later digests of the same users."""
    of_users = Digest.objects.filter(pk__in=[digest.pk for digest in digests]).order_by("-pk")
    first = dict(of_users.values_list("alert__user", "pk"))
    later = Digest.objects.filter(alert__user__in=first, pk__gt=min(first.values(), default=0))
    return [one for one in later.select_related("alert") if one.pk > first[one.alert.user_id]]


def _restore(alert: Alert, digest: Digest, now: datetime) -> None:
    """Stand where the alert stood before this digest; the latest digest is taken back first."""
    if digest.kind == Digest.Kind.WELCOME:
        alert.welcomed_at = alert.cursor = alert.cursor_at = alert.slot = None
        if alert.state == State.ACTIVE:
            alert.state = State.FILLING
        return
    if alert.search_id != digest.search_id:  # moved since: the other search tells on
        return
    if alert.cursor is not None:
        alert.cursor = min(alert.cursor, digest.from_revision)
        alert.cursor_at = digest.from_at
    if alert.state == State.ACTIVE:
        alert.slot = int(now.timestamp())

"""Digests that went stale in the outbox are withdrawn, so that the news is folded anew."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert, Digest, Line
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import find_stale
from ebay_alerts.mail.services import withdraw_messages

BATCH = 100
State = Alert.State


def withdraw_stale(now: datetime) -> int:
    """Take back stale digests with their lines and cursors; returns how many."""
    stale = find_stale(BATCH)
    if not stale:
        return 0
    with write_turn(), transaction.atomic():
        digests = list(Digest.objects.filter(message__in=stale).order_by("-pk"))
        _lock_users(digests)
        alerts = Alert.objects.select_for_update(no_key=True).in_bulk(
            {digest.alert_id for digest in digests}
        )
        withdrawn = withdraw_messages([digest.message_id for digest in digests], now)
        taken_back = [digest for digest in digests if digest.message_id in withdrawn]
        for digest in taken_back:
            _restore(alerts[digest.alert_id], digest, now)
        Alert.objects.bulk_update(alerts.values(), _RESTORED_FIELDS)
        ids = [digest.pk for digest in taken_back]
        Line.objects.filter(digest__in=ids).delete()
        Digest.objects.filter(pk__in=ids).delete()
    return len(taken_back)


_RESTORED_FIELDS = ["state", "cursor", "cursor_at", "welcomed_at", "slot"]


def _lock_users(digests: Sequence[Digest]) -> None:
    users = User.objects.filter(alerts__in=[digest.alert_id for digest in digests])
    list(
        User.objects.filter(pk__in=users.values("pk"))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def _restore(alert: Alert, digest: Digest, now: datetime) -> None:
    """Stand where the alert stood before this digest; the latest digest is taken back first."""
    if alert.search_id != digest.search_id:  # moved since: the other search tells on
        return
    if digest.kind == Digest.Kind.WELCOME:
        alert.welcomed_at = alert.cursor = alert.cursor_at = alert.slot = None
        if alert.state == State.ACTIVE:
            alert.state = State.FILLING
        return
    if alert.cursor is not None:
        alert.cursor = min(alert.cursor, digest.from_revision)
        alert.cursor_at = digest.from_at
    if alert.state == State.ACTIVE:
        alert.slot = int(now.timestamp())

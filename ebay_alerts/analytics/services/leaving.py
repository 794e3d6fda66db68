"""Erasing what the analytics database keeps of a user."""

from datetime import datetime

from ebay_alerts.analytics.models import AlertChange, EtlRun, Report


def erase_copies(user_id: int, now: datetime) -> bool:
    """The user's reports and the copies of the alerts' history go; whether for good.

    Call it when the operational database has nothing of these any more. A run of the ETL that goes
    on meanwhile may have read it before and write it after: then the answer is False.
    """
    may_copy = EtlRun.objects.filter(state=EtlRun.State.RUNNING, lease_until__gt=now).exists()
    Report.objects.filter(user_id=user_id).delete()
    AlertChange.objects.filter(user_id=user_id).delete()
    return not may_copy

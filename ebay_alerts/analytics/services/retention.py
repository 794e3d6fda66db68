"""Forgetting history that is older than `HISTORY_DAYS`, and nothing that a report still needs.

A report compares with the price first known and with the last one before its days, so of each
listing that may still change these stay, however old.
"""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connections, transaction

from ebay_alerts.analytics.day_figures import start_of
from ebay_alerts.analytics.models import (
    AlertChange,
    EtlRun,
    Membership,
    PricePoint,
    Report,
)
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.services.partitions import drop_months_before

# Of a listing's old days the first and the last are kept.
_BETWEEN = """
DELETE FROM analytics_listingday WHERE day < %s
AND EXISTS (
    SELECT 1 FROM analytics_listingday earlier
    WHERE earlier.listing_id = analytics_listingday.listing_id
    AND earlier.kind = analytics_listingday.kind AND earlier.day < analytics_listingday.day
)
AND EXISTS (
    SELECT 1 FROM analytics_listingday later
    WHERE later.listing_id = analytics_listingday.listing_id
    AND later.kind = analytics_listingday.kind AND later.day > analytics_listingday.day
    AND later.day < %s
)"""
_OF_ENDED = """
DELETE FROM analytics_listingday WHERE day < %s AND listing_id IN (
    SELECT id FROM analytics_listing WHERE ended_at < %s
)"""
# Likewise the last day of each search: its figures hold until the next.
_OF_SEARCHES = """
DELETE FROM analytics_searchday WHERE day < %s
AND EXISTS (
    SELECT 1 FROM analytics_searchday later
    WHERE later.search_id = analytics_searchday.search_id
    AND later.day > analytics_searchday.day AND later.day < %s
)"""
_UNMENTIONED = """
DELETE FROM analytics_listing WHERE ended_at < %s
AND NOT EXISTS (SELECT 1 FROM analytics_listingday d WHERE d.listing_id = analytics_listing.id)
AND NOT EXISTS (SELECT 1 FROM analytics_membership m WHERE m.listing_id = analytics_listing.id)"""

A_DAY = timedelta(days=1)


def forget_old(now: datetime) -> int:
    """Delete what is older than history is kept; returns how many rows or months went."""
    before = now.astimezone(UTC).date() - timedelta(days=settings.HISTORY_DAYS)
    gone = _forget_points(before)
    with transaction.atomic(using=ANALYTICS):
        gone += _forget_days(before)
    moment = _midnight(before)
    gone += AlertChange.objects.filter(at__lt=moment).delete()[0]
    gone += Report.objects.filter(report_date__lt=before).delete()[0]
    # Of makers that died; their users, who would take them over, may be gone.
    gone += Report.objects.filter(made_at=None, lease_until__lt=now - A_DAY).delete()[0]
    gone += EtlRun.objects.filter(finished_at__lt=moment).delete()[0]
    return gone


def _forget_points(before: date) -> int:
    if connections[ANALYTICS].vendor == "postgresql":
        return drop_months_before(before)
    return PricePoint.objects.filter(at__lt=start_of(before.toordinal())).delete()[0]


def _forget_days(before: date) -> int:
    day, moment = before.toordinal(), _midnight(before)
    adapted = connections[ANALYTICS].ops.adapt_datetimefield_value(moment)
    gone = Membership.objects.filter(until_day__lt=day).delete()[0]
    with connections[ANALYTICS].cursor() as cursor:
        for statement, values in (
            (_OF_ENDED, [day, adapted]),
            (_BETWEEN, [day, day]),
            (_OF_SEARCHES, [day, day]),
            (_UNMENTIONED, [adapted]),
        ):
            cursor.execute(statement, values)
            gone += cursor.rowcount
    return gone


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

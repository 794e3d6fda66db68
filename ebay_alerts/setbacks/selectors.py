"""Reading which rows are not to be touched, and which are set aside."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from ebay_alerts.setbacks.models import Kind, Setback


def suspects(kind: Kind) -> QuerySet[Setback, int]:
    """The ids of rows that failed: they are tried alone, and no batch takes them."""
    return Setback.objects.filter(kind=kind).values_list("row_id", flat=True)


def barred(kind: Kind, now: datetime) -> QuerySet[Setback, int]:
    """The ids of rows that nobody is to try now: they wait, or are set aside."""
    waits = Q(due_at__gt=now) | Q(set_aside_at__isnull=False)
    return Setback.objects.filter(waits, kind=kind).values_list("row_id", flat=True)


def failed_among(kind: Kind, row_ids: Collection[int]) -> set[int]:
    """Those of these rows that failed the last time."""
    return set(suspects(kind).filter(row_id__in=row_ids))


def set_aside() -> QuerySet[Setback]:
    """What waits for an operator, the latest first."""
    return Setback.objects.filter(set_aside_at__isnull=False).order_by("-set_aside_at", "-pk")


def count_set_aside() -> dict[str, int]:
    """How many rows are set aside, by kind; every kind is named."""
    rows = set_aside().order_by().values_list("kind").annotate(count=Count("pk"))
    counts = dict(rows)
    return {kind.value: counts.get(kind.value, 0) for kind in Kind}

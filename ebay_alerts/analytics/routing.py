"""Which database a model lives in: analytics in its own, everything else in the operational one."""

from typing import Any

ANALYTICS = "analytics"


class AnalyticsRouter:
    """Django's database router; the app label decides."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return ANALYTICS if model._meta.app_label == ANALYTICS else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self.db_for_read(model)

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        labels = one._meta.app_label, other._meta.app_label
        return bool(labels[0] == labels[1] or ANALYTICS not in labels)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == ANALYTICS) == (app_label == ANALYTICS)

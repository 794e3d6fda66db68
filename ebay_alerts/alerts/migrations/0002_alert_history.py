"""Alerts get a history; those kept already begin it created when they were, as they are now."""

from typing import Any

from django.db import migrations, models

from ebay_alerts.kit.money import Money

BATCH = 1000


def record_creations(apps: Any, schema_editor: Any) -> None:
    """One `created` row for each alert: what was edited before is not known any more."""
    alerts = apps.get_model("alerts", "Alert").objects.select_related("search").order_by("pk")
    changes = apps.get_model("alerts", "AlertChange")
    last = 0
    while some := list(alerts.filter(pk__gt=last)[:BATCH]):
        changes.objects.bulk_create(
            changes(
                alert_id=alert.pk,
                user_id=alert.user_id,
                at=alert.created_at,
                kind="created",
                after=wish_of(alert),
            )
            for alert in some
        )
        last = some[-1].pk


def wish_of(alert: Any) -> dict[str, Any]:
    """As this version words it."""
    return {
        "name": alert.name,
        "keywords": alert.keywords,
        "marketplace": alert.search.marketplace,
        "category": alert.search.category,
        "deliver_to": alert.search.deliver_to,
        "interval_minutes": alert.interval_minutes,
        "mail_when": alert.mail_when,
        "min_price": amount(alert.min_price_minor, alert.currency),
        "max_price": amount(alert.max_price_minor, alert.currency),
        "currency": alert.currency,
        "min_change_percent": alert.min_change_percent,
        "state": "paused" if alert.state == "paused" else "active",
    }


def amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else str(Money(minor, currency).amount)


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("alert_id", models.BigIntegerField()),
                ("user_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("paused", "Paused"),
                            ("resumed", "Resumed"),
                            ("deleted", "Deleted"),
                        ],
                        max_length=8,
                    ),
                ),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user_id", "alert_id", "id"], name="alert_history")
                ],
            },
        ),
        migrations.RunPython(record_creations, migrations.RunPython.noop),
    ]

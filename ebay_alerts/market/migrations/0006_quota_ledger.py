from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def keep_haste(apps: Any, schema_editor: Any) -> None:
    """What was urgent was waited for by a person."""
    apps.get_model("market", "Fetch").objects.filter(is_urgent=True).update(urgency=2)


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0005_account_deletion"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuotaWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("resource", models.CharField(default="buy.browse", max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("limit", models.PositiveIntegerField()),
                ("spent", models.PositiveIntegerField(default=0)),
                ("urgent_spent", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
                ("reset_at", models.DateTimeField()),
                ("is_told", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField(null=True)),
                ("asked_spent", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="RefreshPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("pace_calls", models.FloatField()),
                ("calls_per_second", models.FloatField()),
                ("is_scarce", models.BooleanField(default=False)),
                ("base_seconds", models.FloatField(default=0)),
                ("longest_seconds", models.FloatField(default=0)),
                ("cheapest_factor", models.FloatField(null=True)),
                ("sweep_factor", models.FloatField(null=True)),
                ("spread_base", models.FloatField(default=0)),
                ("fetches", models.PositiveIntegerField(default=0)),
                ("wanted_per_day", models.FloatField(default=0)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="fetch",
            name="fetch_due",
        ),
        migrations.AddField(
            model_name="apipause",
            name="bursts",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="fetch",
            name="changes_per_day",
            field=models.FloatField(default=1.0),
        ),
        migrations.AddField(
            model_name="fetch",
            name="liveliness",
            field=models.PositiveSmallIntegerField(default=8),
        ),
        migrations.AddField(
            model_name="fetch",
            name="planned_seconds",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="fetch",
            name="urgency",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Routine"), (1, "Import"), (2, "Person")], default=0
            ),
        ),
        migrations.RunPython(keep_haste, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="fetch",
            name="is_urgent",
        ),
        migrations.AddIndex(
            model_name="fetch",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["urgency", "due_at"],
                name="fetch_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="quotawindow",
            constraint=models.UniqueConstraint(
                fields=("resource", "number"), name="quota_window_number"
            ),
        ),
        migrations.AddField(
            model_name="refreshplan",
            name="window",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="market.quotawindow",
            ),
        ),
    ]

"""Users get preferences for the price report; those there are get the next turn at 07:00."""

from typing import Any

from django.db import migrations, models

from ebay_alerts.accounts.schedule import next_report_at
from ebay_alerts.kit import clock


def plan_first_reports(apps: Any, schema_editor: Any) -> None:
    """Everybody in one zone has the first turn at the same time: one statement for each zone."""
    users, now = apps.get_model("accounts", "User").objects, clock.now()
    for zone in set(users.values_list("time_zone", flat=True).distinct()):
        first = next_report_at(now, zone, 7, "daily")
        users.filter(time_zone=zone).update(report_due_at=first)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="report_due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="report_frequency",
            field=models.CharField(
                choices=[("daily", "Daily"), ("weekly", "Weekly"), ("off", "Off")],
                default="daily",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="report_hour",
            field=models.PositiveSmallIntegerField(default=7),
        ),
        migrations.AddField(
            model_name="user",
            name="reported_on",
            field=models.DateField(null=True),
        ),
        migrations.RunPython(plan_first_reports, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(
                    ("confirmed_at__isnull", False),
                    ("is_active", True),
                    ("report_due_at__isnull", False),
                ),
                fields=["report_due_at", "id"],
                name="user_report_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("report_hour__lte", 23)), name="user_report_hour"
            ),
        ),
    ]

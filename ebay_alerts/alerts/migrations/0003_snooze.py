"""Alerts can be snoozed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0002_alert_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="snoozed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="alertchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("changed", "Changed"),
                    ("paused", "Paused"),
                    ("snoozed", "Snoozed"),
                    ("resumed", "Resumed"),
                    ("deleted", "Deleted"),
                ],
                max_length=8,
            ),
        ),
    ]

"""Alerts may mail at a time of day on some weekdays."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_also_matched_by")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="at_minute",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="weekdays",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("at_minute__isnull", False)),
                fields=["slot"],
                name="alert_timed",
            ),
        ),
    ]

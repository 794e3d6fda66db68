"""Alerts get a note of their user's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_alert_history")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
    ]

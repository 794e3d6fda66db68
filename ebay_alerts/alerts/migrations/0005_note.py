"""Alerts get a note of their user's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_gates")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
    ]

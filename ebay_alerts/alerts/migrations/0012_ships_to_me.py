"""An alert may want only what is sent to its country."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_address")]

    operations = [
        migrations.AddField(
            "alert", "ships_to_me", models.BooleanField(default=False, db_default=False)
        ),
    ]

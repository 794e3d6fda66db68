"""An alert may go to another address of its user's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_other_addresses"),
        ("alerts", "0010_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="address",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="accounts.address",
            ),
        ),
    ]

"""Lines say which other alerts of the user a listing passed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_note")]

    operations = [
        migrations.AddField(
            model_name="line", name="also_matched_by", field=models.JSONField(null=True)
        ),
    ]

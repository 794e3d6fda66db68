"""Price points remember the seller's own price, where the marketplace converts it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0006_quota_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="pricepoint",
            name="own_currency",
            field=models.CharField(db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="pricepoint",
            name="own_minor",
            field=models.BigIntegerField(null=True),
        ),
    ]

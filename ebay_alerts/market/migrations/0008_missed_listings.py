"""Listings remember all their categories, memberships since when sweeps miss them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0007_own_price_points"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="categories",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="membership",
            name="missed_at",
            field=models.DateTimeField(null=True),
        ),
    ]

"""Listings get what more gates ask: the condition's group, the seller's mark, the title's words; and
which earlier listing they are offered again for. Bids that moved are noted for who limits them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0009_log_without_constraints"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="condition_group",
            field=models.CharField(blank=True, db_default="", max_length=11),
        ),
        migrations.AddField(
            model_name="listing",
            name="seller",
            field=models.CharField(blank=True, db_default="", max_length=16),
        ),
        migrations.AddField(
            model_name="listing",
            name="words",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="listing",
            name="likeness",
            field=models.CharField(blank=True, db_default="", max_length=16),
        ),
        migrations.AddField(
            model_name="listing",
            name="relists",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="relisted_as",
                to="market.listing",
            ),
        ),
        migrations.CreateModel(
            name="BidNews",
            fields=[
                (
                    "listing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="market.listing",
                    ),
                ),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("seller", ""), _negated=True),
                fields=["seller", "likeness"],
                name="listing_seller",
            ),
        ),
    ]

"""The log and the memberships lose the constraints of their foreign keys."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0008_missed_listings"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="market.listing",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="search",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="market.search",
            ),
        ),
        migrations.AlterField(
            model_name="searchchange",
            name="listing",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="market.listing",
            ),
        ),
        migrations.AlterField(
            model_name="searchchange",
            name="search",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="market.search",
            ),
        ),
    ]

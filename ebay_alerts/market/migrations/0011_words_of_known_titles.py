"""The words of the titles that are known already; what else is new of listings comes when they are
seen again."""

from typing import Any

from django.db import migrations

from ebay_alerts.market.keyword_query import spaced_words

PORTION = 2_000


def fill(apps: Any, schema_editor: Any) -> None:
    listings = apps.get_model("market", "Listing").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(listings.filter(pk__gt=last).order_by("pk").only("title")[:PORTION]):
        for row in rows:
            row.words = spaced_words(row.title)
        listings.bulk_update(rows, ["words"], batch_size=200)
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0010_sellers_conditions_and_words"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

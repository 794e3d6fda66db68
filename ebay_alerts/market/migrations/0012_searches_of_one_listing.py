"""Fetches and searches may be of one listing, by its number; shipping may be known to be none."""

from django.db import migrations, models

_NUMBER = models.CharField(max_length=64, blank=True, default="", db_default="")


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0011_words_of_known_titles"),
    ]

    operations = [
        migrations.AlterField(
            "membership",
            "shipping",
            models.CharField(
                choices=[
                    ("none", "None"),
                    ("fixed", "Fixed"),
                    ("free", "Free"),
                    ("calculated", "Calculated"),
                    ("unknown", "Unknown"),
                ],
                default="unknown",
                max_length=10,
            ),
        ),
        migrations.AddField("fetch", "legacy_id", _NUMBER.clone()),
        migrations.AddField("search", "legacy_id", _NUMBER.clone()),
        migrations.RemoveConstraint("fetch", "fetch_request"),
        migrations.AddConstraint(
            "fetch",
            models.UniqueConstraint(
                fields=["marketplace", "keywords", "category", "deliver_to", "legacy_id"],
                name="fetch_request",
            ),
        ),
        migrations.RemoveConstraint("search", "search_identity"),
        migrations.AddConstraint(
            "search",
            models.UniqueConstraint(
                fields=["marketplace", "query", "category", "deliver_to", "legacy_id"],
                name="search_identity",
            ),
        ),
    ]

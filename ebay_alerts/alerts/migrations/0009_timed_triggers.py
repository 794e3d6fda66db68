"""What is told later: listings held back or snoozed, and auctions before they end."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_KINDS = (
    *("listed", "appeared", "repriced", "entered", "exceeded", "returned", "relisted"),
    *("ending", "ended"),
)


def _to(model: str, **given: Any) -> Any:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=model, **given)


def _key() -> Any:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0008_more_gates"),
        ("market", "0011_words_of_known_titles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name="alert",
                name=name,
                field=models.PositiveSmallIntegerField(default=0, db_default=0),
            )
            for name in ("lowest_in_days", "rearm_hours", "ending_minutes")
        ),
        migrations.AlterField(
            model_name="line",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in _KINDS], max_length=8),
        ),
        migrations.AlterField(
            model_name="digest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("welcome", "Welcome"),
                    ("changes", "Changes"),
                    ("list", "List"),
                    ("held", "Held"),
                    ("ending", "Ending"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="ListingSnooze",
            fields=[
                ("id", _key()),
                ("until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("listing", _to("market.listing", related_name="+")),
                ("user", _to(settings.AUTH_USER_MODEL, related_name="+", db_index=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["user", "listing"], name="listing_snooze_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="HeldListing",
            fields=[
                ("id", _key()),
                ("due_at", models.DateTimeField(db_index=True)),
                ("is_news", models.BooleanField(default=False)),
                ("alert", _to("alerts.alert", related_name="held", db_index=False)),
                ("listing", _to("market.listing", related_name="+")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["alert", "listing"], name="held_listing_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="EndingReminder",
            fields=[
                ("id", _key()),
                ("ends_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("alert", _to("alerts.alert", related_name="reminders", db_index=False)),
                ("listing", _to("market.listing", related_name="+")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at", None)),
                        fields=["due_at"],
                        name="ending_reminder_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["alert", "listing"], name="ending_reminder_once"
                    )
                ],
            },
        ),
    ]

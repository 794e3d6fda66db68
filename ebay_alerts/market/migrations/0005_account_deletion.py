"""Deletion notices get their record; dead events of before lose what says who sells."""

import json
from typing import Any

from django.db import migrations, models

BATCH = 200
PERSONAL = ("seller", "user", "eias")


def strip_dead_events(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("market", "DeadEvent").objects
    reached = 0
    while batch := list(rows.filter(pk__gt=reached).order_by("pk")[:BATCH]):
        reached = batch[-1].pk
        for row in batch:
            row.body = stripped(row.body)
        rows.bulk_update(batch, ["body"])


def stripped(body: str) -> str:
    """The body without its sellers; one that was cut off cannot be tried again and is dropped."""
    try:
        return json.dumps(without_seller(json.loads(body)))
    except (ValueError, RecursionError):
        return "null"


def without_seller(body: Any) -> Any:
    if isinstance(body, list):
        return [without_seller(part) for part in body]
    if isinstance(body, dict):
        return {
            name: without_seller(value)
            for name, value in body.items()
            if not any(word in name.lower() for word in PERSONAL)
        }
    return body


class Migration(migrations.Migration):
    dependencies = [("market", "0004_fewer_indexes")]

    operations = [
        migrations.CreateModel(
            name="AccountDeletion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("notification_id", models.CharField(max_length=200, unique=True)),
                ("key_id", models.CharField(db_index=True, max_length=100)),
                ("received_at", models.DateTimeField()),
                ("handled_at", models.DateTimeField()),
                ("erased", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunPython(
            strip_dead_events, reverse_code=migrations.RunPython.noop, elidable=True
        ),
    ]

"""Moving a slot writes as few indexes as may be, and what it leaves behind is cleared away soon."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def set_storage(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE alerts_alert SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_analyze_scale_factor = 0.05)"
        )


def reset_storage(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE alerts_alert RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor)"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sign_in_links"),
        ("alerts", "0012_ships_to_me"),
    ]

    operations = [
        migrations.RemoveIndex("alert", "alert_due"),
        migrations.AlterField(
            "alert",
            "address",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="accounts.address",
            ),
        ),
        migrations.AlterField(
            "alert",
            "user",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="alerts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(state="active"), fields=["slot", "id"], name="alert_due"
            ),
        ),
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(address__isnull=False),
                fields=["address"],
                name="alert_elsewhere",
            ),
        ),
        migrations.AddIndex(
            "alert",
            models.Index(
                condition=models.Q(ending_minutes__gt=0),
                fields=["id"],
                name="alert_with_reminders",
            ),
        ),
        migrations.RunPython(set_storage, reset_storage),
    ]

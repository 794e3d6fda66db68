"""Much-updated tables are cleared of old versions of their rows sooner, on PostgreSQL."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Room on each page for the next version of its rows, which then needs no entry in any index.
STORAGE = {
    "mail_message": "fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02",
    "mail_posting": "fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02",
}


def set_storage(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table, parameters in STORAGE.items():
            schema_editor.execute(f"ALTER TABLE {table} SET ({parameters})")


def reset_storage(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table, parameters in STORAGE.items():
            names = ", ".join(one.split(" = ")[0] for one in parameters.split(", "))
            schema_editor.execute(f"ALTER TABLE {table} RESET ({names})")


class Migration(migrations.Migration):
    dependencies = [("mail", "0005_channels")]

    operations = [migrations.RunPython(set_storage, reset_storage)]

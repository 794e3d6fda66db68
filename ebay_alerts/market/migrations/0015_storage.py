"""Much-updated tables are cleared of old versions of their rows sooner, on PostgreSQL."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Room on each page for the next version of its rows, which then needs no entry in any index.
STORAGE = {
    "market_listing": "fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02",
    "market_search": "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02",
    "market_fetch": "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02",
    "market_searchnews": "fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000",
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
    dependencies = [("market", "0014_stream_heads")]

    operations = [migrations.RunPython(set_storage, reset_storage)]

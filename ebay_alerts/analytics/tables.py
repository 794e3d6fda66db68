"""Tables laid out as each database does best, for migrations."""

from typing import Any

from django.db import migrations


class CreateTable(migrations.CreateModel):
    """Creates a model's table with words of the database's own after its definition."""

    def __init__(self, *args: Any, endings: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endings = endings

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        definition, values = schema_editor.table_sql(model)
        ending = self.endings.get(schema_editor.connection.vendor, "")
        schema_editor.execute(f"{definition} {ending}", values or None)
        schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))


# Rows stand in the order of the key, which is how they are read, and hold it once.
KEYED = {"sqlite": "WITHOUT ROWID"}
# A month that is no longer kept is dropped at once.
BY_MONTHS = KEYED | {"postgresql": "PARTITION BY RANGE (at)"}

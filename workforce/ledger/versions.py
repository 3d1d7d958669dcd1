"""Every version of a table's rows, kept by triggers, so that bulk writes and plain SQL are caught as the ORM is.

The table itself holds the present versions, each with `recorded_at`; what was replaced or deleted moves into
`<table>_past` with `replaced_at`. Triggers and columns follow the model after each `migrate`;
see docs/decisions/versions-by-triggers.md.
"""

from django.apps import apps
from django.db import connections, transaction

VERSIONED = ("contributors.Contributor", "contributors.ContributorSkill", "engagements.Engagement")
SQLITE_NOW = "STRFTIME('%Y-%m-%d %H:%M:%f', 'now')"

POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW({old}) IS DISTINCT FROM ROW({new}) THEN
        NEW.recorded_at := clock_timestamp();
    ELSE
        NEW.recorded_at := OLD.recorded_at;
    END IF;
    RETURN NEW;
END $$;
-- EXECUTE, so that each statement is planned for its own number of rows.
CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'INSERT INTO {past} ({columns}, replaced_at) SELECT {o_columns}, n.recorded_at
             FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE n.recorded_at <> o.recorded_at';
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION {table}_keep_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {past} ({columns}, replaced_at) SELECT {o_columns}, clock_timestamp() FROM old_rows o;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_stamp BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_stamp();
CREATE OR REPLACE TRIGGER {table}_keep AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep();
CREATE OR REPLACE TRIGGER {table}_keep_deleted AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep_deleted();
"""
SQLITE = [
    "DROP TRIGGER IF EXISTS {table}_keep",
    "DROP TRIGGER IF EXISTS {table}_stay",
    "DROP TRIGGER IF EXISTS {table}_keep_deleted",
    """
    CREATE TRIGGER {table}_keep AFTER UPDATE ON {table} FOR EACH ROW WHEN {differs}
    BEGIN
        INSERT INTO {past} ({columns}, replaced_at) VALUES ({old_columns}, {now});
        UPDATE {table} SET recorded_at = {now} WHERE id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER {table}_stay AFTER UPDATE OF recorded_at ON {table} FOR EACH ROW
    WHEN NEW.recorded_at < OLD.recorded_at AND NOT ({differs})
    BEGIN
        UPDATE {table} SET recorded_at = OLD.recorded_at WHERE id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER {table}_keep_deleted AFTER DELETE ON {table} FOR EACH ROW
    BEGIN
        INSERT INTO {past} ({columns}, replaced_at) VALUES ({old_columns}, {now});
    END
    """,
]


def past_table(model) -> str:
    return f"{model._meta.db_table}_past"


def versioned_columns(model) -> list[str]:
    return [field.column for field in model._meta.local_concrete_fields]


def keep_all_versions(using: str = "default") -> None:
    """Brings the past tables and triggers of every versioned table up to its columns; runs after each migrate."""
    there = connections[using].introspection.table_names()
    with transaction.atomic(using=using):
        for label in VERSIONED:
            model = apps.get_model(label)
            if model._meta.db_table in there and _is_migrated(model, using):
                _follow_columns(model, there, using)
                _write_triggers(model, using)


def _is_migrated(model, using: str) -> bool:
    """Not while migrations have been taken back or stand still before their end."""
    return set(versioned_columns(model)) <= _columns_there(model._meta.db_table, using)


def _columns_there(table: str, using: str) -> set[str]:
    connection = connections[using]
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _follow_columns(model, there: list[str], using: str) -> None:
    """The past table has each column the table has; a new column takes its default in what is past."""
    connection, past = connections[using], past_table(model)
    identity = "BIGINT GENERATED ALWAYS AS IDENTITY" if connection.vendor == "postgresql" else "INTEGER"
    with connection.cursor() as cursor:
        if past not in there:
            instant = model._meta.get_field("recorded_at").db_type(connection)
            cursor.execute(f"CREATE TABLE {past} (version {identity} PRIMARY KEY, replaced_at {instant} NOT NULL)")
        known = _columns_there(past, using)
        for field in model._meta.local_concrete_fields:
            if field.column in known:
                continue
            cursor.execute(f"ALTER TABLE {past} ADD COLUMN {field.column} {field.db_type(connection)}")
            if not field.null and field.has_default():
                cursor.execute(
                    f"UPDATE {past} SET {field.column} = %s", [field.get_db_prep_save(field.get_default(), connection)]
                )
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {past}_of_row ON {past} (id, replaced_at)")


def _write_triggers(model, using: str) -> None:
    columns = versioned_columns(model)
    kept = ("recorded_at", "first_recorded_at")
    told = [f.column for f in model._meta.local_concrete_fields if f.column not in kept and not f.generated]
    words = {
        "table": model._meta.db_table,
        "past": past_table(model),
        "columns": ", ".join(columns),
        "o_columns": ", ".join(f"o.{name}" for name in columns),
        "old_columns": ", ".join(f"OLD.{name}" for name in columns),
        "old": ", ".join(f"OLD.{name}" for name in told),
        "new": ", ".join(f"NEW.{name}" for name in told),
        "differs": " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in told),
        "now": SQLITE_NOW,
    }
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in [POSTGRESQL] if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement.format(**words))

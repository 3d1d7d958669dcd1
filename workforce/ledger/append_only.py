"""Triggers by which the database itself keeps rows as they were written, on both engines."""

from contextlib import contextmanager

from django.db import connection, transaction

REFUSAL = (
    "Rows of {table} are proof: they are never changed, and only apply_retention deletes them, when their time is over."
    " Write a new Event that corrects the old one instead."
)

POSTGRESQL_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' AND current_setting('ensemble.ledger_unlocked', true) = 'on' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '{REFUSAL.format(table="%")}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""
POSTGRESQL = {
    "{table}_kept_row": """
        CREATE TRIGGER {table}_kept_row BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    "{table}_kept_whole": """
        CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
}

# SQLite has no settings of a session: a row in ledger_unlocked, never committed, stands for it.
SQLITE_LOCK = "CREATE TABLE IF NOT EXISTS ledger_unlocked (is_unlocked INTEGER NOT NULL)"
SQLITE = {
    "{table}_kept_row": """
        CREATE TRIGGER {table}_kept_row BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
    "{table}_kept_whole": """
        CREATE TRIGGER {table}_kept_whole BEFORE DELETE ON {table}
        WHEN NOT EXISTS (SELECT 1 FROM ledger_unlocked) BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
    # INSERT OR REPLACE takes a row away without firing the trigger above.
    "{table}_kept_number": """
        CREATE TRIGGER {table}_kept_number BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
}


def missing_triggers(model) -> list[str]:
    """Names of the triggers that should keep the model's table and are not there or switched off."""
    table = model._meta.db_table
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    if connection.vendor == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(found, [table])
        there = {name for (name,) in cursor.fetchall()}
    wanted = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    return [name for name in (pattern.format(table=table) for pattern in wanted) if name not in there]


def keep_rows(*models) -> None:
    """Puts the missing triggers back: SQLite drops them with the old table when a migration rebuilds one."""
    statements = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    for model in models:
        table, key = model._meta.db_table, model._meta.pk.column
        missing = missing_triggers(model)
        if not missing:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(POSTGRESQL_FUNCTION if connection.vendor == "postgresql" else SQLITE_LOCK)
            for pattern, statement in statements.items():
                name = pattern.format(table=table)
                if name in missing:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table(table)}")
                    cursor.execute(statement.format(table=table, key=key, refusal=REFUSAL.format(table=table)))


def on_table(table: str) -> str:
    return f" ON {table}" if connection.vendor == "postgresql" else ""


def unlock_statement() -> str:
    if connection.vendor == "postgresql":
        return "SET LOCAL ensemble.ledger_unlocked = 'on'"
    return "INSERT INTO ledger_unlocked (is_unlocked) VALUES (1)"


def lock_statement() -> str:
    if connection.vendor == "postgresql":
        return "SET LOCAL ensemble.ledger_unlocked = 'off'"
    return "DELETE FROM ledger_unlocked"


@contextmanager
def unlocked():
    """Lets this transaction alone delete kept rows; for retention, which signs and records what it deletes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(unlock_statement())
        yield
        cursor.execute(lock_statement())

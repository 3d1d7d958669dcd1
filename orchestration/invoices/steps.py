"""Runs the commented SQL steps of reconciliation on PostgreSQL and SQLite alike."""

import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
# What the two engines spell differently.
SPELLINGS = {
    "postgresql": {
        r"DAYS\(([^)]*)\)": r"(\1 - DATE '1970-01-01')",
        r"\bTEXTS\(": "STRING_AGG(",
        r"\bBYTEWISE\b": 'COLLATE "C"',
        r"\bJSON_OBJECT_OF\(": "jsonb_build_object(",
    },
    "sqlite": {
        r"DAYS\(([^)]*)\)": r"CAST(julianday(\1) - 2440587.5 AS INTEGER)",
        r"\bTEXTS\(": "GROUP_CONCAT(",
        r"\bBYTEWISE\b": "COLLATE BINARY",
        r"\bJSON_OBJECT_OF\(": "json_object(",
        r"IS DISTINCT FROM": "IS NOT",
    },
}
TABLE = re.compile(r"CREATE TEMPORARY TABLE (\w+)")


@lru_cache
def read_step(name: str, vendor: str) -> tuple[str, ...]:
    """The statements of a step, comments removed, in the engine's spelling."""
    text = "\n".join(x for x in (FOLDER / name).read_text().splitlines() if not x.lstrip().startswith("--"))
    for pattern, spelling in SPELLINGS[vendor].items():
        text = re.sub(pattern, spelling, text)
    return tuple(statement.strip() for statement in text.split(";") if statement.strip())


def run_step(cursor, name: str, vendor: str, *, params: list | None = None, **pieces: str) -> None:
    for statement in read_step(name, vendor):
        for key, piece in pieces.items():
            statement = statement.replace(f"{{{key}}}", piece)
        cursor.execute(statement, params)
        made = TABLE.match(statement)
        if made and vendor == "postgresql":  # temporary tables have no statistics of their own accord
            cursor.execute(f"ANALYZE {made[1]}")


def drop_tables(cursor, vendor: str) -> None:
    """Removes what the steps leave behind on this connection."""
    names = {n for path in FOLDER.glob("*.sql") for n in TABLE.findall(path.read_text())} | {"rec_tie", "rec_calendar"}
    schema = "pg_temp" if vendor == "postgresql" else "temp"
    for name in sorted(names):
        cursor.execute(f"DROP TABLE IF EXISTS {schema}.{name}")

"""Import against bare COPY + MERGE and bulk_create in one run: `python -m benchmarks.import --known 1000000 --rows 300000`.

Works in the database of DATABASE_URL, which must be migrated and hold no contributors, and empties it again. All sides
get the same rows, half new, half changed, and end with the same registry, which is compared. Only the import keeps raw
rows, validates, refuses the bad ones and writes Events. On SQLite bulk_create stands alone against it.
"""

import argparse
import csv
import os
import random
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection, models, transaction  # noqa: E402

from orchestration.sources.models import SourceRecord  # noqa: E402
from orchestration.sources.sync import import_table  # noqa: E402
from workforce.contributors.models import Contributor  # noqa: E402
from workforce.ledger.models import Event  # noqa: E402

TEXTS = [
    "kind",
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "street",
    "city",
    "postcode",
    "country",
    "title",
]
DATES = ["birth_date", "start_date"]
COLUMNS = [*TEXTS, *DATES, "weekly_hours", "status"]
HEADER = ["source_id", "kind", "given_name", "family_name", "email", "phone", "birth_date", "street", "city", "postcode",
          "country", "national_id", "title", "start_date", "weekly_hours", "status", "badge"]  # fmt: skip
GIVEN = [
    "Ada",
    "Bo",
    "Cy",
    "Dana",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jun",
    "Kai",
    "Lea",
    "Max",
    "Nia",
    "Oda",
    "Pia",
    "Quinn",
    "Rui",
    "Sol",
    "Tom",
    "Uma",
    "Vito",
    "Wen",
    "Xia",
    "Yan",
    "Zoë",
]
FAMILY = [
    "Berg",
    "Chen",
    "Diaz",
    "Eder",
    "Fox",
    "Gray",
    "Hahn",
    "Ito",
    "Jung",
    "Khan",
    "Lund",
    "Meyer",
    "Novak",
    "Okafor",
    "Park",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
]
CITIES = ["Berlin", "Bern", "Lyon", "Oslo", "Porto", "Prague", "Riga", "Turin", "Vienna", "Zagreb"]
TITLES = ["Welder", "Fitter", "Planner", "Analyst", "Engineer", "Driver", "Buyer", "Clerk"]
BAD = 1_000


def make_row(number: int, rng: random.Random, *, title: str, city: str) -> list[str]:
    given, family = rng.choice(GIVEN), f"{rng.choice(FAMILY)}{number % 5000}"
    born, start = (
        date(1955, 1, 1) + timedelta(rng.randrange(16_000)),
        date(2010, 1, 1) + timedelta(rng.randrange(6_000)),
    )
    return [
        f"P{number:08}", rng.choice(["employee", "contractor"]), given, family, f"{given}.{family}.{number}@example.org",
        f"+49 30 {number:08}", born.isoformat(), f"{rng.randrange(200)} Dock Road", city, f"{rng.randrange(99999):05}",
        "DE", f"N-{number:09}", title, start.isoformat(), rng.choice(["20", "38.5", "40"]), "active", f"B{number}",
    ]  # fmt: skip


def write_file(path: Path, numbers, *, changed: bool) -> None:
    """The same person has the same cells in each file, but for title and city in the later one; every so many is bad."""
    every = max(1, len(numbers) // BAD) if changed else 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for place, number in enumerate(numbers):
            pick = random.Random(number + changed)
            row = make_row(
                number, random.Random(number), title=pick.choice(TITLES) + changed * " II", city=pick.choice(CITIES)
            )
            if every and place % every == 0:
                row[6] = "1980-02-30"
            writer.writerow(row)


def read_good(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["birth_date"] != "1980-02-30"]
    for row in rows:
        row["name"] = f"{row['given_name']} {row['family_name']}"
    return rows


def make_copy(name: str, *, indexes: bool) -> None:
    """A bare registry of what is there: the table with the key in it, with the registry's indexes or its key alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        if connection.vendor == "postgresql":
            like = "INCLUDING ALL" if indexes else "INCLUDING DEFAULTS INCLUDING IDENTITY"
            cursor.execute(f"CREATE TABLE {name} (LIKE contributors_contributor {like})")
        else:
            cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM contributors_contributor WHERE 1 = 0")
        cursor.execute(f"ALTER TABLE {name} ADD COLUMN source_id varchar(200)")
        columns = [field.column for field in Contributor._meta.concrete_fields]
        cursor.execute(
            f"INSERT INTO {name} ({', '.join(columns)}, source_id) SELECT c.{', c.'.join(columns)}, r.key "
            "FROM contributors_contributor c JOIN sources_sourcerecord r ON r.object_id = c.id AND r.kind = 'contributors'"
        )
        cursor.execute(f"CREATE UNIQUE INDEX {name}_key ON {name} (source_id)")
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {name} ALTER COLUMN id RESTART WITH 100000000")


def copy_and_merge(name: str, path: Path) -> None:
    """COPY into a staging table and one MERGE that writes what differs."""
    written = [c for c in COLUMNS if c != "name"]
    listed = ", ".join(f'"{c}"' for c in HEADER)
    cast = {**dict.fromkeys(DATES, "date"), "weekly_hours": "numeric"}
    value = {c: f"s.{c}::{cast[c]}" if c in cast else f"s.{c}" for c in written} | {
        "name": "s.given_name || ' ' || s.family_name"
    }
    changes = ", ".join(f"{c} = {v}" for c, v in value.items())
    differs = f"({', '.join('t.' + c for c in value)}) IS DISTINCT FROM ({', '.join(value.values())})"
    blank = ["national_id", "national_id_hash", "tax_id", "tax_id_hash", "bank_account", "bank_account_hash", "region"]
    fresh = {"source_id": "s.source_id", **value, **dict.fromkeys(blank, "''"), "national_id": "s.national_id", "national_id_hash": "md5(s.national_id)"}  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE came ({', '.join(f'{c} text' for c in HEADER)}) ON COMMIT DROP")
        with path.open(encoding="utf-8") as file:
            cursor.copy_expert(f"COPY came ({listed}) FROM STDIN WITH (FORMAT csv, HEADER)", file)
        cursor.execute("DELETE FROM came WHERE birth_date = '1980-02-30'")
        cursor.execute(
            f"MERGE INTO {name} t USING came s ON t.source_id = s.source_id "
            f"WHEN MATCHED AND {differs} THEN UPDATE SET {changes} "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(fresh)}) VALUES ({', '.join(fresh.values())})"
        )


def bulk_model(name: str):
    """The copy as a Django model, with the columns that are written."""
    attributes = {c: models.CharField(max_length=254) for c in ["source_id", *TEXTS, "status"]}
    attributes |= {c: models.DateField(null=True) for c in DATES}
    blank = ["region", "national_id", "national_id_hash", "tax_id", "tax_id_hash", "bank_account", "bank_account_hash"]
    attributes |= {c: models.CharField(max_length=254, default="") for c in blank}
    attributes["weekly_hours"] = models.DecimalField(max_digits=6, decimal_places=2)
    attributes["source_id"] = models.CharField(max_length=200, unique=True)
    meta = type("Meta", (), {"managed": False, "db_table": name, "app_label": "contributors"})
    return type("BulkContributor", (models.Model,), {**attributes, "__module__": __name__, "Meta": meta})


def bulk_create(model, rows: list[dict]) -> None:
    given = ["source_id", "national_id", *COLUMNS]
    model.objects.bulk_create(
        (model(**{name: row[name] for name in given}) for row in rows), batch_size=2_000, update_conflicts=True,
        unique_fields=["source_id"], update_fields=COLUMNS,
    )  # fmt: skip


def count_differing(name: str) -> int:
    """Rows in which the registry and a copy of it are not the same."""
    listed = ", ".join(f"c.{column}" for column in COLUMNS)
    other = ", ".join(f"b.{column}" for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM contributors_contributor c JOIN sources_sourcerecord r ON r.object_id = c.id AND "
            f"r.kind = 'contributors' LEFT JOIN {name} b ON b.source_id = r.key "
            f"WHERE b.source_id IS NULL OR ({listed}) <> ({other})"
        )
        differing = cursor.fetchone()[0]
        cursor.execute(f"SELECT COUNT(*) FROM {name}")
        return differing + abs(cursor.fetchone()[0] - Contributor.objects.count())


def timed(work):
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def rest() -> None:
    """Each side starts from clean pages and known statistics."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def clear() -> None:
    with connection.cursor() as cursor:
        for name in ("bare_full", "bare_lean", "bulk_copy"):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
        tables = [
            "ledger_event",
            "sources_rejection",
            "sources_sourcerecord",
            "sources_syncrun",
            "contributors_contributor",
        ]
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        else:
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")


def take(path: Path):
    return import_table(kind="contributors", paths=[path], source="hris")


def run(arguments, folder: Path) -> None:
    known, rows = arguments.known, arguments.rows
    base, news = folder / "base.csv", folder / "news.csv"
    write_file(base, range(known), changed=False)
    write_file(news, range(known - rows // 2, known + rows - rows // 2), changed=True)
    _, seconds = timed(lambda: take(base))
    print(f"a registry of {known:,} made by import: {seconds:.1f} s, {known / seconds:,.0f} rows/s")
    good, sides = read_good(news), {}
    names = ("bare_full", "bare_lean", "bulk_copy") if connection.vendor == "postgresql" else ("bulk_copy",)
    for name in names:
        make_copy(name, indexes=name != "bare_lean")
    events = Event.objects.count()
    rest()
    first, ours = timed(lambda: take(news))
    again, unchanged = timed(lambda: take(news))
    for name in names[:-1]:
        rest()
        sides[name] = timed(lambda name=name: copy_and_merge(name, news))[1]
        sides[f"{name} again"] = timed(lambda name=name: copy_and_merge(name, news))[1]
    rest()
    sides["bulk_create"] = timed(lambda: bulk_create(bulk_model("bulk_copy"), good))[1]
    for name, seconds in sides.items():
        print(f"{name}: {seconds:.2f} s, {rows / seconds:,.0f} rows/s; the import takes {ours / seconds:.2f} x")
    print(f"import: {ours:.2f} s, {rows / ours:,.0f} rows/s, with {SourceRecord.objects.count():,} raw rows, "
          f"{Event.objects.count() - events:,} Events, {first.rejected:,} rejected")  # fmt: skip
    print(
        f"unchanged again: {unchanged:.2f} s, {rows / unchanged:,.0f} rows/s; the first takes {ours / unchanged:.2f} x"
    )
    print(f"created {first.created:,}, updated {first.updated:,}; again unchanged {again.unchanged:,}")
    for name in names:
        print(f"{name}: {count_differing(name)} rows differ from the registry")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=300_000)
    if Contributor.objects.exists() or Event.objects.exists():
        raise SystemExit("The database of DATABASE_URL holds contributors or Events. Name an empty, migrated one.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(parser.parse_args(), Path(folder))
    finally:
        clear()

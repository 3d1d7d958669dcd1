"""A large made-up company for the registry's benchmark, written by COPY."""

import io
import random
from datetime import date, timedelta

from django.db import connection

from workforce.organisation.models import Unit

UNITS = 400
TABLE = "contributors_contributor"
# fmt: off
GIVEN = [
    "Anna", "Jürgen", "Maria", "José", "Wei", "Olga", "Ahmed", "Fatima", "John", "Mary", "Łukasz", "Zoë", "Søren", "Inês",
    "Kenji", "Priya", "Chloé", "Björn", "Aoife", "Nguyễn", "Lena", "Paul", "Marta", "Piotr", "Sara", "Omar", "Ivan", "Elif",
    "Hugo", "Nora", "Luca", "Mia", "Noah", "Emma", "Leon", "Ida", "Karl", "Rosa", "Otto", "Vera", "Emil", "Alma", "Felix",
    "Clara", "Bruno", "Greta", "Oskar", "Frida", "Anton", "Hanna", "Jonas", "Lotte", "Simon", "Judith", "Rafael", "Teresa",
    "Viktor", "Agnes", "Moritz", "Edith",
]
FIRST = [
    "Mü", "Schm", "Ka", "Ro", "Be", "Ha", "We", "Fi", "Gar", "Lo", "San", "Pe", "Ng", "Ki", "Ta", "Ya", "Su", "Cho", "Da",
    "Gu", "Kow", "Nov", "Pop", "Iva", "Pet", "Jo", "And", "Nie", "Ols", "Lar",
]
MIDDLE = [
    "ller", "idt", "uf", "se", "rg", "rt", "be", "sch", "ci", "pe", "che", "re", "uye", "m", "na", "ma", "zu", "w", "vi",
    "er", "al", "ák", "es", "no", "ro", "han", "er", "ls", "se", "ss",
]
LAST = [
    "mann", "son", "sen", "ski", "ov", "a", "ez", "ini", "ić", "er", "berg", "feld", "dóttir", "baum", "hofer", "stein",
    "ström", "lund", "quist", "es",
]
COLUMNS = [
    "id", "kind", "name", "given_name", "family_name", "email", "phone", "street", "city", "region", "postcode", "country",
    "national_id", "national_id_hash", "tax_id", "tax_id_hash", "bank_account", "bank_account_hash", "title", "status",
    "unit_id", "supplier_id", "owner_id", "start_date", "end_date", "weekly_hours", "merged_into_id",
]
# fmt: on


def make_rows(count: int, rng: random.Random):
    """Nine in ten are people; one in a hundred is merged into the record before it."""
    for pk in range(1, count + 1):
        kind = rng.choices(["employee", "contractor", "vendor", "partner", "ai_agent"], [60, 30, 4, 1, 5])[0]
        given, family = rng.choice(GIVEN), rng.choice(FIRST) + rng.choice(MIDDLE) + rng.choice(LAST)
        start = date(2010, 1, 1) + timedelta(rng.randrange(6000)) if rng.random() < 0.95 else None
        end = start + timedelta(rng.randrange(30, 4000)) if start and rng.random() < 0.3 else None
        merged = pk - 1 if rng.random() < 0.01 and pk % 100 else None
        yield (
            pk, kind, f"{given} {family}", given, family, f"{pk}@works.example", f"+49 30 {pk:07d}", "", "Bremen", "", "",
            rng.choice(["DE", "FR", "PL", "IN"]), "", "", "", "", "", "", "Analyst", "left" if end and end < date(2026, 1, 1) else "active",
            rng.randrange(1, UNITS + 1), rng.randint(1, min(pk, 2000)) if kind == "contractor" else None,
            rng.randint(1, pk) if kind == "ai_agent" else None, start, end, 40, merged,
        )  # fmt: skip


def copy_rows(table: str, columns, rows) -> None:
    """COPY in slices, so that the text of a million rows is never held whole."""
    buffer = io.StringIO()

    def flush():
        buffer.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({','.join(columns)}) FROM STDIN", buffer)
        buffer.seek(0)
        buffer.truncate()

    for place, row in enumerate(rows, 1):
        buffer.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
        if place % 50_000 == 0:
            flush()
    flush()


def fill(count: int) -> None:
    rng = random.Random(3)
    Unit.objects.bulk_create(Unit(pk=n, name=f"Unit {n}", country="DE") for n in range(1, UNITS + 1))
    copy_rows(TABLE, COLUMNS, make_rows(count, rng))
    engaged = (
        (n, rng.randrange(1, count + 1), rng.randrange(1, UNITS + 1), "hourly", "2026-01-01", "", "")
        for n in range(1, count // 3)
    )
    columns = ["id", "contributor_id", "unit_id", "basis", "start_date", "title", "purchase_order"]
    copy_rows("engagements_engagement", columns, engaged)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")
        cursor.execute("VACUUM ANALYZE engagements_engagement")

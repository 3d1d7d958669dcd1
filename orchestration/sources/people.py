"""The records of people as a DuckDB table in memory, made plain for comparison; ids only as hashes."""

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import duckdb
import pyarrow as pa

from orchestration.sources.golden import read_as_told
from workforce.contributors.models import Contributor, Kind

BATCH = 20_000
MEMORY = "4GB"
PEOPLE = (Kind.EMPLOYEE, Kind.CONTRACTOR)
FIELDS = (
    "id", "name", "given_name", "family_name", "birth_date", "national_id", "national_id_hash", "tax_id_hash", "email",
    "phone", "street", "postcode", "city", "region", "title",
)  # fmt: skip
RAW = pa.schema(
    [("id", pa.int64()), ("born", pa.string()), ("national", pa.string()), ("national_slips", pa.list_(pa.uint64())), ("tax", pa.string())]
    + [(name, pa.string()) for name in ("name", "given", "family", "email", "phone", "street", "postcode", "city", "region", "title")]
)  # fmt: skip
PLAIN = r"""
CREATE MACRO plain(words) AS NULLIF(regexp_replace(
    strip_accents(replace(replace(replace(replace(lower(words), 'ß', 'ss'), 'æ', 'ae'), 'ø', 'o'), 'ł', 'l')),
    '[^\p{L}\p{N}]+', '', 'g'), '')
"""
PEOPLE_TABLE = r"""
CREATE TABLE plain_people AS
WITH named AS (  -- a name in one piece: the last word is the family name
    SELECT *, trim(name) AS whole FROM raw_people
), parted AS (
    SELECT * REPLACE (
        CASE WHEN given = '' AND family = '' THEN regexp_replace(whole, '\s*\S+$', '') ELSE given END AS given,
        CASE WHEN given = '' AND family = '' THEN regexp_extract(whole, '\S+$') ELSE family END AS family,
        ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0') AS phone
    ) FROM named
)
SELECT id AS unique_id, plain(given) AS given, plain(family) AS family, born, national, national_slips, tax,
    NULLIF(lower(trim(email)), '') AS email, NULLIF(split_part(lower(trim(email)), '@', 1), '') AS mailbox,
    CASE WHEN len(phone) >= 6 THEN phone END AS phone, plain(street) AS street, plain(postcode) AS postcode,
    plain(city) AS city, plain(region) AS region, plain(title) AS title
FROM parted ORDER BY id
"""


@contextmanager
def open_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that lives as long as the block; what exceeds its memory goes to a private folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="identity-") as folder, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET enable_progress_bar = false")  # it would stand between the words of a command
        connection.execute(f"SET temp_directory = '{folder}'")
        yield connection


def load_people(connection: duckdb.DuckDBPyConnection, *, progress: Callable[[str], None]) -> int:
    """Fills `plain_people`; the number of records."""
    connection.execute(PLAIN)
    rows = Contributor.objects.filter(kind__in=PEOPLE).order_by("id").values_list(*FIELDS, "own_facts__facts")
    key, count = secrets.token_bytes(32), 0
    connection.register("empty", pa.Table.from_pylist([], schema=RAW))
    connection.execute("CREATE TABLE raw_people AS SELECT * FROM empty")
    for chunk in _in_batches(rows.iterator(chunk_size=BATCH)):
        people = [_describe(read_as_told(row, FIELDS), key) for row in chunk]
        connection.register("chunk", pa.Table.from_pylist(people, schema=RAW))
        connection.execute("INSERT INTO raw_people SELECT * FROM chunk")
        count += len(chunk)
        progress(f"{count:,} people read")
    connection.execute(PEOPLE_TABLE)
    connection.execute("DROP TABLE raw_people")
    return count


def read_facts(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str | None, str | None]]:
    """Birth date (YYYYMMDD) and keyed hash of the national id of those who have either."""
    sql = "SELECT unique_id, born, national FROM people WHERE born IS NOT NULL OR national IS NOT NULL"
    return {pk: (born, national) for pk, born, national in connection.execute(sql).fetchall()}


def _in_batches(rows: Iterator) -> Iterator[list]:
    while chunk := list(islice(rows, BATCH)):
        yield chunk


def _describe(row: list, key: bytes) -> dict:
    pk, name, given, family, born, national, national_hash, tax, email, phone, street, postcode, city, region, title = (
        row
    )
    return {
        "id": pk, "name": name, "given": given, "family": family, "born": f"{born:%Y%m%d}" if born else None,
        "national": national_hash or None, "national_slips": _hash_slips(national, key) or None, "tax": tax or None,
        "email": email, "phone": phone, "street": street, "postcode": postcode, "city": city, "region": region, "title": title,
    }  # fmt: skip


def _hash_slips(national_id: str, key: bytes) -> list[int]:
    """Hashes of the id with each character left out, under a key of this run: ids a slip apart share one, and no id leaves."""
    plain = "".join(c for c in national_id.upper() if c.isalnum())
    if len(plain) < 6 or national_id.startswith("("):  # too short to tell slips apart, or not readable
        return []
    forms = {plain[:i] + plain[i + 1 :] for i in range(len(plain))}
    return sorted(_hash(form, key) for form in forms)


def _hash(text: str, key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest())

"""An Event as the text that is hashed, and its leaf: number (8 bytes) and SHA-256 (32 bytes).

The hash is taken of salt and text; the salt is SHA-256 of the installation's salt key and the number. The text names
each column here, and no other, exactly as the engine stores it: numbers and lengths in bytes first, so that no two
rows have one text, then the words, then before and after as JSON.
"""

import hashlib
import struct

from django.db import connection, transaction

from governance.audit.sign import salt_key

SIZE = 40
WORDS = ("action", "subject_type", "subject_label", "reason")
LOWEST, HIGHEST = -(2**63), 2**63 - 1
CHUNK = 10_000


def text_sql() -> str:
    """The SQL of an Event's text; `e` names the table."""
    return _postgresql_text() if connection.vendor == "postgresql" else _sqlite_text()


def _postgresql_text() -> str:
    lengths = ", ".join(f"octet_length(e.{word})" for word in WORDS)
    words = ", ".join(f"e.{word}" for word in WORDS)
    return f"""concat_ws('|', e.id, extract(epoch FROM e.at), coalesce(e.actor_id::text, ''),
        coalesce(e.on_behalf_of_id::text, ''), e.subject_id, {lengths}, {words}, e.before, e.after)"""


def _sqlite_text() -> str:
    numbers = ["e.id", "e.at", "coalesce(e.actor_id, '')", "coalesce(e.on_behalf_of_id, '')", "e.subject_id"]
    lengths = [f"length(CAST(e.{word} AS BLOB))" for word in WORDS]
    words = [f"e.{word}" for word in (*WORDS, "before", "after")]
    return "CAST(" + " || '|' || ".join(numbers + lengths + words) + " AS BLOB)"


POSTGRESQL_LEAVES = """
    SELECT string_agg(leaf, ''::bytea) FROM (
        SELECT int8send(e.id)
               || sha256(sha256(%s::bytea || int8send(e.id)) || convert_to({text}, 'UTF8')) AS leaf
        FROM ledger_event e WHERE e.id BETWEEN %s AND %s ORDER BY e.id) f
"""
# The planner does not know what a hash costs, and would leave the other cores idle.
POSTGRESQL_PARALLEL = "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0"
SQLITE_TEXTS = "SELECT e.id, {text} FROM ledger_event e WHERE e.id BETWEEN %s AND %s ORDER BY e.id"


def read_leaves(first_id: int, last_id: int) -> bytes:
    """The leaves of the Events that stand under these numbers now, in order of number."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(POSTGRESQL_PARALLEL)
            cursor.execute(POSTGRESQL_LEAVES.format(text=text_sql()), [salt_key(), first_id, last_id])
            return bytes(cursor.fetchone()[0] or b"")
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_TEXTS.format(text=text_sql()), [first_id, last_id])
        leaves = []
        while rows := cursor.fetchmany(CHUNK):
            leaves += [make_leaf(event_id, text or b"") for event_id, text in rows]
        return b"".join(leaves)


def make_leaf(event_id: int, text: bytes) -> bytes:
    number = struct.pack(">q", event_id)
    salt = hashlib.sha256(salt_key() + number).digest()
    return number + hashlib.sha256(salt + text).digest()


def split_leaves(leaves: bytes) -> list[tuple[int, bytes]]:
    """(number, hash) of each."""
    return list(struct.iter_unpack(">q32s", leaves))

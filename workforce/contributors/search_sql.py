"""The statements of the search, for each database: values are always parameters."""

from django.db import connections
from django.db.models import F
from django.db.models.expressions import RawSQL

from workforce.contributors.search_index import NAME, PHONE, PHONE_SQLITE, TABLE

CANDIDATES = 1_000
TERMS = 40
LAST = "\U0010ffff"  # stands after every other character
SPECIAL_TERMS = "SELECT term FROM contributors_vocabulary WHERE term GLOB '*[^ -~]*'"
ALL_TERMS = "SELECT term FROM contributors_vocabulary"


def escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def in_words(vendor: str, either) -> tuple[str, list]:
    """Those with one of each group of (term, whether it may go on)."""
    if vendor == "sqlite":
        groups = (
            " OR ".join('"' + t.replace('"', "") + '"' + (" *" if more else "") for t, more in one) for one in either
        )
        match = " AND ".join(f"({one})" for one in groups)
        return f"{TABLE}.id IN (SELECT rowid FROM contributors_words WHERE contributors_words MATCH %s)", [match]
    groups = (" | ".join(_lexeme(term) + (":*" if more else "") for term, more in one) for one in either)
    return f"{TABLE}.search_words @@ %s::tsquery", [" & ".join(f"({one})" for one in groups)]


def _lexeme(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def write_words(vendor: str, words, spelt=()) -> tuple[str, list]:
    """Each word begins one of theirs; `spelt` has the terms that begin so only when folded (SQLite)."""
    more = spelt or [()] * len(words)
    return in_words(
        vendor, [[(word, True), *((t, False) for t in terms)] for word, terms in zip(words, more, strict=True)]
    )


def write_terms(vendor: str, terms) -> tuple[str, list]:
    return in_words(vendor, [[(term, False) for term in some] for some in terms])


def write_alike(word: str, *, guesses: bool) -> tuple[str, list]:
    """Terms that hold the word or are one mistake away from it (PostgreSQL)."""
    patterns = [f"%{escape(word)}%" if len(word) > 2 else f"{escape(word)}%", *(mistypings(word) if guesses else ())]
    return "SELECT DISTINCT term FROM contributors_vocabulary WHERE term LIKE ANY(%s) LIMIT 2000", [patterns]


def mistypings(word: str) -> list[str]:
    """Patterns of the words from which this one comes by two letters exchanged, one too many, wrong or left out."""
    places = range(len(word))
    exchanged = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places[:-1]]
    fewer = [word[:i] + word[i + 1 :] for i in places]
    holes = [(word[:i], word[i + gap :]) for gap in (0, 1) for i in range(len(word) + 1 - gap)]
    return [*map(escape, [*exchanged, *fewer]), *(f"{escape(a)}_{escape(b)}" for a, b in holes)]


def write_begins(vendor: str, text: str) -> tuple[str, list]:
    """The whole name begins so."""
    if vendor == "sqlite":
        match = 'name : ^ "' + text.replace('"', "") + '" *'
        return f"{TABLE}.id IN (SELECT rowid FROM contributors_words WHERE contributors_words MATCH %s)", [match]
    return f"({NAME} >= %s AND {NAME} < %s)", [text[:60], text[:60] + LAST]


def name_order(rows) -> tuple:
    """The order in which the index gives names, so that the first are found without reading all."""
    by_index = (RawSQL(NAME, []),)  # noqa: S611 - a constant
    return by_index if connections[rows.db].vendor == "postgresql" else (F("name"), F("pk"))


def write_lookups(vendor: str, asked, *, hashes: str, most: int) -> tuple[str, list]:
    """(canonical id, alias or NULL where an id fits) by own id, id in a source, e-mail, phone, keyed hash and alias."""
    parts = by_source(asked.text)
    if asked.text.isascii() and asked.text.isdigit() and len(asked.text) < 19:
        parts.append(("c.id = %s", [int(asked.text)], "NULL"))
    if "@" in asked.text:
        parts.append(("c.email IN (%s, %s)", [asked.text, asked.text.lower()], "NULL"))
    digits = "".join(c for c in asked.text if c in "0123456789")
    if len(digits) > 6:
        phone = PHONE if vendor == "postgresql" else PHONE_SQLITE
        parts.append((f"c.phone <> '' AND {phone} = %s", [digits[-7:]], "NULL"))
    if hashes:
        columns = ("national_id_hash", "tax_id_hash", "bank_account_hash")
        parts += [(f"c.{column} = %s", [hashes], "NULL") for column in columns]
    if asked.words:
        condition, params = write_words(vendor, asked.words, asked.spelt)
        parts.append(
            (f"COALESCE(c.merged_into_id, 0) > 0 AND {condition.replace(TABLE + '.', 'c.')}", params, "c.name")
        )
    statements = [
        f"SELECT * FROM (SELECT COALESCE(c.merged_into_id, c.id), {alias} FROM {TABLE} c WHERE {condition} LIMIT {most}) one"
        for condition, _, alias in parts
    ]
    return " UNION ALL ".join(statements), [param for _, params, _ in parts for param in params]


SENT = """c.id IN (
    SELECT r.object_id FROM sources_source s JOIN sources_sourcerecord r
        ON r.source_id = s.id AND r.kind = 'contributors' AND r.key = %s
    WHERE r.object_id IS NOT NULL"""


def by_source(text: str) -> list[tuple[str, list, str]]:
    """`E-7` in any source, or `hris:E-7` in one; a key may hold a colon itself."""
    source, colon, key = text.partition(":")
    parts = [(f"{SENT})", [text], "NULL")]
    if colon and key:
        parts.append((f"{SENT} AND s.name = %s)", [key.strip(), source.strip().lower()], "NULL"))
    return parts

"""What search needs in the database beside the model: folded text, word and prefix indexes, triggers.

Made after each `migrate`, whatever is missing of it, so that an extension allowed later or a rebuilt SQLite table is
made good by the next one. Indexes and triggers, never code of ours, keep it true: bulk SQL is seen as well.
"""

import re
import unicodedata

from django.db import DatabaseError, connections, transaction

TABLE = "contributors_contributor"
# Letters that do not come apart into a plain one and an accent, and what separates words.
DOUBLED = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
SPECIAL = {"ø": "o", "đ": "d", "ł": "l", "ð": "d", "ı": "i"}
SEPARATORS = "-'’.,;:/()\"_&+@"
LETTERS = {**SPECIAL, **dict.fromkeys(SEPARATORS, " ")}
FOLDING = str.maketrans({**LETTERS, **DOUBLED})
ACCENTS = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Lower case, without accents and punctuation, as the database folds names."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return " ".join(plain.lower().translate(FOLDING).split())


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


FOLDED = "lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]+', '', 'g'))"
for _letter, _pair in DOUBLED.items():
    FOLDED = f"replace({FOLDED}, '{_letter}', '{_pair}')"
WORDS = "left(contributor_fold(name || ' ' || given_name || ' ' || family_name), 500)"  # no index takes any length
# The database computes the column, whoever writes the row; Django's model does not know it. The vocabulary holds each
# word that ever stood in a name, for typing mistakes; it has no unique index, so that no import waits for another.
POSTGRES_SETUP = f"""
    CREATE OR REPLACE FUNCTION contributor_fold(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT translate({FOLDED}, {_quote("".join(LETTERS))}, {_quote("".join(LETTERS.values()))})
    $$;
    ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS search_words tsvector GENERATED ALWAYS AS
        (array_to_tsvector(array_remove(string_to_array({WORDS}, ' '), ''))) STORED;
    CREATE TABLE IF NOT EXISTS contributors_vocabulary (term text NOT NULL);
    CREATE INDEX IF NOT EXISTS contributors_vocabulary_term ON contributors_vocabulary (term);
    CREATE OR REPLACE FUNCTION contributors_learn_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO contributors_vocabulary
        SELECT term FROM (SELECT DISTINCT unnest(tsvector_to_array(search_words)) AS term FROM written) w
        WHERE NOT EXISTS (SELECT 1 FROM contributors_vocabulary v WHERE v.term = w.term);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION contributors_learn_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO contributors_vocabulary
        SELECT term FROM unnest(tsvector_to_array(NEW.search_words)) AS w(term)
        WHERE NOT EXISTS (SELECT 1 FROM contributors_vocabulary v WHERE v.term = w.term);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER contributors_learn_inserted AFTER INSERT ON {TABLE}
        REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION contributors_learn_inserted();
    CREATE OR REPLACE TRIGGER contributors_learn_changed AFTER UPDATE ON {TABLE} FOR EACH ROW
        WHEN (OLD.search_words IS DISTINCT FROM NEW.search_words) EXECUTE FUNCTION contributors_learn_changed();
    INSERT INTO contributors_vocabulary SELECT DISTINCT unnest(tsvector_to_array(search_words)) FROM {TABLE};
"""
PHONE = "right(translate(phone, ' -+()./', ''), 7)"
NAME = 'left(contributor_fold(name), 60) COLLATE "C"'
# COALESCE, for the planner would rather read all merged records by their foreign key's index.
POSTGRES_INDEXES = {
    "contributor_words": f"ON {TABLE} USING gin (search_words) WHERE merged_into_id IS NULL",
    "contributor_alias_words": f"ON {TABLE} USING gin (search_words) WHERE COALESCE(merged_into_id, 0) > 0",
    "contributor_folded_name": f"ON {TABLE} (({NAME})) WHERE merged_into_id IS NULL",
    "contributor_phone_end": f"ON {TABLE} (({PHONE})) WHERE phone <> ''",
}
TRIGRAM_INDEX = {"contributors_vocabulary_trigram": "ON contributors_vocabulary USING gin (term gin_trgm_ops)"}
PHONE_SQLITE = "phone"
for _mark in " -+()./":
    PHONE_SQLITE = f"replace({PHONE_SQLITE}, '{_mark}', '')"
PHONE_SQLITE = f"substr({PHONE_SQLITE}, -7)"
SQLITE_INDEXES = {
    "contributor_phone_end": f"ON {TABLE} ({PHONE_SQLITE}) WHERE phone <> ''",
    "contributor_alias": f"ON {TABLE} (merged_into_id) WHERE merged_into_id IS NOT NULL",
}
FTS_COLUMNS = ("name", "given_name", "family_name")
SQLITE_WORDS = f"""
    CREATE VIRTUAL TABLE IF NOT EXISTS contributors_words USING fts5(
        {", ".join(FTS_COLUMNS)}, content='{TABLE}', content_rowid='id', prefix='2 3',
        tokenize='unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE IF NOT EXISTS contributors_vocabulary USING fts5vocab(contributors_words, 'row');
"""


def _sqlite_row(side: str) -> str:
    return ", ".join(f"{side}.{name}" for name in ("id", *FTS_COLUMNS))


_INTO = f"INSERT INTO contributors_words(rowid, {', '.join(FTS_COLUMNS)})"
_OUT = f"INSERT INTO contributors_words(contributors_words, rowid, {', '.join(FTS_COLUMNS)}) VALUES ('delete', {_sqlite_row('old')});"
SQLITE_TRIGGERS = {
    "contributors_words_in": f"AFTER INSERT ON {TABLE} BEGIN {_INTO} VALUES ({_sqlite_row('new')}); END",
    "contributors_words_out": f"AFTER DELETE ON {TABLE} BEGIN {_OUT} END",
    "contributors_words_change": (
        f"AFTER UPDATE OF {', '.join(FTS_COLUMNS)} ON {TABLE} BEGIN {_OUT} {_INTO} VALUES ({_sqlite_row('new')}); END"
    ),
}


def prepare_search(*, using: str = "default", **_) -> None:
    """Makes what is missing; without pg_trgm typing mistakes are found by reading the whole vocabulary."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    if connection.vendor == "postgresql":
        _prepare_postgres(connection)
    elif connection.vendor == "sqlite":
        _prepare_sqlite(connection)


def lacks_trigrams(connection) -> bool:
    """Whether PostgreSQL has no trigram index to find mistyped names by."""
    return connection.vendor == "postgresql" and not TRIGRAM_INDEX.keys() <= _names(
        connection, "pg_indexes", "indexname"
    )


def _prepare_postgres(connection) -> None:
    there = _names(connection, "pg_indexes", "indexname")
    wanted = {**POSTGRES_INDEXES, **(TRIGRAM_INDEX if _allow_trigrams(connection) else {})}
    with connection.cursor() as cursor:
        if "contributors_vocabulary_term" not in there:
            cursor.execute(POSTGRES_SETUP)
        for name in wanted.keys() - there:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} {wanted[name]}")


def _allow_trigrams(connection) -> bool:
    """Some hosts refuse extensions; `doctor` says so then."""
    if "pg_trgm" in _names(connection, "pg_extension", "extname"):
        return True
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return False
    return True


def _names(connection, table: str, column: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def _prepare_sqlite(connection) -> None:
    there = _names(connection, "sqlite_master", "name")
    missing = SQLITE_TRIGGERS.keys() - there
    with connection.cursor() as cursor:
        for name in SQLITE_INDEXES.keys() - there:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} {SQLITE_INDEXES[name]}")
        if not missing:
            return
        for statement in SQLITE_WORDS.split(";")[:-1]:
            cursor.execute(statement)
        for name in missing:
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {SQLITE_TRIGGERS[name]}")
        cursor.execute("INSERT INTO contributors_words(contributors_words) VALUES ('rebuild')")

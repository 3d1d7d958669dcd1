"""Pages of the registry against the bare SQL of the same rows: `python -m benchmarks.registry --contributors 1000000`.

Works in the PostgreSQL of DATABASE_URL, a migrated scratch database; the company is made in it once and stays there for
the next run. Counted is every statement of the request, session, user, roles, views and freshness included: noted while
the page is asked for, then run again in turns with the bare statement, one hand-written SELECT of the rows the page
shows, on the same connection, from execute to the last row; the best of each counts. The rows are compared.
"""

import argparse
import io
import os
import random
import time
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from workforce.accounts.models import RoleAssignment, User  # noqa: E402
from workforce.accounts.permissions import Role  # noqa: E402
from workforce.contributors.models import Contributor  # noqa: E402
from workforce.contributors.paging import PAGE, count_up_to, write_position  # noqa: E402
from workforce.contributors.search import search_contributors  # noqa: E402
from workforce.contributors.search_sql import mistypings  # noqa: E402
from workforce.organisation.models import Unit  # noqa: E402

UNITS = 400
TABLE = "contributors_contributor"
GIVEN = [
    "Anna",
    "Jürgen",
    "Maria",
    "José",
    "Wei",
    "Olga",
    "Ahmed",
    "Fatima",
    "John",
    "Mary",
    "Łukasz",
    "Zoë",
    "Søren",
    "Inês",
    "Kenji",
    "Priya",
    "Chloé",
    "Björn",
    "Aoife",
    "Nguyễn",
    "Lena",
    "Paul",
    "Marta",
    "Piotr",
    "Sara",
    "Omar",
    "Ivan",
    "Elif",
    "Hugo",
    "Nora",
    "Luca",
    "Mia",
    "Noah",
    "Emma",
    "Leon",
    "Ida",
    "Karl",
    "Rosa",
    "Otto",
    "Vera",
    "Emil",
    "Alma",
    "Felix",
    "Clara",
    "Bruno",
    "Greta",
    "Oskar",
    "Frida",
    "Anton",
    "Hanna",
    "Jonas",
    "Lotte",
    "Simon",
    "Judith",
    "Rafael",
    "Teresa",
    "Viktor",
    "Agnes",
    "Moritz",
    "Edith",
]
FIRST = [
    "Mü",
    "Schm",
    "Ka",
    "Ro",
    "Be",
    "Ha",
    "We",
    "Fi",
    "Gar",
    "Lo",
    "San",
    "Pe",
    "Ng",
    "Ki",
    "Ta",
    "Ya",
    "Su",
    "Cho",
    "Da",
    "Gu",
    "Kow",
    "Nov",
    "Pop",
    "Iva",
    "Pet",
    "Jo",
    "And",
    "Nie",
    "Ols",
    "Lar",
]
MIDDLE = [
    "ller",
    "idt",
    "uf",
    "se",
    "rg",
    "rt",
    "be",
    "sch",
    "ci",
    "pe",
    "che",
    "re",
    "uye",
    "m",
    "na",
    "ma",
    "zu",
    "w",
    "vi",
    "er",
    "al",
    "ák",
    "es",
    "no",
    "ro",
    "han",
    "er",
    "ls",
    "se",
    "ss",
]
LAST = [
    "mann",
    "son",
    "sen",
    "ski",
    "ov",
    "a",
    "ez",
    "ini",
    "ić",
    "er",
    "berg",
    "feld",
    "dóttir",
    "baum",
    "hofer",
    "stein",
    "ström",
    "lund",
    "quist",
    "es",
]
COLUMNS = [
    "id",
    "kind",
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "national_id",
    "national_id_hash",
    "tax_id",
    "tax_id_hash",
    "bank_account",
    "bank_account_hash",
    "title",
    "status",
    "unit_id",
    "supplier_id",
    "owner_id",
    "start_date",
    "end_date",
    "weekly_hours",
    "merged_into_id",
]


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


SHOWN = f"""
    SELECT c.id, c.kind, c.status, c.name, c.title, u.name, s.name, o.name, c.start_date, c.end_date, c.weekly_hours
    FROM {TABLE} c LEFT JOIN organisation_unit u ON u.id = c.unit_id
    LEFT JOIN {TABLE} s ON s.id = c.supplier_id LEFT JOIN {TABLE} o ON o.id = c.owner_id
    WHERE c.merged_into_id IS NULL"""
FAR = "9999-12-31"
MANY = 500  # what a search ranks


@dataclass
class Case:
    """A page by its parameters, and the bare SQL of its rows with %s in place of values."""

    what: str
    who: str
    given: dict
    sql: str
    params: tuple = ()


def position(row: dict, *fields: str) -> str:
    return write_position([row[name] if row[name] is not None else date(9999, 12, 31) for name in fields] + [row["pk"]])


def deep_row(**filters) -> dict:
    """A row far down a list."""
    found = Contributor.objects.canonical().filter(**filters)
    return found.order_by("pk").values("pk", "name", "kind", "status", "start_date", "end_date")[
        found.count() * 7 // 10
    ]


def make_cases(scope: str) -> list[Case]:
    deep, closed = deep_row(), deep_row(end_date__isnull=False)
    open_end = deep_row(end_date=None)
    vendor, mine = (
        deep_row(kind="vendor"),
        f" AND (c.unit_id IN ({scope}) OR EXISTS (SELECT 1 FROM engagements_engagement e WHERE e.contributor_id = c.id AND e.unit_id IN ({scope})))",
    )
    by_end = f"COALESCE(c.end_date, DATE '{FAR}')"
    return [
        Case("first page, by name", "hr", {"kind": ""}, SHOWN + " ORDER BY c.name, c.id LIMIT 51"),
        Case(
            "deep, by name",
            "hr",
            {"after": position(deep, "name")},
            SHOWN + " AND (c.name, c.id) > (%s, %s) ORDER BY c.name, c.id LIMIT 51",
            (deep["name"], deep["pk"]),
        ),
        Case(
            "deep, backwards",
            "hr",
            {"before": position(deep, "name")},
            SHOWN + " AND (c.name, c.id) < (%s, %s) ORDER BY c.name DESC, c.id DESC LIMIT 51",
            (deep["name"], deep["pk"]),
        ),
        Case("last page", "hr", {"before": "end"}, SHOWN + " ORDER BY c.name DESC, c.id DESC LIMIT 51"),
        Case(
            "deep, by last day",
            "hr",
            {"sort": "end_date", "after": position(closed, "end_date")},
            SHOWN + f" AND ({by_end}, c.id) > (%s, %s) ORDER BY {by_end}, c.id LIMIT 51",
            (closed["end_date"], closed["pk"]),
        ),
        Case(
            "deep among open ends",
            "hr",
            {"sort": "end_date", "after": position(open_end, "end_date")},
            SHOWN + f" AND ({by_end}, c.id) > (%s, %s) ORDER BY {by_end}, c.id LIMIT 51",
            (date(9999, 12, 31), open_end["pk"]),
        ),
        Case(
            "by last day, falling", "hr", {"sort": "-end_date"}, SHOWN + f" ORDER BY {by_end} DESC, c.id DESC LIMIT 51"
        ),
        Case(
            "deep, by status",
            "hr",
            {"sort": "status", "after": position(deep, "status", "name")},
            SHOWN + " AND (c.status, c.name, c.id) > (%s, %s, %s) ORDER BY c.status, c.name, c.id LIMIT 51",
            (deep["status"], deep["name"], deep["pk"]),
        ),
        Case(
            "one kind, deep",
            "hr",
            {"kind": "vendor", "after": position(vendor, "name")},
            SHOWN + " AND c.kind = 'vendor' AND (c.name, c.id) > (%s, %s) ORDER BY c.name, c.id LIMIT 51",
            (vendor["name"], vendor["pk"]),
        ),
        Case(
            "kind and status",
            "hr",
            {"kind": "partner", "status": "left"},
            SHOWN + " AND c.kind = 'partner' AND c.status = 'left' ORDER BY c.name, c.id LIMIT 51",
        ),
        Case(
            "a query",
            "hr",
            {"q": 'country = "PL" and start_date > "2020-01-01"'},
            SHOWN + " AND c.country = 'PL' AND c.start_date > '2020-01-01' ORDER BY c.name, c.id LIMIT 51",
        ),
        Case("confined to few units", "confined", {"kind": ""}, SHOWN + mine + " ORDER BY c.name, c.id LIMIT 51"),
        Case(
            "confined, deep",
            "confined",
            {"after": position(deep, "name")},
            SHOWN + mine + " AND (c.name, c.id) > (%s, %s) ORDER BY c.name, c.id LIMIT 51",
            (deep["name"], deep["pk"]),
        ),
    ]


def make_searches() -> list[Case]:
    """Bare: the one index condition that finds the same people, without ranking."""
    words, folded = " AND c.search_words @@ %s::tsquery", 'left(contributor_fold(c.name), 60) COLLATE "C"'
    near = """ AND c.search_words @@ (SELECT string_agg(quote_literal(term), '|') FROM contributors_vocabulary
        WHERE term LIKE ANY(%s))::tsquery"""
    return [
        Case("search: one frequent word", "hr", {"search": "anna"}, SHOWN + words + " LIMIT 500", ("'anna':*",)),
        Case(
            "search: two words",
            "hr",
            {"search": "muller jurgen"},
            SHOWN + words + " LIMIT 500",
            ("'muller':* & 'jurgen':*",),
        ),
        Case(
            "search: two letters",
            "hr",
            {"search": "an"},
            SHOWN + f" AND {folded} >= 'an' AND {folded} < 'ao' LIMIT 500",
        ),
        Case(
            "search: mistyped, one word",
            "hr",
            {"search": "kowlerski"},
            SHOWN + near + " LIMIT 500",
            (["%kowlerski%", *mistypings("kowlerski")],),
        ),
        Case(
            "search: e-mail",
            "hr",
            {"search": "77777@works.example"},
            SHOWN + ' AND lower(c.email) COLLATE "C" = %s',
            ("77777@works.example",),
        ),
    ]


class Notes:
    """Every statement of a request, with its parameters."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


def ask(client: Client, path: str, given: dict):
    notes = Notes()
    with connection.execute_wrapper(notes):
        response = client.get(path, given)
    if response.status_code != 200:
        raise SystemExit(f"{path}?{urlencode(given)} answers {response.status_code}.")
    return response, notes.statements


def time_statement(cursor, sql, params) -> float:
    started = time.perf_counter()
    cursor.execute(sql, params)
    cursor.fetchall()
    return time.perf_counter() - started


def time_all(statements, bare, times: int) -> tuple[float, float]:
    """(the statements of a page together, the bare one) in ms: the best of each over turns that both take."""
    best = [float("inf")] * len(statements)
    best_bare = float("inf")
    with connection.cursor() as cursor:
        for _ in range(times + 1):
            best = [min(old, time_statement(cursor, *one)) for old, one in zip(best, statements, strict=True)]
            best_bare = min(best_bare, time_statement(cursor, *bare))
    return sum(best) * 1000, best_bare * 1000


def compare(case: Case, client: Client, times: int) -> tuple[float, float, int, str]:
    """(page ms, bare ms, statements, what differs)."""
    response, statements = ask(client, "/contributors/", case.given)
    bare = (case.sql, case.params or None)
    with connection.cursor() as cursor:
        cursor.execute(*bare)
        expected = [row[0] for row in cursor.fetchall()]
    shown = [row["pk"] for row, _ in response.context["rows"]]
    if "search" in case.given:
        found = search_contributors(Contributor.objects.canonical(), case.given["search"], user=client.user)
        is_same = shown == found[:PAGE] and (len(expected) == MANY or set(expected) <= set(found))
    else:
        is_same = shown == (expected[:PAGE][::-1] if "before" in case.given else expected[:PAGE])
    return *time_all(statements, bare, times), len(statements), "same rows" if is_same else "OTHER ROWS"


def make_logins() -> dict[str, Client]:
    clients = {}
    for name, units in (("hr", [None]), ("confined", Unit.objects.order_by("pk")[:4])):
        user = User.objects.create_user(f"benchmark-{name}")
        for unit in units:
            RoleAssignment.objects.create(user=user, role=Role.HR, unit=unit)
        clients[name] = Client()
        clients[name].force_login(user)
        clients[name].user = user
    return clients


def run(arguments) -> None:
    setup_test_environment()  # keeps the context of each answer
    if not Contributor.objects.exists():
        fill(arguments.contributors)
    User.objects.filter(username__startswith="benchmark-").delete()
    clients = make_logins()
    scope = ",".join(str(pk) for pk in Unit.objects.order_by("pk").values_list("pk", flat=True)[:4])
    print(
        f"{count_up_to(Contributor.objects.all(), 10**9):,} contributors; milliseconds of the database, the best of {arguments.times} turns"
    )
    print(f"{'':28}{'page':>8}{'bare':>8}{'ratio':>7}{'statements':>12}")
    worst = 0.0
    for case in [*make_cases(scope), *make_searches()]:
        page, bare, statements, differs = compare(case, clients[case.who], arguments.times)
        worst = max(worst, page / bare)
        print(f"{case.what:28}{page:8.2f}{bare:8.2f}{page / bare:7.2f}{statements:12}  {differs}")
    for who, client in clients.items():
        _, statements = ask(client, "/contributors/counts/", {"kind": ""})
        page, _ = time_all(statements, ("SELECT 1", None), arguments.times)
        print(f"{'counts, ' + who:28}{page:8.2f}")
    print(f"the worst ratio is {worst:.2f}")
    User.objects.filter(username__startswith="benchmark-").delete()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contributors", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    run(parser.parse_args())

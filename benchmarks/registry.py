"""Pages of the registry against the bare SQL of the same rows: `python -m benchmarks.registry --contributors 1000000`.

Works in the PostgreSQL of DATABASE_URL, a migrated scratch database; the company is made in it once and stays there for
the next run. Counted is every statement of the request, session, user, roles, views and freshness included: noted while
the page is asked for, then run again in turns with the bare statement, one hand-written SELECT of the rows the page
shows, on the same connection, from execute to the last row; the best of each counts. The rows are compared.
"""

import argparse
import os
import time
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from benchmarks.registry_company import TABLE, fill  # noqa: E402
from workforce.accounts.models import RoleAssignment, User  # noqa: E402
from workforce.accounts.permissions import Role  # noqa: E402
from workforce.contributors.models import Contributor  # noqa: E402
from workforce.contributors.paging import PAGE, count_up_to, write_position  # noqa: E402
from workforce.contributors.search import search_contributors  # noqa: E402
from workforce.contributors.search_sql import mistypings  # noqa: E402
from workforce.organisation.models import Unit  # noqa: E402

SHOWN = f"""
    SELECT c.id, c.kind, c.status, c.name, c.title, u.name, s.name, o.name, c.start_date, c.end_date, c.weekly_hours
    FROM {TABLE} c LEFT JOIN organisation_unit u ON u.id = c.unit_id
    LEFT JOIN {TABLE} s ON s.id = c.supplier_id LEFT JOIN {TABLE} o ON o.id = c.owner_id
    WHERE c.merged_into_id IS NULL"""
FAR = date(9999, 12, 31)
BY_END = "COALESCE(c.end_date, DATE '9999-12-31')"
MANY = 500  # what a search ranks


@dataclass
class Case:
    """A page by its parameters, and the bare SQL of its rows with %s in place of values."""

    what: str
    who: str
    given: dict
    sql: str
    params: tuple = ()


def walk(*keys: str, where: str = "", falling: bool = False, begun: bool = True) -> str:
    """The rows after a position in the order of the keys, or the first."""
    keys = (*keys, "c.id")
    after = f" AND ({', '.join(keys)}) {'<' if falling else '>'} ({', '.join(['%s'] * len(keys))})" if begun else ""
    order = ", ".join(f"{key} DESC" if falling else key for key in keys)
    return f"{SHOWN}{where}{after} ORDER BY {order} LIMIT 51"


def deep_row(**filters) -> dict:
    """A row far down a list."""
    found = Contributor.objects.canonical().filter(**filters)
    row = found.order_by("pk").values("pk", "name", "status", "end_date")[found.count() * 7 // 10]
    return {**row, "end_date": row["end_date"] or FAR}


def make_cases(scope: str) -> list[Case]:
    deep, vendor = deep_row(), deep_row(kind="vendor")
    closed, open_end = deep_row(end_date__isnull=False), deep_row(end_date=None)

    def at(row, *fields):
        values = [row[name] for name in (*fields, "pk")]
        return write_position(values), tuple(values)

    by_name, named = at(deep, "name")
    by_status, statuses = at(deep, "status", "name")
    by_close, closing = at(closed, "end_date")
    by_open, opening = at(open_end, "end_date")
    by_vendor, vendors = at(vendor, "name")
    mine = f""" AND (c.unit_id IN ({scope}) OR EXISTS (
        SELECT 1 FROM engagements_engagement e WHERE e.contributor_id = c.id AND e.unit_id IN ({scope})))"""
    first = {"kind": ""}
    left, polish = (
        " AND c.kind = 'partner' AND c.status = 'left'",
        " AND c.country = 'PL' AND c.start_date > '2020-01-01'",
    )
    query = 'country = "PL" and start_date > "2020-01-01"'
    # fmt: off
    return [
        Case("first page, by name", "hr", first, walk("c.name", begun=False)),
        Case("deep, by name", "hr", {"after": by_name}, walk("c.name"), named),
        Case("deep, backwards", "hr", {"before": by_name}, walk("c.name", falling=True), named),
        Case("last page", "hr", {"before": "end"}, walk("c.name", falling=True, begun=False)),
        Case("deep, by last day", "hr", {"sort": "end_date", "after": by_close}, walk(BY_END), closing),
        Case("deep among open ends", "hr", {"sort": "end_date", "after": by_open}, walk(BY_END), opening),
        Case("by last day, falling", "hr", {"sort": "-end_date"}, walk(BY_END, falling=True, begun=False)),
        Case("deep, by status", "hr", {"sort": "status", "after": by_status}, walk("c.status", "c.name"), statuses),
        Case("one kind, deep", "hr", {"kind": "vendor", "after": by_vendor}, walk("c.name", where=" AND c.kind = 'vendor'"), vendors),
        Case("kind and status", "hr", {"kind": "partner", "status": "left"}, walk("c.name", where=left, begun=False)),
        Case("a query", "hr", {"q": query}, walk("c.name", where=polish, begun=False)),
        Case("confined to few units", "confined", first, walk("c.name", where=mine, begun=False)),
        Case("confined, deep", "confined", {"after": by_name}, walk("c.name", where=mine), named),
    ]
    # fmt: on


def make_searches() -> list[Case]:
    """Bare: the one index condition that finds the same people, without ranking."""
    words, name = f" AND c.search_words @@ %s::tsquery LIMIT {MANY}", 'left(contributor_fold(c.name), 60) COLLATE "C"'
    near = f""" AND c.search_words @@ (SELECT string_agg(quote_literal(term), '|') FROM contributors_vocabulary
        WHERE term LIKE ANY(%s))::tsquery LIMIT {MANY}"""
    short, mail = f" AND {name} >= 'an' AND {name} < 'ao' LIMIT {MANY}", " AND c.email = %s"
    # fmt: off
    return [
        Case("search: one frequent word", "hr", {"search": "anna"}, SHOWN + words, ("'anna':*",)),
        Case("search: two words", "hr", {"search": "muller jurgen"}, SHOWN + words, ("'muller':* & 'jurgen':*",)),
        Case("search: two letters", "hr", {"search": "an"}, SHOWN + short),
        Case("search: mistyped", "hr", {"search": "kowlerski"}, SHOWN + near, (["%kowlerski%", *mistypings("kowlerski")],)),
        Case("search: e-mail", "hr", {"search": "77777@works.example"}, SHOWN + mail, ("77777@works.example",)),
    ]
    # fmt: on


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
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLE}")  # as autovacuum keeps it
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

"""Lists and filters of SCIM against bare SQL of the same rows: `python -m benchmarks.scim --users 100000`.

Works in the database of DATABASE_URL, which must be migrated and hold no SCIM users, and leaves nothing behind.
Each side is asked in turn in one run, and the names that both give are compared.
"""

import argparse
import os
import time
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from orchestration.scim.fold import fold  # noqa: E402
from orchestration.scim.models import ScimUser, new_id  # noqa: E402
from orchestration.scim.resources import Person  # noqa: E402
from orchestration.scim.search import search, write_cursor  # noqa: E402
from orchestration.scim.tokens import connect_provider  # noqa: E402
from orchestration.sources.models import Source, SourceRecord, SyncRun  # noqa: E402

ROWS = "FROM scim_scimuser WHERE provider_id = %s"
CASES = [
    ("first page", {"count": 100}, f"SELECT user_name {ROWS} ORDER BY id LIMIT 100", []),
    ("one by name", {"filter": 'userName eq "USER77@x.example"'}, f"SELECT user_name {ROWS} AND user_name_key = %s", ["user77@x.example"]),
    ("by externalId", {"filter": 'externalId eq "e77"'}, f"SELECT user_name {ROWS} AND external_id = %s", ["e77"]),
    ("last page by cursor", {"count": 100, "cursor": "last"}, f"SELECT user_name {ROWS} AND id > %s ORDER BY id LIMIT 100", ["last"]),
    ("by an e-mail's part", {"filter": 'emails.value co "user777"', "count": 100}, None, []),
    ("sorted", {"sortBy": "name.familyName", "count": 100}, None, []),
]  # fmt: skip


def make_users(provider, count: int) -> None:
    now = timezone.now()
    run = SyncRun.objects.create(source=provider.source, kind="contributors", path="benchmark", started_at=now)
    ids = [new_id() for _ in range(count)]
    records = SourceRecord.objects.bulk_create(
        (
            SourceRecord(source=provider.source, kind="contributors", key=key, raw={}, raw_hash="", first_seen_at=now, last_seen_at=now, run=run, row=1)
            for key in ids
        ),
        batch_size=5_000,
    )  # fmt: skip
    users = []
    for number, record in enumerate(records):
        resource = {
            "schemas": [str(Person.__schema__)],
            "userName": f"user{number}@x.example",
            "externalId": f"e{number}",
            "name": {"givenName": f"Given{number % 997}", "familyName": f"Family{number % 4999}"},
            "emails": [{"value": f"user{number}@x.example", "type": "work", "primary": True}],
            "active": True,
        }
        users.append(
            ScimUser(
                provider=provider, scim_id=record.key, external_id=f"e{number}", resource=resource, record=record,
                folded=fold(resource, Person), created_at=now, modified_at=now, user_name=resource["userName"],
                user_name_key=resource["userName"],
            )
        )  # fmt: skip
    ScimUser.objects.bulk_create(users, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def time_of(ask, times: int = 5) -> tuple[float, object]:
    """Median milliseconds and the last answer."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        answer = ask()
        taken.append(1_000 * (time.perf_counter() - started))
    return median(taken), answer


def bare(sql: str, params: list) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    count = parser.parse_args().users
    if ScimUser.objects.exists():
        raise SystemExit("There are SCIM users in this database. Take an empty one.")
    with transaction.atomic():
        provider = connect_provider(source=Source.objects.create(name="benchmark-scim"))
        make_users(provider, count)
        last = list(ScimUser.objects.order_by("-pk").values_list("pk", flat=True)[:101])[-1]
        for name, given, sql, params in CASES:
            report(provider, name, given, sql, params, last=last)
        transaction.set_rollback(True)


def report(provider, name: str, given: dict, sql: str | None, params: list, *, last: int) -> None:
    given = given | ({"cursor": write_cursor("k", last)} if "cursor" in given else {})
    ask = lambda: search(provider=provider, tables=[ScimUser], given=given, base="http://x/scim/v2")  # noqa: E731
    ours, found = time_of(ask)
    names = [one["userName"] for one in found["Resources"]]
    if sql is None:
        print(f"{name:<22} {ours:8.1f} ms  {len(names)} of {found['totalResults']}")
        return
    theirs, expected = time_of(lambda: bare(sql, [provider.pk, *[last if p == "last" else p for p in params]]))
    assert names == expected, (name, names[:3], expected[:3])
    print(f"{name:<22} {ours:8.1f} ms  bare {theirs:6.2f} ms  {len(names)} of {found['totalResults']}")


if __name__ == "__main__":
    main()

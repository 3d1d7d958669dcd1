"""Imports against what independent reasoning says: rows one by one, the last state of each, nothing half done."""

import csv
import tempfile
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orchestration.sources.arrivals import RowHasher
from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Rejection, SourceRecord, SyncRun, WaitingReference
from orchestration.sources.seal import Sealer, open_row
from orchestration.sources.sync import import_table
from orchestration.sources.values import BatchReader, read_row
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event
from workforce.organisation.models import ExchangeRate

CELLS = st.one_of(
    st.sampled_from(
        ["", "-", " ", "'-1", "'=x", "' =x", "employee", "Contractor", "2026-02-28", "2026-02-30", "28.02.2026", "DE",
         "Germany", "XX", "38.5", "38,5", "1e5", "-1", "99999", "EUR", "eur", "Welding; welding ;", "a\rb", "a\r\nb",
         "\x07", "enc:x", "hris:C1", "o'Brien", "1", "'", "''", "\t'=x"]
    ),
    st.text(max_size=12),
    st.text("x;", min_size=195, max_size=205),
)  # fmt: skip
MAPPINGS = st.sampled_from(
    [
        Mapping(),
        Mapping(dates=["%Y-%m-%d", "%d.%m.%Y"], decimal=","),
        Mapping(columns={"city": "title"}, values={"kind": {"38.5": "employee"}}, constants={"country": "DE"}),
    ]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), mapping=MAPPINGS)
def test_many_rows_at_a_time_read_as_each_row_alone(data, kind, mapping):
    kind = KINDS[kind]
    names = [*kind.by_name, "unknown"]
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(names), CELLS), max_size=6))
    alone = [read_row(kind, row, mapping) for row in rows]
    reader = BatchReader(kind, mapping)
    for _ in range(2):  # what it has seen changes no answer
        read, errors = reader.read(reader.translate(rows))
        assert [(values, errors.get(place, [])) for place, values in enumerate(read)] == alone


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3), min_size=2, max_size=2),
)
def test_rows_have_one_hash_only_when_they_are_equal(rows):
    hasher = RowHasher(Mapping())
    first, second = map(hasher.hash, rows)
    assert not first or (first == second) == (rows[0] == rows[1])
    assert not first or RowHasher(Mapping(decimal=",")).hash(rows[0]) != first


@given(raw=st.dictionaries(st.sampled_from(["name", "tax_id", "bank_account", "x"]), CELLS))
def test_a_sealed_row_opens_as_it_was_and_shows_nothing_confidential(raw):
    sealer = Sealer(KINDS["contributors"], Mapping())
    sealed = sealer.seal_row(raw)
    assert open_row(sealed) == raw
    assert all(sealed[name].startswith("enc:") for name in ("tax_id", "bank_account") if raw.get(name))


PEOPLE = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from("ABCD"),
        "kind": st.sampled_from(["employee", "contractor", "vendor", "ai_agent", "robot"]),
        "name": st.sampled_from(["Ada", "Bo\nCy", "D\\N\tx", "-", ""]),
        "city": st.sampled_from(["Bern", "Riga", "", "-"]),
        "start_date": st.sampled_from(["2026-01-01", "2026-03-01", "", "-", "soon"]),
        "end_date": st.sampled_from(["2026-02-01", "2099-12-31", "", "-"]),
        "weekly_hours": st.sampled_from(["40", "38.5", "", "-"]),
        "tax_id": st.sampled_from(["T-1", "T1", "", "-"]),
        "manager": st.sampled_from(["A", "B", "C", "hris:D", "", "-"]),
        "location": st.sampled_from(["Yard", "", "-"]),
        "skills": st.sampled_from(["Welding", "welding;Filing", "", "-"]),
    }
)
EMPTY = {"name": "", "city": "", "start_date": None, "end_date": None, "weekly_hours": None, "tax_id": "",
         "manager": None, "location": None, "skills": frozenset()}  # fmt: skip


def expect(state: dict, row: dict) -> None:
    """One row on the state of all, by the words of the format alone; a row that is refused changes nothing."""
    start = row["start_date"]
    old = state.get(row["source_id"], {"kind": None, **EMPTY})
    new = dict(old, kind=row["kind"])
    for name in EMPTY:
        cell = row[name]
        if cell == "-":
            new[name] = EMPTY[name]
        elif cell:
            new[name] = {
                "skills": lambda c: frozenset(c.lower().split(";")),
                "weekly_hours": float,
                "manager": lambda c: c.removeprefix("hris:"),
                "start_date": lambda c: c if c == "soon" else date.fromisoformat(c),
                "end_date": date.fromisoformat,
            }.get(name, str)(cell)
    is_bad = row["kind"] == "robot" or start == "soon" or row["name"] in ("", "-")
    if not is_bad and not (new["start_date"] and new["end_date"] and new["end_date"] < new["start_date"]):
        state[row["source_id"]] = new


def found() -> dict:
    keys = dict(SourceRecord.objects.filter(object_id__isnull=False).values_list("object_id", "key"))
    waits = dict(WaitingReference.objects.values_list("record__key", "target_key"))
    return {
        keys[c.pk]: {
            "kind": c.kind, "name": c.name, "city": c.city, "start_date": c.start_date, "end_date": c.end_date,
            "weekly_hours": c.weekly_hours and float(c.weekly_hours), "tax_id": c.tax_id,
            "manager": waits.get(keys[c.pk]) or keys.get(c.manager_id), "location": c.location and c.location.name,
            "skills": frozenset(s.slug for s in c.skills.all()),
        }
        for c in Contributor.objects.prefetch_related("skills").select_related("location")
    }  # fmt: skip


def replay_of_events() -> dict:
    """Cities and names as the Events alone tell them."""
    told = {}
    for event in Event.objects.order_by("pk"):
        row = told.setdefault(event.subject_id, {"name": "", "city": ""})
        assert {name: row[name] for name in event.before if name in row} == {n: event.before[n] for n in event.before if n in row}  # fmt: skip
        row.update({name: value for name, value in event.after.items() if name in row})
    return told


class TestAnySequence(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(tables=st.lists(st.lists(PEOPLE, max_size=5, unique_by=lambda row: row["source_id"]), max_size=4))
    def test_any_sequence_of_imports_ends_in_the_last_state_of_each_row(self, tables):
        state = {}
        for table in tables:
            report = take(table)
            for row in table:
                expect(state, row)
            assert report.seen == len(table)
            assert report.created + report.updated + report.unchanged + report.rejected == report.seen
        assert found() == state
        cities = {c.pk: {"name": c.name, "city": c.city} for c in Contributor.objects.all()}
        assert replay_of_events() == cities
        assert {c.tax_id_hash for c in Contributor.objects.all()} == {key_hash(r["tax_id"]) for r in state.values()}


def take(table: list[dict], **more):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["source_id", "kind", *EMPTY])
            writer.writeheader()
            writer.writerows(table)
        return import_table(kind="contributors", paths=[path], source="hris", **more)


TABLE = [
    {"source_id": "A", "kind": "employee", "name": "Ada", "manager": "B", "skills": "Welding", "tax_id": "T-1"},
    {"source_id": "B", "kind": "ai_agent", "name": "Bo", "location": "Yard", "manager": "Z"},
    {"source_id": "C", "kind": "robot", "name": "Cy"},
]


def everything() -> list:
    models = (Contributor, SourceRecord, SyncRun, Event, Rejection, WaitingReference)
    return [list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in models]


class Killed(BaseException):
    """As when the process ends at this statement."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [Killed, DatabaseError])
def test_a_run_that_ends_at_any_statement_leaves_nothing_half_done(failure):
    take([dict(TABLE[0], city="Bern")])
    before, contents = everything(), found()
    statement = 0
    while True:
        statement += 1
        passed = 0

        def stop(execute, sql, params, many, context, at=statement):
            nonlocal passed
            passed += 1
            if passed == at:
                raise failure("stopped")
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(stop):
                take(TABLE)
            break
        except failure:
            assert (everything(), found()) == (before, contents), statement
    assert statement > 20
    assert found()["A"]["manager"] == "B"


@pytest.mark.django_db
def test_what_the_database_does_not_take_is_refused_alone(tmp_path):
    path = tmp_path / "rates.csv"
    days = [f"2026-01-{day:02},USD,EUR,{0 if day == 7 else 0.9}" for day in range(1, 20)]
    path.write_text("date,base,quote,rate\n" + "\n".join(days) + "\n")
    for _ in range(2):
        report = import_table(kind="exchange_rates", paths=[path], source="erp")
        assert [(r["row"], r["code"]) for r in report.rejections] == [(8, "not_storable")]
        assert (report.rejected, ExchangeRate.objects.count()) == (1, 18)
    assert report.unchanged == 18


@pytest.mark.django_db
def test_people_of_one_file_may_name_one_another_in_any_order_and_each_is_told_once():
    take([dict(TABLE[0], manager="B"), dict(TABLE[1], manager="A")])
    ada, bo = Contributor.objects.get(name="Ada"), Contributor.objects.get(name="Bo")
    assert (ada.manager, bo.manager) == (bo, ada)
    assert WaitingReference.objects.count() == 0
    assert [e.after["manager"] for e in Event.objects.order_by("pk")] == [bo.pk, ada.pk]


@pytest.mark.django_db
def test_a_late_target_fills_only_what_waited_for_it():
    take([dict(TABLE[0], city="Bern", manager="B")])
    Contributor.objects.update(city="Oslo")  # by hand, since then
    take([TABLE[1]])
    ada = Contributor.objects.get(name="Ada")
    assert (ada.city, ada.manager.name) == ("Oslo", "Bo")


@pytest.mark.django_db
def test_a_change_writes_only_what_differs():
    take([dict(TABLE[0], city="Bern", tax_id="T-1")])
    token = SourceRecord.objects.get().raw["tax_id"]
    Contributor.objects.update(city="Oslo", title="Boss")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tax_id FROM contributors_contributor")
        assert "enc:" + cursor.fetchone()[0] == token  # encrypted once
    take([dict(TABLE[0], city="", tax_id="T-1", location="Yard")])
    ada = Contributor.objects.get()
    assert (ada.city, ada.title, ada.location.name) == ("Oslo", "Boss", "Yard")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tax_id FROM contributors_contributor")
        assert "enc:" + cursor.fetchone()[0] == token


@pytest.mark.django_db
def test_an_object_that_is_gone_is_made_anew_and_not_named_any_more(tmp_path):
    take([dict(TABLE[1], manager="")])
    Contributor.objects.all().delete()
    report = take([dict(TABLE[0], manager="B")])
    assert (report.created, report.waiting) == (1, 1)
    assert take([dict(TABLE[1], manager="", city="Riga")]).created == 1
    assert Contributor.objects.get(name="Ada").manager.name == "Bo"

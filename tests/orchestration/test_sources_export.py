"""Export: what is written imports unchanged, is safe in a spreadsheet, and refuses what it cannot give."""

import csv
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.sources.export import export_table
from orchestration.sources.files import CannotExport, write_rows
from orchestration.sources.identity import resolve_identities
from orchestration.sources.kinds import CONTRIBUTORS, KINDS
from orchestration.sources.mapping import Mapping
from orchestration.sources.sync import import_table
from orchestration.sources.tables import read_table
from orchestration.sources.values import read_row
from tests.orchestration.sources_cast import write_tables
from workforce.ledger.models import Event


@pytest.fixture
def company(db, tmp_path):
    for kind, source, path in write_tables(tmp_path):
        import_table(kind=kind, paths=[path], source=source)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_exported_table_imports_unchanged(company, tmp_path, form):
    events = Event.objects.count()
    for kind in KINDS:
        for source in ("hris", "erp", "lists"):
            path = tmp_path / f"{source}-{kind}-out.{form}"
            count = export_table(kind=kind, path=path, form=form, source=source)
            if count:
                report = import_table(kind=kind, paths=[path], source=source)
                assert (report.rejections, report.unchanged, report.gone) == ([], count, 0), kind
    assert Event.objects.count() == events


def test_rows_that_wait_are_exported_as_they_came(db, tmp_path):
    path = tmp_path / "time.csv"
    path.write_text("source_id,engagement,work_date,hours\nT,erp:G,2026-01-05,8\n")
    import_table(kind="time", paths=[path], source="hris")
    assert export_table(kind="time", path=path) == 1
    assert rows_of(path)[0]["engagement"] == "erp:G"
    report = import_table(kind="time", paths=[path], source="hris")
    assert (report.created, report.updated, report.waiting, report.rejected) == (0, 0, 1, 0)


def test_references_into_another_source_name_it(company, tmp_path):
    export_table(kind="engagements", path=tmp_path / "e.csv")
    assert [r["supplier"] for r in rows_of(tmp_path / "e.csv")] == ["erp:S1", ""]
    assert [r["contributor"] for r in rows_of(tmp_path / "e.csv")] == ["C1", "E1"]


def test_identities_share_an_id_once_resolved(company, tmp_path):
    path = tmp_path / "vms.csv"
    path.write_text("source_id,kind,name,national_id\nX9,contractor,Cyrus Diaz,n3\n")
    import_table(kind="contributors", paths=[path], source="vms")
    resolve_identities()
    export_table(kind="identities", path=tmp_path / "i.csv")
    ids = {(r["source"], r["source_id"]): r["contributor_id"] for r in rows_of(tmp_path / "i.csv")}
    assert ids["vms", "X9"] == ids["hris", "C1"]
    assert len(set(ids.values())) == 5


def test_a_query_and_a_day_narrow_what_is_written(company, tmp_path):
    path = tmp_path / "out.csv"
    assert export_table(kind="contributors", path=path, query='kind = "employee"') == 2
    assert export_table(kind="time", path=path, query='name = "Cy Diaz"') == 2
    assert export_table(kind="identities", path=path, query='kind = "vendor"') == 1
    assert export_table(kind="engagements", path=path, as_of=date(2024, 6, 1)) == 1
    assert export_table(kind="rates", path=path, as_of=date(2026, 6, 1)) == 1


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("payables", {}, "not kept yet"),
        ("people", {}, "is not a table"),
        ("units", {"query": 'kind = "employee"'}, "Leave --q out"),
        ("events", {"as_of": date(2026, 1, 1)}, "Leave --as-of out"),
        ("contributors", {"query": "knd = 1"}, "Did you mean kind"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_words(db, tmp_path, kind, more, words):
    with pytest.raises(CannotExport, match=words):
        export_table(kind=kind, path=tmp_path / "out.csv", **more)


@pytest.mark.parametrize("kind", ["findings", "discrepancies", "capacity", "events"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_lists_are_written_in_every_form(company, tmp_path, kind, form):
    assert export_table(kind=kind, path=tmp_path / f"out.{form}", form=form) == (
        Event.objects.count() if kind == "events" else 0
    )


def test_parquet_keeps_numbers_exact(company, tmp_path):
    export_table(kind="rates", path=tmp_path / "r.parquet", form="parquet")
    assert pq.read_table(tmp_path / "r.parquet")["amount"].to_pylist() == [
        Decimal("80.00000000"),
        Decimal("85.50000000"),
    ]


def test_the_command_says_how_many_rows(company, tmp_path, capsys):
    call_command("export_data", "units", "-o", str(tmp_path / "u.xlsx"), "--json")
    assert json.loads(capsys.readouterr().out) == {"rows": 2, "path": str(tmp_path / "u.xlsx")}
    with pytest.raises(SystemExit) as stopped:
        call_command("export_data", "payables", "-o", str(tmp_path / "p.csv"))
    assert stopped.value.code == 2


def test_text_never_starts_a_formula_and_numbers_stay_numbers(tmp_path):
    rows = [["=1+1", Decimal("-5.50")], ["@SUM(A1)", Decimal("2")]]
    for form in ("csv", "xlsx"):
        write_rows(path=tmp_path / f"f.{form}", form=form, columns=["text", "n"], rows=rows, numbers={"n"})
    assert rows_of(tmp_path / "f.csv") == [{"text": "'=1+1", "n": "-5.50"}, {"text": "'@SUM(A1)", "n": "2"}]
    cells = list(openpyxl.load_workbook(tmp_path / "f.xlsx").active.iter_rows(min_row=2))
    assert [(c[0].value, c[0].data_type, c[1].value) for c in cells] == [("'=1+1", "s", -5.5), ("'@SUM(A1)", "s", 2)]


TEXTS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda t: t not in ("", "-", "'-") and not (len(t) > 1 and t[0] == "'" and t[1] in "=+-@"))
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(["csv", "xlsx"]))
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, texts, form):
    path = tmp_path_factory.getbasetemp() / f"texts.{form}"
    rows = [["1", "employee", text, text] for text in texts]
    write_rows(path=path, form=form, columns=["source_id", "kind", "name", "title"], rows=rows, numbers=set())
    back = [read_row(CONTRIBUTORS, raw, Mapping()) for _, raw, wrong in read_table(path) if not wrong]
    assert [(v["title"], errors) for v, errors in back] == [(text, []) for text in texts]

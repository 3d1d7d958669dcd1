"""Export: what is written imports unchanged, is safe in a spreadsheet, and refuses what it cannot give."""

import csv
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.sources.export import export_table
from orchestration.sources.files import CannotExport, guard_formula, write_rows
from orchestration.sources.golden import settle_golden
from orchestration.sources.identity import merge_contributors, resolve_identities
from orchestration.sources.kinds import CONTRIBUTORS, KINDS
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord
from orchestration.sources.override import override_fact
from orchestration.sources.sync import import_table
from orchestration.sources.tables import read_table
from orchestration.sources.unreadable import UnreadableTable
from orchestration.sources.values import read_row
from tests.orchestration.sources_cast import write_tables
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event


@pytest.fixture
def company(db, tmp_path):
    for kind, source, path in write_tables(tmp_path):
        import_table(kind=kind, paths=[path], source=source)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
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
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(["csv", "xlsx", "parquet"]))
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, texts, form):
    path = tmp_path_factory.getbasetemp() / f"texts.{form}"
    rows = [["1", "employee", text, text] for text in texts]
    write_rows(path=path, form=form, columns=["source_id", "kind", "name", "title"], rows=rows, numbers=set())
    back = [read_row(CONTRIBUTORS, raw, Mapping()) for _, raw, wrong in read_table(path) if not wrong]
    assert [(v["title"], errors) for v, errors in back] == [(text, []) for text in texts]


def test_a_merged_cluster_is_exported_as_each_source_says_and_imports_unchanged(company, tmp_path, hr):
    path = tmp_path / "vms.csv"
    path.write_text("source_id,kind,name,phone,skills,location\nX9,contractor,Cyrus Diaz,+49 30 1,Tides,Kiel\n")
    import_table(kind="contributors", paths=[path], source="vms")
    cy, cyrus = (SourceRecord.objects.get(kind="contributors", key=key).object_id for key in ("C1", "X9"))
    merge_contributors(
        kept=Contributor.objects.get(pk=cy), merged=Contributor.objects.get(pk=cyrus), by=hr, reason="same"
    )
    settle_golden([cy])
    day = timezone.now().date()
    override_fact(
        contributor=Contributor.objects.get(pk=cy), column="title", text="Lead", reason="so", until=day, by=hr
    )
    assert Contributor.objects.get(pk=cy).phone == "+49 30 1"
    events, shown = Event.objects.count(), list(Contributor.objects.order_by("pk").values())
    for source, count in (("hris", 4), ("vms", 1)):
        for form in ("csv", "xlsx", "parquet"):
            path = tmp_path / f"{source}.{form}"
            assert export_table(kind="contributors", path=path, form=form, source=source) == count
            report = import_table(kind="contributors", paths=[path], source=source)
            assert (report.rejections, report.unchanged) == ([], count)
    export_table(kind="contributors", path=tmp_path / "hris.csv", source="hris")
    (row,) = [row for row in rows_of(tmp_path / "hris.csv") if row["source_id"] == "C1"]
    assert (row["phone"], row["title"], row["skills"]) == ("", "", "")
    assert (Event.objects.count(), list(Contributor.objects.order_by("pk").values())) == (events, shown)


def test_an_export_as_of_a_day_holds_the_facts_of_that_day(company, tmp_path):
    day, path = date(2026, 3, 31), tmp_path / "then.csv"
    Contributor.objects.filter(name="Bo Chen").update(title="Foreman")
    Contributor.objects.get(name="Bo Chen").skills.clear()
    export_table(kind="contributors", path=path, source="hris", as_of=day)
    (row,) = [row for row in rows_of(path) if row["source_id"] == "E2"]
    assert (row["title"], row["skills"]) == ("", "Welding")
    report = import_table(kind="contributors", paths=[path], source="hris")
    assert (report.rejections, report.rejected) == ([], 0)
    assert Contributor.objects.get(name="Bo Chen").skills.get().name == "Welding"


ROWS = {
    "units": {"name": TEXTS, "cost_centre": TEXTS, "country": st.sampled_from(["DE", "FR", ""]), "parent": st.sampled_from(["", "u0"])},
    "contributors": {
        "kind": st.sampled_from(["employee", "contractor", "vendor", "ai_agent"]), "name": TEXTS, "phone": TEXTS,
        "title": TEXTS, "street": TEXTS, "national_id": TEXTS, "unit": st.sampled_from(["", "u0", "u1"]), "location": TEXTS,
        "manager": st.sampled_from(["", "c0", "late"]), "birth_date": st.dates().map(str),
        "weekly_hours": st.decimals(0, 99, places=2).map(str), "skills": st.sampled_from(["", "Åkern; b", "=x", "A;a ;+1"]),
        "status": st.sampled_from(["", "planned", "left"]),
    },
    "engagements": {
        "contributor": st.sampled_from(["c0", "c1"]), "unit": st.sampled_from(["u0", "u1"]), "basis": st.just("hourly"),
        "start_date": st.dates().map(str), "title": TEXTS, "purchase_order": TEXTS, "owner": st.sampled_from(["", "c0"]),
    },
    "time": {
        "engagement": st.sampled_from(["e0", "e1", "other:e9"]), "work_date": st.dates().map(str),
        "hours": st.decimals(0, 24, places=2).map(str), "status": st.sampled_from(["", "approved", "rejected"]),
    },
    "requests": {
        "unit": st.just("u0"), "title": TEXTS, "skills": st.just("A"), "weekly_hours": st.just("10"), "budget": st.decimals(0, 10**9, places=2).map(str),
        "start_date": st.just("2026-01-01"), "end_date": st.just("2026-01-02"), "headcount": st.integers(1, 99).map(str),
    },
    "watchlist": {"name": TEXTS, "aliases": TEXTS, "list": TEXTS},
}  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from(["csv", "xlsx", "parquet"]))
def test_any_company_is_the_same_after_export_and_import(db, tmp_path, data, form):
    with transaction.atomic():
        for kind, cells in ROWS.items():
            drawn = data.draw(st.lists(st.fixed_dictionaries(cells), min_size=2, max_size=3), label=kind)
            with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, ["source_id", *cells])
                writer.writeheader()
                # Text that begins like a formula is written with a quote, as an export writes it.
                writer.writerows(
                    {"source_id": f"{kind[0]}{n}"} | {k: guard_formula(v) for k, v in row.items()}
                    for n, row in enumerate(drawn)
                )
            assert import_table(kind=kind, paths=[tmp_path / "in.csv"], source="s").rejections == []
        before = {kind: list(apps.get_model(KINDS[kind].model).objects.order_by("pk").values()) for kind in ROWS}
        for kind in ROWS:
            path = tmp_path / f"out.{form}"
            count = export_table(kind=kind, path=path, form=form)
            report = import_table(kind=kind, paths=[path], source="s")
            assert (report.rejections, report.updated, report.created, report.gone) == ([], 0, 0, 0), kind
            assert count == SourceRecord.objects.filter(kind=kind).count()
        assert before == {
            kind: list(apps.get_model(KINDS[kind].model).objects.order_by("pk").values()) for kind in ROWS
        }
        transaction.set_rollback(True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(0, 3000))
def test_a_damaged_parquet_file_is_refused_with_words(tmp_path, junk, place):
    path = tmp_path / "junk.parquet"
    write_rows(path=path, form="parquet", columns=["a", "b"], rows=[["x", "y"]] * 9, numbers=set())
    whole = path.read_bytes()
    path.write_bytes(b"PAR1" + whole[4:place] + junk + whole[place:])
    try:
        read = [raw for _, raw, _ in read_table(path)]
    except UnreadableTable as refusal:
        read = [str(refusal)]
    assert all(isinstance(raw, dict) or "junk.parquet" in raw for raw in read)

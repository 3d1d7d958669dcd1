"""Import: what is created, what is refused, and that order and repetition change nothing."""

import random
from pathlib import Path

import pytest
from django.apps import apps

from orchestration.invoices.models import Invoice, InvoiceLine
from orchestration.sources.kinds import KINDS
from orchestration.sources.models import SourceRecord, SyncRun, WaitingReference
from orchestration.sources.sync import import_table
from tests.orchestration.sources_cast import write_tables
from workforce.contributors.models import Contributor
from workforce.engagements.models import Rate
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def take(text, kind="contributors", source="hris", folder=None, **more):
    path = Path(folder) / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_table(kind=kind, paths=[path], source=source, **more)


def content() -> dict:
    """Everything imported, with ids replaced by what they stand for."""
    names = {(r.kind, r.object_id): f"{r.source.name}:{r.key}" for r in SourceRecord.objects.select_related("source")}
    told = {}
    for kind in KINDS.values():
        rows = []
        model = apps.get_model(kind.model)
        for record in SourceRecord.objects.filter(kind=kind.name).select_related("source"):
            instance = model.objects.get(pk=record.object_id)
            row = {"record": str(record)}
            for column in kind.columns:
                if column.name == "source_id" or not hasattr(instance, column.attribute):
                    continue
                if column.type == "skills":
                    row["skills"] = sorted(s.name for s in instance.skills.all())
                elif column.type == "reference":
                    row[column.name] = names.get((column.target, getattr(instance, column.attribute + "_id")))
                else:
                    row[column.name] = str(getattr(instance, column.attribute))
            rows.append(row)
        told[kind.name] = sorted(rows, key=lambda r: r["record"])
    return told


def test_every_kind_is_taken_and_nothing_waits(tmp_path):
    for kind, source, path in write_tables(tmp_path):
        report = import_table(kind=kind, paths=[path], source=source)
        assert report.rejections == [], kind
    assert WaitingReference.objects.count() == 0
    assert not SourceRecord.objects.filter(object_id=None).exists()
    cy = Contributor.objects.get(name="Cy Diaz")
    assert (cy.supplier.name, cy.manager.name, cy.unit.name, str(cy.weekly_hours)) == (
        "Tank GmbH",
        "Ada Berg",
        "Team",
        "38.50",
    )
    assert cy.unit.parent.manager.name == "Ada Berg"
    assert sorted(s.slug for s in Contributor.objects.get(name="Ada Berg").skills.all()) == [
        "heat treatment",
        "welding",
    ]
    assert Rate.objects.count() == 2
    first, second = Invoice.objects.order_by("issue_date")
    assert (first.type_code, str(first.payable), second.type_code) == ("380", "1636.55", "381")
    assert InvoiceLine.objects.count() == 3


def test_the_same_files_again_change_nothing(tmp_path):
    files = write_tables(tmp_path)
    for kind, source, path in files:
        import_table(kind=kind, paths=[path], source=source)
    before, events = content(), Event.objects.count()
    for kind, source, path in files:
        report = import_table(kind=kind, paths=[path], source=source)
        assert (report.created, report.updated, report.rejected, report.unchanged) == (0, 0, 0, report.seen)
        assert report.gone == 0
    assert content() == before
    assert Event.objects.count() == events


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_files_in_any_order_give_the_same_content(tmp_path, seed):
    files = write_tables(tmp_path)
    random.Random(seed).shuffle(files)
    for kind, source, path in files:
        import_table(kind=kind, paths=[path], source=source)
    assert WaitingReference.objects.count() == 0
    found = content()
    for kind, source, path in sorted(files):
        assert import_table(kind=kind, paths=[path], source=source).updated == 0
    assert found["contributors"][0]["record"] == "erp:S1"
    assert found["engagements"][0] == {
        "record": "hris:G1", "contributor": "hris:C1", "unit": "hris:U2", "basis": "hourly", "start_date": "2025-01-01",
        "end_date": "2026-12-31", "supplier": "erp:S1", "title": "", "purchase_order": "PO-1", "weekly_hours": "None",
        "owner": "hris:E1",
    }  # fmt: skip
    assert found["contributors"] == sorted(found["contributors"], key=lambda r: r["record"])
    assert [r["manager"] for r in found["units"]] == ["hris:E1", None]
    assert len(found["time"]) == 2
    assert len(found["rates"]) == 2


def test_a_bad_row_is_refused_by_cell_and_the_rest_goes_on(tmp_path):
    report = take(
        "source_id,kind,name,start_date,end_date,country,weekly_hours\n"
        "1,employee,Ada,2026-01-01,,DE,40\n"
        "2,emploee,Bo,2026-02-30,,XX,-1\n"
        "1,employee,Again,,,,\n"
        "4,employee,,,,,\n"
        "5,employee,Cy,2026-02-01,2026-01-31,,many\n",
        folder=tmp_path,
    )
    assert [(r["row"], r["column"], r["code"]) for r in report.rejections] == [
        (3, "kind", "bad_choice"), (3, "country", "bad_country"), (3, "start_date", "bad_date"),
        (3, "weekly_hours", "negative"), (4, "source_id", "duplicate_row"), (5, "name", "missing"),
        (6, "weekly_hours", "bad_number"), (6, "end_date", "ends_before_start"),
    ]  # fmt: skip
    assert (report.seen, report.created, report.rejected) == (5, 1, 4)
    assert SyncRun.objects.get().rejected == 4


def test_an_empty_cell_leaves_and_a_dash_clears(tmp_path):
    take("source_id,kind,name,city,title\n1,employee,Ada,Berlin,Welder\n", folder=tmp_path)
    report = take("source_id,kind,name,city,title\n1,employee,Ada,,-\n", folder=tmp_path)
    ada = Contributor.objects.get()
    assert (ada.city, ada.title, report.updated) == ("Berlin", "", 1)
    event = Event.objects.latest("id")
    assert (event.before, event.after) == ({"title": "Welder"}, {"title": ""})


def test_a_dry_run_reports_the_same_and_keeps_nothing(tmp_path):
    text = "source_id,kind,name\n1,employee,Ada\n2,robot,Bo\n"
    tried = take(text, folder=tmp_path, dry_run=True)
    assert (Contributor.objects.count(), SyncRun.objects.count(), Event.objects.count()) == (0, 0, 0)
    done = take(text, folder=tmp_path)
    assert (tried.created, tried.rejections) == (done.created, done.rejections)


def test_a_chain_of_waiting_rows_resolves_in_whichever_run_brings_its_end(tmp_path):
    assert take("source_id,engagement,work_date,hours\nT,G,2026-01-05,8\n", "time", folder=tmp_path).waiting == 1
    take("source_id,contributor,unit,basis,start_date\nG,C,U,hourly,2026-01-01\n", "engagements", folder=tmp_path)
    take("source_id,kind,name\nC,contractor,Cy\n", folder=tmp_path)
    assert WaitingReference.objects.count() == 2
    take("source_id,name\nU,Team\n", "units", folder=tmp_path)
    assert WaitingReference.objects.count() == 0
    assert SourceRecord.objects.get(kind="time").object_id


def test_a_rejected_row_is_not_gone_and_is_rejected_again(tmp_path):
    take("source_id,kind,name,start_date\n1,employee,Ada,2026-03-01\n2,employee,Bo,\n", folder=tmp_path)
    bad = "source_id,kind,name,end_date\n1,employee,Ada,2026-01-01\n2,employe,Bo,\n"
    for _ in range(2):
        report = take(bad, folder=tmp_path)
        assert (report.rejected, report.gone, report.updated) == (2, 0, 0)
    assert Contributor.objects.get(name="Ada").end_date is None


def test_a_stored_invoice_is_never_rewritten(tmp_path):
    head = "supplier,invoice_number,issue_date,currency,line,quantity,per,unit_price,net_amount\n"
    take(head + "S,1,2026-01-01,EUR,1,1,hour,10,10\n", "invoices", folder=tmp_path)
    for _ in range(2):
        report = take(head + "S,1,2026-01-01,EUR,1,2,hour,10,20\n", "invoices", folder=tmp_path)
        assert [r["code"] for r in report.rejections] == ["invoice_changed"]
    assert str(InvoiceLine.objects.get().net_amount) == "10.00"


def test_last_sight_moves_for_rows_that_came_and_stays_for_the_gone(tmp_path):
    take("source_id,kind,name\n1,employee,Ada\n2,employee,Bo\n", folder=tmp_path)
    report = take("source_id,kind,name\n1,employee,Ada\n3,employee,Cy\n", folder=tmp_path)
    assert (report.gone, report.unchanged, report.created) == (1, 1, 1)
    last = SyncRun.objects.latest("id").started_at
    seen = dict(SourceRecord.objects.values_list("key", "last_seen_at"))
    assert seen["1"] == seen["3"] == last > seen["2"]


def test_several_files_are_one_set(tmp_path):
    (tmp_path / "a.csv").write_text("source_id,kind,name\n1,employee,Ada\n")
    (tmp_path / "b.csv").write_text("source_id,kind,name\n2,employee,Bo\n")
    both = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert import_table(kind="contributors", paths=both, source="hris").created == 2
    report = import_table(kind="contributors", paths=both, source="hris")
    assert (report.unchanged, report.gone) == (2, 0)


def test_a_default_and_its_word_and_a_source_prefix_name_the_same_row(tmp_path):
    head = "engagement,valid_from,category,per,amount,currency\n"
    take(head + "G,2026-01-01,,,80,EUR\n", "rates", folder=tmp_path)
    report = take(head + "hris:G,2026-01-01,standard,hour,80,EUR\n", "rates", folder=tmp_path)
    assert (report.created, report.gone, SourceRecord.objects.count()) == (0, 0, 1)


def test_rows_of_two_sources_may_wait_for_the_same_target(tmp_path):
    head = "source_id,contributor,start_date,end_date,hours_per_day\n"
    take(head + "B,hris:E,2026-01-05,2026-01-06,8\n", "absences", source="vms", folder=tmp_path)
    take(head + "D,E,2026-01-07,2026-01-08,8\n", "absences", folder=tmp_path)
    take("source_id,kind,name\nE,employee,Ada\n", folder=tmp_path)
    assert WaitingReference.objects.count() == 0
    assert SourceRecord.objects.filter(kind="absences", object_id__isnull=False).count() == 2

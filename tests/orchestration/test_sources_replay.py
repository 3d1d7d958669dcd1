"""A new mapping over rows that are stored, and the guard against a file that would end too many."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from orchestration.sources.guard import TooManyEnded
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord, SyncRun
from orchestration.sources.replay import replay_records
from orchestration.sources.sync import import_table
from orchestration.sources.tables import UnreadableTable
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def take(folder: Path, text: str, **more):
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return import_table(**{"kind": "contributors", "paths": [path], "source": "hris", **more})


def test_a_new_mapping_reads_the_stored_rows_anew_and_tries_the_refused_ones_again(tmp_path):
    text = (
        "source_id,kind,Person,Tax,city\n1,employee,Ada,T-100001,Bern\n2,worker,Bo,T-100002,Riga\n3,employee,Cy,,Oslo\n"
    )
    first = Mapping(columns={"Person": "name"})
    assert take(tmp_path, text, mapping=first).rejected == 1
    seen = dict(SourceRecord.objects.values_list("key", "last_seen_at"))
    better = Mapping(columns={"Person": "name", "Tax": "tax_id"}, values={"kind": {"worker": "contractor"}})
    report = replay_records(source="hris", kind="contributors", mapping=better)
    assert (report.seen, report.created, report.updated, report.unchanged, report.rejected) == (3, 1, 1, 1, 0)
    assert {c.name: (c.kind, c.tax_id, c.city) for c in Contributor.objects.all()} == {
        "Ada": ("employee", "T-100001", "Bern"),
        "Bo": ("contractor", "T-100002", "Riga"),
        "Cy": ("employee", "", "Oslo"),
    }
    event = Event.objects.get(subject_label="Ada", action="contributor.updated")
    assert (event.before, event.after) == ({"tax_id": ""}, {"tax_id": "••••0001"})
    assert seen.items() <= dict(SourceRecord.objects.values_list("key", "last_seen_at")).items()
    again = replay_records(source="hris", kind="contributors")
    assert (again.unchanged, again.created, again.updated) == (3, 0, 0)
    assert take(tmp_path, text, mapping=better).unchanged == 3


def test_a_refused_row_that_is_good_now_counts_before_the_older_one_and_repeats_stay_refused(tmp_path):
    take(tmp_path, "source_id,kind,name,birth_date\n1,employee,Ada,1980-01-02\n")
    later = "source_id,kind,name,birth_date\n1,employee,Ada Berg,02/01/1980\n2,employee,Bo,\n2,employee,Twice,\n"
    assert take(tmp_path, later).rejected == 2
    both = Mapping(dates=["%Y-%m-%d", "%d/%m/%Y"])
    report = replay_records(source="hris", kind="contributors", mapping=both)
    assert (report.seen, report.updated, report.rejected) == (3, 1, 1)
    assert [r["code"] for r in report.rejections] == ["duplicate_row"]
    assert sorted(Contributor.objects.values_list("name", flat=True)) == ["Ada Berg", "Bo"]


def test_what_was_not_kept_as_it_came_is_refused_again(tmp_path):
    (tmp_path / "table.csv").write_bytes(b"source_id,kind,name\n1,employee,A\x00da\n2,employee,Bo,x,y\n")
    import_table(kind="contributors", paths=[tmp_path / "table.csv"], source="hris")
    report = replay_records(source="hris", kind="contributors")
    assert [r["code"] for r in report.rejections] == ["bad_text", "malformed"]
    assert Contributor.objects.count() == 0


def test_a_cell_that_looks_encrypted_comes_back_as_it_was(tmp_path):
    take(tmp_path, "source_id,kind,name,city\n1,employee,Ada,enc:ada\n")
    assert replay_records(source="hris", kind="contributors", mapping=Mapping(constants={"country": "DE"})).updated == 1
    ada = Contributor.objects.get()
    assert (ada.city, ada.country) == ("enc:ada", "DE")


def test_nothing_stored_is_said(tmp_path):
    with pytest.raises(UnreadableTable, match=r"No contributors of hris are stored"):
        replay_records(source="hris", kind="contributors")


def test_the_command_replays(tmp_path, capsys):
    take(tmp_path, "source_id,kind,name,Ort\n1,employee,Ada,Bern\n")
    (tmp_path / "m.json").write_text(json.dumps({"columns": {"Ort": "city"}}))
    with pytest.raises(SystemExit) as done:
        call_command(
            "import_data", "contributors", source="hris", replay=True, mapping=str(tmp_path / "m.json"), json=True
        )
    assert done.value.code == 0
    assert json.loads(capsys.readouterr().out)["updated"] == 1
    assert Contributor.objects.get().city == "Bern"
    with pytest.raises(SystemExit) as stopped:
        call_command("import_data", "contributors", source="hris")
    assert stopped.value.code == 2


HEAD = "source_id,kind,name,end_date,status\n"


def staff(count: int, leaving: int = 0, end="", status="left") -> str:
    rows = (
        f"{n},employee,P{n},{end if n < leaving else ''},{status if n < leaving else 'active'}" for n in range(count)
    )
    return HEAD + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("count", "leaving", "is_stopped"),
    [(60, 7, True), (60, 6, False), (60, 5, False), (20, 4, False), (20, 5, True), (5, 5, True)],
)
def test_a_run_that_would_end_more_than_a_tenth_and_five_or_more_stops_and_changes_nothing(
    tmp_path, count, leaving, is_stopped
):
    take(tmp_path, staff(count))
    before = (SyncRun.objects.count(), Event.objects.count())
    if not is_stopped:
        assert take(tmp_path, staff(count, leaving)).updated == leaving
        return
    with pytest.raises(TooManyEnded) as stopped:
        take(tmp_path, staff(count, leaving))
    assert (stopped.value.ended, stopped.value.active) == (leaving, count)
    assert (SyncRun.objects.count(), Event.objects.count()) == before
    assert Contributor.objects.filter(status="active").count() == count
    assert take(tmp_path, staff(count, leaving), allow_ending=True).ended == leaving
    assert Contributor.objects.filter(status="left").count() == leaving


def test_a_last_day_that_is_over_ends_and_one_to_come_does_not(tmp_path):
    today = timezone.localdate()
    take(tmp_path, staff(20))
    take(tmp_path, staff(20, 10, end=(today + timedelta(1)).isoformat(), status="active"))
    with pytest.raises(TooManyEnded, match=r"end 10 of the 20 active contributors of hris, more than 10%"):
        take(tmp_path, staff(20, 10, end=today.isoformat(), status="active"))


def test_those_who_had_left_before_and_those_who_come_as_left_are_no_ending(tmp_path):
    take(tmp_path, staff(20, 8))
    assert take(tmp_path, staff(40, 8).replace("P1\n", "P1b\n")).ended == 0


def test_a_dry_run_tells_how_many_would_end_and_stops_for_nothing(tmp_path):
    take(tmp_path, staff(20))
    assert take(tmp_path, staff(20, 10), dry_run=True).ended == 10


def test_the_command_asks_and_goes_on_when_told(tmp_path, capsys):
    take(tmp_path, staff(20))
    (tmp_path / "left.csv").write_text(staff(20, 10))
    with pytest.raises(SystemExit) as stopped:
        call_command("import_data", "contributors", str(tmp_path / "left.csv"), source="hris", json=True)
    told = capsys.readouterr()
    assert (stopped.value.code, told.out) == (2, "")
    assert "would end 10 of the 20 active contributors" in told.err
    assert "--allow-ending" in told.err
    with pytest.raises(SystemExit) as done:
        call_command(
            "import_data", "contributors", str(tmp_path / "left.csv"), source="hris", json=True, allow_ending=True
        )
    assert done.value.code == 0
    assert json.loads(capsys.readouterr().out)["updated"] == 10

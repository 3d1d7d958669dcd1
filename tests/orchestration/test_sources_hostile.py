"""Files that are broken or meant to harm: each refusal says what, where and how to mend, and nothing else is lost."""

import json
import zipfile

import openpyxl
import pytest
from django.core.management import call_command

from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord, SyncRun
from orchestration.sources.sync import import_table
from orchestration.sources.tables import UnreadableTable
from workforce.contributors.models import Contributor

pytestmark = pytest.mark.django_db
HEAD = "source_id,kind,name,national_id\n"
GOOD = HEAD + "1,employee,Zoë,N-7\n"


def take(folder, content, name="table.csv", **more):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_table(kind="contributors", paths=[path], source="hris", **more)


@pytest.mark.parametrize(
    "content", [GOOD.encode("utf-8-sig"), GOOD.encode("utf-16"), GOOD.replace(",", ";"), GOOD.replace(",", "\t"),
                GOOD.replace("\n", "\r\n"), HEAD + '1,employee,"Zoë",N-7'],
    ids=["bom", "utf-16", "semicolon", "tab", "crlf", "no last newline"],
)  # fmt: skip
def test_the_usual_forms_of_csv_are_found_by_themselves(tmp_path, content):
    assert take(tmp_path, content).rejections == []
    assert Contributor.objects.get().name == "Zoë"


def test_another_encoding_is_refused_with_its_place_and_taken_when_named(tmp_path):
    with pytest.raises(UnreadableTable, match="row 2, byte 14: this is not UTF-8 text"):
        take(tmp_path, GOOD.encode("cp1252"))
    assert take(tmp_path, GOOD.encode("cp1252"), mapping=Mapping(encoding="cp1252")).created == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n1,2\n", "first row is empty"),
        ("a,b,a\n", "'a' stands twice"),
        (",".join(map(str, range(1_000_000))), "1,000,000 columns"),
        (b"a\x00b,c\n1,2\n", "NUL"),
    ],
    ids=["empty", "no header", "twice", "a million columns", "binary"],
)
def test_a_file_without_a_usable_header_is_refused_and_keeps_nothing(tmp_path, content, words):
    with pytest.raises(UnreadableTable, match=words):
        take(tmp_path, content)
    assert SyncRun.objects.count() == 0


def test_a_header_alone_is_an_empty_table(tmp_path):
    report = take(tmp_path, HEAD)
    assert (report.seen, report.created, report.rejected) == (0, 0, 0)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2,employee,A\x00B,", "bad_text"),
        ("2,employee,A\x07B,", "bad_text"),
        ("2,employee,A,x,y,z,too,many", "malformed"),
        (f"2,employee,{'x' * 30_000},", "too_long"),
        (f"2,employee,{'x' * 300_000},", "malformed"),
        (f"2,employee,{'x' * 300},", "too_long"),
    ],
    ids=["nul", "bell", "more cells", "huge", "vast", "long"],
)
def test_a_hostile_row_is_refused_alone(tmp_path, row, code):
    report = take(tmp_path, GOOD + row + "\n3,employee,Last,\n")
    assert (report.created, [r["code"] for r in report.rejections]) == (2, [code])
    assert report.rejections[0]["row"] == 3


def test_a_formula_in_a_workbook_is_refused_and_the_rest_goes_on(tmp_path):
    book = openpyxl.Workbook()
    for row in (["source_id", "kind", "name"], [1, "employee", "Ada"], [2, "employee", '=HYPERLINK("x")']):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    report = import_table(kind="contributors", paths=[tmp_path / "t.xlsx"], source="hris")
    assert (report.created, report.rejections[0]["row"], report.rejections[0]["code"]) == (1, 3, "formula")
    assert "C3" in report.rejections[0]["message"]


def test_a_zip_bomb_a_truncated_and_a_false_workbook_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(UnreadableTable, match="unpacks to 50,000,000 bytes"):
        import_table(kind="contributors", paths=[tmp_path / "bomb.xlsx"], source="hris")
    openpyxl.Workbook().save(tmp_path / "whole.xlsx")
    with pytest.raises(UnreadableTable, match="damaged"):
        take(tmp_path, (tmp_path / "whole.xlsx").read_bytes()[:2000], "cut.xlsx")
    with pytest.raises(UnreadableTable, match="not an XLSX workbook"):
        take(tmp_path, GOOD, "false.xlsx")


def test_confidential_cells_never_stand_in_plain_text(tmp_path):
    take(tmp_path, GOOD + "2,employe,Bo,SECRET-99\n")
    assert "N-7" not in json.dumps(SourceRecord.objects.get().raw)
    rejection = SyncRun.objects.get().rejections.get()
    assert "SECRET" not in json.dumps(rejection.raw) + rejection.value


def test_unknown_columns_are_kept_and_named(tmp_path):
    report = take(tmp_path, "source_id,kind,name,shoe size\n1,employee,Ada,44\n")
    assert report.unknown_columns == ["shoe size"]
    assert SourceRecord.objects.get().raw["shoe size"] == "44"


def test_a_mapping_translates_columns_words_dates_and_numbers(tmp_path):
    mapping = Mapping(
        columns={"Nr": "source_id", "Art": "kind", "Name": "name", "Seit": "start_date", "Std": "weekly_hours"},
        values={"kind": {"FTE": "employee"}}, constants={"country": "DE"}, dates="%d.%m.%Y", decimal=",",
    )  # fmt: skip
    assert take(tmp_path, "Nr;Art;Name;Seit;Std\n1;FTE;Ada;31.03.2026;38,5\n", mapping=mapping).rejections == []
    ada = Contributor.objects.get()
    assert (ada.kind, ada.country, str(ada.start_date), str(ada.weekly_hours)) == (
        "employee",
        "DE",
        "2026-03-31",
        "38.50",
    )


@pytest.mark.parametrize(
    ("kind", "source", "mapping", "words"),
    [
        ("people", "hris", None, "is not a kind"),
        ("units", "a:b", None, "cannot name a source"),
        ("units", "hris", '{"columns": []}', "cannot be used"),
        ("units", "hris", '{"nonsense": 1}', "cannot be used"),
        ("units", "hris", "{", "cannot be used"),
    ],
)
def test_the_command_that_cannot_run_says_why_and_ends_with_two(tmp_path, capsys, kind, source, mapping, words):
    (tmp_path / "t.csv").write_text("source_id,name\nU,Team\n")
    (tmp_path / "m.json").write_text(mapping or "{}")
    with pytest.raises(SystemExit) as stopped:
        call_command(
            "import_data", kind, str(tmp_path / "t.csv"), source=source, mapping=str(tmp_path / "m.json"), json=True
        )
    assert stopped.value.code == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""


def test_the_command_prints_one_json_object_and_ends_with_one_on_rejections(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("source_id,name\nU,Team\nV,\n")
    with pytest.raises(SystemExit) as stopped:
        call_command("import_data", "units", str(tmp_path / "t.csv"), source="hris", json=True)
    assert stopped.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "kind", "source", "seen", "created", "updated", "unchanged", "gone", "rejected", "waiting", "seconds", "rejections",
    ]  # fmt: skip
    assert told["rejections"] == [
        {"row": 3, "column": "name", "value": "", "code": "missing", "message": "name is required. Fill it in."}
    ]

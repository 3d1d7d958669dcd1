"""A file is received, recognised, tried, taken, mended; nothing of it is lost and nothing is asked twice."""

import csv
import gzip
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from orchestration.sources.deliver import begin, next_table, obstacles, receive_file, release_broken_off, take_delivery
from orchestration.sources.errors import write_error_file
from orchestration.sources.find import find_again
from orchestration.sources.forms import as_one_dump
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Delivery, SavedMapping, Source, SourceRecord, SyncRun
from orchestration.sources.sync import import_table
from orchestration.sources.tasks import take_file
from orchestration.sources.unreadable import UnreadableTable
from tests import cast
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement, Rate, RateCard
from workforce.organisation.models import Unit
from workforce.timesheets.models import TimeEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    options = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": options}


def receive(content, name="table.csv", source="hris", **more) -> Delivery:
    content = content.encode() if isinstance(content, str) else content
    return receive_file(file=ContentFile(content, name), name=name, source=source, **more)


def take(content, name="table.csv", source="hris", **more) -> Delivery:
    one = receive(content, name, source, **more)
    assert obstacles(one) == []
    return take_delivery(one, dry_run=False)


def workbook(sheets: dict[str, list[list]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def counts(one: Delivery) -> tuple:
    return tuple(one.report[name] for name in ("seen", "created", "updated", "unchanged", "rejected", "waiting"))


BOB = "Employee #,First Name,Last Name,Job Title,Department,Division,Location,Status,Hire Date,Work Email,Reports To,Reports To Email\n"


def test_a_known_export_goes_in_as_it_is_and_its_manager_is_found_by_mail():
    one = take(BOB + "7,Ada,Stern,Lead,Yard,North,Kiel,Active,15-03-2021,ada@harbour.example,,\n"
                     "8,Bo,Moor,Welder,Yard,North,Kiel,Inactive,03-04-2022,bo@harbour.example,Ada Stern,ada@harbour.example\n")  # fmt: skip
    assert (one.state, one.preset, counts(one)[:2]) == ("taken", "BambooHR: Employee list", (2, 2))
    bo = Contributor.objects.get(email="bo@harbour.example")
    assert (bo.kind, bo.status, str(bo.start_date), bo.manager.name) == ("employee", "left", "2022-04-03", "Ada Stern")


def test_departments_that_are_only_named_are_added_when_a_person_says_so(organisation, hr, client):
    one = take(BOB + "7,Nora,Lind,Lead,Yard,,,Active,15-03-2021,nora@harbour.example,,\n", by=hr)
    assert (one.report["created"], one.report["waiting"]) == (1, 1)
    client.force_login(hr)
    page = client.get(f"/sources/deliveries/{one.pk}/").content.decode()
    assert "Rows name 1 unit that nobody has described: Yard" in page
    client.post(f"/sources/deliveries/{one.pk}/units/")
    assert Contributor.objects.get(name="Nora Lind").unit.name == "Yard"
    assert "nobody has described" not in client.get(f"/sources/deliveries/{one.pk}/").content.decode()


def test_titles_above_and_totals_below_a_report_are_not_people():
    one = take(
        "Worker Report - as of 09/01/2026\n\nEmployee ID,Worker,Business Title,Cost Center,Hire Date,Active Status\n"
        '21,"Stern, Ada (21)",Lead,CC1,03/15/2021,Yes\n22,"Moor, Bo (22)",Welder,CC1,04/02/2019,No\nTotal,,,,,2\n'
    )
    assert counts(one)[:2] == (2, 2)
    assert sorted(Contributor.objects.values_list("name", "status")) == [("Ada Stern", "active"), ("Bo Moor", "left")]


def test_of_a_worker_with_a_line_for_each_rate_the_first_counts_and_the_same_file_gives_rates_too():
    head = ("Worker ID,First Name,Last Name,Worker Email,Status,Start Date,End Date,Work Order ID,Vendor Number,"
            "Vendor Name,Business Unit Code,Rate Category /UOM,Bill Rate,Currency\n")  # fmt: skip
    rows = "".join(f"W1,Cyd,Moor,cyd@tide.example,Active,2026-01-05,2026-12-31,WO1,V9,Tide,U1,{category},{rate},EUR\n"
                   for category, rate in (("ST /Hr", "80.00"), ("OT /Hr", "120.00")))  # fmt: skip
    one = take(head + rows, source="vms")
    assert (one.kind, counts(one)[:2]) == ("contributors", (1, 1))
    rates = receive(head + rows, source="vms", kind="rates")
    assert (rates.kind, rates.mapping["values"]["category"]["OT /Hr"]) == ("rates", "overtime")


def test_time_without_ids_finds_the_person_s_engagement_and_a_second_export_adds_nothing(organisation):
    know_the_cast(organisation)
    head = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
    rows = ("Cyd Moor,cyd@tide.example,Harbour,Berth 4,,Welding,Yes,2026-10-05,08:00:00,2026-10-05,15:30:00,07:30:00,\n" * 2
            + "Stranger,who@else.example,Harbour,Berth 4,,Welding,Yes,2026-10-05,08:00:00,2026-10-05,09:00:00,01:00:00,\n")  # fmt: skip
    one = take(head + rows, source="toggl")
    assert (one.preset, counts(one)) == ("Toggl Track: Detailed report", (3, 2, 0, 0, 0, 1))
    assert "who@else.example" in one.report["unresolved"][0]["names"]
    hours = TimeEntry.objects.filter(engagement=organisation.engagement, work_date="2026-10-05")
    assert [str(entry.hours) for entry in hours] == ["7.50", "7.50"]
    assert counts(take(head + rows, source="toggl"))[1:4] == (0, 0, 3)


def test_what_waited_by_name_goes_on_when_the_person_and_the_work_are_there(organisation):
    head = "Date,Client,Project,Task,Notes,Hours,Approved?,First Name,Last Name\n"
    one = take(head + '2026-10-05,Harbour,Berth 4,Weld,,"7,5",Yes,Cyd,Moor\n', name="harvest.csv", source="harvest")
    assert counts(one) == (1, 0, 0, 0, 0, 1)
    know_the_cast(organisation)
    assert find_again("harvest") == 1
    entry = TimeEntry.objects.get(work_date="2026-10-05")
    assert (entry.engagement, str(entry.hours), entry.status) == (organisation.engagement, "7.50", "approved")


def know_the_cast(organisation) -> None:
    """The contractor and the engagement as rows of a source, so that others can refer to them."""
    run_at = organisation.time[0].engagement.start_date.isoformat() + "T00:00:00Z"
    source = cast_source()
    run = SyncRun.objects.create(source=source, kind="engagements", path="", started_at=run_at)
    for kind, key, pk in (
        ("contributors", "C1", organisation.contractor.pk), ("engagements", "G1", organisation.engagement.pk),
    ):  # fmt: skip
        SourceRecord.objects.create(
            source=source, kind=kind, key=key, raw={}, raw_hash=key, first_seen_at=run_at, last_seen_at=run_at, run=run,
            row=2, object_id=pk,
        )  # fmt: skip


def cast_source():
    return Source.objects.create(name="vms")


def test_day_and_month_that_could_change_places_are_asked_about():
    rows = "Employee Number,Full Name,Hire Date\n1,Ada Stern,03/04/2021\n2,Bo Moor,05/06/2022\n"
    one = receive(rows)
    assert obstacles(one) == ["Day and month of start_date could change places. Say which comes first."]
    assert obstacles(receive(rows + "3,Cyd Moor,25/06/2022\n")) == []


def test_a_trial_keeps_nothing_and_a_taken_file_is_removed(hr):
    one = receive("Employee Number,Full Name,Email\n1,Ada Stern,ada@harbour.example\n", by=hr)
    take_delivery(one, dry_run=True, by=hr)
    assert (one.state, counts(one)[:2], Contributor.objects.count(), SyncRun.objects.count()) == ("tried", (1, 1), 0, 0)
    kept = one.file.name
    take_file(one.pk, dry_run=False, by=hr.pk)
    one.refresh_from_db()
    assert (one.state, one.run.by, Contributor.objects.get().name) == ("taken", hr, "Ada Stern")
    assert not default_storage.exists(kept)


def test_refused_rows_come_back_as_they_came_and_go_in_once_mended(tmp_path, hr):
    head = "Nr.;Voller Name;IBAN;Eintritt;Art\n"
    one = take(
        (head + "1;Ada Stern;DE89370400440532013000;31.03.2026;FTE\n2;Bo Möller;DE02120300000000202051;31.02.2026;FTE\n"
         '3;"=Cyd";;01.01.2025;Gast\n').encode("cp1252"), name="mitarbeiter.csv", by=hr,
    )  # fmt: skip
    assert counts(one) == (3, 1, 0, 0, 2, 0)
    path = tmp_path / "refused.csv"
    assert write_error_file(run=one.run, path=path, form="csv", header=one.header, shows_secrets=True) == 2
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert list(rows[0]) == ["Nr.", "Voller Name", "IBAN", "Eintritt", "Art", "What is wrong"]
    assert (rows[0]["Voller Name"], rows[0]["IBAN"]) == ("Bo Möller", "DE02120300000000202051")
    assert rows[0]["What is wrong"] == "start_date: '31.02.2026' is not a date of the form 31.03.2026."
    assert "'Gast' is not a kind that is known" in rows[1]["What is wrong"]
    mended = path.read_text().replace("31.02.2026,", "28.02.2026,").replace("Gast", "FTE")
    again = take(mended, name="refused.csv", by=hr)
    assert (counts(again)[:2], again.report["rejected"]) == ((2, 2), 0)
    assert sorted(Contributor.objects.values_list("name", flat=True)) == ["=Cyd", "Ada Stern", "Bo Möller"]


def test_secrets_of_refused_rows_are_empty_for_whom_they_are_not_meant(tmp_path):
    one = take("source_id,kind,name,national_id\n1,nobody,Ada,N-7\n2,employee,Bo,N-8\n")
    write_error_file(run=one.run, path=tmp_path / "t.csv", form="csv", header=one.header, shows_secrets=False)
    assert "N-7" not in (tmp_path / "t.csv").read_text()


def test_the_next_file_with_the_same_header_is_read_as_the_last_one_was():
    first = receive("Code,Wer,Was\n1,Ada Stern,Chef\n")
    first.kind = "contributors"
    first.mapping = Mapping(
        columns={"Code": "source_id", "Wer": "name", "Was": "title"}, constants={"kind": "employee"}
    ).__dict__
    take_delivery(first, dry_run=False)
    saved = SavedMapping.objects.get()
    assert (saved.kind, saved.header) == ("contributors", ["Code", "Wer", "Was"])
    second = take("Code,Wer,Was\n1,Ada Stern,Leitung\n2,Bo Moor,Schweißer\n")
    assert counts(second) == (2, 1, 1, 0, 0, 0)


def test_json_lines_dumps_and_packed_files_are_tables_too():
    people = [{"id": "p1", "first_name": "Ada", "last_name": "Stern", "hiring_type": "contractor", "email": "a@b.example",
               "country": "United Kingdom", "start_date": "2024-01-02T00:00:00Z", "address": {"city": "Kiel"}}]  # fmt: skip
    one = take("\n".join(json.dumps(p) for p in people), name="people.jsonl", source="deel")
    assert (one.preset, Contributor.objects.get().country) == ("Deel: People", "GB")
    dump = ("CREATE TABLE public.departments (dept_no char(4) NOT NULL, dept_name text, PRIMARY KEY (dept_no));\n"
            "INSERT INTO public.departments VALUES ('d1', 'Marketing; it''s (new)'), ('d2', NULL);\n"
            "COPY public.staff (id, full_name) FROM stdin;\n1\tAda\\tStern\n2\t\\N\n\\.\n")  # fmt: skip
    two = take(gzip.compress(dump.encode()), name="dump.sql.gz", source="db")
    assert (two.name, two.table, counts(two)[1:5]) == ("dump.sql", "departments", (1, 0, 0, 1))
    assert Unit.objects.get().name == "Marketing; it's (new)"


def test_the_sheet_that_holds_a_table_of_ours_is_chosen_and_formulas_count_as_their_values():
    one = take(
        workbook({
            "Read me": [["Price proposal"], ["Fill in the next sheet."]],
            "Prices": [["Schedule 70"], [], ["Labor Category", "Unit of Issue", "GSA Price"],
                       ["Welder", "Hour", "$1,085.50"], ["Rigger", "Per Day", "$560"]],
        }), name="prices.xlsx", source="gsa",
    )  # fmt: skip
    assert (one.kind, one.table) == ("rate_cards", "Prices")
    cards = sorted((card.title, card.per, str(card.max_amount), card.currency) for card in RateCard.objects.all())
    assert cards == [("Rigger", "day", "560.0000", "USD"), ("Welder", "hour", "1085.5000", "USD")]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("", "t.csv", "is empty"), ("a,b\n", "t.csv", "no row below the header"), (b"\x1f\x8bnonsense", "t.gz", "damaged"),
        ("[1, 2", "t.json", "not JSON"), ("SELECT 1;", "t.sql", "no row is in it"), (b"\xd0\xcf\x11\xe0", "t.xls", "XLSX"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_words_and_not_kept(content, name, words):
    with pytest.raises(UnreadableTable, match=words):
        receive(content, name)
    assert Delivery.objects.count() == 0


def test_others_do_not_see_one_s_file(organisation, hr, finance, admin, client):
    one = receive("Employee Number,Full Name\n1,Ada Stern\n", by=hr)
    for user, status in ((hr, 200), (admin, 200), (finance, 404)):
        client.force_login(user)
        assert client.get(f"/sources/deliveries/{one.pk}/").status_code == status


def test_the_page_keeps_what_was_chosen_and_takes_the_file(organisation, hr, client):
    client.force_login(hr)
    file = ContentFile(b"Code,Wer\n1,Nora Lind\n", "leute.csv")
    page = client.post("/sources/upload/", {"table": file, "source": "hris"}, follow=True)
    one = Delivery.objects.get()
    assert "Still to say" in page.content.decode()
    address = f"/sources/deliveries/{one.pk}/"
    client.post(address, {"does": "read-as", "kind": "contributors"})
    chosen = {"column_0": "source_id", "column_1": "name", "constant_kind": "partner", "decimal": "."}
    shown = client.post(address + "preview/", chosen).content.decode()
    assert "Everything that is required is there." in shown
    done = client.post(address, {**chosen, "does": "take"}, follow=True)
    assert "Taken" in done.content.decode()
    assert Contributor.objects.get(name="Nora Lind").kind == "partner"
    assert client.get(address + "progress/").headers["HX-Refresh"] == "true"


def test_the_command_reads_by_a_mapping_with_every_part(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("who;from;kind;note\nStern, Ada;2024-01-02 08:00;x;\nMoor, Bo;2024-01-03;skip;\n")
    mapping = Mapping(
        columns={"who": "name", "from": "start_date", "kind": ""}, constants={"kind": "employee"}, identity=["who"],
        shapes={"name": ["last_first"], "start_date": ["day"]}, skip={"kind": ["sk*"]},
    )  # fmt: skip
    report = import_table(kind="contributors", paths=[path], source="hris", mapping=mapping)
    assert (report.seen, report.created, report.rejections) == (1, 1, [])
    assert SourceRecord.objects.get().key == "stern, ada"


def test_a_user_bound_to_a_unit_does_not_see_raw_rows(organisation, hr, client):
    take("Employee Number,Full Name\n1,Ada Stern\n", by=hr)
    saved = SavedMapping.objects.get()
    client.force_login(hr)
    assert client.get(f"/sources/mappings/{saved.pk}/").status_code == 200
    client.force_login(cast.make_user("hr", unit=organisation.mill, username="mill-hr"))
    assert client.get(f"/sources/mappings/{saved.pk}/").status_code == 403


SCHEMA = """
CREATE TABLE employees (emp_no INT NOT NULL, birth_date DATE, first_name TEXT, last_name TEXT, gender TEXT CHECK
  (gender IN ('M', 'F')), hire_date DATE, PRIMARY KEY (emp_no));
CREATE TABLE departments (dept_no CHAR(4), dept_name TEXT, UNIQUE (dept_name));
CREATE TABLE dept_manager (emp_no INT, dept_no CHAR(4), from_date DATE, to_date DATE);
CREATE TABLE dept_emp (emp_no INT, dept_no CHAR(4), from_date DATE, to_date DATE);
CREATE TABLE titles (emp_no INT, title TEXT, from_date DATE, to_date DATE);
CREATE TABLE salaries (emp_no INT, amount INT, from_date DATE, to_date DATE);
"""
ROWS = """
INSERT INTO employees VALUES (1,'1960-02-03','Nora','Lind','F','1990-01-01'),(2,'1965-05-06','Olaf','Rask','M','1992-01-01');
INSERT INTO departments VALUES ('d1','Yard');
INSERT INTO dept_manager VALUES (2,'d1','1991-01-01','1995-01-01'),(1,'d1','1995-01-01','9999-01-01');
INSERT INTO dept_emp VALUES (1,'d1','1990-01-01','9999-01-01'),(2,'d1','1992-01-01','1999-07-01');
INSERT INTO titles VALUES (1,'Staff','1990-01-01','1994-01-01'),(1,'Senior Staff','1994-01-01','9999-01-01');
INSERT INTO salaries VALUES (1,50000,'1990-01-01','1991-01-01'),(1,52000,'1991-01-01','9999-01-01'),(2,40000,'1992-01-01','1993-01-01');
"""


def test_a_database_in_several_files_goes_in_table_by_table_and_each_knows_the_others():
    parts = [ContentFile(text.encode(), name) for text, name in ((ROWS, "load.sql"), (SCHEMA, "schema.sql"))]
    (whole,) = as_one_dump(parts)
    one = receive_file(file=whole, name=whole.name, source="staff")
    taken = []
    while one:
        assert obstacles(one) == []
        take_delivery(one, dry_run=False)
        taken.append((one.table, one.kind, *counts(one)[:2]))
        one = next_table(one)
    assert taken == [
        ("departments", "units", 1, 1), ("employees", "contributors", 2, 2), ("dept_emp", "engagements", 2, 2),
        ("salaries", "rates", 3, 3),
    ]  # fmt: skip
    nora = Contributor.objects.get(name="Nora Lind")
    assert (nora.title, nora.unit.name, nora.unit.manager) == ("Senior Staff", "Yard", nora)
    ends = [str(e.end_date) for e in Engagement.objects.order_by("start_date")]
    assert ends == ["None", "1999-06-30"]
    rates = Rate.objects.filter(engagement__contributor=nora).order_by("valid_from")
    assert [(str(r.amount), r.per, str(r.valid_to)) for r in rates] == [
        ("50000.0000", "year", "1990-12-31"), ("52000.0000", "year", "None"),
    ]  # fmt: skip


def test_a_file_that_ends_too_many_asks_and_goes_in_when_a_person_says_so(organisation, hr, client):
    head = "Employee Number,Full Name,Status\n"
    take(head + "".join(f"{n},Person {n},Active\n" for n in range(20)), by=hr)
    one = receive(head + "".join(f"{n},Person {n},Terminated\n" for n in range(20)), by=hr)
    client.force_login(hr)
    address, form = (
        f"/sources/deliveries/{one.pk}/",
        {"column_0": "source_id", "column_1": "name", "column_2": "status"},
    )
    chosen = {**form, "constant_kind": "employee", "word_2_0": "left"}
    page = client.post(address, {**chosen, "does": "take"}, follow=True).content.decode()
    assert "This would end 20 of the 20 active contributors of hris" in page
    assert Contributor.objects.filter(name__startswith="Person", status="left").count() == 0
    client.post(address, {**chosen, "does": "take-ending"})
    assert Contributor.objects.filter(name__startswith="Person", status="left").count() == 20


def test_a_changed_mapping_reads_the_stored_rows_again(organisation, hr, client):
    take("Employee Number,Full Name,Rank,Function\n1,Nora Lind,III,Rigger\n", by=hr)
    saved = SavedMapping.objects.get()
    assert Contributor.objects.get(name="Nora Lind").title == "Rigger"
    client.force_login(hr)
    chosen = {
        "column_0": "source_id",
        "column_1": "name",
        "column_2": "title",
        "column_3": "",
        "constant_kind": "employee",
    }
    page = client.post(f"/sources/mappings/{saved.pk}/", {**chosen, "does": "replay"}, follow=True).content.decode()
    assert "Read again: 0 new, 1 changed" in page
    assert Contributor.objects.get(name="Nora Lind").title == "III"


def test_a_large_file_goes_to_a_worker_and_its_page_says_how_far_it_is(organisation, hr, client, monkeypatch):
    monkeypatch.setattr("orchestration.sources.delivery_views.AT_ONCE", 10)
    client.force_login(hr)
    one = receive("Employee Number,Full Name\n1,Nora Lind\n", by=hr)
    chosen = {"column_0": "source_id", "column_1": "name", "constant_kind": "employee"}
    page = client.post(f"/sources/deliveries/{one.pk}/", {**chosen, "does": "take"}, follow=True).content.decode()
    assert "0 rows read so far" in page
    take_file(one.pk, False, hr.pk)
    assert "HX-Refresh" in client.get(f"/sources/deliveries/{one.pk}/progress/").headers
    assert Contributor.objects.filter(name="Nora Lind").count() == 1


def test_what_a_lost_worker_left_under_way_waits_again(hr):
    one = receive("Employee Number,Full Name\n1,Nora Lind\n", by=hr)
    begin(one, dry_run=False)
    assert release_broken_off() == 0
    Delivery.objects.update(started_at=one.started_at - timedelta(hours=3))
    assert release_broken_off() == 1
    one.refresh_from_db()
    assert (one.state, "Try it again" in one.problem) == ("waiting", True)


def test_tabs_between_sentences_full_of_commas_are_seen():
    rows = "".join(f"1{n}-1011.00\tTrade {n}\tPlan, direct, and mend, all day, each week.\n" for n in range(5))
    one = take("O*NET-SOC Code\tTitle\tDescription\n" + rows, name="Occupation Data.txt", source="onet")
    assert (one.kind, one.preset, one.report["created"]) == ("skills", "O*NET: Occupation data", 5)


def test_a_skill_list_with_aliases_line_by_line_goes_in():
    one = take(
        'ORIGINURI,ID,PREFERREDLABEL,ALTLABELS,DESCRIPTION\nhttp://x/1,k1,weld metal,"welding\nmetal welding",Join.\n'
    )
    assert (one.kind, one.preset, one.report["created"]) == ("skills", "ESCO: Skills and skill groups (Tabiya)", 1)

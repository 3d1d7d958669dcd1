"""The sample company: the same arguments give the same files, and exactly what was planted in them is found."""

import csv
import filecmp
import io
import json
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from django.conf import settings
from django.core.management import call_command

from governance.policies.models import Finding
from orchestration.invoices.models import Code
from orchestration.invoices.reading.read import read_document
from orchestration.sources.models import WaitingReference
from samples.generate import write_company
from samples.public_holidays import is_working_day
from samples.reference import find_discrepancies
from samples.reference_reading import read_company

COMPANY = Path(settings.BASE_DIR) / "samples" / "company"
PLANTED = json.loads((COMPANY.parent / "planted.json").read_text(encoding="utf-8"))
REJECTED = {(r["path"], r["row"]) for r in PLANTED["rejections"]}
FILES = json.loads((COMPANY / "company.json").read_text(encoding="utf-8"))["files"]


def test_the_same_arguments_give_the_committed_files_byte_for_byte(tmp_path):
    planted = write_company(folder=tmp_path / "company", contributors=1200, seed=7)

    names = sorted(str(p.relative_to(COMPANY)) for p in COMPANY.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(tmp_path / "company")) for p in tmp_path.rglob("*") if p.is_file())
    _, different, unreadable = filecmp.cmpfiles(COMPANY, tmp_path / "company", names, shallow=False)
    assert (different, unreadable) == ([], [])
    assert json.loads(json.dumps(planted)) == PLANTED


def test_another_seed_is_another_company_that_is_sound_as_well(tmp_path):
    planted = write_company(folder=tmp_path, contributors=1000, seed=11)  # it raises where meant and found differ

    assert {row["code"] for row in planted["discrepancies"]} == set(Code.values)
    assert planted["identities"] != PLANTED["identities"]


def test_too_small_a_company_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Ask for 1000 or more"):
        write_company(folder=tmp_path, contributors=300)


def test_the_list_is_what_the_definitions_give_on_the_committed_files():
    found = find_discrepancies(read_company(COMPANY, REJECTED))
    assert found == {tuple(row.values()) for row in PLANTED["discrepancies"]}


def test_every_code_stands_at_least_twice_and_most_lines_are_clean():
    counts = Counter(row["code"] for row in PLANTED["discrepancies"])
    assert counts.keys() == set(Code.values)
    assert min(counts.values()) >= 2
    assert PLANTED["discrepant_lines"] < 0.2 * PLANTED["lines"]
    assert len(PLANTED["discrepancies"]) > PLANTED["discrepant_lines"]  # some lines carry several


def test_only_the_broken_einvoices_break_rules():
    problems = {}
    for path in sorted((COMPANY / "einvoices").glob("*.xml")):
        document = read_document(path.read_bytes(), path.name)
        assert document.ok, path.name
        if document.problems:
            problems[document.number] = {p.code for p in document.problems}
    wrong = {row["invoice_number"] for row in PLANTED["discrepancies"] if row["code"] in ("arithmetic", "tax")}
    assert problems.keys() <= wrong
    assert len(problems) == 5


def test_accounts_are_ibans_with_right_check_digits():
    rows = read_company(COMPANY, REJECTED)["contributors"]
    accounts = [
        row["bank_account"] for row in rows if row.get("bank_account") and not row["bank_account"].startswith("ACH")
    ]
    assert len(accounts) > 500
    for account in accounts:
        assert int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


@pytest.mark.parametrize("country", ["DE", "FR", "GB", "US"])
def test_working_days_agree_with_the_holidays_library(country):
    days = holidays.country_holidays(country, years=2026)
    for day in (date(2026, 1, 1) + timedelta(n) for n in range(365)):
        assert is_working_day(country, day) == (day.weekday() < 5 and day not in days)


def call(name: str, *arguments, leaves_with: int = 0) -> dict:
    """A command's JSON; some commands end by leaving the process, with 1 when they rejected rows."""
    out, code = io.StringIO(), 0
    try:
        call_command(name, *arguments, "--json", stdout=out)
    except SystemExit as stop:
        code = stop.code
    assert code == leaves_with, (name, arguments, out.getvalue()[-500:])
    return json.loads(out.getvalue())


def load_files(files: list[dict]) -> list[dict]:
    """Every file by its command; the reports of the tables."""
    bad = {r["path"] for r in PLANTED["rejections"]}
    reports = []
    for entry in files:
        path = str(COMPANY / entry["path"])
        if entry["kind"] == "agent_cards":
            call("import_agent_cards", path, "--source", entry["source"])
        elif entry["kind"] == "einvoices":
            call("import_invoices", path)
        else:
            mapping = ["--mapping", str(COMPANY / entry["mapping"])] if "mapping" in entry else []
            report = call(
                "import_data",
                entry["kind"],
                path,
                "--source",
                entry["source"],
                *mapping,
                leaves_with=int(entry["path"] in bad),
            )
            reports.append(report | {"path": entry["path"]})
    return reports


def connect() -> None:
    for name in ("resolve_identities", "import_policies", "import_templates", "follow_onboarding", "reconcile"):
        call(name)
    call("evaluate_policies", "--as-of", PLANTED["as_of"])
    call("reconcile")
    call("recompute_capacity", "--as-of", PLANTED["as_of"])


def export(kind: str, folder: Path) -> list[dict]:
    path = folder / f"{kind}.csv"
    call("export_data", kind, "-o", str(path))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def check_all_is_found(folder: Path) -> None:
    names = ("supplier", "invoice_number", "line", "code")
    found = {tuple(row[n] for n in names) for row in export("discrepancies", folder)}
    assert found == {tuple(row[n] for n in names) for row in PLANTED["discrepancies"]}
    records = defaultdict(set)
    for row in export("identities", folder):
        records[row["contributor_id"]].add(f"{row['source']}:{row['source_id']}")
    assert {frozenset(keys) for keys in records.values() if len(keys) > 1} == set(map(frozenset, PLANTED["identities"]))
    check_findings({key: contributor for contributor, keys in records.items() for key in keys})
    waiting = WaitingReference.objects.values_list("record__kind", "record").distinct()
    assert Counter(kind for kind, _ in waiting) == PLANTED["waiting"]
    check_capacity(export("capacity", folder))


def check_findings(contributors: dict[str, str]) -> None:
    found = defaultdict(set)
    for policy, contributor in Finding.objects.filter(closed_at=None).values_list("policy__name", "contributor"):
        found[policy].add(str(contributor))
    assert found == {policy: {contributors[key] for key in keys} for policy, keys in PLANTED["findings"].items()}


def check_capacity(rows: list[dict]) -> None:
    cells = {(f"hris:{r['unit']}", r["month"], r["kind"]): r for r in rows if not r["skill"]}
    names = ("capacity_hours", "demand_hours", "worked_hours", "cost")
    for planted in PLANTED["capacity"]:
        cell = cells.get((planted["unit"], planted["month"], planted["kind"]), dict.fromkeys(names, "0.00"))
        assert {n: cell[n] for n in names} == {n: planted[n] for n in names}, planted


@pytest.mark.django_db
def test_exactly_what_was_planted_is_found_and_again_when_all_comes_twice(tmp_path):
    reports = load_files(FILES)
    rejections = [(x["path"], r["row"], r["column"], r["code"]) for x in reports for r in x["rejections"]]
    assert sorted(rejections) == sorted((r["path"], r["row"], r["column"], r["code"]) for r in PLANTED["rejections"])
    connect()
    check_all_is_found(tmp_path)

    for report in load_files(FILES):
        assert (report["created"], report["updated"], report["gone"]) == (0, 0, 0), report["path"]
    connect()
    check_all_is_found(tmp_path)


@pytest.mark.django_db
def test_the_files_may_come_in_any_order(tmp_path):
    shuffled = list(FILES)
    random.Random(5).shuffle(shuffled)
    load_files(shuffled)
    connect()
    check_all_is_found(tmp_path)

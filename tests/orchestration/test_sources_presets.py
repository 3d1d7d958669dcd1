"""Each preset knows its own header again and takes rows under it: made up here, column by column, in its own words."""

import csv
import io

import pytest
from django.core.files.base import ContentFile

from orchestration.sources.deliver import obstacles, receive_file, take_delivery
from orchestration.sources.kinds import KINDS
from orchestration.sources.preset_files import load_presets
from orchestration.sources.recognise import propose
from orchestration.sources.sample import take_sample

pytestmark = pytest.mark.django_db
TEXTS = {
    "email": "p{0}@harbour.example",
    "line": "{0}",
    "name": "Name {0}",
    "given_name": "Given{0}",
    "family_name": "Fam{0}",
}
CELLS = {
    "date": "2026-0{0}-15", "decimal": "8.5", "integer": "{0}", "currency": "EUR", "country": "DE", "skills": "Welding",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    options = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": options}


def header_of(preset) -> list[str]:
    """All columns the preset names, wildcards spelt out."""
    names = dict.fromkeys([*preset.needs, *preset.mapping.columns, *sorted(preset.mapping.uses())])
    # One of several that mean the same is in a real file, and none comes from another table.
    shown, filled = [], set()
    for name in names:
        ours = preset.mapping.columns.get(name, "")
        if ("." in name and name.split(".")[0] in preset.mapping.adds) or (
            ours and ours in filled and name not in preset.needs
        ):
            continue
        filled.add(ours)
        shown.append(name.replace("Proposed*", "Proposed").rstrip("*") if not name.startswith("*") else name)
    return list(dict.fromkeys(shown))


def cell_of(preset, theirs: str, number: int) -> str:
    mapping = preset.mapping
    if theirs in mapping.only:
        return mapping.only[theirs][0].rstrip("*")
    ours = mapping.columns.get(theirs) or mapping.columns.get(f"{theirs}*", "")
    column = KINDS[preset.kind].by_name.get(ours)
    if column is None and theirs in mapping.skip:
        return "false"
    if column is None or any(theirs in names for pair in mapping.spans.values() for names in pair):
        return _loose(theirs, number, mapping)
    if ours in ("end_date", "valid_to", "period_end"):
        return f"2027-0{number}-15"
    if column.type == "choice":
        words = [word for word, meaning in mapping.values.get(ours, {}).items() if meaning in column.choices]
        return words[0] if words else column.choices[0]
    if ours in TEXTS:
        return TEXTS[ours].format(number)
    return CELLS.get(column.type, f"{theirs[:20]} {number}").format(number)


def _loose(theirs: str, number: int, mapping) -> str:
    """Columns from which hours are counted, or a person is found."""
    for start, end in mapping.spans.values():
        if theirs in start or theirs in end:
            clock = "09:00:00" if theirs in start else "10:30:00"
            return (
                clock if "time" in theirs.lower() else f"2026-0{number}-15" + ("" if len(start) > 1 else f"T{clock}Z")
            )
    is_number = any(theirs in names for names in mapping.joins.values()) and "uri" not in mapping.joins
    return "8.5" if is_number else f"{theirs} {number}"


def file_of(preset) -> bytes:
    kept = io.StringIO()
    header = header_of(preset)
    rows = [[cell_of(preset, name, number) for name in header] for number in (1, 2, 3)]
    csv.writer(kept).writerows([header, *rows])
    return kept.getvalue().encode()


@pytest.mark.parametrize("preset", load_presets(), ids=str)
def test_a_preset_takes_rows_under_its_own_header(preset, tmp_path):
    content = file_of(preset)
    (tmp_path / "export.csv").write_bytes(content)
    first = propose(take_sample(tmp_path / "export.csv"))
    assert preset.is_alternate or first.preset == str(preset)
    one = receive_file(file=ContentFile(content), name="export.csv", source="export", kind=preset.kind)
    assert (one.preset, obstacles(one)) == (str(preset), [])
    take_delivery(one, dry_run=False)
    assert (one.state, one.report["rejections"], one.report["seen"]) == ("taken", [], 3)
    report = one.report
    assert report["created"] + report["updated"] + report["waiting"] >= 3


def test_the_products_that_are_asked_for_most_are_known():
    known = {preset.product for preset in load_presets()}
    assert known >= {
        "Workday", "BambooHR", "ADP", "Rippling", "Deel", "SAP Fieldglass", "NetSuite", "SAP", "Xero", "QuickBooks",
        "Greenhouse", "Lever", "Harvest", "Toggl Track", "Clockify", "Personio", "HiBob", "Beeline", "Coupa",
        "Sage Intacct", "GSA CALC",
    }  # fmt: skip

"""HR connects a source alone: a workbook that nobody described goes in, and what is wrong with it comes back."""

import os
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

from orchestration.sources.models import SourceRecord
from orchestration.sources.sync import import_table
from workforce.contributors.models import Contributor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
FIRST = ["Ada", "Bo", "Cyd", "Dag", "Eva", "Fay", "Gil", "Hal", "Ida", "Jon"]
LAST = ["Stern", "Moor", "Lind", "Ek", "Falk", "Gran", "Holm", "Rask", "Sund", "Vik"]
KNOWN, NEW, BAD = 40, 48, 12
HEADER = ["Pers. code", "Forename", "Surname", "Contact", "Joined", "Weekly hrs", "Terms", "Where", "Shoe size"]


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Uploaded files lie where the test ends with them."""
    options = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": options}


def person(number: int) -> tuple[str, str, str]:
    first, last = FIRST[number % 10], LAST[number // 10 % 10]
    return first, last, f"{first}.{last}.{number}@harbour.example".lower()


def write_workbook(path: Path) -> None:
    """A title, a blank row, a header of its own, 88 good rows with two date forms, twelve bad ones."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["People of the yard, as of today"])
    sheet.append([])
    sheet.append(HEADER)
    for number in range(KNOWN + NEW):
        first, last, email = person(number)
        day = date(2020, 1, 15) + timedelta(days=number * 9)
        joined = day.isoformat() if number % 2 else day.strftime("%d.%m.%Y")
        terms = "FTE" if number % 3 else "Lodger" if number % 2 else "Freelance"
        sheet.append([f"Y-{number:03}", first, last, email, joined, "38,5", terms, "Kiel", 40 + number % 6])
    for number in range(BAD):
        first, last, email = person(KNOWN + NEW + number)
        wrong = [f"Y-9{number:02}", first, last, email, "2024-01-15", "38,5", "FTE", "Kiel", 41]
        place, text = [(4, "31.31.2024"), (5, "many"), (0, ""), (1, "")][number % 4]
        wrong[place] = text
        sheet.append(wrong)
    book.save(path)


def take_known_people(folder: Path) -> None:
    """Forty of them came before, through the command and its canonical columns."""
    lines = ["source_id,kind,given_name,family_name,email"]
    for number in range(KNOWN):
        first, last, email = person(number)
        lines.append(f"Y-{number:03},{'employee' if number % 3 else 'contractor'},{first},{last},{email}")
    path = folder / "known.csv"
    path.write_text("\n".join(lines))
    import_table(kind="contributors", paths=[path], source="yard")


def look(page, name: str) -> None:
    """A picture for a person to look at, where one is asked for."""
    if folder := os.environ.get("ENSEMBLE_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True, caret="initial")


def test_a_workbook_that_nobody_described_goes_in_with_nothing_lost_and_nobody_doubled(
    organisation, hr, enter, tmp_path
):
    take_known_people(tmp_path)
    before = Contributor.objects.count()
    write_workbook(tmp_path / "yard people.xlsx")

    page = enter(hr)
    page.goto("/sources/upload/")
    look(page, "1-upload")
    page.get_by_label("File").set_input_files(tmp_path / "yard people.xlsx")
    page.get_by_label("Source").fill("yard")
    page.get_by_role("button", name="Go on to its columns").click()
    page.get_by_role("heading", name="yard people.xlsx").wait_for()
    look(page, "2-mapping")

    # Names and cells tell most of it; what nobody can know, HR says: where they are, and what a lodger is.
    page.get_by_label("Where").select_option("location")
    page.get_by_role("columnheader", name="location").wait_for()
    page.get_by_label("Lodger (kind)").select_option("contractor")
    page.get_by_text("Everything that is required is there.").wait_for()
    page.get_by_text("Of the first 100 rows 12 would be refused.").wait_for()
    assert Axe().run(page, options=WCAG).response["violations"] == []
    look(page, "3-mapped")

    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="What would happen").wait_for()
    look(page, "4-tried")
    assert Contributor.objects.count() == before
    page.get_by_role("button", name="Take it: the good rows").click()
    page.get_by_role("heading", name="Taken").wait_for()
    look(page, "5-taken")
    assert Axe().run(page, options=WCAG).response["violations"] == []
    assert Contributor.objects.count() == before + NEW
    assert SourceRecord.objects.filter(source__name="yard", kind="contributors").count() == KNOWN + NEW
    ada = Contributor.objects.get(email=person(0)[2])
    assert (ada.start_date, str(ada.weekly_hours)) == (date(2020, 1, 15), "38.50")

    # The refused rows come back as a workbook, are mended, and go in without a question.
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Refused rows as XLSX").click()
    mended = tmp_path / "mended.xlsx"
    waiting.value.save_as(mended)
    mend(mended)
    page.goto("/sources/upload/")
    page.get_by_label("File").set_input_files(mended)
    page.get_by_label("Source").fill("yard")
    page.get_by_role("button", name="Go on to its columns").click()
    page.get_by_role("heading", name="mended.xlsx").wait_for()
    look(page, "6-mended")
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("heading", name="Taken").wait_for()
    assert page.get_by_text("No row was refused.").is_visible()
    assert Contributor.objects.count() == before + NEW + BAD


def mend(path: Path) -> None:
    """What a person does with the file: each row says what is wrong with it."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == [*HEADER, "What is wrong"]
    assert sheet.max_row == 1 + BAD
    for number, row in enumerate(sheet.iter_rows(min_row=2)):
        assert row[-1].value
        row[0].value, row[1].value = f"Y-9{number:02}", row[1].value or "Mended"
        row[4].value, row[5].value = "2024-01-15", "38,5"
    book.save(path)

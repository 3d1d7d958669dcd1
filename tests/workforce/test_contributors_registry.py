"""The list of the registry: its order, its pages, its columns and what it costs."""

import csv
import io
from datetime import date, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook

from orchestration.sources.sync import import_table
from tests import cast
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 1)


@pytest.fixture
def crowd(db):
    """Names, days and kinds repeat, and days are missing, so that only the id decides between many."""
    kinds = ["employee", "contractor", "vendor", "ai_agent"]
    Contributor.objects.bulk_create(
        Contributor(
            kind=kinds[n % 4], name=f"Name {n % 9}", start_date=None if n % 5 == 0 else DAY + timedelta(n % 7),
            end_date=None if n % 3 else DAY + timedelta(20 + n % 4), status="left" if n % 6 == 0 else "active",
        )
        for n in range(173)
    )  # fmt: skip


def list_of(client, **given):
    response = client.get("/contributors/", {"view": "", **given})
    assert response.status_code == 200
    return [row["pk"] for row, _ in response.context["rows"]], response.context["page"]


FAR = date.max
ORDERS = {
    "name": lambda c: (c.name, c.pk),
    "kind": lambda c: (c.kind, c.name, c.pk),
    "status": lambda c: (c.status, c.name, c.pk),
    "start_date": lambda c: (c.start_date or FAR, c.pk),
    "end_date": lambda c: (c.end_date or FAR, c.pk),
}


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("name", sorted(ORDERS))
def test_a_list_is_walked_whole_there_and_back_in_any_order(crowd, hr, client, name, sign):
    client.force_login(hr)
    expected = [c.pk for c in sorted(Contributor.objects.all(), key=ORDERS[name], reverse=sign == "-")]
    rows, page = list_of(client, sort=sign + name)
    there = [*rows]
    while page.after:
        rows, page = list_of(client, sort=sign + name, after=page.after)
        there += rows
    assert there == expected
    rows, page = list_of(client, sort=sign + name, before="end")
    back = rows
    while page.before:
        rows, page = list_of(client, sort=sign + name, before=page.before)
        back = [*rows, *back]
    assert back == expected


def test_what_arrives_meanwhile_neither_hides_nor_repeats_a_row(crowd, hr, client):
    client.force_login(hr)
    first, page = list_of(client)
    cast.make_contributor("employee", "Aaron")
    second, _ = list_of(client, after=page.after)
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    "position", ["x", "W10", "WyJhIiwxXQ" * 99, "bnVsbA", "e30", "WzEsMl0", "é", "WyJcdWQ4MDAiLDFd", "-1"]
)
@pytest.mark.parametrize("sort", ["", "end_date", "-kind", "nonsense"])
def test_a_position_that_is_none_begins_the_list_anew(crowd, hr, client, position, sort):
    client.force_login(hr)
    assert list_of(client, sort=sort, after=position)[0] == list_of(client, sort=sort)[0]


@pytest.mark.parametrize("size", [1, 3, 120])
def test_a_page_asks_the_database_as_often_for_one_as_for_many(
    organisation, hr, client, size, django_assert_num_queries
):
    for n in range(size):
        cast.make_contributor("ai_agent", f"Agent {n}", owner=organisation.employee, supplier=organisation.vendor)
    client.force_login(hr)
    with django_assert_num_queries(8):  # session, user, roles, views, rows, freshness, what is stale twice
        client.get("/contributors/", {"kind": ""})
    with django_assert_num_queries(8):  # session, user, roles, a count for each kind
        client.get("/contributors/counts/")


def test_a_search_asks_a_fixed_number_of_times(organisation, hr, client, django_assert_num_queries):
    from django.db import connection

    client.force_login(hr)
    spelling = connection.vendor == "sqlite"
    with django_assert_num_queries(10 + spelling):  # the page's 8, ids and aliases, the one they lead to
        client.get("/contributors/", {"search": "ada@harbour.example"})


def test_one_confined_to_a_unit_sees_its_people_and_those_engaged_there_once(organisation, client):
    lead = cast.make_user("hr", unit=organisation.quay, username="lead")
    guest = cast.make_contributor("contractor", "Guest", unit=organisation.mill)
    for month in (1, 2):
        cast.make_engagement(guest, organisation.quay, start_date=date(2026, month, 1))
    cast.make_contributor("employee", "Miller", unit=organisation.mill)
    client.force_login(lead)
    response = client.get("/contributors/", {"kind": ""})
    assert [row["name"] for row, _ in response.context["rows"]] == ["Berth planner", "Cyd Moor", "Guest"]
    counts = {kind: count for kind, _, count in client.get("/contributors/counts/").context["tabs"]}
    assert counts == {"": "3", "employee": "0", "contractor": "2", "vendor": "0", "partner": "0", "ai_agent": "1"}


def test_asking_row_by_row_shows_the_same_people(organisation, hr):
    lead = cast.make_user("hr", unit=organisation.quay, username="lead")
    Engagement.objects.create(contributor=organisation.partner, unit=organisation.quay, basis="fixed", start_date=DAY)
    gathered, asked = (set(Contributor.objects.visible_to(lead, row_by_row=way)) for way in (False, True))
    assert gathered == asked == {organisation.agent, organisation.contractor, organisation.partner}


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.heads, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "th":
            self.heads.append("")
        self.inside = tag == "th" or (self.inside and tag != "td")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "th"

    def handle_data(self, text):
        if self.inside:
            self.heads[-1] += text


def heads(client, columns):
    page = client.get("/contributors/", {"columns": columns}).content.decode()
    table = page[page.index('aria-label="Table of contributors"') :]
    return Cells(table).heads


def test_columns_are_shown_as_chosen_and_only_those_one_may_see(organisation, hr, operations, client):
    client.force_login(hr)
    assert heads(client, "country,national_id,kind,nonsense,country") == ["Name", "Country", "National id", "Kind"]
    assert heads(client, "name") == ["Name"]
    assert "DE850402X" in client.get("/contributors/", {"columns": "national_id"}).content.decode()
    client.force_login(operations)
    assert heads(client, "country,national_id,kind") == ["Name", "Country", "Kind"]
    assert "DE850402X" not in client.get("/contributors/", {"columns": "national_id"}).content.decode()


def test_a_wrong_query_shows_where_and_keeps_what_was_typed(organisation, hr, client):
    client.force_login(hr)
    response = client.get("/contributors/", {"q": 'kind = "vendor" and contry = "DE"'})
    assert response.status_code == 400
    assert response.context["pointer"].splitlines()[1].index("^") == 20
    assert "Did you mean country?" in response.content.decode()


def test_the_examples_of_the_help_run(organisation, hr, client):
    client.force_login(hr)
    examples = client.get("/contributors/", {"kind": ""}).context["examples"]
    assert len(examples) == 3
    for example in examples:
        assert client.get("/contributors/", {"q": example}).status_code == 200


HEADER = ["source_id", "kind", "name", "email", "national_id", "country", "status"]


@pytest.fixture
def imported(tmp_path, admin):
    rows = [
        ["E-1", "employee", "Ada Stern", "ada@works.example", "DE850402X", "DE", "active"],
        ["E-2", "employee", "=Formula", "", "", "FR", "active"],
        ["C-1", "contractor", "Cyd Moor", "cyd@works.example", "", "DE", "left"],
    ]
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    import_table(kind="contributors", paths=[path], source="hris", by=admin)


def exported(client, form="csv", **given):
    response = client.get(f"/contributors/export/{form}/", given)
    assert response.status_code == 200
    content = b"".join(response.streaming_content)
    if form == "xlsx":
        rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        head, *rest = [list(row) for row in rows]
    else:
        head, *rest = csv.reader(io.StringIO(content.decode()))
    return [dict(zip(head, row, strict=True)) for row in rest]


def test_what_is_found_is_exported_and_imports_again_unchanged(imported, hr, client, tmp_path, admin):
    client.force_login(hr)
    assert [row["source_id"] for row in exported(client)] == ["C-1", "E-1", "E-2"]
    assert [row["source_id"] for row in exported(client, q='country = "DE"', status="left")] == ["C-1"]
    assert [row["source_id"] for row in exported(client, form="xlsx", search="stren")] == ["E-1"]
    path = tmp_path / "again.csv"
    path.write_bytes(b"".join(client.get("/contributors/export/csv/").streaming_content))
    report = import_table(kind="contributors", paths=[path], source="hris", by=admin)
    assert (report.created, report.updated, report.rejected) == (0, 0, 0)


def test_an_export_tells_no_more_than_the_page(imported, hr, finance, client):
    client.force_login(hr)
    assert exported(client, kind="employee")[0]["national_id"] == "DE850402X"
    client.force_login(finance)
    assert "national_id" not in exported(client, kind="employee")[0]
    assert client.get("/contributors/export/exe/").status_code == 404
    confined = cast.make_user("hr", unit=cast.Unit.objects.create(name="Elsewhere"), username="confined")
    client.force_login(confined)
    assert exported(client) == []


def test_the_api_finds_the_best_first_and_pages_through_them(organisation, hr, api):
    for n in range(7):
        cast.make_contributor("employee", f"Marlow {n}")
    client = api(hr)
    answer = client.get("/api/v1/contributors/", {"search": "marlow", "page_size": 3, "fields": "id,name"}).json()
    names = [row["name"] for row in answer["results"]]
    while answer["next"]:
        assert set(parse_qs(urlsplit(answer["next"]).query)) == {"search", "page_size", "fields", "cursor"}
        answer = client.get(answer["next"]).json()
        names += [row["name"] for row in answer["results"]]
    assert names == [f"Marlow {n}" for n in range(7)]
    assert [row["name"] for row in client.get("/api/v1/contributors/", {"search": "stren ada"}).json()["results"]] == [
        "Ada Stern"
    ]
    assert client.get("/api/v1/contributors/", {"search": "marlow", "kind": "vendor"}).json()["results"] == []

"""On a contributor's page and in the API: where a fact comes from, overriding it, its timeline, the order of sources."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from orchestration.sources.golden import settle_golden
from orchestration.sources.identity import merge_contributors
from orchestration.sources.models import Override, Precedence, SourceRecord
from orchestration.sources.sync import import_table
from tests import cast
from workforce.contributors.models import Contributor
from workforce.holds.models import Hold
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
UNTIL = (timezone.now().date() + timedelta(days=30)).isoformat()
TABLES = {
    "hris": "source_id,kind,name,title,national_id,street\nE1,employee,Ada Berg,Welder,N-1234567,Kai 7\n",
    "vms": "source_id,kind,name,title,phone,national_id\nW7,contractor,A. Berg,Lead welder,+49 30 1,N-7654321\n",
}


@pytest.fixture
def ada(db, tmp_path, hr):
    """Ada Berg, whom two sources send: hris first, then vms."""
    for source, text in TABLES.items():
        path = tmp_path / f"{source}.csv"
        path.write_text(text)
        import_table(kind="contributors", paths=[path], source=source)
    kept, merged = (Contributor.objects.get(name=name) for name in ("Ada Berg", "A. Berg"))
    merge_contributors(kept=kept, merged=merged, by=hr, reason="the same person")
    settle_golden([kept.pk])
    return Contributor.objects.get(pk=kept.pk)


def origin(response, field):
    (found,) = [one for one in response.json() if one["field"] == field]
    return found


def test_the_api_tells_what_every_source_says_and_why_one_counts(ada, hr, api):
    answer = api(hr).get(f"/api/v1/contributors/{ada.pk}/provenance/")
    title, phone = origin(answer, "title"), origin(answer, "phone")
    seen = SourceRecord.objects.get(key="W7").last_seen_at
    assert title["value"] == "Welder"
    assert title["why"] == "No order of sources is set: a record that has not left comes first, then the older record."
    assert [(w["source"], w["source_id"], w["value"], w["counts"]) for w in title["sources"]] == [
        ("hris", "E1", "Welder", True), ("vms", "W7", "Lead welder", False),
    ]  # fmt: skip
    assert title["sources"][1]["last_seen_at"] == seen.isoformat().replace("+00:00", "Z")
    assert (phone["value"], phone["why"]) == ("+49 30 1", "Only this source says something.")
    assert origin(answer, "national_id")["value"] == "N-1234567"


def test_identity_is_covered_for_those_who_may_not_see_it(ada, operations, api, client):
    answer = api(operations).get(f"/api/v1/contributors/{ada.pk}/provenance/")
    assert [w["value"] for w in origin(answer, "national_id")["sources"]] == ["••••4567", "••••4321"]
    assert origin(answer, "street")["value"] == "(hidden)"
    client.force_login(operations)
    page = client.get(f"/contributors/{ada.pk}/facts/").content.decode()
    assert "1234567" not in page
    assert "Kai 7" not in page
    assert "Override" not in page


def test_a_fact_is_overridden_and_taken_back_by_the_api(ada, hr, operations, api):
    url, client = f"/api/v1/contributors/{ada.pk}/overrides/", api(hr)
    asked = {"field": "title", "value": "Diver", "reason": "moved", "until": UNTIL}
    assert api(operations).post(url, asked).status_code == 403
    made = client.post(url, asked, headers={"Idempotency-Key": "k1"})
    again = client.post(url, asked, headers={"Idempotency-Key": "k1"})
    assert (made.status_code, again.json(), Override.objects.count()) == (201, made.json(), 1)
    told = origin(client.get(f"/api/v1/contributors/{ada.pk}/provenance/"), "title")
    assert (told["value"], told["override"]["reason"], told["override"]["by"]) == ("Diver", "moved", "hr")
    assert client.delete(f"/api/v1/overrides/{made.json()['id']}/").status_code == 204
    ada.refresh_from_db()
    assert ada.title == "Welder"
    refused = client.post(url, asked | {"field": "start_date", "value": "soon"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["value"])
    assert client.post(url, asked | {"field": "shoe_size"}).status_code == 400
    assert client.delete(f"/api/v1/overrides/{made.json()['id']}/").json()["status"] == 400


def test_another_unit_s_hr_overrides_nothing_here(organisation, api, client):
    stranger = cast.make_user("hr", unit=organisation.mill, username="stranger")
    url = f"/api/v1/contributors/{organisation.employee.pk}/"
    asked = {"field": "title", "value": "Diver", "reason": "moved", "until": UNTIL}
    assert api(stranger).post(url + "overrides/", asked).status_code == 404
    assert api(stranger).get(url + "provenance/").status_code == 404
    client.force_login(stranger)
    assert client.post(f"/contributors/{organisation.employee.pk}/overrides/", asked).status_code == 404
    assert not Override.objects.exists()


def test_the_facts_ask_as_much_for_two_sources_as_for_three(ada, hr, client, tmp_path, django_assert_num_queries):
    client.force_login(hr)
    client.get(f"/contributors/{ada.pk}/facts/")
    with django_assert_num_queries(15):
        client.get(f"/contributors/{ada.pk}/facts/")
    path = tmp_path / "erp.csv"
    path.write_text("source_id,kind,name,title\nZ,employee,Ada B,Diver\n")
    import_table(kind="contributors", paths=[path], source="erp")
    third = Contributor.objects.get(name="Ada B")
    merge_contributors(kept=ada, merged=third, by=hr, reason="the same person")
    settle_golden([ada.pk])
    with django_assert_num_queries(15):
        client.get(f"/contributors/{ada.pk}/facts/")


def test_hr_orders_the_sources_on_the_page(ada, hr, client):
    client.force_login(hr)
    page = client.post("/sources/precedence/", {"field": "title", "place-vms": "1", "place-hris": ""}, follow=True)
    assert "The order is kept" in page.content.decode()
    assert [(p.column, p.source.name, p.rank) for p in Precedence.objects.all()] == [("title", "vms", 1)]
    assert Event.objects.get(action="record.updated").after == {"precedence of title": ["vms"]}
    settle_golden([ada.pk])
    ada.refresh_from_db()
    assert ada.title == "Lead welder"
    refused = client.post("/sources/precedence/", {"field": "title", "place-vms": "first"}, follow=True)
    assert "is not a number" in refused.content.decode()
    refused = client.post("/sources/precedence/", {"field": "nothing", "place-vms": "1"}, follow=True)
    assert "is not a field" in refused.content.decode()


def test_the_page_tells_a_refusal_kindly_and_keeps_nothing(ada, hr, client):
    client.force_login(hr)
    asked = {"column": "start_date", "text": "1.2.2026", "reason": "so", "until": UNTIL}
    page = client.post(f"/contributors/{ada.pk}/overrides/", asked, follow=True).content.decode()
    assert "is not a date of the form" in page
    page = client.post(f"/contributors/{ada.pk}/overrides/", {"column": "title"}, follow=True).content.decode()
    assert "Say why this overrides the sources." in page
    assert not Override.objects.exists()


def test_the_timeline_tells_terms_changes_merges_holds_and_runs(ada, hr, operations, client, organisation):
    cast.make_engagement(ada, organisation.quay, title="Crane", start_date=date(2025, 1, 1), end_date=date(2025, 6, 30))
    now = timezone.now()
    Hold.objects.create(
        subject_type="contributor", subject_id=ada.pk, scope="start", reason="No id seen", cause="test",
        from_date=now.date(), placed_at=now, lifted_at=now,
    )  # fmt: skip
    client.force_login(hr)
    page = client.get(f"/contributors/{ada.pk}/timeline/").content.decode()
    order = [
        "Hold lifted",
        "Held: may not start",
        "Contributor updated",
        "First sent by",
        "Ends: Crane",
        "Begins: Crane",
    ]
    places = [page.index(words) for words in order[2:]]
    assert places == sorted(places)
    assert all(words in page for words in [*order, "Contributor merged", "<ins>+49 30 1</ins>", "First sent by vms"])
    client.force_login(operations)
    assert "First sent by" not in client.get(f"/contributors/{ada.pk}/timeline/").content.decode()

"""A person's word on identities: merged, kept apart, later, taken back; by any way, in any order, and exactly reversible."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.sources.identity import (
    MergeRefused,
    decide_match,
    keep_apart,
    merge_contributors,
    put_off,
    resolve_identities,
    take_back,
    unmerge,
)
from orchestration.sources.models import Match, MatchDecision, Merge
from tests import cast
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 1)


@pytest.fixture
def paul(db):
    """Two records under one national id and two birth dates: a match for a person to decide on."""
    for kind, born in (("employee", BORN), ("contractor", date(1974, 11, 30))):
        cast.make_contributor(
            kind, "Paul Kern", given_name="Paul", family_name="Kern", birth_date=born, national_id="N2345678"
        )
    resolve_identities()
    return Match.objects.get()


def state_of() -> list[tuple]:
    """All that stands in the rows but when it was written."""
    names = [field.attname for field in Contributor._meta.concrete_fields if field.attname != "recorded_at"]
    return list(Contributor.objects.order_by("pk").values_list(*names))


def replay(standing: dict[int, int], pk: int) -> int:
    """The record that stands for another, by the merges that stand."""
    while pk in standing:
        pk = standing[pk]
    return pk


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 7), st.integers(0, 7)), max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_merges_and_unmerges_ends_where_the_standing_merges_say(steps, hr):
    Merge.objects.all().delete()
    MatchDecision.objects.all().delete()
    Contributor.objects.update(merged_into=None)
    Contributor.objects.all().delete()
    people = [cast.make_contributor("employee", f"Person {n}", email=f"{n}@example.org") for n in range(8)]
    before, standing = state_of(), {}
    for does_merge, a, b in steps:
        kept, merged = people[a], people[b]
        if does_merge:
            is_open = a != b and kept.pk not in standing and merged.pk not in standing
            if is_open:
                merge_contributors(kept=kept, merged=merged, by=hr, reason="the same")
                standing[merged.pk] = kept.pk
            else:
                with pytest.raises(MergeRefused):
                    merge_contributors(kept=kept, merged=merged, by=hr, reason="the same")
        elif standing:
            merged_pk = sorted(standing)[a % len(standing)]
            unmerge(Merge.objects.standing().get(merged=merged_pk), by=hr)
            del standing[merged_pk]
        roots = {pk: root or pk for pk, root in Contributor.objects.values_list("pk", "merged_into")}
        assert roots == {person.pk: replay(standing, person.pk) for person in people}
    for merge in Merge.objects.standing().order_by("?"):
        unmerge(merge, by=hr)
    assert state_of() == before


def test_a_match_is_merged_with_what_the_person_saw_and_leaves_the_queue(paul, hr):
    merge = decide_match(match=paul, verdict="merge", reason="The passport says so", by=hr)
    assert merge.reasons[0] == ["The passport says so", None]
    assert ["same national id", 19.9] in merge.reasons
    assert (Match.objects.count(), Contributor.objects.canonical().count()) == (0, 1)
    event = Event.objects.get(action="contributor.merged")
    assert (event.actor, event.subject_id, event.after) == (hr, merge.merged_id, {"merged_into": merge.kept_id})


def test_what_is_kept_apart_stays_apart_until_that_is_taken_back(paul, hr):
    decision = decide_match(match=paul, verdict="apart", reason="Father and son", by=hr)
    assert resolve_identities().to_review == 0
    take_back(decision, by=hr)
    assert resolve_identities().to_review == 1
    with pytest.raises(MergeRefused, match="taken back already"):
        take_back(decision, by=hr)
    assert [e.action for e in Event.objects.filter(action__startswith="match.").order_by("pk")] == [
        "match.decided",
        "match.reopened",
    ]


def test_kept_apart_outweighs_equal_ids_even_through_a_third_record(hr):
    first, second = (cast.make_contributor("employee", "Ada Berg", national_id="N2345678") for _ in range(2))
    keep_apart(first=first, second=second, by=hr)
    cast.make_contributor("contractor", "Ada Berg", national_id="N2345678")
    assert resolve_identities().merged == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.merged_into, second.merged_into) == (None, None)


def test_an_undone_merge_is_not_made_again_until_a_person_makes_it(hr):
    first, second = (cast.make_contributor("employee", "Ada Berg", national_id="N2345678") for _ in range(2))
    resolve_identities()
    unmerge(Merge.objects.get(), by=hr)
    assert resolve_identities().merged == 0
    merge_contributors(kept=first, merged=second, by=hr, reason="After all")
    assert MatchDecision.objects.standing_apart().count() == 0
    assert Merge.objects.count() == 2  # the undone one stays as it was
    with pytest.raises(MergeRefused, match="undone already"):
        unmerge(Merge.objects.exclude(undone_at=None).get(), by=hr)


def test_what_is_put_off_comes_last_and_keeps_its_address(paul, hr):
    for kind, born in (("employee", None), ("contractor", BORN)):
        cast.make_contributor(
            kind, "Ada Berg", given_name="Ada", family_name="Berg", birth_date=born, phone="030 998877"
        )
    resolve_identities()
    surest, other = Match.objects.in_turn()
    assert surest.bits > other.bits
    put_off(match=surest, by=hr)
    resolve_identities()
    assert list(Match.objects.in_turn()) == [other, surest]


def test_people_firms_and_agents_are_never_one_another(organisation, hr):
    for other in (organisation.vendor, organisation.agent):
        with pytest.raises(MergeRefused, match="never one another"):
            merge_contributors(kept=organisation.employee, merged=other, by=hr, reason="no")


def test_the_api_lists_decides_and_takes_back(paul, hr, api):
    client = api(hr)
    (row,) = client.get("/api/v1/matches/").json()["results"]
    assert (row["first"], row["second"], row["reasons"][0]) == (
        paul.first_id,
        paul.second_id,
        ["same national id", 19.9],
    )
    decided = client.post(f"/api/v1/matches/{paul.pk}/decisions/", {"verdict": "apart", "reason": "Father and son"})
    assert (decided.status_code, decided.json()["verdict"], decided.json()["by"]) == (201, "apart", "hr")
    withdrawn = client.post(f"/api/v1/match-decisions/{decided.json()['id']}/withdrawals/")
    assert withdrawn.json()["taken_back_at"]
    merged = client.post("/api/v1/merges/", {"kept": paul.first_id, "merged": paul.second_id, "reason": "Passport"})
    assert (merged.status_code, merged.json()["reasons"]) == (201, [["Passport", None]])
    again = client.post("/api/v1/merges/", {"kept": paul.first_id, "merged": paul.second_id, "reason": "Passport"})
    assert (again.status_code, again.headers["Content-Type"]) == (409, "application/problem+json")
    undone = client.post(f"/api/v1/merges/{merged.json()['id']}/undoings/")
    assert (undone.status_code, bool(undone.json()["undone_at"])) == (201, True)
    assert client.post(f"/api/v1/matches/{paul.pk}/decisions/", {"verdict": "perhaps"}).status_code in (400, 404)


def test_others_see_neither_pairs_nor_pages(paul, organisation, outsider, client):
    client.force_login(outsider)
    assert client.get(f"/sources/matches/{paul.pk}/").status_code == 404
    client.post("/sources/matches/decisions/", {"match": paul.pk, "verdict": "merge"})
    assert not Merge.objects.exists()


@pytest.mark.parametrize("pairs", [1, 3])
def test_the_queue_asks_the_database_as_often_for_three_pairs_as_for_one(pairs, hr, client, django_assert_num_queries):
    people = [cast.make_contributor("employee", f"Person {n}") for n in range(2 * pairs)]
    for first, second in zip(people[::2], people[1::2], strict=True):
        Match.objects.create(first=first, second=second, bits=3, probability=0.9, reasons=[["same phone", 9.0]])
    client.force_login(hr)
    client.get("/sources/matches/")
    with django_assert_num_queries(QUERIES):
        assert client.get("/sources/matches/").status_code == 200


QUERIES = 11

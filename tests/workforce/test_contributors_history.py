"""History: the registry at any moment is what it was then, whoever wrote it and however."""

import time
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import cast
from workforce.contributors.models import Contributor, ContributorSkill, Skill
from workforce.contributors.query import apply_query
from workforce.engagements.models import Engagement
from workforce.ledger.as_of import reading_at, registry_as_of
from workforce.ledger.record import record_event
from workforce.ledger.versions import keep_all_versions

pytestmark = pytest.mark.django_db
FACTS = ("name", "title", "weekly_hours", "merged_into_id", "email")
NAMES = st.sampled_from(["Ada", "Bo", "Cy", "Dé 100 %"])
WHICH = st.integers(0, 5)
STEPS = st.one_of(
    st.tuples(st.just("create"), NAMES, WHICH),
    st.tuples(st.just("save"), WHICH, NAMES),
    st.tuples(st.just("update"), WHICH, NAMES),
    st.tuples(st.just("bulk"), st.lists(WHICH, min_size=1, max_size=4), NAMES),
    st.tuples(st.just("upsert"), st.lists(WHICH, min_size=1, max_size=4, unique=True), NAMES),
    st.tuples(st.just("sql"), WHICH, NAMES),
    st.tuples(st.just("merge"), WHICH, WHICH),
    st.tuples(st.just("same"), WHICH, NAMES),
    st.tuples(st.just("delete"), WHICH, NAMES),
)


def take(step):
    """One change, by the way of writing that its name says."""
    verb, first, second = step
    if verb == "create":
        Contributor.objects.create(kind="employee", name=first)
        return
    ids = sorted(Contributor.objects.values_list("pk", flat=True))
    chosen = [ids[n % len(ids)] for n in (first if isinstance(first, list) else [first])] if ids else []
    rows = list(Contributor.objects.filter(pk__in=chosen))
    if not rows:
        return
    if verb == "save":
        rows[0].title = second
        rows[0].save()
    elif verb == "update":
        Contributor.objects.filter(pk=rows[0].pk).update(title=second, weekly_hours="38.50")
    elif verb == "bulk":
        for row in rows:
            row.email = f"{second}@example.org"
        Contributor.objects.bulk_update(rows, ["email"])
    elif verb == "upsert":
        for row in rows:
            row.title = second
        Contributor.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=["title"])
    elif verb == "sql":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE contributors_contributor SET name = %s WHERE id >= %s", [second, rows[0].pk])
    elif verb == "merge":
        kept = ids[second % len(ids)]
        if kept != rows[0].pk and not Contributor.objects.filter(merged_into=rows[0].pk).exists():
            Contributor.objects.filter(pk=rows[0].pk).update(merged_into=kept)
    elif verb == "same":
        Contributor.objects.filter(pk=rows[0].pk).update(name=rows[0].name)
    elif verb == "delete" and not Contributor.objects.filter(merged_into=rows[0].pk).exists():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM contributors_contributor WHERE id = %s", [rows[0].pk])


def registry():
    rows = list(Contributor.objects.values_list("pk", *FACTS))
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows}


def a_moment():
    """An instant that no write shares: SQLite's clock ticks in milliseconds."""
    time.sleep(0.002)
    moment = datetime.now(UTC)
    time.sleep(0.002)
    return moment


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_every_moment_equals_the_copy_kept_of_it(steps):
    with transaction.atomic():
        copies, first_recorded = [], {}
        for step in steps:
            take(step)
            copies.append((a_moment(), registry()))
            for pk, facts in copies[-1][1].items():
                first_recorded.setdefault(pk, (len(copies), facts))
        for number, (moment, copy) in enumerate(copies, start=1):
            with reading_at(moment, moment.date()):
                past = registry()
            # Whoever was recorded later stands as first recorded.
            later = {pk: facts for pk, (first, facts) in first_recorded.items() if first > number}
            assert past == copy | later
        transaction.set_rollback(True)


PAST = date(2026, 3, 31)


def recorded_on(obj, instant, **facts):
    """Lets the present version of a row begin at an instant, as if it had been written then."""
    table = obj._meta.db_table
    words = ", ".join([f"{name} = %s" for name in ("recorded_at", *facts)])
    trigger = "DISABLE TRIGGER {0}_stamp" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        if trigger:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} {trigger.format(table)}")
            cursor.execute(f"UPDATE {table} SET {words} WHERE id = %s", [instant, *facts.values(), obj.pk])
            cursor.execute(f"DELETE FROM {table}_past WHERE id = %s", [obj.pk])
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_stamp")
            return
        cursor.execute(f"DROP TRIGGER {table}_stay")
        cursor.execute(
            f"UPDATE {table} SET {words} WHERE id = %s",
            [instant.replace(tzinfo=None), *(v.replace(tzinfo=None) for v in facts.values()), obj.pk],
        )
    keep_all_versions()


@pytest.fixture
def long_known(organisation):
    """The company as if it had been recorded at the start of 2026."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    for one in Contributor.objects.all():
        recorded_on(one, then, first_recorded_at=then)
    for one in Engagement.objects.all():
        recorded_on(one, then, first_recorded_at=then)
    for one in ContributorSkill.objects.all():
        recorded_on(one, then)
    return organisation


def names(found):
    return sorted(found.values_list("name", flat=True))


def test_a_question_of_the_query_language_is_answered_as_of_the_day(long_known):
    moor = long_known.contractor
    long_known.vendor.name = "Ebb Staffing"
    long_known.vendor.save()
    Contributor.objects.filter(pk=moor.pk).update(title="Diver", unit=long_known.mill)
    moor.skills.clear()
    Engagement.objects.filter(pk=long_known.engagement.pk).update(end_date=date(2026, 2, 1))
    asked = ['supplier = "Tide Staffing"', 'unit = "Harbour" and kind = "contractor"', 'skills = "Welding"',
             "has_running_engagement = True", "tenure_days = 90", 'title = ""and kind = "contractor"']  # fmt: skip
    for query in asked:
        assert names(apply_query(Contributor.objects.all(), query, today=PAST)) == [], query
        with registry_as_of(PAST):
            assert names(apply_query(Contributor.objects.all(), query, today=PAST)) == ["Cyd Moor"], query


def test_who_may_see_whom_is_asked_of_the_day_as_well(long_known):
    chief = cast.make_user("operations", unit=long_known.quay, username="chief")
    Contributor.objects.filter(pk=long_known.contractor.pk).update(unit=long_known.mill)
    Engagement.objects.filter(pk=long_known.engagement.pk).update(unit=long_known.mill)
    assert names(Contributor.objects.visible_to(chief)) == ["Berth planner"]
    with registry_as_of(PAST):
        assert names(Contributor.objects.visible_to(chief)) == ["Berth planner", "Cyd Moor"]


def test_skills_and_merges_are_those_of_the_day(long_known):
    twin = cast.make_contributor("contractor", "C. Moor")
    recorded_on(twin, datetime(2026, 1, 1, tzinfo=UTC), first_recorded_at=datetime(2026, 1, 1, tzinfo=UTC))
    long_known.contractor.skills.add(Skill.objects.create(name="Diving", slug="diving"))
    Contributor.objects.filter(pk=twin.pk).update(merged_into=long_known.contractor)
    assert "C. Moor" not in names(Contributor.objects.canonical())
    with registry_as_of(PAST):
        assert "C. Moor" in names(Contributor.objects.canonical())
        assert names(Contributor.objects.get(pk=long_known.contractor.pk).skills) == ["Welding"]


def test_before_it_was_recorded_a_contributor_stands_as_first_recorded_if_its_dates_say_so(organisation):
    cast.make_contributor("employee", "Old hand", start_date=date(2020, 1, 1))
    cast.make_contributor("employee", "New hand", start_date=date(2026, 6, 1))
    Contributor.objects.filter(name="Old hand").update(title="Harbour master")
    with registry_as_of(PAST):
        assert {"Ada Stern", "Old hand"} <= set(names(Contributor.objects.all()))
        assert "New hand" not in names(Contributor.objects.all())
        assert Contributor.objects.get(name="Old hand").title == ""
        assert names(Contributor.objects.filter(skills__slug="welding")) == ["Cyd Moor"]


def test_today_and_days_to_come_are_the_present_and_writes_are_written(long_known):
    with registry_as_of(PAST):
        Contributor.objects.filter(pk=long_known.agent.pk).update(title="Second planner")
        assert Contributor.objects.get(pk=long_known.agent.pk).title == ""
    for day in (None, datetime.now(UTC).date(), date.max):
        with registry_as_of(day):
            assert Contributor.objects.get(pk=long_known.agent.pk).title == "Second planner"


def test_what_does_not_differ_makes_no_version(organisation):
    one = Contributor.objects.get(pk=organisation.partner.pk)
    stale = Contributor.objects.get(pk=one.pk)
    one.title = "Lighthouse"
    one.save()
    began = Contributor.objects.get(pk=one.pk).recorded_at
    Contributor.objects.filter(pk=one.pk).update(title="Lighthouse")
    stale.title = "Lighthouse"
    stale.save()
    assert Contributor.objects.get(pk=one.pk).recorded_at == began
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM contributors_contributor_past WHERE id = %s", [one.pk])
        assert cursor.fetchone() == (1,)


def test_the_api_answers_as_of_a_day(long_known, hr, api):
    Contributor.objects.filter(pk=long_known.contractor.pk).update(name="Cyd Stern", kind="employee")
    client, url = api(hr), f"/api/v1/contributors/{long_known.contractor.pk}/"
    assert (client.get(url).json()["name"], client.get(url, {"as_of": "2026-03-31"}).json()["name"]) == (
        "Cyd Stern",
        "Cyd Moor",
    )
    rows = client.get("/api/v1/contributors/", {"as_of": "2026-03-31", "q": 'kind = "contractor"'}).json()["results"]
    assert [(row["name"], row["skills"], row["supplier_name"]) for row in rows] == [
        ("Cyd Moor", ["Welding"], "Tide Staffing")
    ]
    refused = client.get("/api/v1/contributors/", {"as_of": "31.3.2026"})
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        {"as_of": ["'31.3.2026' is not a day such as 2026-03-31."]},
    )


def told(contributor, by=None, **change):
    record_event(
        action="contributor.updated", subject=contributor, by=by, reason="Import",
        before={name: pair[0] for name, pair in change.items()}, after={name: pair[1] for name, pair in change.items()},
    )  # fmt: skip


def test_changes_since_a_day_are_told_oldest_first_and_covered(organisation, hr, operations, outsider, api):
    told(organisation.employee, street=("Kai 7", "Kai 8"), unit=(organisation.harbour.pk, organisation.quay.pk))
    told(organisation.agent, status=("active", "left"))
    record_event(action="engagement.created", subject=organisation.engagement, after={"basis": "hourly"})
    rows = api(hr).get("/api/v1/changes/", {"since": timezone.now().date().isoformat()}).json()["results"]
    assert [(row["contributor"], row["action"]) for row in rows] == [
        (organisation.employee.pk, "contributor.updated"), (organisation.agent.pk, "contributor.updated"),
        (organisation.contractor.pk, "engagement.created"),
    ]  # fmt: skip
    assert rows[0]["after"]["street"] == "Kai 8"
    assert api(operations).get("/api/v1/changes/").json()["results"][0]["after"]["street"] == "(hidden)"
    assert api(outsider).get("/api/v1/changes/").json()["results"] == []
    assert api(hr).get("/api/v1/changes/", {"since": "2999-01-01T00:00:00Z"}).json()["results"] == []
    kinds = api(hr).get("/api/v1/changes/", {"kind": "ai_agent", "unit": organisation.harbour.pk}).json()["results"]
    assert [row["contributor"] for row in kinds] == [organisation.agent.pk]


def test_the_page_of_changes_groups_by_contributor_in_words(organisation, hr, client, django_assert_num_queries):
    client.force_login(hr)
    empty = client.get("/contributors/changes/")
    assert "Nothing changed since" in empty.content.decode()
    told(organisation.employee, unit=(organisation.harbour.pk, organisation.quay.pk))
    told(organisation.agent, owner=(organisation.employee.pk, None), status=("active", "left"))
    page = client.get("/contributors/changes/").content.decode()
    assert "<del>Harbour</del>" in page
    assert "<ins>Quay</ins>" in page
    assert page.index("Berth planner</a>") < page.index("Ada Stern</a>")
    assert "<ins>Left</ins>" in client.get("/contributors/changes/?what=left&kind=ai_agent").content.decode()
    assert "Ada Stern</a>" not in client.get("/contributors/changes/?what=left").content.decode()
    with django_assert_num_queries(12):
        client.get("/contributors/changes/")
    for _ in range(3):
        told(organisation.vendor, unit=(organisation.harbour.pk, organisation.quay.pk))
        told(organisation.partner, owner=(organisation.employee.pk, None))
    with django_assert_num_queries(12):
        client.get("/contributors/changes/")
    assert client.get("/contributors/changes/?since=x&unit=²&page=-1").status_code == 400


def test_the_page_of_a_contributor_says_clearly_that_it_shows_a_past_day(long_known, hr, client):
    client.force_login(hr)
    Contributor.objects.filter(pk=long_known.contractor.pk).update(name="Cyd Stern")
    Engagement.objects.filter(pk=long_known.engagement.pk).update(title="Diver")
    url = f"/contributors/{long_known.contractor.pk}/"
    assert "As it was on" not in client.get(url).content.decode()
    past = client.get(url, {"as_of": "2026-03-31"}).content.decode()
    assert "<h1>Cyd Moor</h1>" in past
    assert "As it was on 31 Mar 2026." in past
    assert "Welder" in client.get(f"{url}engagements/", {"as_of": "2026-03-31"}).content.decode()
    assert "The present is shown" in client.get(url, {"as_of": "soon"}).content.decode()

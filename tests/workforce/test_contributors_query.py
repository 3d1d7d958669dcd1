from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workforce.contributors.models import Contributor
from workforce.contributors.query import QueryError, apply_query, query_schema
from workforce.contributors.query_facts import tenure_days
from workforce.engagements.models import Engagement
from workforce.organisation.models import Unit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 30)


def names(text, today=TODAY):
    found = apply_query(Contributor.objects.canonical(), text, today=today)
    return sorted(found.values_list("name", flat=True))


@pytest.fixture
def people():
    works = Unit.objects.create(name="Works")
    lab = Unit.objects.create(name="Lab", parent=works)
    ada = Contributor.objects.create(kind="employee", name="Ada", country="DE", unit=lab)
    Contributor.objects.create(kind="ai_agent", name="Bot", owner=ada)
    Contributor.objects.create(kind="contractor", name="Cyd", country="FR", unit=works, status="left")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kind = "ai_agent" and owner = None', []),
        ("owner_active = True", ["Bot"]),
        ('kind = "employee" or kind = "contractor" and country = "DE"', ["Ada"]),
        ('kind = "contractor" and country = "DE" or kind = "employee"', ["Ada"]),
        ('unit = "Works"', ["Ada", "Cyd"]),
        ('unit != "Works"', ["Bot"]),
        ("country = None", ["Bot"]),
        ("active = False", ["Cyd"]),
        ("tenure_days <= 0 and cleared = True", ["Ada", "Bot", "Cyd"]),
        ('name ~ "D"', ["Ada", "Cyd"]),
    ],
)
def test_a_query_names_exactly_its_contributors(people, text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "suggestion"),
    [
        ('kid = "x"', 1, 1, "kind"),
        ('name = "a" and\n  contry = "DE"', 2, 3, "country"),
        ('kind = "agent"', 1, 1, '"ai_agent"'),
        ('tenure_days > "x"', 1, 1, ""),
        ('name = "\\u0000"', 1, 1, ""),
        ('name = "\\ud800"', 1, 1, ""),
        ("weekly_hours > 1e999999999", 1, 1, ""),
        ('start_date > "31.03.2026"', 1, 1, ""),
        ("name =", 1, 7, ""),
        ("(" * 900, 1, 901, ""),
        ("x" * 3000, 1, 1, ""),
    ],
)
def test_a_wrong_query_is_refused_with_place_and_suggestion(text, line, column, suggestion):
    with pytest.raises(QueryError) as refusal:
        apply_query(Contributor.objects.all(), text)
    assert (refusal.value.line, refusal.value.column, refusal.value.suggestion) == (line, column, suggestion)


def test_the_completion_knows_the_derived_facts():
    fields = query_schema()["models"]["contributors.contributor"]
    assert fields["tenure_days"]["type"] == "int"
    assert fields["kind"]["options"] == ["employee", "contractor", "vendor", "partner", "ai_agent"]


def count_tenure(spans):
    """Day by day backwards from today: worked days until 90 days in a row without work."""
    days = {first + timedelta(n) for first, length in spans for n in range(length) if first + timedelta(n) <= TODAY}
    day, idle, worked = TODAY, 0, 0
    while idle < 90:
        idle, worked = (0, worked + 1) if day in days else (idle + 1, worked)
        day -= timedelta(1)
    return worked


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(-20, 600).map(lambda n: TODAY - timedelta(n)), st.integers(1, 200), st.booleans()),
        max_size=6,
    )
)
@example([(TODAY - timedelta(90), 1, False)])
@example([(TODAY - timedelta(89), 1, False)])
def test_tenure_is_the_union_of_days_over_suppliers_and_merged_records(db, spans):
    unit = Unit.objects.create(name="Works")
    kept = Contributor.objects.create(kind="contractor", name="Kept")
    merged = Contributor.objects.create(kind="contractor", name="Merged", merged_into=kept)
    for first, length, on_merged in spans:
        end = first + timedelta(length - 1)
        Engagement.objects.create(
            contributor=merged if on_merged else kept, unit=unit, basis="hourly", start_date=first, end_date=end
        )
    expected = count_tenure([(first, length) for first, length, _ in spans])
    assert tenure_days(day=TODAY, contributor_ids=[kept.pk]).get(kept.pk, 0) == expected
    assert apply_query(Contributor.objects.filter(pk=kept.pk), f"tenure_days = {expected}", today=TODAY).exists()
    Contributor.objects.filter(merged_into=kept).update(merged_into=None)
    Engagement.objects.all().delete()

"""The golden record: which source counts for which field, what a person overrides, and that unmerging gives all back."""

import csv
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.sources.golden import settle_every_golden, settle_golden
from orchestration.sources.identity import merge_contributors, unmerge
from orchestration.sources.models import Merge, Override, OwnFacts, SourceRecord
from orchestration.sources.override import end_override, expire_overrides, override_fact
from orchestration.sources.precedence import order_sources
from orchestration.sources.sync import import_table
from tests.orchestration.golden_model import Registry
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
COLUMNS = (
    "name",
    "phone",
    "title",
    "national_id",
    "street",
    "city",
    "start_date",
    "end_date",
    "status",
    "skills",
    "manager",
)
TOMORROW = timedelta(days=1)


@pytest.fixture
def send(tmp_path):
    """`send("hris", source_id="E1", name="Ada")` imports that row and returns its contributor."""

    def take(source, **cells):
        path = tmp_path / f"{source}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["source_id", "kind", *COLUMNS], restval="")
            writer.writeheader()
            writer.writerow({"kind": "employee", **cells})
        report = import_table(kind="contributors", paths=[path], source=source)
        assert report.rejections == []
        return Contributor.objects.get(pk=id_of((source, cells["source_id"])))

    return take


def id_of(who) -> int:
    return SourceRecord.objects.get(source__name=who[0], kind="contributors", key=who[1]).object_id


def merge(kept, merged, by=None):
    kept, merged = Contributor.objects.get(pk=kept.pk), Contributor.objects.get(pk=merged.pk)
    done = merge_contributors(kept=kept, merged=merged, by=by, reason="the same person")
    settle_golden([kept.pk])
    return done


def part(done):
    unmerge(done)
    settle_golden([done.kept_id, done.merged_id])


def shown(pk):
    c = Contributor.objects.get(pk=pk)
    return {name: getattr(c, name) for name in COLUMNS if name not in ("skills", "manager")} | {
        "skills": tuple(sorted(c.skills.values_list("name", flat=True))), "manager": c.manager_id,
    }  # fmt: skip


def test_an_empty_field_of_the_root_is_filled_and_given_back(send):
    first = send("hris", source_id="1", name="Ada Berg", title="Welder")
    second = send("vms", source_id="9", name="A. Berg", phone="+49 30 1", title="Lead welder", skills="Welding")
    before = shown(first.pk), shown(second.pk)
    done = merge(first, second)
    assert shown(first.pk) == before[0] | {"phone": "+49 30 1", "skills": ("Welding",)}
    assert shown(second.pk) == before[1]
    part(done)
    assert (shown(first.pk), shown(second.pk)) == before
    assert not OwnFacts.objects.exists()


def test_a_value_entered_by_hand_before_the_merge_is_given_back_too(send, hr):
    first = send("hris", source_id="1", name="Ada Berg")
    Contributor.objects.filter(pk=first.pk).update(phone="by hand")
    second = send("vms", source_id="9", name="A. Berg", phone="+49 30 1")
    order_sources(column="phone", sources=["vms"], by=hr)
    done = merge(first, second)
    assert shown(first.pk)["phone"] == "+49 30 1"
    part(done)
    assert shown(first.pk)["phone"] == "by hand"


def test_the_contractor_who_became_an_employee_is_shown_as_one_who_is_here(send):
    first = send(
        "vms",
        source_id="9",
        kind="contractor",
        name="Ada Berg",
        start_date="2024-01-01",
        end_date="2025-12-31",
        status="left",
    )
    second = send("hris", source_id="1", name="Ada Berg", start_date="2026-01-01")
    merge(first, second)
    now = Contributor.objects.get(pk=first.pk)
    assert (now.kind, now.status, now.start_date, now.end_date) == ("employee", "active", date(2026, 1, 1), None)


def test_a_source_that_has_no_say_changes_nothing_that_is_shown_and_writes_no_event(send, hr):
    first, second = (
        send("hris", source_id="1", name="Ada", phone="1"),
        send("vms", source_id="9", name="Ada B", phone="2"),
    )
    order_sources(column="*", sources=["vms"], by=hr)
    merge(first, second)
    told = Event.objects.count()
    send("hris", source_id="1", name="Ada", phone="111")
    assert (shown(first.pk)["phone"], Event.objects.count()) == ("2", told)
    send("vms", source_id="9", name="Ada B", phone="-")
    assert shown(first.pk)["phone"] == "111"
    last = Event.objects.order_by("pk").last()
    assert (last.before, last.after, last.reason) == (
        {"phone": "2"}, {"phone": "111"}, "Golden record: phone from hris",
    )  # fmt: skip


def test_an_override_counts_until_its_last_day_and_imports_do_not_touch_it(send, hr):
    first = send("hris", source_id="1", name="Ada", national_id="N1")
    override_fact(
        contributor=first, column="national_id", text="N-77777", reason="card seen", until=timezone.now().date(), by=hr
    )
    told = Event.objects.count()
    send("hris", source_id="1", name="Ada", national_id="N2")
    now = Contributor.objects.get(pk=first.pk)
    assert (now.national_id, now.national_id_hash, Event.objects.count()) == ("N-77777", key_hash("N77777"), told)
    Override.objects.update(until=timezone.now().date() - TOMORROW)
    assert (expire_overrides(), expire_overrides()) == (1, 0)
    assert shown(first.pk)["national_id"] == "N2"
    assert not OwnFacts.objects.exists()
    assert "77777" not in str(list(Event.objects.values_list("before", "after"))).replace("••••7777", "")


def test_an_override_taken_back_lets_the_sources_count_at_once(send, hr):
    first = send("hris", source_id="1", name="Ada", title="Welder", manager="")
    boss = send("hris", source_id="2", name="Bo")
    override_fact(contributor=first, column="manager", text="hris:2", reason="acting", until=date(2030, 1, 1), by=hr)
    override_fact(contributor=first, column="skills", text="Tides; Knots", reason="seen", until=date(2030, 1, 1), by=hr)
    assert (shown(first.pk)["manager"], shown(first.pk)["skills"]) == (boss.pk, ("Knots", "Tides"))
    for override in Override.objects.all():
        end_override(override=override, by=hr)
    assert (shown(first.pk)["manager"], shown(first.pk)["skills"]) == (None, ())
    with pytest.raises(ValidationError, match="ended already"):
        end_override(override=Override.objects.first(), by=hr)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"column": "nme"}, "is not a field"),
        ({"column": "start_date", "text": "1.1.2026"}, "is not a date"),
        ({"column": "name", "text": "-"}, "cannot be empty"),
        ({"reason": " "}, "Say why"),
        ({"until": date(2020, 1, 1)}, "has passed"),
        ({"column": "manager", "text": "hris:nobody"}, "nobody you can see"),
        ({"column": "manager", "text": "hris:1"}, "cannot be its own"),
        ({"column": "country", "text": "Atlantis"}, "not an ISO 3166 country"),
    ],
)
def test_what_cannot_be_overridden_is_refused_with_words(send, hr, given, words):
    first = send("hris", source_id="1", name="Ada")
    usual = {"column": "title", "text": "Lead", "reason": "agreed", "until": date(2030, 1, 1)}
    with pytest.raises(ValidationError, match=words):
        override_fact(contributor=first, by=hr, **{**usual, **given})
    assert not Override.objects.exists()


def test_only_hr_and_admins_override_and_order(send, operations):
    first = send("hris", source_id="1", name="Ada")
    with pytest.raises(PermissionDenied):
        override_fact(contributor=first, column="title", text="x", reason="y", until=date(2030, 1, 1), by=operations)
    with pytest.raises(PermissionDenied):
        order_sources(column="*", sources=["hris"], by=operations)


def test_a_row_that_would_end_before_it_starts_is_refused_for_a_golden_record_too(send, tmp_path):
    first = send("hris", source_id="1", name="Ada", start_date="2025-01-01")
    merge(first, send("vms", source_id="9", name="Ada"))
    path = tmp_path / "bad.csv"
    path.write_text("source_id,kind,name,end_date,phone\n1,employee,Ada,2024-01-01,5\n")
    report = import_table(kind="contributors", paths=[path], source="hris")
    assert [(r["code"], r["column"]) for r in report.rejections] == [("ends_before_start", "end_date")]
    assert shown(first.pk)["phone"] == ""


def test_settling_asks_the_same_few_questions_for_one_and_for_many(send, django_assert_num_queries):
    pairs = [
        (send("hris", source_id=str(n), name=f"Ada {n}"), send("vms", source_id=str(n), name=f"A {n}", phone="1"))
        for n in range(4)
    ]
    for kept, merged in pairs:
        merged.merged_into = kept
        merged.save(update_fields=["merged_into"])
    with CaptureQueriesContext(connection) as for_one:
        assert settle_golden([pairs[0][0].pk]) == 1
    with CaptureQueriesContext(connection) as for_many:
        assert settle_golden([kept.pk for kept, _ in pairs[1:]]) == 3
    assert len(for_one) == len(for_many) <= 16
    with django_assert_num_queries(10):
        assert settle_golden([kept.pk for kept, _ in pairs]) == 0


def test_plain_contributors_cost_one_question_more(send, django_assert_num_queries):
    first = send("hris", source_id="1", name="Ada")
    with django_assert_num_queries(10):
        assert settle_golden([first.pk]) == 0


WHO = st.sampled_from([("hris", "1"), ("hris", "2"), ("vms", "1"), ("agents", "1"), ("agents", "2")])
CELLS = {
    "name": st.sampled_from(["Ada", "Bo"]),
    "phone": st.sampled_from(["", "1", "2", "-"]),
    "title": st.sampled_from(["", "Welder", "Pilot"]),
    "national_id": st.sampled_from(["", "N1", "N2", "-"]),
    "street": st.sampled_from(["", "Kai 7", "-"]),
    "city": st.sampled_from(["", "Kiel", "Emden", "-"]),
    "start_date": st.sampled_from(["", "2024-01-01", "2024-06-01", "-"]),
    "end_date": st.sampled_from(["", "2025-01-01", "2025-06-01", "-"]),
    "status": st.sampled_from(["", "active", "left"]),
    "skills": st.sampled_from(["", "Knots", "Knots;Tides", "-"]),
    "manager": st.sampled_from(["", "vms:1", "hris:1", "-"]),
}
BY_HAND = st.one_of(
    st.tuples(st.just("start_date"), st.sampled_from(["2025-03-01", "-"])),
    st.tuples(st.just("end_date"), st.sampled_from(["2023-01-01", "-"])),
    st.tuples(st.just("phone"), st.sampled_from(["9", "-"])),
    st.tuples(st.just("national_id"), st.just("N9")),
    st.tuples(st.just("skills"), st.sampled_from(["Tides", "-"])),
)
STEPS = st.one_of(
    st.tuples(st.just("send"), WHO, st.fixed_dictionaries(CELLS)),
    st.tuples(st.just("merge"), WHO, WHO),
    st.tuples(st.just("part"), st.integers(0, 5), st.none()),
    st.tuples(
        st.just("order"),
        st.sampled_from(["*", "phone", "start_date", "skills"]),
        st.permutations(["hris", "vms", "agents"]),
    ),
    st.tuples(st.just("override"), WHO, BY_HAND),
    st.tuples(st.just("expire"), st.integers(0, 5), st.none()),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(STEPS, min_size=4, max_size=14))
def test_any_sequence_shows_what_the_plain_model_shows(send, admin, steps):
    with transaction.atomic():
        model = Registry()
        for who in [("hris", "1"), ("vms", "1"), ("agents", "1")]:
            take(model, ("send", who, {"name": "Ada"}), send, admin)
        for step in steps:
            take(model, step, send, admin)
            compare(model)
        for done in Merge.objects.filter(undone_at=None).order_by("-pk"):
            part(done)
        Override.objects.update(until=timezone.now().date() - TOMORROW)
        expire_overrides()
        model.parent, model.overrides = {}, {}
        compare(model)
        assert not OwnFacts.objects.exists()
        transaction.set_rollback(True)


def compare(model):
    for who in model.own:
        expected = model.shown(who)
        manager = expected["manager"]
        expected = {name: expected[name] for name in COLUMNS} | {"manager": manager and id_of(manager)}
        assert shown(id_of(who)) == expected, who


def take(model, step, send, by):
    """One step in the product and in the plain model."""
    verb, first, second = step
    if verb == "send":
        if second.get("manager", "") in ("-", "") or tuple(second["manager"].split(":")) != first:
            send(first[0], source_id=first[1], **second)
            model.take(first, second)
    elif verb == "merge" and {first, second} <= set(model.own):
        kept, merged = model.root(first), model.root(second)
        if kept != merged:
            merge(Contributor(pk=id_of(kept)), Contributor(pk=id_of(merged)))
            model.parent[merged] = kept
    elif verb == "part" and model.parent:
        merged = list(model.parent)[first % len(model.parent)]
        part(Merge.objects.get(merged=id_of(merged), undone_at=None))
        del model.parent[merged]
    elif verb == "order":
        order_sources(column=first, sources=list(second), by=by)
        model.order[first] = list(second)
        settle_every_golden()
    elif verb == "override" and first in model.own and first not in model.parent:
        name, text = second
        contributor = Contributor.objects.get(pk=id_of(first))
        override_fact(contributor=contributor, column=name, text=text, reason="seen", until=date(2030, 1, 1), by=by)
        model.override(first, name, text)
    elif verb == "expire" and model.overrides:
        who, name = list(model.overrides)[first % len(model.overrides)]
        Override.objects.filter(contributor=id_of(who), column=name, ended_at=None).update(
            until=timezone.now().date() - TOMORROW
        )
        assert expire_overrides() == 1
        del model.overrides[who, name]

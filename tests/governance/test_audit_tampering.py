"""Whoever may do everything in the database, but has not the key, is found out, and the first row named."""

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.audit.leaves import read_leaves
from governance.audit.models import Seal, Verification
from governance.audit.seal import seal_ledger
from tests.governance.audit_cast import attack, execute, ids_of, run, write_events
from workforce.ledger.append_only import unlocked
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
COUNT = 17
ANY_ROW = st.integers(0, COUNT - 1)
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CHANGES = {
    "at": "2020-01-01 00:00:00",
    "actor_id": None,
    "on_behalf_of_id": None,
    "action": "contributor.created",
    "subject_type": "engagement",
    "subject_id": 4711,
    "subject_label": "Someone else",
    "before": '{"a": 1}',
    "after": '{"city": "Kiel|Ostsee"}',
    "reason": "",
}


@pytest.fixture
def ledger(admin, monkeypatch) -> list[int]:
    """The numbers of seventeen Events under seals of five each; every second number is free."""
    monkeypatch.setattr("governance.audit.seal.BATCH", 10)
    ids = [event.pk for event in write_events(2 * COUNT, by=admin, on_behalf_of=admin)]
    with unlocked():
        Event.objects.filter(pk__in=ids[1::2])._raw_delete("default")
    seal_ledger()
    assert run("verify_ledger") == (0, {"events": COUNT, "ok": True, "first_bad": None}, "")
    Verification.objects.all().delete()
    return ids[::2]


def assert_found(event_id: int, *words: str) -> None:
    code, result, said = run("verify_ledger")
    assert (code, result) == (1, {"events": Event.objects.count(), "ok": False, "first_bad": event_id})
    for word in words:
        assert word in said


@pytest.mark.parametrize("column", CHANGES)
@FEW
@given(row=ANY_ROW)
def test_a_changed_cell_is_found(column, row, ledger):
    with attack():
        execute(f"UPDATE ledger_event SET {column} = %s WHERE id = %s", [CHANGES[column], ledger[row]])
        assert_found(ledger[row], f"Event {ledger[row]} (", "was changed", f"seal {row // 5 + 1} of")


def test_every_column_of_the_ledger_is_tried():
    # The number of the writing transaction only orders followers and says nothing of what happened.
    assert {field.column for field in Event._meta.concrete_fields} == {"id", "transaction", *CHANGES}


@FEW
@given(row=ANY_ROW)
def test_a_renumbered_row_is_found(row, ledger):
    with attack():
        execute("UPDATE ledger_event SET id = id + 1 WHERE id = %s", [ledger[row]])
        assert_found(ledger[row], "was removed")


@FEW
@given(rows=st.sets(ANY_ROW, min_size=1))
def test_deleted_rows_are_found_and_the_first_is_named(rows, ledger):
    with attack():
        for row in rows:
            execute("DELETE FROM ledger_event WHERE id = %s", [ledger[row]])
        assert_found(ledger[min(rows)], f"Event {ledger[min(rows)]} was removed")


COPY = """INSERT INTO ledger_event
    (id, at, actor_id, on_behalf_of_id, action, subject_type, subject_id, subject_label, before, after, reason)
    SELECT %s, at, actor_id, on_behalf_of_id, action, subject_type, subject_id, subject_label, before, after, reason
    FROM ledger_event WHERE id = %s"""


@FEW
@given(row=ANY_ROW)
def test_a_row_under_a_free_number_is_found(row, ledger):
    with attack():
        execute(COPY, [ledger[row] + 1, ledger[0]])
        assert_found(ledger[row] + 1, "was inserted")


def test_a_row_below_the_first_number_is_found(ledger):
    for number in (0, -1, -(2**63)):
        with attack():
            execute(COPY, [number, ledger[0]])
            assert_found(number, "was inserted: the ledger gives numbers from 1 on")


def test_a_row_under_a_number_that_was_never_given_is_found(ledger):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite counts on from the highest number itself")
    with attack():
        execute(COPY, [ledger[-1] + 1000, ledger[0]])
        assert_found(ledger[-1] + 1000, "was inserted: the ledger has given numbers up to")


@FEW
@given(rows=st.lists(ANY_ROW, min_size=2, max_size=2, unique=True))
def test_two_rows_that_changed_places_are_found(rows, ledger):
    first, second = sorted(ledger[row] for row in rows)
    with attack():
        for number, new in ((first, -5), (second, first), (-5, second)):
            execute("UPDATE ledger_event SET id = %s WHERE id = %s", [new, number])
        assert_found(first, f"Event {first} (", "was changed")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_seal_is_found(number, ledger):
    with attack():
        execute("DELETE FROM audit_seal WHERE number = %s", [number])
        execute("DELETE FROM ledger_event WHERE id = %s", [ledger[5 * number - 1]])
        first = ledger[5 * number - 5]
        assert_found(first if number > 1 else 1, f"Seal {number}, over the events from", "was removed")


@pytest.mark.parametrize("column", [field.column for field in Seal._meta.fields if field.name != "number"])
def test_a_changed_seal_is_found(column, ledger):
    value = {"leaves": b"0" * 200, "signature": "A" * 86 + "==", "sealed_at": "2020-01-01 00:00:00"}.get(column, "1")
    value = ledger[8] if column == "last_id" else value
    with attack():
        execute(f"UPDATE audit_seal SET {column} = %s WHERE number = 2", [value])
        assert_found(ledger[5], "Seal 2, over the events from")


def test_a_chain_computed_again_without_the_key_is_found(ledger):
    with attack():
        execute("UPDATE ledger_event SET reason = 'forged' WHERE id = %s", [ledger[6]])
        reseal_without_key()
        assert_found(ledger[5], "Seal 2,", "is not signed with this installation's key")


def reseal_without_key():
    """The attacker knows the salt, too, and computes every hash as the product does."""
    previous = ""
    for seal in Seal.objects.all():
        leaves = read_leaves(seal.first_id, seal.last_id)
        seal.leaves, seal.digest, seal.previous = leaves, hashlib.sha256(leaves).hexdigest(), previous
        seal.hash = previous = hashlib.sha256(seal.statement().encode()).hexdigest()
        execute(
            "UPDATE audit_seal SET leaves = %s, digest = %s, previous = %s, hash = %s WHERE number = %s",
            [leaves, seal.digest, seal.previous, seal.hash, seal.number],
        )


def cut_off(first_id: int) -> None:
    """The end of the ledger goes with its seals, and nothing in the database tells of it."""
    execute("DELETE FROM ledger_event WHERE id >= %s", [first_id])
    execute("DELETE FROM audit_seal WHERE last_id >= %s", [first_id])
    execute("DELETE FROM audit_verification")


@pytest.mark.parametrize("is_sealed_again", [False, True])
def test_an_end_that_was_cut_off_is_found_by_the_head_kept_outside(is_sealed_again, ledger, tmp_path):
    anchor = tmp_path / "head.json"
    run("seal_ledger", "--anchor", str(anchor))
    assert run("verify_ledger", "--anchor", str(anchor))[1]["ok"]
    with attack():
        cut_off(ledger[10])
        assert run("verify_ledger")[1]["ok"]
        cut_off(ledger[10])
        if is_sealed_again:
            write_events(20)
            seal_ledger()
        code, result, said = run("verify_ledger", "--anchor", str(anchor))
        assert (code, result["ok"]) == (1, False)
        assert result["first_bad"] > ledger[9]
        assert ("The ledger was written anew" if is_sealed_again else "The end of the ledger was removed") in said


def test_an_end_that_was_cut_off_is_found_by_the_verification_before(ledger):
    run("verify_ledger")
    with attack():
        execute("DELETE FROM ledger_event WHERE id >= %s", [ledger[10]])
        execute("DELETE FROM audit_seal WHERE number > 2")
        assert_found(ledger[10], "The end of the ledger was removed", "has seen seal 4")


def test_an_empty_ledger_where_one_was_is_found(ledger, tmp_path):
    anchor = tmp_path / "head.json"
    run("seal_ledger", "--anchor", str(anchor))
    with attack():
        cut_off(0)
        code, result, _ = run("verify_ledger", "--anchor", str(anchor))
        assert (code, result) == (1, {"events": 0, "ok": False, "first_bad": 1})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: "no anchor", "is not an anchor"),
        (lambda told: json.dumps([1]), "is not an anchor"),
        (lambda told: json.dumps(told | {"total": 4}), "was not signed with this installation's key"),
        (lambda told: json.dumps(told | {"signature": "Ü"}), "was not signed with this installation's key"),
        (lambda told: json.dumps(told | {"sealed_at": "today"}), "is not an anchor"),
    ],
)
def test_an_anchor_that_is_none_is_refused(change, says, ledger, tmp_path):
    path = tmp_path / "head.json"
    run("seal_ledger", "--anchor", str(path))
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(CommandError, match=says) as refusal:
        call_command("verify_ledger", "--anchor", str(path))
    assert refusal.value.returncode == 2
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_ledger", "--anchor", str(tmp_path / "none.json"))


def test_missing_triggers_are_told_and_put_back(ledger):
    with attack():
        assert "ledger_event_kept_row" in run("verify_ledger")[2]
        call_command("migrate", verbosity=0)
        assert run("verify_ledger") == (0, {"events": COUNT, "ok": True, "first_bad": None}, "")


def test_the_ledger_is_whole_in_any_number_of_seals(monkeypatch, ledger):
    monkeypatch.setattr("governance.audit.verify.SPAN", 7)
    monkeypatch.setattr("governance.audit.verify.PAGE", 1)
    assert run("verify_ledger")[1]["ok"]
    assert [len(ids_of(seal)) for seal in Seal.objects.all()] == [5, 5, 5, 2]
    assert Seal.objects.aggregate(Max("total"))["total__max"] == COUNT
    with attack():
        execute("UPDATE ledger_event SET reason = 'forged' WHERE id = %s", [ledger[16]])
        assert_found(ledger[16], "was changed")

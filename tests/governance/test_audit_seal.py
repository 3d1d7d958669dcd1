"""Sealing: every Event finds its place in the chain once, whatever the order of commits."""

import hashlib
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from governance.audit.models import Seal
from governance.audit.seal import seal_batch, seal_ledger
from governance.audit.sign import is_signed
from tests.governance.audit_cast import execute, ids_of, run, write_events
from workforce.ledger.models import Event
from workforce.ledger.record import record_event

pytestmark = pytest.mark.django_db


def test_an_empty_ledger_is_sealed_and_whole():
    assert run("seal_ledger") == (0, {"events": 0, "sealed": 0, "head": ""}, "")
    assert run("verify_ledger") == (0, {"events": 0, "ok": True, "first_bad": None}, "")


def test_new_events_become_the_next_link(monkeypatch):
    monkeypatch.setattr("governance.audit.seal.BATCH", 4)
    events = write_events(10)
    head = seal_ledger()
    more = write_events(1)
    assert run("seal_ledger")[1] == {"events": 11, "sealed": 11, "head": seal_ledger().hash}
    seals = list(Seal.objects.all())
    assert [ids_of(seal) for seal in seals] == [
        [e.pk for e in events[:4]], [e.pk for e in events[4:8]], [e.pk for e in events[8:]], [more[0].pk],
    ]  # fmt: skip
    assert [seal.previous for seal in seals] == ["", *[seal.hash for seal in seals[:-1]]]
    assert [seal.hash for seal in seals] == [hashlib.sha256(s.statement().encode()).hexdigest() for s in seals]
    assert (head.number, [s.total for s in seals]) == (3, [4, 8, 10, 11])
    assert all(is_signed(seal.statement(), seal.signature) for seal in seals)
    assert run("verify_ledger") == (0, {"events": 11, "ok": True, "first_bad": None}, "")


def test_nothing_new_makes_no_seal():
    write_events(2)
    assert seal_ledger() == seal_ledger()
    assert Seal.objects.count() == 1


def test_another_key_signs_otherwise(settings):
    write_events(1)
    seal = seal_ledger()
    settings.FIELD_KEY = "another key"
    assert not is_signed(seal.statement(), seal.signature)


@pytest.mark.django_db(transaction=True)
def test_an_event_committed_late_under_a_lower_number_is_waited_for(organisation):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    has_written, may_commit = threading.Event(), threading.Event()
    late = []

    def write_late():
        with transaction.atomic():
            late.append(record_event(action="contributor.updated", subject=organisation.employee).pk)
            has_written.set()
            may_commit.wait(20)
        connection.close()

    early = record_event(action="contributor.updated", subject=organisation.employee)
    writer = threading.Thread(target=write_late)
    writer.start()
    assert has_written.wait(20)
    after = record_event(action="contributor.updated", subject=organisation.employee)
    assert early.pk < late[0] < after.pk

    assert seal_ledger(patience=0.2) is None
    ender = threading.Timer(0.5, may_commit.set)
    ender.start()
    # A transaction that begins later does not keep the sealer waiting.
    head = seal_ledger(patience=15)
    writer.join()
    assert ids_of(Seal.objects.get()) == [early.pk, late[0], after.pk]
    assert (head.total, run("verify_ledger")[1]["ok"]) == (3, True)


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain(organisation, monkeypatch):
    monkeypatch.setattr("governance.audit.seal.BATCH", 5)
    write_events(100)

    def seal():
        seal_ledger()
        connection.close()

    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for one in sealers:
        one.start()
    for one in sealers:
        one.join()
    assert [seal.number for seal in Seal.objects.all()] == list(range(1, 21))
    assert run("verify_ledger") == (0, {"events": 100, "ok": True, "first_bad": None}, "")


def test_a_rolled_back_number_leaves_a_gap_that_is_no_fault():
    write_events(2)
    with transaction.atomic():
        write_events(3)
        transaction.set_rollback(True)
    write_events(2)
    seal_ledger()
    assert run("verify_ledger")[1] == {"events": 4, "ok": True, "first_bad": None}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET reason = 'none'",
        "DELETE FROM ledger_event",
        "UPDATE audit_seal SET total = 0",
        "DELETE FROM audit_seal",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_proof(statement):
    write_events(2)
    seal_ledger()
    with pytest.raises(IntegrityError, match="are proof: they are never changed"), transaction.atomic():
        execute(statement)
    assert (Event.objects.count(), run("verify_ledger")[1]["ok"]) == (2, True)


def test_the_database_refuses_to_put_a_row_in_the_place_of_another():
    event = write_events(1)[0]
    columns = "at, action, subject_type, subject_id, subject_label, before, after, reason"
    replacing = f"INSERT OR REPLACE INTO ledger_event (id, {columns}) SELECT id, {columns} FROM ledger_event"
    if connection.vendor == "postgresql":
        replacing = (
            f"INSERT INTO ledger_event (id, {columns}) SELECT id, {columns} FROM ledger_event"
            " ON CONFLICT (id) DO UPDATE SET reason = 'none'"
        )
    with pytest.raises(IntegrityError, match="are proof"), transaction.atomic():
        execute(replacing)
    event.refresh_from_db()
    assert event.reason == "No 0"


def test_the_ledger_is_not_emptied_at_once():
    write_events(1)
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="are proof"), transaction.atomic():
            execute("TRUNCATE ledger_event CASCADE")
    with pytest.raises(IntegrityError, match="are proof"), transaction.atomic():
        Event.objects.all().delete()


def test_a_batch_ends_where_it_is_full(monkeypatch):
    monkeypatch.setattr("governance.audit.seal.BATCH", 2)
    events = write_events(3)
    first, second = seal_batch(events[-1].pk), seal_batch(events[-1].pk)
    assert (first.last_id, second.first_id, second.last_id) == (events[1].pk, events[1].pk + 1, events[2].pk)
    assert seal_batch(events[-1].pk) is None

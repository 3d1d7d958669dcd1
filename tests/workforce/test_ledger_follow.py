"""Followers see each Event once, also those that a slow transaction brings late."""

import threading

import pytest
from django.db import connection, connections, transaction

from tests.cast import make_user
from workforce.accounts.permissions import Role
from workforce.ledger.actions import Action
from workforce.ledger.follow import move_cursor, take_cursor, unread_events
from workforce.ledger.models import Event
from workforce.ledger.record import record_event

NAME = "reader"


def follow(most: int = 100) -> list[str]:
    """The reasons of the Events that are new."""
    with transaction.atomic():
        cursor = take_cursor(NAME)
        events = list(unread_events(cursor).values_list("transaction", "pk", "reason")[:most])
        if events:
            move_cursor(cursor, transaction=events[-1][0], position=events[-1][1])
    return [reason for *_, reason in events]


def write(reason: str, subject) -> None:
    record_event(action=Action.RECORD_UPDATED, subject=subject, reason=reason)


@pytest.mark.django_db
def test_each_event_is_read_once_in_parts_of_any_size():
    user = make_user(Role.ADMIN)
    for number in range(7):
        write(str(number), user)
    assert follow(3) + follow(3) + follow(3) + follow(3) == list("0123456")
    write("7", user)
    assert follow() == ["7"]
    assert follow() == []


class Writer:
    """Someone who writes on a connection of their own, step by step as told."""

    def __init__(self, reason: str, subject):
        self.begun, self.wrote, self.done = threading.Event(), threading.Event(), threading.Event()
        self.may_write, self.may_end = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._work, args=(reason, subject), daemon=True)
        self.thread.start()
        assert self.begun.wait(20)

    def _work(self, reason, subject):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_current_xact_id()")
                self.begun.set()
                self.may_write.wait(20)
                write(reason, subject)
                self.wrote.set()
                self.may_end.wait(20)
        finally:
            connections.close_all()

    def write(self):
        self.may_write.set()
        assert self.wrote.wait(20)

    def end(self):
        self.may_end.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


needs_two_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite writers follow one another: there is no late lower id"
)


@needs_two_writers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slow_begins_first", [True, False])
def test_a_lower_id_that_comes_late_is_not_passed_over(slow_begins_first):
    user = make_user(Role.ADMIN)
    names = ("slow", "quick") if slow_begins_first else ("quick", "slow")
    writers = {name: Writer(name, user) for name in names}
    slow, quick = writers["slow"], writers["quick"]
    slow.write()
    quick.write()
    quick.end()
    early = follow()
    slow.end()
    read = early + follow()
    ids = dict(Event.objects.values_list("reason", "pk"))
    assert ids["slow"] < ids["quick"]
    assert early == ([] if slow_begins_first else ["quick"])
    assert sorted(read) == ["quick", "slow"]
    assert follow() == []


@needs_two_writers
@pytest.mark.django_db(transaction=True)
def test_one_reads_what_is_final_while_another_writes():
    user = make_user(Role.ADMIN)
    write("before", user)
    slow = Writer("slow", user)
    slow.write()
    assert follow() == ["before"]
    write("after", user)
    assert follow() == []
    slow.end()
    assert follow() == ["slow", "after"]

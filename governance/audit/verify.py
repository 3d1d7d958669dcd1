"""Verification: the whole chain computed again, and the first row named that is not as it was sealed."""

import hashlib
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from django.utils import timezone

from governance.audit.leaves import HIGHEST, LOWEST, SIZE, read_leaves, split_leaves
from governance.audit.models import Deletion, Seal, Verification
from governance.audit.seal import last_number
from governance.audit.sign import is_signed
from workforce.ledger.models import Event

SPAN = 50_000  # Events read at once; many small seals are compared together
PAGE = 5  # seals of full size


@dataclass(frozen=True)
class Fault:
    """The first bad row: the Event's number and, in a sentence, what happened to it."""

    event_id: int
    sentence: str


@dataclass(frozen=True)
class Report:
    events: int
    head: Seal | None
    fault: Fault | None


def record_verification(*, by=None, verification: Verification | None = None, **options) -> Report:
    """Verifies the ledger and keeps the result, in the row of who asked for it if there is one."""
    one = verification or Verification(asked_at=timezone.now(), by=by)
    report = verify_ledger(**options)
    one.finished_at, one.events = timezone.now(), report.events
    one.seal_number, one.head = (report.head.number, report.head.hash) if report.head else (0, "")
    if report.fault:
        one.first_bad, one.sentence = report.fault.event_id, report.fault.sentence
    one.save()
    return report


def verify_as_asked() -> int:
    """Runs the verifications that someone asked for and that have not been run; returns how many."""
    waiting = list(Verification.objects.filter(finished_at=None))
    for one in waiting:
        record_verification(verification=one)
    return len(waiting)


def verify_ledger(*, anchor: Seal | None = None, progress=None) -> Report:
    """Checks every seal and every sealed Event against each other, against the heads seen before and the anchor."""
    while True:
        deletions = Deletion.objects.count()
        report = verify_once(anchor=anchor, progress=progress)
        # What retention deletes while we read looks like a fault; its record tells, so read again.
        if report.fault is None or Deletion.objects.count() == deletions:
            return report


def verify_once(*, anchor: Seal | None, progress) -> Report:
    seen = Verification.objects.filter(finished_at__isnull=False, sentence="", seal_number__gt=0).first()
    removed, of_deletion = read_deletions()
    head, fault = check_seals(removed, progress)
    fault = find_unnumbered() or fault or find_beyond(head) or check_heads(head, seen, anchor)
    first = min((one for one in (of_deletion, fault) if one), key=lambda one: one.event_id, default=None)
    return Report(events=Event.objects.count(), head=head, fault=first)


def check_seals(removed: array, progress) -> tuple[Seal | None, Fault | None]:
    """The newest sound seal, and the first fault of a seal or of an Event under one."""
    head = None
    for seals, fault_of_seal in read_chain():
        if seals and (fault := compare_events(seals, removed)):
            return head, fault
        if fault_of_seal:
            return seals[-1] if seals else head, fault_of_seal
        head = seals[-1] if seals else head
        if progress:
            progress(sum(seal.event_count for seal in seals))
    return head, None


def read_chain() -> Iterator[tuple[list[Seal], Fault | None]]:
    """Spans of sound seals in order; the last with the fault of the seal after it, if there is one."""
    span, previous = [], None
    while page := read_page(previous):
        for seal in page:
            if fault := check_seal(seal, previous):
                yield span, fault
                return
            span.append(seal)
            previous = seal
        if sum(seal.event_count for seal in span) >= SPAN:
            yield span, None
            span = []
    yield span, None


def read_page(previous: Seal | None) -> list[Seal]:
    after = previous.number if previous else LOWEST
    return list(Seal.objects.filter(number__gt=after).order_by("number")[:PAGE])


def check_seal(seal: Seal, previous: Seal | None) -> Fault | None:
    """Whether the seal is the next link after the previous one, unaltered and signed."""
    first_id = previous.last_id + 1 if previous else 1
    number = previous.number + 1 if previous else 1
    if seal.number != number:
        return Fault(first_id, f"Seal {number}, over the events from {first_id} on, was removed.")
    leaves = bytes(seal.leaves)
    is_whole = (
        (seal.first_id, seal.previous) == (first_id, previous.hash if previous else "")
        and (seal.event_count * SIZE, seal.digest) == (len(leaves), hashlib.sha256(leaves).hexdigest())
        and seal.total == (previous.total if previous else 0) + seal.event_count
        and seal.hash == hashlib.sha256(seal.statement().encode()).hexdigest()
    )
    if not is_whole:
        return Fault(first_id, f"Seal {number}, over the events from {first_id} on, was changed.")
    if not is_signed(seal.statement(), seal.signature):
        return Fault(
            first_id,
            f"Seal {number}, over the events from {first_id} on, is not signed with this installation's key:"
            " it was replaced, or FIELD_KEY has changed.",
        )
    return None


def compare_events(seals: list[Seal], removed: array) -> Fault | None:
    """The first Event of the seals' numbers that is not as it was sealed."""
    first_id, last_id = seals[0].first_id, seals[-1].last_id
    sealed = b"".join(bytes(seal.leaves) for seal in seals)
    gone = set(removed[bisect_left(removed, first_id) : bisect_right(removed, last_id)])
    if gone:
        sealed = b"".join(
            sealed[at : at + SIZE] for at in range(0, len(sealed), SIZE) if _number(sealed, at) not in gone
        )
    actual = read_leaves(first_id, last_id)
    if sealed == actual:
        return None
    event_id, what = find_difference(sealed, actual)
    seal = next(seal for seal in seals if event_id <= seal.last_id)
    return Fault(event_id, tell(event_id, what, seal, was_deleted=event_id in gone))


def _number(leaves: bytes, at: int) -> int:
    return int.from_bytes(leaves[at : at + 8], "big", signed=True)


def find_difference(sealed: bytes, actual: bytes) -> tuple[int, str]:
    """(number, what happened) of the first leaf in which the two differ."""
    end = [(HIGHEST, b"")]
    for (number, digest), (there, found) in zip(
        chain(split_leaves(sealed), end), chain(split_leaves(actual), end), strict=False
    ):
        if number < there:
            return number, "removed"
        if there < number:
            return there, "inserted"
        if digest != found:
            return number, "changed"
    raise AssertionError("The leaves are equal.")


def tell(event_id: int, what: str, seal: Seal, *, was_deleted: bool = False) -> str:
    when = f"seal {seal.number} of {seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
    if was_deleted:
        return f"Event {event_id} was inserted: retention had deleted it, and it stands in the ledger again."
    if what == "removed":
        return f"Event {event_id} was removed: {when} holds it, and the ledger does not."
    event = Event.objects.filter(pk=event_id).values_list("action", "subject_label").first()
    name = " (" + ", ".join(part for part in event if part) + ")" if event else ""
    if what == "inserted":
        return f"Event {event_id}{name} was inserted: its number lies within {when}, which does not hold it."
    return f"Event {event_id}{name} was changed: it is not as {when} holds it."


def find_unnumbered() -> Fault | None:
    """An Event under a number below the first."""
    lowest = Event.objects.filter(pk__range=(LOWEST, 0)).order_by("pk").values_list("pk", flat=True).first()
    if lowest is None:
        return None
    return Fault(lowest, f"Event {lowest} was inserted: the ledger gives numbers from 1 on.")


def find_beyond(head: Seal | None) -> Fault | None:
    """An Event under a number that the database has not given to anyone yet."""
    # The rows first: a number is given before its row can be seen.
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return None
    given = max(last_number(), head.last_id if head else 0)
    first = Event.objects.filter(pk__gt=given, pk__lte=newest).order_by("pk").values_list("pk", flat=True).first()
    if first is None:
        return None
    return Fault(first, f"Event {first} was inserted: the ledger has given numbers up to {given} only.")


def check_heads(head: Seal | None, seen: Verification | None, anchor: Seal | None) -> Fault | None:
    """Whether the chain still holds what a former verification saw and what the anchor says."""
    if seen:
        witness = f"the verification of {seen.asked_at:%Y-%m-%d %H:%M} UTC"
        if fault := check_head(head, seen.seal_number, seen.head, witness):
            return fault
    if anchor:
        return check_head(head, anchor.number, anchor.hash, "the anchor")
    return None


def check_head(head: Seal | None, number: int, digest: str, witness: str) -> Fault | None:
    last_id = head.last_id if head else 0
    if number > (head.number if head else 0):
        return Fault(
            last_id + 1,
            f"The end of the ledger was removed: {witness} has seen seal {number}, and the chain ends before it,"
            f" at event {last_id}.",
        )
    first_id, found = Seal.objects.filter(number=number).values_list("first_id", "hash").get()
    if found != digest:
        return Fault(
            first_id, f"The ledger was written anew: {witness} has seen another seal {number} than stands there."
        )
    return None


def read_deletions() -> tuple[array, Fault | None]:
    """The numbers that retention has deleted, in order, and the first record of it that cannot be trusted."""
    numbers, fault = array("q"), None
    for deletion in Deletion.objects.order_by("id").iterator(chunk_size=20):
        packed = bytes(deletion.event_ids)
        ids = struct.unpack(f"<{len(packed) // 8}q", packed[: len(packed) // 8 * 8])
        is_whole = hashlib.sha256(packed).hexdigest() == deletion.digest
        if is_whole and is_signed(deletion.statement(), deletion.signature):
            numbers.extend(ids)
        else:
            words = f"The record of deletion {deletion.pk} was changed, or is not signed with this installation's key."
            fault = fault or Fault(min(ids, default=0), words)
    return array("q", sorted(numbers)), fault

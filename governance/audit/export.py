"""The pack for auditors: Events, seals and signatures, with a script that checks them without Ensemble."""

import base64
import csv
import json
import zipfile
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from governance.audit.anchor import describe_seal, write_anchor
from governance.audit.check_pack import COLUMNS, write_cell
from governance.audit.leaves import text_sql
from governance.audit.models import Deletion, Seal
from governance.audit.seal import newest_seal, seal_ledger
from governance.audit.sign import public_key, salt_key
from workforce.accounts.permissions import Permission, require
from workforce.ledger.actions import Action
from workforce.ledger.cover import HIDDEN, PAY_FIELDS, PAY_SUBJECTS, hidden_fields
from workforce.ledger.models import Event
from workforce.ledger.record import record_event
from workforce.organisation.models import Organisation

BATCH = 500
SCRIPT = Path(__file__).with_name("check_pack.py")
README = """\
The ledger of {organisation}
{scope}, written {at} for {by}

What is in this pack
  events.csv       the events, one a row: who, on behalf of whom, what, before and after, why
  events.jsonl     the same, one a line, each with the text and salt from which its hash is computed
  seals.jsonl      the chain of seals; seals that hold one of the events with the hashes of all their events
  deletions.jsonl  what retention has deleted, number by number, signed
  anchor.json      the signed head of the chain when this was written; keep it, it proves the ledger later
  public_key.txt   the Ed25519 key that signs; compare it with the one that the organisation has published
  about.json       what was asked for
  verify.py        checks all of this: python3 verify.py --key PUBLIC_KEY (Python 3.9 or later, nothing else)

How the proof works
  Every event is hashed: SHA-256 of a salt of its own and its text. A seal lists the number and hash of each of its
  events, and is itself hashed together with the hash of the seal before it, and signed. Whoever changes, removes or
  inserts an event has to change its seal and each that follows, and cannot sign them without the key.

What this pack shows
  That each event is as it was when it was sealed, that its seal stands in the chain, and that the chain is signed.
  {completeness}
  Values that {by} may not see are given as {hidden}; such an event is shown in part, and only its hash is proved.
"""


def export_pack(*, target, by, since: date | None = None, until: date | None = None, subject=None) -> int:
    """Writes the zip to the binary file; days are UTC and included, `subject` is (type, id). Returns how many Events.

    Seals first, so that the pack proves what it shows. Raises ValidationError when there is nothing to write.
    """
    require(by, Permission.AUDIT_EXPORT)
    if since and until and since > until:
        raise ValidationError({"until": f"{until} lies before {since}. Give a last day on or after the first."})
    seal_ledger()
    head = newest_seal()
    events = choose_events(by, since, until, subject)
    if head is None or not events.exists():
        raise ValidationError("The ledger says nothing about this. Choose a longer time or another subject.")
    chain = list(Seal.objects.order_by("number").values_list("last_id", "number"))
    about = {
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "subject": list(subject) if subject else None,
        "is_everything": not (since or until or subject) and by.unit_scope() is None,
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        count, used = write_events(pack, events, by, chain)
        write_seals(pack, {number for _, number in chain} if about["is_everything"] else used, head)
        write_lines(pack, "deletions.jsonl", map(describe_deletion, Deletion.objects.order_by("pk").iterator()))
        write_words(pack, about | {"events": count}, by, head)
    details = about | {"events": count, "head": head.hash}
    record_event(action=Action.LEDGER_EXPORTED, subject=head, by=by, after=details)
    return count


def choose_events(by, since: date | None, until: date | None, subject):
    events = Event.objects.visible_to(by).select_related("actor", "on_behalf_of").order_by("pk")
    if since:
        events = events.filter(at__gte=datetime.combine(since, time.min, tzinfo=UTC))
    if until:
        events = events.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, tzinfo=UTC))
    if subject:
        events = events.filter(subject_type=subject[0], subject_id=subject[1])
    return events


def write_events(pack: zipfile.ZipFile, events, by, chain: list[tuple[int, int]]) -> tuple[int, set[int]]:
    """How many Events were written, and the numbers of the seals that hold them."""
    count, used, covered = 0, set(), covered_fields(by)
    with NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".csv") as table:
        rows = csv.writer(table)
        rows.writerow(COLUMNS)
        with pack.open("events.jsonl", "w", force_zip64=True) as lines:
            for told in describe_events(events, covered, chain):
                lines.write(json.dumps(told).encode() + b"\n")
                rows.writerow([write_cell(told[name]) for name in COLUMNS])
                used.add(told["seal"])
                count += 1
        table.flush()
        pack.write(table.name, "events.csv")
    return count, used


def describe_events(events, covered: set[str], chain: list[tuple[int, int]]):
    rows = events.iterator(chunk_size=BATCH)
    while some := list(islice(rows, BATCH)):
        texts = read_texts([event.pk for event in some])
        for event in some:
            yield describe_event(event, texts[event.pk], covered) | {"seal": seal_of(event.pk, chain)}


def seal_of(event_id: int, chain: list[tuple[int, int]]) -> int | None:
    """The number of the seal that covers the Event's number; `chain` is (last number covered, seal) in order."""
    place = bisect_left(chain, (event_id, 0))
    return chain[place][1] if place < len(chain) else None


def read_texts(ids: list[int]) -> dict[int, str]:
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT e.id, {text_sql()} FROM ledger_event e WHERE e.id IN ({marks})", ids)
        rows = cursor.fetchall()
    return {pk: text if isinstance(text, str) else bytes(text).decode("utf-8", "replace") for pk, text in rows}


def covered_fields(user) -> set[str]:
    """As the API covers them: that a field changed is seen, its value is not."""
    covered = hidden_fields(user)
    return covered | {"subject_label"} if covered >= PAY_FIELDS else covered


def describe_event(event: Event, text: str, covered: set[str]) -> dict:
    told = {
        "id": event.pk,
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": event.actor and event.actor.username,
        "actor_id": event.actor_id,
        "on_behalf_of": event.on_behalf_of and event.on_behalf_of.username,
        "on_behalf_of_id": event.on_behalf_of_id,
        "action": event.action,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "subject_label": event.subject_label,
        "before": cover(event.before, covered),
        "after": cover(event.after, covered),
        "reason": event.reason,
    }
    is_hidden = (told["before"], told["after"]) != (event.before, event.after)
    if "subject_label" in covered and event.subject_type in PAY_SUBJECTS - {"purchaseorder"}:
        told["subject_label"], is_hidden = HIDDEN, True
    salt = sha256(salt_key() + event.pk.to_bytes(8, "big", signed=True)).hexdigest()
    return told | {"salt": None if is_hidden else salt, "text": None if is_hidden else text}


def cover(values: dict, covered: set[str]) -> dict:
    return {name: HIDDEN if name in covered else value for name, value in values.items()}


def write_seals(pack: zipfile.ZipFile, used: set[int], head: Seal) -> None:
    """All seals up to the head, and the leaves of those that are used."""
    write_lines(pack, "seals.jsonl", describe_seals(used, head))


def describe_seals(used: set[int], head: Seal):
    for seal in Seal.objects.defer("leaves").filter(number__lte=head.number).order_by("number").iterator():
        leaves = {"leaves": base64.b64encode(bytes(seal.leaves)).decode()} if seal.number in used else {}
        yield describe_seal(seal) | leaves


def describe_deletion(one: Deletion) -> dict:
    return {
        "retention_class": one.retention_class_id,
        "before": one.before.isoformat(),
        "event_ids": base64.b64encode(bytes(one.event_ids)).decode(),
        "event_count": one.event_count,
        "digest": one.digest,
        "reason": one.reason,
        "at": one.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "by_id": one.by_id,
        "signature": one.signature,
    }


def write_lines(pack: zipfile.ZipFile, name: str, rows) -> None:
    with pack.open(name, "w", force_zip64=True) as lines:
        for row in rows:
            lines.write(json.dumps(row).encode() + b"\n")


def write_words(pack: zipfile.ZipFile, about: dict, by, head: Seal) -> None:
    completeness = (
        "Also that no sealed event is missing but those that retention deleted."
        if about["is_everything"]
        else "Not that there are no other events: it holds the chosen ones only."
    )
    words = {
        "organisation": Organisation.current().name,
        "scope": describe_scope(about),
        "at": f"{timezone.now():%Y-%m-%d %H:%M} UTC",
        "by": by.username,
        "completeness": completeness,
        "hidden": HIDDEN,
    }
    pack.writestr("README.txt", README.format(**words))
    pack.writestr("about.json", json.dumps(about, indent=2) + "\n")
    pack.writestr("anchor.json", write_anchor(head))
    pack.writestr("public_key.txt", public_key() + "\n")
    pack.writestr("verify.py", SCRIPT.read_text(encoding="utf-8"))


def describe_scope(about: dict) -> str:
    """`Events about contributor 7, 2026-01-01 to 2026-03-31`."""
    subject = f"Events about {about['subject'][0]} {about['subject'][1]}" if about["subject"] else "All events"
    days = f", {about['since'] or 'the beginning'} to {about['until'] or 'today'}"
    return subject + (days if about["since"] or about["until"] else "")

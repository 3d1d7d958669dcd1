"""Checks a pack of Ensemble's ledger with Python alone: `python3 verify.py [--key PUBLIC_KEY]`.

Run it in the folder in which the pack was unpacked. Exit 0: all that is shown is as it was sealed; 1: something is not,
and what is said; 2: the pack cannot be read. It needs no package, no network and no secret.
"""

import argparse
import base64
import csv
import hashlib
import json
import struct
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
COLUMNS = ["id", "at", "actor", "on_behalf_of", "action", "subject_type", "subject_id", "subject_label"]
COLUMNS += ["before", "after", "reason", "seal"]


# Ed25519 as RFC 8032, section 6, writes it.
def add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def is_same(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def find_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def read_point(packed):
    y = int.from_bytes(packed, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = find_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (find_x(BASE_Y, 0), BASE_Y, 1, find_x(BASE_Y, 0) * BASE_Y % P)


def is_signed(key, statement, signature):
    """Whether the Ed25519 key (32 bytes) signed the text."""
    try:
        signature = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = read_point(key), read_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    hashed = hashlib.sha512(signature[:32] + key + statement.encode()).digest()
    return is_same(times(s, BASE), add(r, times(int.from_bytes(hashed, "little") % Q, a)))


def seal_statement(seal):
    names = ["previous", "number", "first_id", "last_id", "event_count", "total", "sealed_at", "digest"]
    return "\n".join(["ensemble ledger seal 1", *(str(seal[name]) for name in names)])


def deletion_statement(one):
    names = ["retention_class", "before", "event_count", "at", "by_id", "digest", "reason"]
    return "\n".join(["ensemble ledger deletion 1", *(str(one[name]) for name in names)])


def check_chain(seals, key):
    """Each seal follows the one before, and the last is signed, which signs all before it."""
    previous = {"number": 0, "last_id": 0, "total": 0, "hash": ""}
    for seal in seals:
        is_next = seal["number"] == previous["number"] + 1 and seal["first_id"] == previous["last_id"] + 1
        is_next = is_next and seal["previous"] == previous["hash"]
        is_next = is_next and seal["total"] == previous["total"] + seal["event_count"]
        if not is_next or hashlib.sha256(seal_statement(seal).encode()).hexdigest() != seal["hash"]:
            yield f"Seal {seal['number']} does not follow the seal before it."
        if "leaves" in seal:
            leaves = base64.b64decode(seal["leaves"])
            if hashlib.sha256(leaves).hexdigest() != seal["digest"] or len(leaves) != 40 * seal["event_count"]:
                yield f"The hashes of seal {seal['number']} are not those that were sealed."
        previous = seal
    if seals and not is_signed(key, seal_statement(seals[-1]), seals[-1]["signature"]):
        yield f"The last seal, {seals[-1]['number']}, was not signed with this public key."


def check_deletions(deletions, key):
    for one in deletions:
        packed = base64.b64decode(one["event_ids"])
        is_whole = hashlib.sha256(packed).hexdigest() == one["digest"]
        if not is_whole or not is_signed(key, deletion_statement(one), one["signature"]):
            yield f"The deletion of {one['at']} was not signed with this public key."


def read_leaves(seals):
    """{number of the event: (hash, seal)}."""
    leaves = {}
    for seal in seals:
        for number, digest in struct.iter_unpack(">q32s", base64.b64decode(seal.get("leaves", ""))):
            leaves[number] = (digest, seal["number"])
    return leaves


def read_text(text):
    """The fields of an event as they were sealed."""
    packed = text.encode()
    *numbers, rest = packed.split(b"|", 9)
    event_id, at, actor_id, on_behalf_of_id, subject_id, *lengths = [number.decode() for number in numbers]
    words = []
    for length in map(int, lengths):
        words.append(rest[:length].decode())
        rest = rest[length + 1 :]
    rest = rest.decode()
    before, end = json.JSONDecoder().raw_decode(rest)
    values = {"id": int(event_id), "at": read_instant(at), "subject_id": int(subject_id)}
    values |= {"actor_id": int(actor_id) if actor_id else None}
    values |= {"on_behalf_of_id": int(on_behalf_of_id) if on_behalf_of_id else None}
    values |= dict(zip(["action", "subject_type", "subject_label", "reason"], words))  # noqa: B905 - runs on old Python
    return values | {"before": before, "after": json.loads(rest[end + 1 :])}


def read_instant(text):
    if ":" in text:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=timezone.utc)  # noqa: UP017
    seconds, _, fraction = text.partition(".")
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017
    return start + timedelta(seconds=int(seconds), microseconds=int(fraction.ljust(6, "0") or 0))


def check_event(event, leaves):
    """Why the event is not as it was sealed, or nothing; where a value is hidden, its hash alone is there."""
    if event["seal"] is None:
        return ""
    digest, seal = leaves.get(event["id"], (None, None))
    if digest is None or seal != event["seal"]:
        return "is not under the seal that is named."
    if event["text"] is None:
        return ""
    if hashlib.sha256(bytes.fromhex(event["salt"]) + event["text"].encode()).digest() != digest:
        return "was changed: its text does not have the hash that was sealed."
    sealed = read_text(event["text"])
    shown = {name: event[name] for name in sealed} | {"at": read_instant(event["at"])}
    different = [name for name in sealed if sealed[name] != shown[name]]
    return f"is shown with another {', '.join(different)} than was sealed." if different else ""


def check_events(events, leaves):
    for event in events:
        if complaint := check_event(event, leaves):
            yield f"Event {event['id']} {complaint}"


def write_cell(value):
    """A value as events.csv has it; an apostrophe keeps a spreadsheet from taking a text for a formula."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    text = "'" + text if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
    return text.encode("utf-8", "replace").decode()


def check_table(folder, events):
    csv.field_size_limit(2**31 - 1)
    with (folder / "events.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table))
    if rows != [COLUMNS, *([write_cell(event[name]) for name in COLUMNS] for event in events)]:
        yield "events.csv does not say the same as events.jsonl."


def check_nothing_missing(about, events, deletions, leaves):
    """A pack of everything holds each sealed event but those that retention deleted."""
    if not about["is_everything"]:
        return
    there = {event["id"] for event in events}
    for one in deletions:
        there |= {number for (number,) in struct.iter_unpack("<q", base64.b64decode(one["event_ids"]))}
    for number in sorted(set(leaves) - there)[:1]:
        yield f"Event {number} is missing: a seal holds it, and the pack does not."


def read_lines(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def check_pack(folder, key):
    """Every complaint, and how many events were proved, shown in part and not sealed."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    events, seals, deletions = (read_lines(folder / f"{name}.jsonl") for name in ("events", "seals", "deletions"))
    leaves = read_leaves(seals)
    complaints = [*check_chain(seals, key), *check_deletions(deletions, key), *check_events(events, leaves)]
    complaints += [*check_table(folder, events), *check_nothing_missing(about, events, deletions, leaves)]
    if len(events) != about["events"]:
        complaints.append(f"The pack should hold {about['events']} events and holds {len(events)}.")
    unsealed = sum(event["seal"] is None for event in events)
    hidden = sum(event["seal"] is not None and event["text"] is None for event in events)
    return complaints, (len(events) - unsealed - hidden, hidden, unsealed)


def main():
    parser = argparse.ArgumentParser(description="Checks a pack of the ledger.")
    parser.add_argument("--key", help="the public key as the organisation published it (else that of the pack)")
    given = parser.parse_args()
    folder = Path(__file__).resolve().parent
    try:
        key = given.key or (folder / "public_key.txt").read_text(encoding="utf-8").strip()
        complaints, (proved, hidden, unsealed) = check_pack(folder, base64.b64decode(key))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"The pack cannot be read: {error!r}", file=sys.stderr)
        return 2
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        return 1
    print(f"{proved} events are as they were sealed, {hidden} are shown in part, {unsealed} are not sealed yet.")
    if not given.key:
        print("Compare public_key.txt with the key that the organisation published, or give that one with --key.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

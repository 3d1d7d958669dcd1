"""The pack for auditors, checked by its own script in a Python that knows nothing of Ensemble."""

import base64
import csv
import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit import check_pack, sign
from governance.audit.export import export_pack
from governance.audit.sign import public_key
from tests.governance.audit_cast import write_events
from workforce.ledger.models import Event
from workforce.ledger.record import record_event

pytestmark = pytest.mark.django_db
HOSTILE = {"city": '=HYPERLINK("x")', "note": "a|b\r\n\x1f", "rate": 1.10, "list": [1, None, {"ü": "é"}]}


@pytest.fixture
def ledger(organisation, admin, monkeypatch):
    monkeypatch.setattr("governance.audit.seal.BATCH", 4)
    write_events(6, subject=organisation.partner, after=HOSTILE, by=admin, on_behalf_of=admin)
    record_event(action="contributor.updated", subject=organisation.employee, after={"birth_date": "1985-04-02"})
    record_event(
        action="record.updated", subject=organisation.rate, before={"amount": "75.00"}, after={"amount": "80.00"}
    )
    write_events(3, subject=organisation.agent)
    return organisation


def unpack(folder, by, **chosen) -> dict[str, str]:
    """Writes the pack into the folder; the texts of its files."""
    pack = io.BytesIO()
    export_pack(target=pack, by=by, **chosen)
    with zipfile.ZipFile(pack) as files:
        files.extractall(folder)
        return {name: files.read(name).decode() for name in files.namelist()}


def check(folder, *arguments) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *arguments], capture_output=True, text=True, cwd="/"
    )
    return done.returncode, done.stdout + done.stderr


def events_of(files: dict[str, str]) -> list[dict]:
    return [json.loads(line) for line in files["events.jsonl"].splitlines()]


def test_a_pack_of_everything_is_proved_whole(ledger, admin, tmp_path):
    files = unpack(tmp_path, admin)
    assert check(tmp_path, "--key", public_key()) == (
        0, "11 events are as they were sealed, 0 are shown in part, 0 are not sealed yet.\n",
    )  # fmt: skip
    assert set(files) == {
        "README.txt", "about.json", "anchor.json", "deletions.jsonl", "events.csv", "events.jsonl", "public_key.txt",
        "seals.jsonl", "verify.py",
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(files["events.csv"], newline="")))
    assert [row["id"] for row in rows] == [str(event["id"]) for event in events_of(files)]
    assert "Also that no sealed event is missing" in files["README.txt"]


def test_that_a_pack_was_made_is_in_the_ledger(ledger, auditor, tmp_path):
    unpack(tmp_path, auditor)
    event = Event.objects.latest("pk")
    assert (event.action, event.actor, event.after["events"]) == ("ledger.exported", auditor, 11)
    assert event.after["is_everything"] is True


def test_what_the_auditor_may_not_see_is_hidden_and_cannot_be_computed(ledger, auditor, tmp_path):
    files = unpack(tmp_path, auditor)
    assert "1985" not in "".join(files.values())
    hidden = [event for event in events_of(files) if event["text"] is None]
    assert [(event["after"], event["salt"]) for event in hidden] == [({"birth_date": "(hidden)"}, None)]
    assert check(tmp_path)[1].startswith("10 events are as they were sealed, 1 are shown in part,")


def test_legal_does_not_see_pay(ledger, legal, tmp_path):
    files = unpack(tmp_path, legal)
    hidden = [event for event in events_of(files) if event["text"] is None]
    assert [(event["subject_label"], event["before"]) for event in hidden] == [("(hidden)", {"amount": "(hidden)"})]
    assert "75.00" not in "".join(files.values())


def test_a_pack_about_one_subject_and_some_days(ledger, admin, tmp_path):
    files = unpack(tmp_path, admin, subject=("contributor", ledger.agent.pk))
    assert {event["subject_id"] for event in events_of(files)} == {ledger.agent.pk}
    assert check(tmp_path)[0] == 0
    assert "Not that there are no other events" in files["README.txt"]
    today = Event.objects.first().at.date()
    assert len(events_of(unpack(tmp_path, admin, since=today, until=today))) == 12
    with pytest.raises(ValidationError, match="says nothing about this"):
        unpack(tmp_path, admin, until=today.replace(year=2000))
    with pytest.raises(ValidationError, match="lies before"):
        unpack(tmp_path, admin, since=today, until=today.replace(year=2000))


def test_a_unit_s_user_gets_the_unit_s_events_only(ledger, outsider, tmp_path):
    with pytest.raises(ValidationError, match="says nothing"):
        unpack(tmp_path, outsider)


def test_who_may_not_export_is_refused(ledger, finance, tmp_path):
    with pytest.raises(PermissionDenied):
        unpack(tmp_path, finance)


def forge(folder, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("events.jsonl", '"after": {"city": "=HYP', '"after": {"city": "=HOP', "is shown with another after"),
        ("events.jsonl", '"reason": "No 1"', '"reason": "No 7"', "is shown with another reason"),
        ("events.jsonl", '"text": "', '"text": "1', "was changed: its text does not have the hash"),
        ("events.jsonl", '"seal": 1', '"seal": 2', "is not under the seal that is named"),
        ("events.csv", "Lighthouse", "Lamphouse", "events.csv does not say the same"),
        ("about.json", '"events": 11', '"events": 12', "should hold 12 events and holds 11"),
        ("seals.jsonl", '"leaves": "AAAA', '"leaves": "BAAA', "are not those that were sealed"),
        ("seals.jsonl", '"total": 8', '"total": 7', "does not follow the seal before it"),
    ],
)
def test_a_forged_pack_is_found_out(name, old, new, says, ledger, admin, tmp_path):
    unpack(tmp_path, admin)
    forge(tmp_path, name, old, new)
    code, said = check(tmp_path)
    assert (code, says in said) == (1, True), said


def test_a_pack_without_one_of_its_events_or_of_another_key_is_found_out(ledger, admin, tmp_path):
    files = unpack(tmp_path, admin)
    lines = files["events.jsonl"].splitlines(keepends=True)
    (tmp_path / "events.jsonl").write_text("".join(lines[1:]))
    assert f"Event {events_of(files)[0]['id']} is missing" in check(tmp_path)[1]
    (tmp_path / "events.jsonl").write_text("".join(lines))
    assert "not signed with this public key" in check(tmp_path, "--key", base64.b64encode(b"2" * 32).decode())[1]
    (tmp_path / "seals.jsonl").unlink()
    assert check(tmp_path)[0] == 2


@settings(max_examples=15, deadline=None)
@given(statement=st.text(alphabet=st.characters(exclude_categories=["Cs"])), other=st.text(alphabet="ab"))
def test_the_script_checks_signatures_as_the_library_does(statement, other):
    key, signature = base64.b64decode(public_key()), sign.sign(statement)
    for told in {statement, other}:
        assert check_pack.is_signed(key, told, signature) is sign.is_signed(told, signature)
    flipped = base64.b64encode(bytes([signature[0] == "A", *base64.b64decode(signature)[1:]])).decode()
    assert check_pack.is_signed(key, statement, flipped) is sign.is_signed(statement, flipped)

"""Retention deletes what is past its time, never what is held, and the chain proves the rest."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from governance.audit.export import export_pack
from governance.audit.hold import place_legal_hold, release_legal_hold
from governance.audit.models import Deletion, RetentionClass
from governance.audit.retention import apply_retention, retention_classes
from governance.audit.seal import seal_ledger
from tests import cast
from tests.governance.audit_cast import attack, execute, run
from tests.governance.test_audit_export import check
from workforce.accounts.models import User
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
ELEVEN_YEARS_AGO = TODAY.year - 11


def write_old(subject, year: int, *, by=None) -> Event:
    event = build_event(action="contributor.updated", subject=subject, by=by)
    event.at = datetime(year, 1, 15, 12, tzinfo=UTC)
    event.save()
    return event


@pytest.fixture
def books(organisation, monkeypatch):
    """Events of eleven years ago about each contributor and the engagement, and one of three years ago."""
    monkeypatch.setattr("governance.audit.seal.BATCH", 2)
    monkeypatch.setattr("governance.audit.retention.BATCH", 2)
    company = organisation
    for subject in (company.employee, company.contractor, company.engagement, company.vendor, company.partner):
        write_old(subject, ELEVEN_YEARS_AGO)
    write_old(company.employee, TODAY.year - 3)
    seal_ledger()
    return company


def apply(by, **details) -> dict:
    before = TODAY - timedelta(days=3653)
    return apply_retention(
        **{"retention_class": "ledger", "before": before, "reason": "Time is over", "by": by} | details
    )


def labels() -> list[str]:
    return list(Event.objects.filter(action="contributor.updated").values_list("subject_label", flat=True))


def test_what_is_past_its_time_goes_and_the_rest_is_proved(books, legal):
    assert apply(legal, dry_run=True) == {"due": 5, "held": 0, "deleted": 0}
    assert len(labels()) == 6
    assert apply(legal) == {"due": 5, "held": 0, "deleted": 5}
    assert labels() == ["Ada Stern"]
    assert [deletion.event_count for deletion in Deletion.objects.all()] == [2, 2, 1]
    events = Event.objects.filter(action="retention.applied")
    assert [(event.actor, event.reason, event.after["class"]) for event in events] == [
        (legal, "Time is over", "ledger")
    ] * 3
    seal_ledger()
    assert run("verify_ledger") == (0, {"events": 4, "ok": True, "first_bad": None}, "")
    assert apply(legal) == {"due": 0, "held": 0, "deleted": 0}


def test_too_early_is_refused_in_words(books, legal):
    with pytest.raises(ValidationError, match=r"Too early: “All other events” is kept 3,653 days.*or an earlier day"):
        apply(legal, before=TODAY - timedelta(days=3652))
    with pytest.raises(ValidationError, match="Say why this is deleted"):
        apply(legal, reason=" ")
    with pytest.raises(ValidationError, match=r"There is no retention class `files`. Known are: agent_actions, ledger"):
        apply(legal, retention_class="files")
    assert len(labels()) == 6


def test_what_an_agent_did_is_kept_at_least_six_months(books, legal):
    login = User.objects.create_user("berth-planner", is_service=True)
    books.agent.user = login
    books.agent.save()
    write_old(books.partner, TODAY.year - 3, by=login)
    seal_ledger()
    before = TODAY - timedelta(days=731)
    assert apply(legal, retention_class="agent_actions", before=before)["deleted"] == 1
    shortest = RetentionClass.objects.get(name="agent_actions")
    shortest.keep_days = 183
    with pytest.raises(ValidationError, match="must be kept 184 days or longer: EU AI Act"):
        shortest.full_clean()
    with pytest.raises(IntegrityError):
        shortest.save()


def test_a_hold_on_a_contributor_keeps_its_engagements_too(books, legal):
    hold = place_legal_hold(subject=books.contractor, reason="Case 7/26", by=legal)
    assert apply(legal) == {"due": 5, "held": 2, "deleted": 3}
    assert sorted(labels()) == sorted(["Ada Stern", "Cyd Moor", str(books.engagement)])
    with pytest.raises(ValidationError, match="stands already"):
        place_legal_hold(subject=books.contractor, reason="Again", by=legal)
    release_legal_hold(hold=hold, reason="Case closed", by=legal)
    with pytest.raises(ValidationError, match="was released already"):
        release_legal_hold(hold=hold, reason="Case closed", by=legal)
    assert apply(legal) == {"due": 2, "held": 0, "deleted": 2}
    assert Event.objects.filter(action__startswith="legal_hold").count() == 2


def test_a_hold_on_everything_keeps_everything(books, legal):
    hold = place_legal_hold(reason="Investigation", by=legal)
    assert apply(legal, dry_run=True) == {"due": 5, "held": 5, "deleted": 0}
    with pytest.raises(ValidationError, match=r"Everything is under a legal hold since .* Investigation"):
        apply(legal)
    with pytest.raises(ValidationError, match="Say why"):
        release_legal_hold(hold=hold, reason="", by=legal)
    assert len(labels()) == 6


def test_a_ledger_that_was_tampered_with_is_evidence_and_stays(books, legal):
    with attack():
        execute("UPDATE ledger_event SET reason = 'forged' WHERE subject_label = 'Cyd Moor'")
        with pytest.raises(ValidationError, match=r"what is in it is evidence now. Event .* was changed"):
            apply(legal)


def test_who_may_not_is_refused(books, auditor, operations):
    elsewhere = cast.make_user("legal", unit=books.mill, username="legal of Mill")
    for user in (auditor, operations, elsewhere):
        with pytest.raises(PermissionDenied):
            apply(user)
        with pytest.raises(PermissionDenied):
            place_legal_hold(reason="Case", by=user)
    assert len(labels()) == 6


def test_a_deletion_that_nobody_signed_is_found(books, legal):
    first, second = Event.objects.order_by("pk")[:2]
    with attack():
        execute("DELETE FROM ledger_event WHERE id = %s", [second.pk])
        assert run("verify_ledger")[1]["first_bad"] == second.pk
    apply(legal)
    with attack():
        execute("UPDATE audit_deletion SET reason = 'Nothing happened'")
        code, result, said = run("verify_ledger")
        assert (code, result["first_bad"]) == (1, first.pk)
        assert "The record of deletion" in said
    with attack():
        execute("DELETE FROM audit_deletion")
        assert f"Event {first.pk} was removed" in run("verify_ledger")[2]


def test_a_row_that_comes_back_after_its_deletion_is_found(books, legal):
    event = Event.objects.order_by("pk").first()
    apply(legal)
    event.save(force_insert=True)
    assert run("verify_ledger")[1]["first_bad"] == event.pk
    assert "retention had deleted it" in run("verify_ledger")[2]


def test_a_pack_tells_what_was_deleted(books, legal, admin, tmp_path):
    apply(legal)
    pack = io.BytesIO()
    export_pack(target=pack, by=admin)
    zipfile.ZipFile(pack).extractall(tmp_path)
    assert check(tmp_path)[0] == 0
    (tmp_path / "deletions.jsonl").write_text("")
    assert "is missing: a seal holds it" in check(tmp_path)[1]


def test_the_command_says_what_it_did_and_why_not(books, legal, capsys):
    before = str(TODAY - timedelta(days=3653))
    call_command("apply_retention", "ledger", "--before", before, "--by", "legal", "--reason", "Time is over")
    assert "5 events are past their time, 0 held, 5 deleted." in capsys.readouterr().out
    for arguments, says in (
        (["ledger", "--before", str(TODAY), "--by", "legal"], "Too early"),
        (["ledger", "--before", before, "--by", "nobody"], "There is no login `nobody`"),
    ):
        with pytest.raises(CommandError, match=says) as refusal:
            call_command("apply_retention", *arguments)
        assert refusal.value.returncode == 2


def test_every_class_is_made_once(db):
    assert [one.name for one in retention_classes()] == [one.name for one in retention_classes()]
    assert RetentionClass.objects.count() == 2


def test_nothing_is_deleted_that_is_not_sealed(books, legal):
    write_old(books.agent, ELEVEN_YEARS_AGO)
    assert apply(legal)["deleted"] == 5
    assert "Berth planner" in labels()

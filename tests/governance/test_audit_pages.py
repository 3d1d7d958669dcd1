"""The audit page: what is shown, asked for, refused and kept."""

import io
import zipfile

import pytest

from governance.audit.hold import place_legal_hold
from governance.audit.models import LegalHold, Verification
from governance.audit.seal import seal_ledger
from governance.audit.verify import verify_as_asked
from tests import cast
from tests.governance.audit_cast import attack, execute, run, write_events
from workforce.contributors.models import Kind
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_an_empty_ledger_says_what_comes_first(legal, client):
    client.force_login(legal)
    page = text_of(client.get("/audit/"))
    assert "the first seal comes within a minute" in page
    assert "Not verified yet" in page
    assert "There is no seal yet" in text_of(client.get("/audit/anchor/", follow=True))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_as_often_for_one_hold_as_for_three(
    count, organisation, legal, client, django_assert_num_queries
):
    for subject in (None, organisation.contractor, organisation.vendor)[:count]:
        place_legal_hold(subject=subject, reason="Case 7/26", by=legal)
    seal_ledger()
    client.force_login(legal)
    client.get("/audit/")
    queries = 17
    with django_assert_num_queries(queries):
        page = text_of(client.get("/audit/"))
    assert page.count("Case 7/26") == count


def test_a_verification_is_asked_for_and_its_result_shown(organisation, auditor, client):
    event = write_events(3, subject=organisation.partner)[1]
    seal_ledger()
    client.force_login(auditor)
    for _ in range(2):
        client.post("/audit/verifications/")
    assert Verification.objects.get().by == auditor
    assert "every 2s" in text_of(client.get("/audit/verification/"))
    assert verify_as_asked() == 1
    assert "3 events were as they were sealed" in text_of(client.get("/audit/verification/"))
    with attack():
        execute("UPDATE ledger_event SET reason = 'forged' WHERE id = %s", [event.pk])
        client.post("/audit/verifications/")
        verify_as_asked()
        page = text_of(client.get("/audit/"))
        assert f"The ledger is not whole.</strong> Event {event.pk} (contributor.updated" in page
        assert "A trigger is missing or off" in page


def test_the_head_is_downloaded_and_holds_the_ledger_to_it(organisation, auditor, client, tmp_path):
    write_events(3, subject=organisation.partner)
    seal_ledger()
    client.force_login(auditor)
    path = tmp_path / "head.json"
    path.write_bytes(client.get("/audit/anchor/").content)
    assert run("verify_ledger", "--anchor", str(path))[0] == 0


def test_an_auditor_downloads_the_pack_about_one_contributor(organisation, auditor, client):
    write_events(2, subject=organisation.partner)
    write_events(3, subject=organisation.vendor)
    client.force_login(auditor)
    answer = client.post("/audit/exports/", {"export-about": "lighthouse research"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as pack:
        assert len(pack.read("events.jsonl").splitlines()) == 2
    assert Event.objects.latest("pk").action == "ledger.exported"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"about": "Nobody"}, "Nobody called “Nobody” is found"),
        ({"about": "Sam Berg"}, "“Sam Berg” fits several: Sam Berg ("),
        ({"since": "yesterday"}, "Give a day as 2026-12-31."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "2026-01-01 lies before 2026-02-01"),
        ({"until": "2000-01-01"}, "The ledger says nothing about this"),
    ],
)
def test_what_cannot_be_exported_is_said_beside_what_was_given(given, says, organisation, auditor, client):
    write_events(1, subject=organisation.partner)
    for _ in range(2):
        cast.make_contributor(Kind.EMPLOYEE, "Sam Berg")
    client.force_login(auditor)
    page = text_of(client.post("/audit/exports/", {f"export-{name}": value for name, value in given.items()}))
    assert says in page
    for value in given.values():
        assert f'value="{value}"' in page


def test_a_hold_is_placed_and_released_with_reasons(organisation, legal, client):
    client.force_login(legal)
    assert "Say why this must be kept" in text_of(client.post("/audit/holds/", {"hold-about": "Cyd Moor"}))
    page = client.post("/audit/holds/", {"hold-about": "Cyd Moor", "hold-reason": "Case 7/26"}, follow=True)
    assert "Legal hold on Cyd Moor stands from now on." in text_of(page)
    again = client.post("/audit/holds/", {"hold-about": "Cyd Moor", "hold-reason": "Case 8/26"})
    assert "A legal hold on Cyd Moor stands already." in text_of(again)
    hold = LegalHold.objects.get()
    url = f"/audit/holds/{hold.pk}/release/"
    assert "Say why this may be deleted again" in text_of(client.post(url, follow=True))
    assert "Legal hold on Cyd Moor is released." in text_of(client.post(url, {"reason": "Closed"}, follow=True))
    hold.refresh_from_db()
    assert (hold.released_by, hold.release_reason) == (legal, "Closed")


def test_deleting_is_counted_first_and_refused_when_it_is_too_early(organisation, legal, client):
    write_events(1, subject=organisation.partner)
    seal_ledger()
    client.force_login(legal)
    given = {"deletion-retention_class": "ledger", "deletion-before": "2015-01-01", "count": ""}
    assert "0 events are past their time" in text_of(client.post("/audit/deletions/", given))
    early = text_of(client.post("/audit/deletions/", given | {"deletion-before": "2026-01-01"}))
    assert "Too early: “All other events” is kept 3,653 days" in early
    del given["count"]
    assert "Say why this is deleted" in text_of(client.post("/audit/deletions/", given))
    done = client.post("/audit/deletions/", given | {"deletion-reason": "Time is over"}, follow=True)
    assert "0 events are past their time, 0 of them under a legal hold; 0 were deleted." in text_of(done)


def test_a_unit_s_user_is_told_whom_to_ask(organisation, outsider, client):
    client.force_login(outsider)
    answer = client.get("/audit/")
    assert answer.status_code == 403
    assert "Ask someone whose role is for the whole organisation" in text_of(answer)

"""Hits hold pay until a person decides; decisions stand while their ground does; nothing rejects by itself."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from governance.screening.decide import appeal_decision, decide_hit
from governance.screening.follow import follow_screening
from governance.screening.load import import_watchlist
from governance.screening.models import Appeal, HitDecision, ScreeningHit, WatchlistEntry
from governance.screening.screen import screen
from tests import cast
from workforce.contributors.models import Contributor, Status
from workforce.holds.ask import can_be_paid, can_start
from workforce.ledger.models import Event
from workforce.ledger.record import record_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(organisation) -> Contributor:
    """Idris Quorvan of Quay stands on a list by name, birth date and country."""
    WatchlistEntry.objects.create(
        name="QUORVAN, Idris Belmar", kind="person", list="House list", country="LY", birth_date=date(1961, 3, 4)
    )
    return cast.make_contributor(
        "contractor", "Idris Belmar Quorvan", unit=organisation.quay, birth_date=date(1961, 3, 4), country="LY"
    )


@pytest.fixture
def hit(listed) -> ScreeningHit:
    screen()
    return ScreeningHit.objects.get(contributor=listed)


def test_a_listed_contributor_is_held_and_stays_what_it_was(hit, listed):
    assert (hit.points, float(hit.score), hit.list_version) == (80, 1.0, "House list")
    listed.refresh_from_db()
    assert (can_be_paid(listed), can_start(listed), listed.status) == (False, True, Status.ACTIVE)


def test_who_has_not_started_may_not_start_either(listed):
    Contributor.objects.filter(pk=listed.pk).update(status=Status.PLANNED)
    screen()
    assert (can_be_paid(listed), can_start(listed)) == (False, False)


def test_clearing_lifts_the_hold_and_lasts_over_the_next_screening(hit, listed, legal):
    decide_hit(hit=hit, verdict="cleared", reason="Passport seen, another person", by=legal)
    assert can_be_paid(listed)
    screen()
    hit.refresh_from_db()
    assert (hit.verdict, can_be_paid(listed)) == ("cleared", True)
    decision = HitDecision.objects.get()
    assert (decision.by, decision.seen["points"], decision.seen["list_version"]) == (legal, 80, "House list")
    assert Event.objects.filter(action="hit.decided", actor=legal).count() == 1


def test_a_decision_is_asked_again_when_its_ground_changes(hit, listed, legal):
    decide_hit(hit=hit, verdict="cleared", reason="Another person", by=legal)
    WatchlistEntry.objects.update(aliases="Idris Quorvan")
    screen()
    hit.refresh_from_db()
    assert (hit.verdict, can_be_paid(listed)) == ("", False)


def test_a_hit_whose_ground_is_gone_closes_and_lifts_its_hold(hit, listed):
    Contributor.objects.filter(pk=listed.pk).update(name="Somebody Else")
    screen()
    hit.refresh_from_db()
    assert hit.closed_at is not None
    assert can_be_paid(listed)


@pytest.mark.parametrize(
    ("verdict", "reason", "says"),
    [("hang", "x", "is no verdict"), ("cleared", "  ", "Say why")],
)
def test_a_decision_needs_a_verdict_and_a_reason(verdict, reason, says, hit, legal):
    with pytest.raises(ValidationError, match=says):
        decide_hit(hit=hit, verdict=verdict, reason=reason, by=legal)


def test_nobody_decides_about_themselves_or_without_the_right(hit, listed, legal, operations):
    Contributor.objects.filter(pk=listed.pk).update(user=legal)
    hit.refresh_from_db()
    with pytest.raises(ValidationError, match="about you"):
        decide_hit(hit=ScreeningHit.objects.get(), verdict="cleared", reason="It is me", by=legal)
    with pytest.raises(PermissionDenied):
        decide_hit(hit=hit, verdict="cleared", reason="x", by=operations)


def test_after_an_appeal_another_person_decides(hit, listed, legal, hr):
    with pytest.raises(ValidationError, match="nothing to appeal"):
        appeal_decision(hit=hit, statement="Not me", by=hr)
    decide_hit(hit=hit, verdict="confirmed", reason="Same name and day", by=legal)
    appeal_decision(hit=hit, statement="I was born in another town", by=hr)
    assert (hit.verdict, can_be_paid(listed)) == ("", False)
    with pytest.raises(ValidationError, match="Somebody else has to decide it again"):
        decide_hit(hit=hit, verdict="confirmed", reason="Still", by=legal)
    decide_hit(hit=hit, verdict="cleared", reason="Town checked", by=hr)
    assert can_be_paid(listed)
    assert Appeal.objects.get().decision.by == legal


def test_points_of_several_signals_add_up_and_of_one_signal_the_highest_counts(organisation):
    first = cast.make_contributor("contractor", "Ada Noll", bank_account="DE89370400440532013000", phone="0170 1234567")
    cast.make_contributor("employee", "Bob Umber", bank_account="DE89370400440532013000", phone="0170 1234567",
                          national_id="N1")  # fmt: skip
    organisation.employee.delete()
    screen()
    assert can_be_paid(first)  # 40 + 25: a person looks, nothing is held
    Contributor.objects.filter(pk=first.pk).update(email="x@mailinator.com")
    screen()
    assert ScreeningHit.objects.open().with_total().filter(contributor=first).first().total == 80
    assert not can_be_paid(first)


def test_the_follower_screens_a_changed_person_and_a_changed_list(listed, tmp_path):
    record_event(action="contributor.created", subject=listed)
    assert follow_screening() > 0
    hit = ScreeningHit.objects.open().get()
    assert follow_screening() >= 0
    path = tmp_path / "own.csv"
    path.write_text("source_id,name,birth_date,country\nW9,Cyd Moor,,DE\n")
    import_watchlist(paths=[path])
    follow_screening()
    assert set(ScreeningHit.objects.open().values_list("contributor__name", flat=True)) == {
        "Idris Belmar Quorvan",
        "Cyd Moor",
    }
    path.write_text("source_id,name,birth_date,country\nW8,Nobody Here,,DE\n")
    import_watchlist(paths=[path])
    follow_screening()
    assert list(ScreeningHit.objects.open()) == [hit]


def test_the_queue_shows_what_waits_and_the_page_why(hit, listed, legal, client):
    client.force_login(legal)
    page = client.get(reverse("screening")).content.decode()
    assert "Idris Belmar Quorvan" in page
    assert "QUORVAN, Idris Belmar, House list" in page
    page = client.get(reverse("screening-hit", args=[hit.pk])).content.decode()
    assert "the same birth date" in page
    answer = client.post(
        reverse("screening-hit-decisions", args=[hit.pk]),
        {"verdict": "cleared", "reason": "Another person", "ground": hit.ground},
        follow=True,
    )
    assert "Cleared: On a watchlist: Idris Belmar Quorvan." in answer.content.decode()
    assert "Idris Belmar Quorvan" not in client.get(reverse("screening")).content.decode()


def test_what_changed_since_the_page_was_opened_is_not_decided(hit, legal, client):
    client.force_login(legal)
    given = {"verdict": "cleared", "reason": "Another person", "ground": "0" * 64}
    answer = client.post(reverse("screening-hit-decisions", args=[hit.pk]), given, follow=True)
    assert "The facts changed while you looked" in answer.content.decode()
    assert not HitDecision.objects.exists()


def test_birth_dates_are_masked_for_whoever_may_not_see_identity(hit, auditor, legal, client):
    shows = {}
    for user in (auditor, legal):
        client.force_login(user)
        page = client.get(reverse("screening-hit", args=[hit.pk])).content.decode()
        shows[user.username] = "<td>1961-03-04</td>" in page
    assert shows == {"auditor": False, "legal": True}


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_the_same_number_of_questions_for_one_and_for_three(
    count, organisation, legal, client, django_assert_num_queries
):
    for number in range(count):
        cast.make_contributor("contractor", f"Ada {number}", bank_account="DE89370400440532013000", email="x@y.example")
    cast.make_contributor("vendor", "Other", bank_account="DE89370400440532013000", email="x@y.example")
    screen()
    client.force_login(legal)
    client.get(reverse("screening"))
    with django_assert_num_queries(10):
        client.get(reverse("screening"))


def test_the_graph_joins_those_who_share(organisation, legal, outsider, client):
    for name in ("Ada Noll", "Bob Umber"):
        cast.make_contributor("contractor", name, unit=organisation.quay, phone="0170 1234567")
    screen()
    client.force_login(legal)
    answer = client.get(reverse("screening-sharing"))
    assert [edge["label"] for edge in answer.context["picture"]["edges"]] == ["phone"]
    assert {node["name"] for node in answer.context["picture"]["nodes"]} == {"Ada Noll", "Bob Umber"}
    client.force_login(outsider)
    assert client.get(reverse("screening-sharing")).context["groups"] == []


def test_the_api_lists_hits_and_takes_decisions(hit, legal, auditor, outsider, api):
    route = reverse("api:screening-hits-list")
    row = api(legal).get(route, {"signal": "watchlist", "open": "true", "least_total": 80}).json()["results"][0]
    assert (row["contributor_name"], row["total"], row["entry_list"]) == ("Idris Belmar Quorvan", 80, "House list")
    assert api(outsider).get(route).json()["results"] == []
    decisions = reverse("api:hit-decisions", args=[hit.pk])
    assert api(auditor).post(decisions, {"verdict": "cleared", "reason": "x"}).status_code == 403
    refused = api(legal).post(decisions, {"verdict": "gone", "reason": ""})
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {"verdict", "reason"})
    answer = api(legal).post(decisions, {"verdict": "cleared", "reason": "Another person"})
    assert (answer.status_code, answer.json()["by"]) == (201, "legal")
    assert [one["verdict"] for one in api(auditor).get(decisions).json()["results"]] == ["cleared"]
    assert api(legal).get(route, {"decided": "false"}).json()["results"] == []


def test_what_waits_comes_to_the_inbox_of_those_who_decide(hit, legal, auditor, client):
    told = {}
    for user in (legal, auditor):
        client.force_login(user)
        told[user.username] = "Idris Belmar Quorvan" in client.get(reverse("inbox")).content.decode()
    assert told == {"legal": True, "auditor": False}

import pytest

from workforce.ledger.record import record_event

pytestmark = pytest.mark.django_db


def test_events_say_who_and_what(organisation, legal, hr, api):
    record_event(
        action="contributor.updated", subject=organisation.employee, by=hr,
        before={"title": "Clerk"}, after={"title": "Planner"},
    )  # fmt: skip
    (event,) = api(legal).get("/api/v1/events/?subject_type=contributor").json()["results"]
    assert (event["actor"], event["before"], event["after"]) == ("hr", {"title": "Clerk"}, {"title": "Planner"})


def test_confidential_values_are_covered_but_their_change_is_not(organisation, auditor, legal, api):
    record_event(action="contributor.updated", subject=organisation.employee, after={"birth_date": "1985-04-02"})
    record_event(action="record.created", subject=organisation.rate, after={"amount": "80.00"})
    person, rate = api(auditor).get("/api/v1/events/").json()["results"]
    assert person["after"] == {"birth_date": "(hidden)"}
    assert rate["after"] == {"amount": "80.00"}
    person, rate = api(legal).get("/api/v1/events/").json()["results"]
    assert person["after"] == {"birth_date": "1985-04-02"}
    assert (rate["after"], rate["subject_label"]) == ({"amount": "(hidden)"}, "(hidden)")


def test_events_of_the_other_tree_are_not_seen(organisation, outsider, admin, api):
    for subject in (organisation.employee, organisation.engagement, organisation.order):
        record_event(action="record.updated", subject=subject)
    assert api(outsider).get("/api/v1/events/").json()["results"] == []
    assert len(api(admin).get("/api/v1/events/").json()["results"]) == 3

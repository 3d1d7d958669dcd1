import pytest

from orchestration.demand.models import Request
from tests import cast
from workforce.contributors.models import Skill
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
REQUESTS = "/api/v1/requests/"


def new_request(company, **values):
    return {
        "unit": company.quay.pk,
        "title": "Crane driver",
        "skills": ["Crane driving", "  welding "],
        "weekly_hours": "35",
        "start_date": "2027-02-01",
        "end_date": "2027-02-28",
        **values,
    }


def test_a_request_is_made_with_its_skills_and_event(organisation, operations, api):
    response = api(operations).post(REQUESTS, new_request(organisation))
    assert response.status_code == 201, response.json()
    answer = response.json()
    assert sorted(answer["skills"]) == ["Crane driving", "Welding"]
    assert (answer["status"], answer["headcount"], answer["budget"]) == ("open", 1, None)
    assert Skill.objects.count() == 2
    event = Event.objects.about(Request.objects.get(pk=answer["id"])).get()
    assert (event.action, event.actor) == ("record.created", operations)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"skills": []}, "skills"),
        ({"skills": "welding"}, "skills"),
        ({"weekly_hours": "-1"}, "weekly_hours"),
        ({"end_date": "2027-01-31"}, "end_date"),
        ({"headcount": 0}, "headcount"),
        ({"budget": "100"}, "currency"),
        ({"country": "Germany"}, "country"),
        ({"status": "filled"}, "status"),
        ({"unit": 0}, "unit"),
    ],
)
def test_a_wrong_request_is_refused_by_field(values, field, organisation, operations, api):
    response = api(operations).post(REQUESTS, new_request(organisation, **values))
    assert (response.status_code, list(response.json()["errors"])) == (400, [field])
    assert Request.objects.count() == 1


def test_a_request_is_made_where_the_user_reaches_and_may(organisation, finance, api):
    in_mill = cast.make_user("operations", unit=organisation.mill)
    refused = api(in_mill).post(REQUESTS, new_request(organisation))
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["unit"])
    assert api(finance).post(REQUESTS, new_request(organisation)).status_code == 403
    assert api(in_mill).get(REQUESTS).json()["results"] == []


def test_a_request_is_made_once_for_a_key(organisation, operations, api):
    client = api(operations)
    for _ in range(2):
        answer = client.post(REQUESTS, new_request(organisation), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert Request.objects.count() == 2

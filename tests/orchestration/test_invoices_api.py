import pytest

from orchestration.invoices.models import Decision
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def test_an_invoice_comes_with_its_lines_and_how_they_were_judged(organisation, finance, api):
    answer = api(finance).get(f"/api/v1/invoices/{organisation.invoice.pk}/").json()
    assert (answer["number"], answer["tax_exclusive"], answer["payee_account"]) == ("T1001", "1440.00", "••••2051")
    (line,) = answer["lines"]
    assert (line["unit_price"], line["net_amount"], line["status"], line["discrepancies"]) == (
        "90.000000", "1440.00", "discrepant", ["rate_above_contract"],
    )  # fmt: skip


def test_a_discrepancy_says_what_is_wrong_and_whose_it_is(organisation, finance, api):
    (row,) = api(finance).get("/api/v1/discrepancies/?code=rate_above_contract&decided=false").json()["results"]
    assert (row["expected"], row["actual"], row["amount"], row["currency"]) == ("80.00", "90.00", "160.00", "EUR")
    assert row["owner_role"] == "procurement"
    assert "80.00" in row["sentence"]
    assert "90.00" in row["sentence"]
    assert row["verdict"] is None


def test_a_decision_is_a_new_row_with_its_event(organisation, finance, api):
    client = api(finance)
    url = f"/api/v1/discrepancies/{organisation.discrepancy.pk}/decisions/"
    for verdict in ("accept", "dispute"):
        response = client.post(url, {"verdict": verdict, "reason": "Talked to Tide"})
        assert response.status_code == 201, response.json()
        assert response.json()["by"] == "finance"
    assert [row["verdict"] for row in client.get(url).json()["results"]] == ["accept", "dispute"]
    (row,) = client.get("/api/v1/discrepancies/?decided=true").json()["results"]
    assert row["verdict"] == "dispute"
    assert Event.objects.filter(action="discrepancy.decided", actor=finance).count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({"verdict": "accept"}, "reason"), ({"verdict": "accept", "reason": " "}, "reason"),
     ({"verdict": "maybe", "reason": "x"}, "verdict"), ({"verdict": "accept", "reason": "x", "by": 1}, "by")],
)  # fmt: skip
def test_a_decision_without_verdict_or_reason_is_refused(body, field, organisation, finance, api):
    response = api(finance).post(f"/api/v1/discrepancies/{organisation.discrepancy.pk}/decisions/", body)
    assert (response.status_code, list(response.json()["errors"])) == (400, [field])
    assert not Decision.objects.exists()


def test_who_may_not_decide_or_not_see_is_refused(organisation, auditor, outsider, api):
    url = f"/api/v1/discrepancies/{organisation.discrepancy.pk}/decisions/"
    body = {"verdict": "accept", "reason": "x"}
    assert api(auditor).post(url, body).status_code == 403
    assert api(outsider).post(url, body).status_code == 404
    assert api(outsider).get("/api/v1/invoices/").json()["results"] == []
    assert api(outsider).get(f"/api/v1/invoices/{organisation.invoice.pk}/").status_code == 404

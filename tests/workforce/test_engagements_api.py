from decimal import Decimal

import pytest

from workforce.accounts.models import IdempotencyKey
from workforce.engagements.models import PurchaseOrder
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
ORDERS = "/api/v1/purchase-orders/"


def new_order(company, **values):
    return {"number": "PO-200", "supplier": company.vendor.pk, "currency": "EUR", "amount": "1200.50", **values}


def test_rates_are_for_those_who_may_see_pay(organisation, finance, operations, api):
    url = f"/api/v1/engagements/{organisation.engagement.pk}/"
    assert api(finance).get(url).json()["rates"] == [
        {
            "category": "standard",
            "per": "hour",
            "amount": "80.0000",
            "currency": "EUR",
            "valid_from": "2026-01-01",
            "valid_to": None,
        }
    ]
    assert "rates" not in api(operations).get(url).json()


@pytest.mark.parametrize(("day", "found"), [("2025-12-31", 0), ("2026-01-01", 1), ("2031-01-01", 1)])
def test_engagements_of_a_day(day, found, organisation, operations, api):
    rows = api(operations).get("/api/v1/engagements/", {"active_on": day}).json()["results"]
    assert len(rows) == found


def test_time_is_listed_by_period(organisation, operations, api):
    rows = api(operations).get("/api/v1/time-entries/?from_date=2026-09-02&to_date=2026-09-30").json()["results"]
    assert [(row["work_date"], row["hours"], row["status"]) for row in rows] == [("2026-09-02", "8.00", "approved")]
    assert rows[0]["contributor"] == organisation.contractor.pk


def test_an_order_is_made_with_its_event(organisation, procurement, api):
    response = api(procurement).post(ORDERS, new_order(organisation, valid_to="2026-12-31"))
    assert response.status_code == 201, response.json()
    order = PurchaseOrder.objects.get(number="PO-200")
    assert (order.amount, order.supplier) == (Decimal("1200.50"), organisation.vendor)
    event = Event.objects.about(order).get()
    assert (event.action, event.actor, event.after["amount"]) == ("record.created", procurement, "1200.50")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"currency": "euro"}, "currency"),
        ({"currency": "EU\n"}, "currency"),
        ({"supplier": 2**70}, "supplier"),
        ({"supplier": "x"}, "supplier"),
        ({"number": "PO-100"}, "number"),
        ({"number": "a\x00b"}, "number"),
        ({"number": " "}, "number"),
        ({"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "valid_to"),
        ({"valid_from": "02.05.2026"}, "valid_from"),
        ({"ammount": "1"}, "ammount"),
    ],
)
def test_a_wrong_order_is_refused_by_field_and_nothing_is_written(values, field, organisation, procurement, api):
    response = api(procurement).post(ORDERS, new_order(organisation, **values))
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert PurchaseOrder.objects.count() == 1
    assert not Event.objects.exists()


def test_an_order_is_made_once_for_a_key(organisation, procurement, api):
    client = api(procurement)
    first = client.post(ORDERS, new_order(organisation), headers={"Idempotency-Key": "k1"})
    again = client.post(ORDERS, new_order(organisation), headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post(ORDERS, new_order(organisation, number="PO-201"), headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422
    assert PurchaseOrder.objects.count() == 2


def test_a_refused_order_does_not_use_up_its_key(organisation, procurement, api):
    client = api(procurement)
    assert client.post(ORDERS, new_order(organisation, amount="x"), headers={"Idempotency-Key": "k"}).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert client.post(ORDERS, new_order(organisation), headers={"Idempotency-Key": "k"}).status_code == 201


def test_an_order_is_changed_by_who_has_read_it_as_it_stands(organisation, procurement, api):
    client = api(procurement)
    url = f"{ORDERS}{organisation.order.pk}/"
    etag = client.get(url).headers["ETag"]
    assert client.patch(url, {"amount": "60000"}).status_code == 428
    changed = client.patch(url, {"amount": "60000"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["amount"]) == (200, "60000.00")
    late = client.patch(url, {"amount": "70000"}, headers={"If-Match": etag})
    assert late.status_code == 412
    assert "Read it again" in late.json()["detail"]
    assert client.patch(url, {"amount": "70000"}, headers={"If-Match": changed.headers["ETag"]}).status_code == 200
    events = Event.objects.about(organisation.order).order_by("id")
    assert [(e.before, e.after) for e in events] == [
        ({"amount": "50000.00"}, {"amount": "60000.00"}),
        ({"amount": "60000.00"}, {"amount": "70000.00"}),
    ]


def test_what_an_order_is_known_by_stays(organisation, procurement, api):
    client = api(procurement)
    url = f"{ORDERS}{organisation.order.pk}/"
    response = client.patch(url, {"number": "X"}, headers={"If-Match": client.get(url).headers["ETag"]})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["number"])


def test_orders_are_read_by_finance_and_written_by_procurement_alone(organisation, finance, operations, api):
    assert len(api(finance).get(ORDERS).json()["results"]) == 1
    assert api(finance).post(ORDERS, new_order(organisation)).status_code == 403
    assert api(operations).get(ORDERS).status_code == 403


def test_an_order_for_a_supplier_out_of_sight_is_refused(organisation, outsider, api):
    response = api(outsider).post(ORDERS, new_order(organisation))
    assert (response.status_code, list(response.json()["errors"])) == (400, ["supplier"])

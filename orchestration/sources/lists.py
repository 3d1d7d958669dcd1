"""Lists that are exported but not imported, and invoices; models above this room are named by label.

Each gives (columns, columns that hold numbers, rows).
"""

import json

from django.apps import apps
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from orchestration.sources.kinds import INVOICES
from orchestration.sources.models import SourceRecord
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

CHUNK = 2_000


def list_identities(chosen: Q, source: str):
    """Every source's row of a contributor with the id of the one it is held to be."""
    records = SourceRecord.objects.filter(kind="contributors", object_id__isnull=False)
    if source:
        records = records.filter(source__name=source)
    if chosen:
        members = Contributor.objects.filter(_through_contributor(chosen)).values("pk")
        records = records.filter(object_id__in=members)
    root = Contributor.objects.filter(pk=OuterRef("object_id")).values(root=Coalesce("merged_into", "pk"))
    rows = records.order_by("source__name", "key").values_list("source__name", "key", Subquery(root))
    return ["source", "source_id", "contributor_id"], {"contributor_id"}, _rows(rows)


def _through_contributor(chosen: Q) -> Q:
    """A condition on `contributor` said of the contributor itself."""
    return Q(*[("pk__in", value) for _, value in chosen.children])


def list_findings(chosen: Q, source: str):
    record = SourceRecord.objects.filter(kind="contributors", object_id=OuterRef("contributor")).order_by(
        "source__name"
    )
    rows = (
        apps.get_model("policies.Finding")
        .objects.filter(chosen)
        .annotate(
            source=Subquery(record.values("source__name")[:1]),
            key=Subquery(record.values("key")[:1]),
        )
        .order_by("policy__name", "contributor", "pk")
    )
    if source:
        rows = rows.filter(source=source)
    columns = ["policy", "source", "source_id", "contributor", "found_on", "due_date", "opened_at", "closed_at"]
    values = rows.values_list(
        "policy__name", "source", "key", "contributor__name", "found_on", "due_date", "opened_at", "closed_at"
    )
    return columns, set(), _rows(values)


def list_discrepancies(chosen: Q, source: str):
    """What is wrong with which line; the supplier is named as the invoice names it."""
    rows = apps.get_model("invoices.Discrepancy").objects.order_by(
        "line__invoice__issue_date", "line__invoice__number", "line__position", "line", "code"
    )
    if source:
        rows = rows.filter(line__invoice__source__name=source)
    columns = ["supplier", "invoice_number", "line", "code", "expected", "actual", "amount"]
    values = rows.values_list(
        "line__invoice__supplier_text", "line__invoice__number", "line__line", "code", "expected", "actual", "amount"
    )
    return columns, {"amount"}, _rows(values)


def list_invoices(chosen: Q, source: str):
    """Every stored line, from tables and e-invoices alike."""
    rows = apps.get_model("invoices.InvoiceLine").objects.order_by(
        "invoice__issue_date", "invoice__number", "invoice", "position"
    )
    if source:
        rows = rows.filter(invoice__source__name=source)
    paths = {
        "supplier": "invoice__supplier_text", "invoice_number": "invoice__number", "issue_date": "invoice__issue_date",
        "currency": "invoice__currency", "payee_account": "invoice__payee_account",
    }  # fmt: skip
    columns = [column.name for column in INVOICES.columns]
    values = rows.values_list(*(paths.get(column.name, column.attribute) for column in INVOICES.columns))
    return columns, {column.name for column in INVOICES.columns if column.type == "decimal"}, _rows(values)


def list_capacity(chosen: Q, source: str):
    record = SourceRecord.objects.filter(kind="units", object_id=OuterRef("unit")).order_by("source__name")
    hours = ["capacity_hours", "demand_hours", "allocated_hours", "worked_hours", "utilisation", "idle_hours", "cost"]
    rows = (
        apps.get_model("capacity.Cell")
        .objects.annotate(key=Subquery(record.values("key")[:1]))
        .order_by("month", "unit", "kind", F("skill__name").asc(nulls_first=True))
        .values_list("key", "unit__name", "month", "kind", "skill__name", *hours)
    )
    return ["unit", "unit_name", "month", "kind", "skill", *hours], set(hours), _rows(rows)


def list_events(chosen: Q, source: str):
    columns = [
        "id",
        "at",
        "actor",
        "action",
        "subject_type",
        "subject_id",
        "subject_label",
        "before",
        "after",
        "reason",
    ]
    rows = Event.objects.order_by("id").values_list(
        "id",
        "at",
        "actor__username",
        "action",
        "subject_type",
        "subject_id",
        "subject_label",
        "before",
        "after",
        "reason",
    )
    told = (
        [json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell for cell in row]
        for row in rows.iterator(chunk_size=CHUNK)
    )
    return columns, {"id", "subject_id"}, told


def _rows(values):
    return (list(row) for row in values.iterator(chunk_size=CHUNK))


LISTS = {
    "identities": list_identities,
    "findings": list_findings,
    "discrepancies": list_discrepancies,
    "invoices": list_invoices,
    "capacity": list_capacity,
    "events": list_events,
}

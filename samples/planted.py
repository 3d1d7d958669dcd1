"""The list of what stands wrong in the files, from the reference computations; what was meant must be what is found."""

from datetime import date, timedelta
from pathlib import Path

from samples.company_facts import Company
from samples.einvoices import name_seller
from samples.reference import find_discrepancies
from samples.reference_capacity import Cube
from samples.reference_findings import find_breakers
from samples.reference_reading import read_company

CAPACITY_UNITS = ["U-130", "U-210", "U-610"]  # Germany, Great Britain, United States; nobody there has two records


class NotAsPlanted(Exception):
    """What the reference finds in the files differs from what the generator meant to plant."""


def compute_planted(company: Company, folder: Path, *, rejections: list[dict], waiting: dict[str, int]) -> dict:
    tables = read_company(folder, {(r["path"], r["row"]) for r in rejections})
    found = find_discrepancies(tables)
    compare("discrepancies", intended_discrepancies(company), found)
    for day in (company.until, company.until + timedelta(365)):
        breakers = find_breakers(tables, company.identities, day)
        for policy in breakers.keys() | company.findings.keys():
            compare(f"{policy} on {day}", company.findings[policy], breakers[policy])
    return {
        "as_of": company.until.isoformat(),
        "discrepancies": [dict(zip(("supplier", "invoice_number", "line", "code"), row, strict=True)) for row in sorted(found)],
        "lines": len(tables["invoices"]),
        "discrepant_lines": len({row[:3] for row in found}),
        "findings": {policy: sorted(keys) for policy, keys in sorted(company.findings.items())},
        "identities": [list(pair) for pair in company.identities],
        "rejections": rejections,
        "waiting": waiting,
        "capacity": count_cells(tables, company.until),
    }  # fmt: skip


def intended_discrepancies(company: Company) -> set[tuple]:
    found = set()
    for invoice in company.invoices:
        supplier = invoice["supplier"] if invoice["via"] == "table" else name_seller(invoice["party"]["row"])
        for line in invoice["lines"]:
            found |= {(supplier, invoice["number"], line["line"], code) for code in invoice["codes"] | line["codes"]}
    return found


def compare(what: str, intended: set, found: set) -> None:
    if intended != found:
        missed, surplus = sorted(intended - found)[:12], sorted(found - intended)[:12]
        raise NotAsPlanted(f"{what}: meant but not found {missed}; found but not meant {surplus}")


def count_cells(tables: dict, until: date) -> list[dict]:
    """Two months back for people, the next two for what is asked for, in units of three countries."""
    cube = Cube(tables, until)
    this = until.replace(day=1)
    before = (this - timedelta(1)).replace(day=1)
    after = (this + timedelta(32)).replace(day=1)
    cells = []
    for unit in CAPACITY_UNITS:
        for month in (before, this):
            cells += [cube.count_cell(f"hris:{unit}", month, kind) for kind in ("employee", "contractor")]
        cells += [cube.count_cell(f"hris:{unit}", after, "")]
    return cells

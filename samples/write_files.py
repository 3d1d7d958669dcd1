"""The files of the company as each system exports them, with a few rows that cannot be taken."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

from samples.company_facts import Company
from samples.einvoices import write_cii, write_ubl
from samples.tables import write_csv, write_workbook
from samples.words import COMPANY

PERSON = ["given_name", "family_name", "email", "phone", "birth_date", "street", "city", "region", "postcode", "country",
          "national_id", "tax_id", "bank_account"]  # fmt: skip
HRIS_HEADERS = {
    "Employee ID": "source_id", "Worker Type": "kind", "Legal First Name": "given_name", "Legal Last Name": "family_name",
    "Work Email": "email", "Phone": "phone", "Date of Birth": "birth_date", "Street": "street", "City": "city",
    "Region": "region", "Postal Code": "postcode", "Country": "country", "National ID": "national_id",
    "IBAN": "bank_account", "Job Title": "title", "Org Unit ID": "unit", "Manager ID": "manager", "Location": "location",
    "Cost Center": "cost_centre", "Hire Date": "start_date", "Termination Date": "end_date",
    "Weekly Hours": "weekly_hours", "Skills": "skills", "Employment Status": "status",
}  # fmt: skip
HRIS_STATUS = {"Active": "active", "Terminated": "left", "Pre-hire": "planned", "In onboarding": "onboarding"}
VMS_HEADERS = {
    "Worker ID": "source_id", "Worker Class": "kind", "First Name": "given_name", "Last Name": "family_name",
    "E-Mail": "email", "Phone": "phone", "Birth Date": "birth_date", "Address": "street", "City": "city",
    "State": "region", "Zip": "postcode", "Country": "country", "Personal ID": "national_id", "Tax ID": "tax_id",
    "Bank Account": "bank_account", "Supplier": "supplier", "Job Title": "title", "Department": "unit",
    "Manager": "manager", "Site": "location", "Start": "start_date", "End": "end_date", "Hours/Week": "weekly_hours",
    "Skills": "skills", "Status": "status",
}  # fmt: skip
MAPPINGS = {
    "hris-employees": {"columns": HRIS_HEADERS, "dates": "%d.%m.%Y", "decimal": ",",
                       "values": {"kind": {"Regular": "employee"}, "status": HRIS_STATUS}},
    "vms-contractors": {"columns": VMS_HEADERS, "values": {"kind": {"Contingent": "contractor"}}},
}  # fmt: skip
ENGAGEMENT = ["source_id", "contributor", "unit", "basis", "start_date", "end_date", "supplier", "title", "purchase_order",
              "weekly_hours", "owner"]  # fmt: skip
RATE = ["engagement", "valid_from", "valid_to", "category", "per", "amount", "currency"]
ORDER = ["number", "supplier", "currency", "amount", "valid_from", "valid_to"]
INVOICE = ["supplier", "invoice_number", "issue_date", "currency", "payee_account", "line", "engagement", "contributor",
           "purchase_order", "period_start", "period_end", "category", "quantity", "per", "unit_price", "net_amount",
           "tax_rate", "description"]  # fmt: skip
TIME = ["source_id", "engagement", "work_date", "hours", "category", "status"]


class Folder:
    """Where the files go, the manifest of what was written and the rows that are bad on purpose."""

    def __init__(self, path: Path):
        self.path, self.manifest, self.rejections = path, [], []

    def write(self, kind, source, name, columns, rows, *, mapping="", bad=(), **how) -> None:
        """`bad` are (row, column, code): rows appended that must be rejected."""
        path = self.path / source / name
        first_bad = len(rows) + 2
        rows = [*rows, *(row for row, _, _ in bad)]
        if mapping:
            theirs = {ours: name for name, ours in MAPPINGS[mapping]["columns"].items()}
            rows = [{theirs.get(k, k): v for k, v in row.items()} for row in rows]
            columns = list(MAPPINGS[mapping]["columns"])
        if path.suffix == ".xlsx":
            write_workbook(path, "Export", columns, rows)
        else:
            write_csv(path, columns, rows, **how)
        entry = {"kind": kind, "source": source, "path": f"{source}/{name}"}
        self.manifest.append(entry | ({"mapping": f"mappings/{mapping}.json"} if mapping else {}))
        for number, (_, column, code) in enumerate(bad, start=first_bad):
            self.rejections.append(
                {
                    "kind": kind,
                    "source": source,
                    "path": f"{source}/{name}",
                    "row": number,
                    "column": column,
                    "code": code,
                }
            )


def write_files(company: Company, path: Path) -> tuple[list[dict], dict[str, int]]:
    """Writes everything; returns the rows to be rejected and how many rows of each kind wait for good."""
    for part in ("hris", "vms", "erp", "procurement", "agents", "einvoices", "mappings"):
        shutil.rmtree(path / part, ignore_errors=True)
    folder = Folder(path)
    write_mappings(path)
    write_hris(company, folder)
    write_erp_suppliers(company, folder)
    write_vms(company, folder)
    write_erp(company, folder)
    folder.write("requests", "procurement", "requests.csv", list(company.requests[0]), company.requests)
    write_agents(company, folder)
    write_einvoices(company, folder)
    facts = {"name": COMPANY, "reporting_currency": "EUR", "until": company.until.isoformat(),
             "contributors": company.contributors, "files": folder.manifest}  # fmt: skip
    (path / "company.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder.rejections, {"contributors": 2, "time": 1, "allocations": 1}


def write_mappings(path: Path) -> None:
    (path / "mappings").mkdir(parents=True, exist_ok=True)
    for name, mapping in MAPPINGS.items():
        text = json.dumps(mapping, indent=1, ensure_ascii=False)
        (path / "mappings" / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def write_hris(company: Company, folder: Folder) -> None:
    folder.write("units", "hris", "units.csv",
                 ["source_id", "name", "parent", "cost_centre", "country", "currency", "manager"], company.units)  # fmt: skip
    words = {ours: theirs for theirs, ours in HRIS_STATUS.items()}
    rows = [
        e | {"kind": "Regular", "status": words[e["status"]], "weekly_hours": str(e["weekly_hours"]).replace(".", ",")}
        for e in company.employees
    ]
    spoilt = rows[0] | {"email": "", "national_id": "", "bank_account": ""}
    folder.write(
        "contributors", "hris", "employees.csv", [], rows, mapping="hris-employees", delimiter=";", dates="%d.%m.%Y",
        bom=True, bad=[
            (spoilt | {"source_id": "E90001", "start_date": "31.02.2026"}, "start_date", "bad_date"),
            (spoilt | {"source_id": "E90002", "kind": "Freelance"}, "kind", "bad_choice"),
            (spoilt | {"source_id": "E90003", "country": "Atlantis"}, "country", "bad_country"),
        ],
    )  # fmt: skip
    _write_engagements(company, folder, "hris", "engagements.csv", "salaries.csv")
    folder.write("absences", "hris", "absences.csv", list(company.absences[0]), company.absences)
    waiting = company.allocations[0] | {"source_id": "AL-99999", "contributor": "E99997"}
    folder.write("allocations", "hris", "allocations.csv", list(waiting), [*company.allocations, waiting])


def _write_engagements(
    company: Company, folder: Folder, source: str, name: str, rates: str, bad=(), bad_rates=()
) -> None:
    rows = [e for e in company.engagements if e["source"] == source]
    if source == "erp":
        rows = [e | {"supplier": e["supplier"].removeprefix("erp:")} for e in rows]
    folder.write("engagements", source, name, ENGAGEMENT, rows, bad=bad)
    folder.write("rates", source, rates, RATE, [r for r in company.rates if r["source"] == source], bad=bad_rates)


def write_vms(company: Company, folder: Folder) -> None:
    people = [c | {"kind": "Contingent"} for c in company.contractors]
    people[40] |= {"manager": "hris:E99998"}
    nameless = people[0] | {"source_id": "C-9001", "family_name": "", "email": ""}
    folder.write("contributors", "vms", "contractors.xlsx", [], people, mapping="vms-contractors",
                 bad=[(nameless, "name", "missing")])  # fmt: skip
    first = next(e for e in company.engagements if e["source"] == "vms")
    rate = next(r for r in company.rates if r["source"] == "vms")
    _write_engagements(
        company, folder, "vms", "engagements.csv", "rates.csv",
        bad=[(first, "source_id", "duplicate_row"), (first | {"source_id": "WO-99001", "unit": ""}, "unit", "missing")],
        bad_rates=[(rate | {"valid_from": company.until, "currency": "EURO"}, "currency", "bad_currency")],
    )  # fmt: skip
    orders = [o for o in company.orders if o["source"] == "vms"]
    dear = orders[0] | {"number": "PO-4599001", "amount": "12.000,00"}
    folder.write("purchase_orders", "vms", "purchase_orders.csv", ORDER, orders, bad=[(dear, "amount", "bad_number")])
    one = company.time[0]
    waiting = one | {"source_id": "T-999999", "engagement": "WO-99999"}
    folder.write("time", "vms", "time.csv", TIME, [*company.time, waiting], bad=[
        (one | {"source_id": "T-990001", "hours": "7,5"}, "hours", "bad_number"),
        (one | {"source_id": "T-990002", "hours": "-3.00"}, "hours", "negative"),
    ])  # fmt: skip
    folder.write("rate_cards", "vms", "rate_cards.csv", list(company.rate_cards[0]), company.rate_cards)


def write_erp_suppliers(company: Company, folder: Folder) -> None:
    columns = ["source_id", "kind", "name", "email", "phone", "street", "city", "region", "postcode", "country", "tax_id",
               "bank_account", "start_date", "status"]  # fmt: skip
    folder.write("contributors", "erp", "suppliers.csv", columns, company.suppliers, delimiter=";")
    folder.write(
        "exchange_rates", "erp", "exchange_rates.csv", ["date", "base", "quote", "rate"], company.exchange_rates
    )


def write_erp(company: Company, folder: Folder) -> None:
    _write_engagements(company, folder, "erp", "engagements.csv", "rates.csv")
    orders = [o for o in company.orders if o["source"] == "erp"]
    folder.write("purchase_orders", "erp", "purchase_orders.csv", ORDER, orders)
    rows = [
        line | invoice | {"invoice_number": invoice["number"]}
        for invoice in in_order(company) if invoice["via"] == "table" for line in invoice["lines"]
    ]  # fmt: skip
    dateless = rows[0] | {"invoice_number": "RE-99001", "issue_date": "2026-13-01"}
    folder.write("invoices", "erp", "invoices.csv", INVOICE, rows, bad=[(dateless, "issue_date", "bad_date")])


def in_order(company: Company) -> list[dict]:
    """Invoices as they came in: by issue date."""
    return sorted(company.invoices, key=lambda i: (i["issue_date"], i["number"]))


def write_agents(company: Company, folder: Folder) -> None:
    columns = ["source_id", "kind", "name", "title", "unit", "owner", "supplier", "country", "start_date", "end_date",
               "skills", "status"]  # fmt: skip
    folder.write("contributors", "agents", "agents.csv", columns, company.agents)
    _write_engagements(company, folder, "agents", "engagements.csv", "rates.csv")
    cards = folder.path / "agents" / "agent-cards"
    cards.mkdir()
    for agent in company.agents:
        text = json.dumps(build_card(company, agent), indent=2, ensure_ascii=False)
        (cards / f"{agent['source_id']}.json").write_text(text + "\n", encoding="utf-8")
    folder.manifest.append({"kind": "agent_cards", "source": "agents", "path": "agents/agent-cards"})


def build_card(company: Company, agent: dict) -> dict:
    """An A2A AgentCard (v1) of the agent."""
    supplier = next((s for s in company.suppliers if f"erp:{s['source_id']}" == agent["supplier"]), None)
    domain = supplier["domain"] if supplier else "meridian.example"
    slug = agent["name"].lower().replace(" ", "-")
    return {
        "name": agent["name"], "description": agent["purpose"] + ".", "version": "1.0.0",
        "supportedInterfaces": [{"url": f"https://agents.{domain}/{slug}", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "provider": {"organization": supplier["name"] if supplier else COMPANY, "url": f"https://{domain}"},
        "capabilities": {"streaming": agent["source_id"] < "A-13", "pushNotifications": False, "extendedAgentCard": False},
        "defaultInputModes": ["text/plain", "application/json"], "defaultOutputModes": ["application/json"],
        "skills": [
            {"id": skill.lower().replace(" ", "-"), "name": skill, "description": f"{agent['purpose']}: {skill.lower()}.",
             "tags": [skill]} for skill in agent["skills"].split(";")
        ],
    }  # fmt: skip


def write_einvoices(company: Company, folder: Folder) -> None:
    (folder.path / "einvoices").mkdir()
    for number, invoice in enumerate((i for i in in_order(company) if i["via"] != "table"), start=1):
        invoice["due_date"] = invoice["issue_date"] + timedelta(30)
        text = {"ubl": write_ubl, "cii": write_cii}[invoice["via"]](invoice)
        path = folder.path / "einvoices" / f"{number:04d}-{invoice['via']}.xml"
        path.write_text("\n".join(x for x in text.split("\n") if x.strip()) + "\n", encoding="utf-8")
    folder.manifest.append({"kind": "einvoices", "source": "", "path": "einvoices"})

"""People who stand in two systems, and people who only look as if they did."""

from datetime import timedelta

from samples.company_facts import Company
from samples.identifiers import build_account, to_ascii


def link_employed_contractors(company: Company) -> None:
    """Each contractor who is an employee now takes an employee's person, written as the other system would."""
    employed = [c for c in company.contractors if c["purpose"] == "employed"]
    hired = [e for e in company.employees if e["status"] == "active" and e["manager"]][3::7]
    teams_kept = {u["source_id"] for u in company.units if u["parent"]}
    kept_free = {"U-130", "U-210", "U-610"}  # teams whose capacity is planted have nobody in two systems
    hired = [e for e in hired if e["unit"] in teams_kept - kept_free][: len(employed)]
    assert len(hired) == len(employed), "too few employees for the people in two systems"
    for index, (contractor, employee) in enumerate(zip(employed, hired, strict=True)):
        ended = employee["start_date"] - timedelta(company.rng.randrange(1, 60))
        started = ended - timedelta(company.rng.randrange(120, 500))
        for name in ("given_name", "family_name", "birth_date", "street", "city", "region", "postcode", "location",
                     "country", "phone"):  # fmt: skip
            contractor[name] = employee[name]
        contractor |= {"start_date": started, "end_date": ended, "national_id": "", "title": employee["title"]}
        if not contractor["supplier"]:
            contractor["bank_account"] = employee["bank_account"]
        if contractor["supplier"]:
            contractor["email"] = contractor["email"].split("@")[0] + f".{index}@" + contractor["email"].split("@")[1]
        (_same_number, _same_mail, _same_birth_date, _names_turned)[index % 4](contractor, employee)
        company.identities.append((f"vms:{contractor['source_id']}", f"hris:{employee['source_id']}"))


def _same_number(contractor: dict, employee: dict) -> None:
    """The national id, written without its spaces and marks; the family name has changed since."""
    contractor["national_id"] = "".join(c for c in employee["national_id"] if c.isalnum())
    contractor["family_name"] = contractor["family_name"] + "-" + contractor["given_name"][:1] + "ahl"


def _same_mail(contractor: dict, employee: dict) -> None:
    """The private address both systems know, in other letters; no birth date."""
    private = f"{to_ascii(employee['given_name'])}.{to_ascii(employee['family_name'])}@mail.example".lower()
    employee["email"] = private.replace("@", f".{employee['source_id'].lower()}@")
    contractor["email"] = employee["email"].upper()
    contractor["birth_date"] = None


def _same_birth_date(contractor: dict, employee: dict) -> None:
    """Name and birth date, the name in capitals."""
    contractor["family_name"] = contractor["family_name"].upper()


def _names_turned(contractor: dict, employee: dict) -> None:
    """Given and family name in each other's place, the birth date the same."""
    contractor["given_name"], contractor["family_name"] = employee["family_name"], employee["given_name"]


def make_near_twins(company: Company) -> None:
    """Same name and another birth date; father and son at one address; real twins: none of them are one person."""
    employees = [e for e in company.employees if e["status"] == "active" and e["manager"]][5::11]
    contractors = [c for c in company.contractors if c["purpose"] == "works"][2::9]
    known = {x for pair in company.identities for x in pair}
    employees = [e for e in employees if f"hris:{e['source_id']}" not in known]
    for index, (one, other) in enumerate(zip(employees[:9], contractors[:9], strict=True)):
        other["family_name"] = one["family_name"]
        if index % 3 < 2:
            other["given_name"] = one["given_name"]
            years = (26 if one["birth_date"].year < 1980 else -26) if index % 3 else 1
            other["birth_date"] = one["birth_date"] + timedelta(366 * years + index)
        if index % 3 > 0:
            for name in ("street", "city", "region", "postcode"):
                other[name] = one[name]
        if index % 3 == 2:
            other["birth_date"] = one["birth_date"]


def share_bank_accounts(company: Company) -> None:
    """An employee and a vendor with one account, and two freelancers with one."""
    employee = [e for e in company.employees if e["status"] == "active" and e["country"] == "DE"][20]
    vendor = [s for s in company.suppliers if s["kind"] == "vendor" and s["country"] == "DE" and s["via"] == "table"][
        -1
    ]
    employee["bank_account"] = vendor["bank_account"]
    freelancers = [
        c for c in company.contractors if not c["supplier"] and c["purpose"] == "works" and not c.get("role")
    ]
    one, other = freelancers[-2:]
    one["bank_account"] = other["bank_account"] = build_account("FR", 990_001, company.rng)
    company.findings["shared-bank-account"] |= {
        f"hris:{employee['source_id']}", f"erp:{vendor['source_id']}",
        f"vms:{one['source_id']}", f"vms:{other['source_id']}",
    }  # fmt: skip


def forget_countries(company: Company) -> None:
    """A contractor, a vendor that does not work for us and an employee without a country."""
    contractor = [c for c in company.contractors if c["purpose"] == "works" and not c.get("role") and c["supplier"]][11]
    vendor = [s for s in company.suppliers if s["kind"] == "vendor"][4]
    employee = next(e for e in company.employees if e["unit"] == "U-520" and e["manager"] and e["status"] == "active")
    contractor["country"] = vendor["country"] = employee["country"] = ""
    company.findings["missing-country"] |= {
        f"vms:{contractor['source_id']}", f"erp:{vendor['source_id']}", f"hris:{employee['source_id']}",
    }  # fmt: skip

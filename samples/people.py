"""Units, employees, contractors, suppliers and agents of the sample company."""

from datetime import date, timedelta
from decimal import Decimal

from samples.company_facts import Company
from samples.identifiers import build_account, build_address, build_national_id, build_phone, build_tax_id, to_ascii
from samples.words import AGENTS, COUNTRIES, FAMILY, FIRM_FIRST, FIRM_SECOND, GIVEN, LEGAL_FORM, TITLES, UNITS

SHARES = {"contractors": "0.317", "vendors": "0.05", "partners": "0.03", "agents": "0.02"}
HOURS = {"DE": ["40", "40", "37.5", "35", "30"], "FR": ["35", "35", "35", "28"], "GB": ["37.5", "37.5", "40", "30"],
         "US": ["40", "40", "40", "32"]}  # fmt: skip
EMPLOYED_CONTRACTORS = 40  # former contractors who are employees now
STANDING_APART = 25  # contractors outside the pool that is booked and billed: left, planned, onboarding


def make_units(company: Company) -> None:
    for number, (name, (country, teams)) in enumerate(UNITS.items(), start=1):
        top = {"source_id": f"U-{number}00", "name": name, "parent": "", "cost_centre": f"CC{number}00",
               "country": country, "currency": COUNTRIES[country][0], "titles": [], "place": ""}  # fmt: skip
        company.units.append(top)
        for team, (team_name, titles) in enumerate(teams, start=1):
            place = "FR" if "Lyon" in team_name or (team_name == "Europe") else country
            company.units.append(top | {"source_id": f"U-{number}{team}0", "name": team_name, "titles": titles,
                "parent": top["source_id"], "cost_centre": f"CC{number}{team}0", "country": place,
                "currency": COUNTRIES[place][0]})  # fmt: skip


def make_person(company: Company, country: str) -> dict:
    """A person with a name and birth date nobody else has."""
    rng = company.rng
    while True:
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        birth = date(rng.randrange(1961, 2003), rng.randrange(1, 13), rng.randrange(1, 29))
        if company.claim("name", given, family):
            break
        if company.contributors > 5_000 and company.claim("born", given, family, birth):
            break
    serial = company.next_serial("person")
    address = build_address(country, rng)
    return {
        "given_name": given, "family_name": family, "birth_date": birth,
        "email": make_email(company, given, family, "meridian.example"),
        "phone": build_phone(country, address.pop("prefix"), serial), **address, "country": country,
        "national_id": build_national_id(country, serial, birth),
        "bank_account": build_account(country, serial, rng), "tax_id": "",
    }  # fmt: skip


def make_email(company: Company, given: str, family: str, domain: str) -> str:
    stem = f"{to_ascii(given)}.{to_ascii(family)}".lower().replace("'", "")
    number = 1
    while not company.claim("email", f"{stem}{number if number > 1 else ''}@{domain}"):
        number += 1
    return f"{stem}{number if number > 1 else ''}@{domain}"


def pick_skills(company: Company, title: str) -> str:
    own = TITLES[title][2]
    return ";".join(sorted(company.rng.sample(own, company.rng.randrange(2, len(own) + 1))))


def make_employees(company: Company) -> None:
    rng, until = company.rng, company.until
    teams = [u for u in company.units if u["parent"]]
    others = sum(share_of(company, name) for name in SHARES)
    leads: dict[str, str] = {}
    for index in range(company.contributors - others):
        team = teams[index % len(teams)]
        country = team["country"] if rng.random() < 0.8 else rng.choice(list(COUNTRIES))
        title = rng.choice(team["titles"])
        row = make_person(company, country) | {
            "source_id": f"E{10001 + index}", "kind": "employee", "title": title, "unit": team["source_id"],
            "manager": leads.get(team["source_id"], ""), "weekly_hours": Decimal(rng.choice(HOURS[country])),
            "cost_centre": team["cost_centre"], "skills": pick_skills(company, title), "status": "active",
            "start_date": until - timedelta(rng.randrange(120, 4000)), "end_date": None,
        }  # fmt: skip
        if team["source_id"] not in leads:
            leads[team["source_id"]] = row["source_id"]
            row["start_date"] = until - timedelta(rng.randrange(1500, 4000))
        elif index % 31 == 7:
            row |= {"status": "left", "end_date": until - timedelta(rng.randrange(5, 100))}
        elif index % 97 == 50:
            row |= {"status": "onboarding", "start_date": until - timedelta(rng.randrange(2, 12))}
        elif index % 127 == 60:
            row |= {"status": "planned", "start_date": until + timedelta(rng.randrange(20, 60))}
        company.employees.append(row)
    _name_managers(company, leads)


def _name_managers(company: Company, leads: dict[str, str]) -> None:
    """A team's lead reports to the head of its unit, who leads the unit's first team; the heads to the first of all."""
    heads = {}
    for unit in company.units:
        if unit["parent"]:
            heads.setdefault(unit["parent"], leads[unit["source_id"]])
    for unit in company.units:
        unit["manager"] = leads.get(unit["source_id"]) or heads[unit["source_id"]]
    by_id = {e["source_id"]: e for e in company.employees}
    for unit in company.units:
        lead = leads.get(unit["source_id"])
        head = heads.get(unit["parent"])
        if lead and lead != head:
            by_id[lead]["manager"] = head
        elif lead and lead != company.employees[0]["source_id"]:
            by_id[lead]["manager"] = company.employees[0]["source_id"]


def share_of(company: Company, name: str) -> int:
    return int(Decimal(company.contributors) * Decimal(SHARES[name]) + Decimal("0.5"))


def make_suppliers(company: Company) -> None:
    """Vendors, then partners; the first vendors of Germany and France bill by e-invoice."""
    rng = company.rng
    for kind in ("vendor", "partner"):
        for index in range(share_of(company, kind + "s")):
            country = list(COUNTRIES)[index % 4] if rng.random() < 0.9 else "DE"
            serial = company.next_serial("supplier")
            address = build_address(country, rng)
            number = 1000 + serial
            name = _name_firm(company, country)
            domain = to_ascii(name).lower().split(" ")[0] + f"{number}.example"
            company.suppliers.append({
                "source_id": f"S-{number}", "kind": kind, "name": name, "email": f"billing@{domain}", "domain": domain,
                "phone": build_phone(country, address.pop("prefix"), serial), **address, "country": country,
                "tax_id": build_tax_id(country, number), "bank_account": build_account(country, 500_000 + number, rng),
                "status": "active", "via": "table", "start_date": company.until - timedelta(rng.randrange(500, 3000)),
            })  # fmt: skip


def _name_firm(company: Company, country: str) -> str:
    while True:
        first, second = company.rng.choice(FIRM_FIRST).replace("-", " "), company.rng.choice(FIRM_SECOND)
        if company.claim("firm", first, second, country if company.contributors > 5_000 else ""):
            return f"{first} {second} {LEGAL_FORM[country]}"
        if company.contributors > 5_000 and company.claim("firm", first, second, len(company.suppliers)):
            return f"{first} {second} {len(company.suppliers)} {LEGAL_FORM[country]}"


def make_agents(company: Company) -> None:
    rng = company.rng
    owners = [e for e in company.employees if e["status"] == "active"]
    for index in range(share_of(company, "agents")):
        name, purpose, skills = AGENTS[index % len(AGENTS)]
        unit = company.units[1:][index % (len(company.units) - 1)]
        company.agents.append({
            "source_id": f"A-{index + 1:02d}", "kind": "ai_agent", "name": f"{name} {index // len(AGENTS) + 1}",
            "purpose": purpose, "skills": ";".join(sorted(skills)), "title": name, "unit": f"hris:{unit['source_id']}",
            "owner": f"hris:{rng.choice(owners)['source_id']}", "country": unit["country"], "supplier": "",
            "start_date": company.until - timedelta(rng.randrange(120, 500)), "end_date": None, "status": "active",
        })  # fmt: skip
    by_id = {e["source_id"]: e for e in company.employees}
    left = next(e for e in company.employees if e["status"] == "left")
    for index, owner in ((4, ""), (9, f"hris:{left['source_id']}"), (15, "hris:E99999")):
        company.agents[index]["owner"] = owner
        company.findings["agent-without-owner"].add(f"agents:{company.agents[index]['source_id']}")
    retired = company.agents[-1]  # nobody need answer for an agent that is gone
    retired |= {"status": "left", "owner": "", "end_date": company.until - timedelta(40)}
    assert all(a["owner"][5:] in by_id for a in company.agents if a["owner"] and a["owner"] != "hris:E99999")


def make_contractors(company: Company) -> None:
    """The first of them bill; then those who are employees now, who left, are planned or come aboard."""
    rng, until = company.rng, company.until
    vendors = [s for s in company.suppliers if s["kind"] == "vendor"]
    working = [v for n, v in enumerate(vendors) if n % 5 != 4]
    total = share_of(company, "contractors")
    teams = [u for u in company.units if u["parent"]]
    for index in range(total):
        is_freelancer = index % 5 == 3
        vendor = None if is_freelancer else working[(index - index // 5) % len(working)]
        country = vendor["country"] if vendor else rng.choice(list(COUNTRIES))
        team = rng.choice([t for t in teams if t["country"] == country] if rng.random() < 0.7 else teams)
        title = rng.choice(team["titles"])
        number = f"C-{index + 1:04d}"
        person = make_person(company, country)
        domain = vendor["domain"] if vendor else "freelance.example"
        company.contractors.append(person | {
            "source_id": number, "kind": "contractor", "title": title, "unit": f"hris:{team['source_id']}",
            "email": make_email(company, person["given_name"], person["family_name"], domain),
            "supplier": f"erp:{vendor['source_id']}" if vendor else "", "manager": f"hris:{team['manager']}",
            "bank_account": "" if vendor else person["bank_account"], "status": "active", "team": team,
            "tax_id": "" if vendor else build_tax_id(country, 700_000 + index),
            "weekly_hours": Decimal(rng.choice(HOURS[country])), "skills": pick_skills(company, title),
            "start_date": until - timedelta(rng.randrange(90, 160)), "end_date": None, "purpose": "works",
        })  # fmt: skip
    apart = company.contractors[total - EMPLOYED_CONTRACTORS - STANDING_APART :]
    for index, row in enumerate(apart):
        if index < EMPLOYED_CONTRACTORS:
            row |= {"purpose": "employed", "status": "left"}
        elif index < EMPLOYED_CONTRACTORS + 11:
            row |= {"purpose": "left", "status": "left", "end_date": until - timedelta(rng.randrange(100, 400))}
            row["start_date"] = row["end_date"] - timedelta(rng.randrange(60, 300))
        elif index < EMPLOYED_CONTRACTORS + 18:
            row |= {"purpose": "planned", "status": "planned", "start_date": until + timedelta(rng.randrange(25, 60))}
        else:
            row |= {"purpose": "aboard", "status": "onboarding", "start_date": until - timedelta(rng.randrange(1, 6))}

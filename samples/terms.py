"""Engagements with their rates, rate cards and purchase orders; some carry a role that the plan of errors uses."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from samples.company_facts import Company
from samples.words import COUNTRIES, TITLES

# Each role is given to so many engagements of suppliers that bill by table, and so many of those that bill by e-invoice.
ROLES = {
    "ends_early": (2, 1), "starts_late": (2, 0), "late_rate": (1, 1), "overtime_unrated": (2, 0), "overtime": (8, 0),
    "no_time": (3, 1), "submitted": (4, 2), "rejected": (2, 1), "expired_used": (3, 1), "onboarding": (2, 1),
    "order_blank": (3, 0), "order_unknown": (1, 1), "order_expired": (3, 0), "order_small": (3, 0),
    "order_credited": (1, 0), "order_currency": (1, 0), "above_card": (4, 1), "tenure": (3, 1), "tenure_two": (2, 0),
    "tenure_broken": (2, 0), "raised": (24, 6), "billed_again": (2, 2), "billed_next": (3, 0),
}  # fmt: skip


def choose_channels(company: Company) -> None:
    """Who bills by e-invoice, and who is suspended."""
    staffed = {c["supplier"][4:] for c in company.contractors if c["purpose"] == "works" and c["supplier"]}
    vendors = [s for s in company.suppliers if s["source_id"] in staffed]
    europeans = [v for v in vendors if v["country"] in ("DE", "FR")]
    for index, vendor in enumerate(europeans[:12]):
        vendor["via"] = ("ubl", "cii")[index % 2]
    partners = [s for s in company.suppliers if s["kind"] == "partner"]
    by_table = [v for v in vendors if v["via"] == "table"]
    for supplier in (by_table[2], europeans[5], partners[3]):
        supplier["status"] = "suspended"
        company.findings["suspended-vendor-active-people"].add(f"erp:{supplier['source_id']}")
    freelancers = [c for c in company.contractors if c["purpose"] == "works" and not c["supplier"]]
    for person in freelancers[4:7]:
        person |= {"supplier": f"erp:{partners[3]['source_id']}", "bank_account": "", "tax_id": ""}
    for index, person in enumerate([f for f in freelancers[7:] if f["country"] in ("DE", "FR")][:18]):
        person["via"] = ("ubl", "cii")[index % 2]
    idle = [s for s in company.suppliers if s["kind"] == "vendor" and s["source_id"] not in staffed][1]
    idle["status"] = "suspended"  # its people have left: nothing to find
    next(c for c in company.contractors if c["purpose"] == "left")["supplier"] = f"erp:{idle['source_id']}"


def give_roles(company: Company) -> None:
    suppliers = {f"erp:{s['source_id']}": s for s in company.suppliers}
    pools = {"table": [], "einvoice": []}
    for person in company.contractors:
        supplier = suppliers.get(person["supplier"])
        if person["purpose"] == "works" and supplier and supplier["status"] == "active":
            pools["table" if supplier["via"] == "table" else "einvoice"].append(person)
    for role, counts in ROLES.items():
        for pool, count in zip(pools.values(), counts, strict=True):
            if len(pool) < count * 2:
                raise ValueError(
                    f"{company.contributors} contributors are too few for every error. Ask for 800 or more."
                )
            for _ in range(count):
                pool.pop(company.rng.randrange(len(pool)))["role"] = role


def make_contractor_engagements(company: Company) -> None:
    suspended = {f"erp:{s['source_id']}" for s in company.suppliers if s["status"] == "suspended"}
    for person in company.contractors:
        start, end, role = person["start_date"], person["end_date"], person.get("role", "")
        first, second = company.periods
        if person["purpose"] == "planned":
            end = start + timedelta(180)
        elif (
            person["purpose"] == "works"
            and not role
            and person["supplier"] not in suspended
            and company.rng.random() < 0.4
        ):
            end = company.until + timedelta(company.rng.randrange(40, 150))
        if role == "ends_early":
            end = person["end_date"] = second[0] + timedelta(11)
            person["status"] = "left"
        elif role == "starts_late":
            start = person["start_date"] = first[0] + timedelta(7)
        elif role == "expired_used":
            end = second[0] + timedelta(18)
            company.findings["expired-engagement-used"].add(f"vms:{person['source_id']}")
        elif role == "onboarding":
            person["status"] = "onboarding"
        elif role == "tenure":
            start = person["start_date"] = company.until - timedelta(company.rng.randrange(545, 900))
        elif role in ("tenure_two", "tenure_broken"):
            start = _add_earlier_engagement(company, person, is_broken=role == "tenure_broken")
        if role in ("tenure", "tenure_two"):
            company.findings["contractor-tenure"].add(f"vms:{person['source_id']}")
        engagement = _add_engagement(company, person, start, end, role)
        _add_rates(company, person, engagement, role)


def _add_earlier_engagement(company: Company, person: dict, *, is_broken: bool) -> date:
    """An engagement through another supplier 45 days, or too long to count, before the present one; its start."""
    start = company.until - timedelta(110 if is_broken else 200)
    end = start - timedelta(150 if is_broken else 45)
    others = [s for s in company.suppliers if s["kind"] == "vendor" and f"erp:{s['source_id']}" != person["supplier"]]
    person["start_date"] = end - timedelta(480)
    earlier = _add_engagement(company, person, end - timedelta(480), end, "")
    earlier["supplier"] = f"erp:{others[7]['source_id']}"
    _add_rates(company, person, earlier, "")
    return start


def _add_engagement(company: Company, person: dict, start: date, end: date | None, role: str) -> dict:
    lead = person["manager"]
    engagement = {
        "source": "vms", "source_id": f"WO-{company.next_serial('work order'):05d}", "contributor": person["source_id"],
        "unit": person["unit"], "basis": "daily" if company.rng.random() < 0.3 else "hourly", "start_date": start,
        "end_date": end, "supplier": person["supplier"], "title": person["title"], "purchase_order": "", "role": role,
        "weekly_hours": person["weekly_hours"], "owner": lead, "person": person,
        "currency": COUNTRIES[person["country"]][0], "purpose": person["purpose"],
    }  # fmt: skip
    if role in ("overtime", "overtime_unrated"):
        engagement["basis"] = "hourly"
    company.engagements.append(engagement)
    return engagement


def _add_rates(company: Company, person: dict, engagement: dict, role: str) -> None:
    factor = Decimal(COUNTRIES[person["country"]][1])
    spread = Decimal(company.rng.randrange(85, 106)) / 100
    hourly = (TITLES[engagement["title"]][0] * factor * spread).quantize(Decimal("0.01"))
    if role == "above_card":
        hourly = (TITLES[engagement["title"]][0] * factor * Decimal("1.32")).quantize(Decimal("0.01"))
        company.findings["rate-above-card"].add(f"vms:{person['source_id']}")
    per = "day" if engagement["basis"] == "daily" else "hour"
    amount = hourly if per == "hour" else (hourly * 8).quantize(Decimal("1"))
    start = company.time_start + timedelta(14) if role == "late_rate" else engagement["start_date"]
    row = {"engagement": engagement["source_id"], "source": "vms", "valid_from": start, "valid_to": None, "per": per,
           "category": "standard", "amount": amount, "currency": engagement["currency"]}  # fmt: skip
    company.rates.append(row)
    if role == "raised":
        raised = company.periods[1][0] + timedelta(14)
        row["valid_to"] = raised - timedelta(1)
        dearer = (amount * Decimal("1.06")).quantize(Decimal("0.01"))
        company.rates.append(row | {"valid_from": raised, "valid_to": None, "amount": dearer})
    if role == "overtime":
        dearer = (amount * Decimal("1.25")).quantize(Decimal("0.01"))
        company.rates.append(row | {"category": "overtime", "amount": dearer})


def make_employee_engagements(company: Company) -> None:
    for person in company.employees:
        country = person["country"]
        currency, _, factor = COUNTRIES[country][:3]
        number = person["source_id"].replace("E", "HE-")
        spread = Decimal(company.rng.randrange(82, 135)) / 100
        part = person["weekly_hours"] / Decimal(max(Decimal("35"), person["weekly_hours"]))
        salary = (TITLES[person["title"]][1] * Decimal(factor) * spread * part).quantize(Decimal("10"))
        company.engagements.append({
            "source": "hris", "source_id": number, "contributor": person["source_id"], "unit": person["unit"],
            "basis": "salaried", "start_date": person["start_date"], "end_date": person["end_date"], "supplier": "",
            "title": person["title"], "purchase_order": "", "weekly_hours": person["weekly_hours"], "owner": "",
            "role": "", "purpose": "employee", "currency": currency,
        })  # fmt: skip
        company.rates.append({
            "source": "hris", "engagement": number, "valid_from": person["start_date"], "valid_to": None,
            "category": "standard", "per": "month", "amount": Decimal(int(salary)), "currency": currency,
        })  # fmt: skip


def make_other_engagements(company: Company) -> None:
    """Partners work at a fixed price, some on two engagements at one price; agents are paid by use."""
    teams = [u for u in company.units if u["parent"]]
    partners = [s for s in company.suppliers if s["kind"] == "partner" and s["status"] == "active"]
    for index, partner in enumerate(partners[:16]):
        price = Decimal(company.rng.randrange(40, 220) * 100)
        for number in range(2 if index in (2, 5, 8) else 1):
            key = f"SOW-{company.next_serial('statement of work'):03d}"
            unit = teams[(index + number) % len(teams)]
            _add_other(company, key, "erp", partner["source_id"], partner["source_id"], "fixed", unit,
                       COUNTRIES[partner["country"]][0], price, f"Statement of work {key[4:]}")  # fmt: skip
    firms = [s for s in company.suppliers if s["kind"] == "vendor" and s["status"] == "active" and s["via"] == "table"]
    firms = firms[-6:-2]
    for index, agent in enumerate(company.agents):
        has_supplier = index % 2 == 0
        firm = firms[index // 2 % len(firms)]
        unit = next(u for u in company.units if agent["unit"] == f"hris:{u['source_id']}")
        currency = COUNTRIES[firm["country"]][0] if has_supplier else "EUR"
        agent["supplier"] = f"erp:{firm['source_id']}" if has_supplier else ""
        _add_other(company, agent["source_id"].replace("A", "AE"), "agents", agent["source_id"],
                   agent["supplier"], "usage", unit, currency, Decimal(company.rng.randrange(4, 60)) / 20,
                   agent["title"])  # fmt: skip
        company.engagements[-1] |= {"start_date": agent["start_date"], "end_date": agent["end_date"]}
        company.rates[-1]["valid_from"] = agent["start_date"]


def _add_other(company, key, source, contributor, supplier, basis, unit, currency, price, title) -> None:
    start = company.time_start - timedelta(company.rng.randrange(20, 80))
    company.engagements.append({
        "source": source, "source_id": key, "contributor": contributor, "basis": basis, "start_date": start,
        "unit": unit["source_id"] if source == "hris" else f"hris:{unit['source_id']}", "end_date": None,
        "supplier": supplier, "title": title, "purchase_order": "", "weekly_hours": None, "currency": currency,
        "owner": f"hris:{unit['manager']}", "role": "", "purpose": basis,
    })  # fmt: skip
    company.rates.append({"source": source, "engagement": key, "valid_from": start, "valid_to": None, "per": "each",
                          "category": "standard", "amount": price, "currency": currency})  # fmt: skip


def make_orders(company: Company) -> None:
    """A frame order for each supplier and currency; an order of its own where the role asks; amounts come after billing."""
    frames: dict[tuple, dict] = {}
    for engagement in company.engagements:
        role, supplier = engagement["role"], engagement["supplier"]
        if engagement["basis"] == "salaried" or (engagement["source"] == "agents" and not supplier):
            continue
        if role == "order_blank":
            company.findings["order-missing"].add(f"vms:{engagement['contributor']}")
            continue
        if role == "order_unknown":
            company.findings["order-missing"].add(f"vms:{engagement['contributor']}")
            engagement["purchase_order"] = f"PO-88{company.next_serial('unknown order'):05d}"
            continue
        holder = supplier or engagement["contributor"]
        currency = "USD" if role == "order_currency" and engagement["currency"] != "USD" else engagement["currency"]
        if role == "order_currency" and engagement["currency"] == "USD":
            currency = "EUR"
        key = (holder, currency, engagement["source_id"] if role.startswith("order_") else "")
        if key not in frames:
            frames[key] = _add_order(company, engagement, holder, currency)
        engagement["purchase_order"] = frames[key]["number"]
        if role == "order_expired":
            frames[key]["valid_to"] = company.periods[1][0] + timedelta(11)


def _add_order(company: Company, engagement: dict, holder: str, currency: str) -> dict:
    """Orders of the workforce system stand there, all others in the ERP."""
    is_erp = engagement["source"] != "vms"
    company.orders.append({
        "source": "erp" if is_erp else "vms", "number": f"PO-45{company.next_serial('order'):05d}", "currency": currency,
        "supplier": holder.removeprefix("erp:") if is_erp else holder, "valid_to": company.until + timedelta(240),
        "valid_from": company.until - timedelta(1200), "amount": None, "role": engagement["role"],
    })  # fmt: skip
    return company.orders[-1]


def make_rate_cards(company: Company) -> None:
    """The most for a title in a country, by hour and by day; and a stricter one of last year that no longer counts."""
    for title, (base, _, _) in TITLES.items():
        for country, (currency, factor, *_) in COUNTRIES.items():
            hourly = (base * Decimal(factor) * Decimal("1.16")).quantize(Decimal("1"), ROUND_CEILING)
            for per, most in (("hour", hourly), ("day", hourly * 8)):
                for year, part in ((2025, Decimal("0.7")), (2026, Decimal(1))):
                    company.rate_cards.append({
                        "source_id": f"RC-{company.next_serial('rate card'):04d}", "title": title, "country": country,
                        "currency": currency, "category": "standard", "per": per, "max_amount": most * part,
                        "valid_from": company.time_start.replace(year=company.until.year + year - 2026, month=1, day=1),
                        "valid_to": date(company.until.year - 1, 12, 31) if year == 2025 else None,
                    })  # fmt: skip

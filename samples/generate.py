"""Generates the sample company: `python samples/generate.py [--contributors N] [--seed N] [--until DATE] [-o FOLDER]`."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from random import Random

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from samples.billing import bill_company, set_order_amounts
from samples.company_facts import Company
from samples.identities import forget_countries, link_employed_contractors, make_near_twins, share_bank_accounts
from samples.people import make_agents, make_contractors, make_employees, make_suppliers, make_units
from samples.plant import plant_errors
from samples.planted import compute_planted
from samples.terms import (
    choose_channels,
    give_roles,
    make_contractor_engagements,
    make_employee_engagements,
    make_orders,
    make_other_engagements,
    make_rate_cards,
)
from samples.work import make_absences, make_allocations, make_exchange_rates, make_requests, make_time
from samples.write_files import write_files

FEWEST = 1000  # with fewer there are not enough invoices for every error
FOLDER = Path(__file__).resolve().parent / "company"


def make_company(*, contributors: int = 1200, seed: int = 7, until: date = date(2026, 10, 30)) -> Company:
    """The company in memory, before anything is written."""
    if contributors < FEWEST:
        raise ValueError(f"{contributors} contributors are too few to plant every error. Ask for {FEWEST} or more.")
    company = Company(contributors=contributors, until=until, rng=Random(seed))
    make_units(company)
    make_employees(company)
    make_suppliers(company)
    make_contractors(company)
    make_agents(company)
    link_employed_contractors(company)
    choose_channels(company)
    give_roles(company)
    make_near_twins(company)
    share_bank_accounts(company)
    make_employee_engagements(company)
    make_contractor_engagements(company)
    make_other_engagements(company)
    make_orders(company)
    make_rate_cards(company)
    make_time(company)
    make_absences(company)
    make_requests(company)
    make_allocations(company)
    make_exchange_rates(company)
    bill_company(company)
    plant_errors(company)
    set_order_amounts(company)
    forget_countries(company)
    return company


def write_company(*, folder, contributors: int = 1200, seed: int = 7, until: date = date(2026, 10, 30)) -> dict:
    """Writes the files of a company and its `company.json` into the folder; returns what was planted in them."""
    folder = Path(folder)
    company = make_company(contributors=contributors, seed=seed, until=until)
    rejections, waiting = write_files(company, folder)
    return compute_planted(company, folder, rejections=rejections, waiting=waiting)


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate the sample company.")
    parser.add_argument("--contributors", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 10, 30), help="last day of time")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER)
    given = parser.parse_args()
    planted = write_company(folder=given.output, contributors=given.contributors, seed=given.seed, until=given.until)
    target = given.output.parent / "planted.json"
    target.write_text(json.dumps(planted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{given.output}: {len(planted['discrepancies'])} discrepancies planted, listed in {target}", file=sys.stderr)


if __name__ == "__main__":
    main()

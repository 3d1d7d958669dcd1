import json
import sys
import time
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from tqdm import tqdm

from orchestration.logins import create_logins
from orchestration.sources.kinds import KINDS
from orchestration.sources.management.commands.import_data import read_mapping
from orchestration.sources.sync import import_table
from samples.generate import write_company
from workforce.organisation.models import Organisation

DEFAULT = settings.BASE_DIR / "samples" / "company"
DEFAULT_SIZE = 1200


class Command(BaseCommand):
    help = "Loads the sample company through the same imports that real systems use."

    def add_arguments(self, parser):
        parser.add_argument("--contributors", type=int, default=DEFAULT_SIZE, metavar="N")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, contributors: int, json: bool, **options):
        folder = DEFAULT if contributors == DEFAULT_SIZE else write_other(contributors)
        company = load_manifest(folder)
        organisation = Organisation.current()
        organisation.name, organisation.reporting_currency = company["name"], company["reporting_currency"]
        organisation.save()
        steps = [*take_tables(folder, company), *take_the_rest(folder)]
        create_logins()
        self.report(steps, json)

    def report(self, steps: list[dict], as_json: bool) -> None:
        if as_json:
            self.stdout.write(dump({"steps": steps}))
            return
        for step in steps:
            self.stdout.write(f"{step['step']}: {step['result']} ({step['seconds']} s)")


def dump(facts) -> str:
    return json.dumps(facts, ensure_ascii=False)


def load_manifest(folder: Path) -> dict:
    return json.loads((folder / "company.json").read_text(encoding="utf-8"))


def write_other(contributors: int) -> Path:
    """A company of another size, written below var/."""
    folder = settings.VAR_DIR / f"company-{contributors}"
    write_company(folder=folder, contributors=contributors, seed=7, until=date(2026, 10, 30))
    return folder


def take_tables(folder: Path, company: dict) -> list[dict]:
    """Each table of the manifest, in its order, with a progress bar on a terminal."""
    steps = []
    tables = [entry for entry in company["files"] if entry["kind"] in KINDS]
    bar = tqdm(tables, desc="Importing", file=sys.stderr, disable=not sys.stderr.isatty())
    for table in bar:
        bar.set_postfix_str(f"{table['kind']} from {table['source']}")
        report = import_table(
            kind=table["kind"],
            paths=[folder / table["path"]],
            source=table["source"],
            mapping=read_mapping(str(folder / table["mapping"]) if table.get("mapping") else None),
        )
        result = f"{report.created} created, {report.rejected} rejected, {report.waiting} waiting"
        steps.append({"step": f"{table['kind']} from {table['source']}", "result": result, "seconds": report.seconds})
    return steps


def take_the_rest(folder: Path) -> list[dict]:
    """What turns the tables into one picture: e-invoices, identities, rules, matching, capacity."""
    commands = [
        ("import_agent_cards", str(folder / "agents" / "agent-cards"), "--source", "agents"),
        ("import_invoices", str(folder / "einvoices")),
        ("resolve_identities",),
        ("import_policies",),
        ("import_templates",),
        ("follow_onboarding",),
        ("reconcile",),
        ("evaluate_policies",),
        ("screen",),
        ("reconcile",),
        ("recompute_capacity", "--full"),
    ]
    steps = []
    for name, *arguments in tqdm(commands, desc="Connecting", file=sys.stderr, disable=not sys.stderr.isatty()):
        started = time.monotonic()
        try:
            call_command(name, *arguments, stdout=sys.stderr)
            result = "done"
        except SystemExit as stop:
            result = {0: "done", 1: "done with rejections"}.get(stop.code, "could not run")
        steps.append({"step": name, "result": result, "seconds": round(time.monotonic() - started, 3)})
    return steps

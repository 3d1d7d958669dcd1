import json
import sys
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.policies.evaluate import evaluate_policies


class Command(BaseCommand):
    help = "Evaluates the policies and opens and closes findings."

    def add_arguments(self, parser):
        parser.add_argument("--policy", default="", help="only this one")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day to judge by (default: today)")
        parser.add_argument("--dry-run", action="store_true", help="count what would change and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, policy, as_of, dry_run, **options):
        def show(policies):
            return tqdm(policies, file=sys.stderr, disable=not sys.stderr.isatty(), unit="policy")

        try:
            result = evaluate_policies(policy=policy, as_of=as_of, dry_run=dry_run, progress=show)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"{result['opened']} opened, {result['closed']} closed, {result['open']} open:")
        for name, count in result["by_policy"].items():
            self.stdout.write(f"  {count:6} {name}")

import json
import sys
from datetime import date

from django.core.management.base import BaseCommand
from tqdm import tqdm

from analytics.capacity.recompute import recompute_capacity

STEPS = 6


def read_day(text: str) -> date:
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = "Brings the capacity cube up to date with what changed."

    def add_arguments(self, parser):
        parser.add_argument("--full", action="store_true", help="compute every cell anew")
        parser.add_argument("--as-of", type=read_day, metavar="DATE", help="the day that counts as today")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, full, as_of, **options):
        with tqdm(total=STEPS, desc="Capacity", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

            def show(step):
                bar.set_postfix_str(step)
                bar.update()

            result = recompute_capacity(full=full, today=as_of, progress=show)
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"{result['cells']} cells, {result['changed']} changed, {result['seconds']} s")

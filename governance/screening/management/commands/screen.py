import json
import sys

from django.core.management.base import BaseCommand
from tqdm import tqdm

from governance.screening.models import Signal
from governance.screening.screen import screen


class Command(BaseCommand):
    help = "Screens everyone against the watchlists and for fraud signals."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, **options):
        def show(subjects):
            return tqdm(subjects, file=sys.stderr, disable=not sys.stderr.isatty(), unit="name")

        result = screen(progress=show)
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"{result['screened']} screened, {result['hits']} with a hit, in {result['seconds']} s:")
        for signal, count in result["by_signal"].items():
            self.stdout.write(f"  {count:6} {Signal(signal).label}")

import sys

from django.core.management import call_command
from django.core.management.base import BaseCommand

from orchestration.logins import PATH
from workforce.contributors.models import Contributor


class Command(BaseCommand):
    help = "Migrates, loads the sample company into an empty database, and serves: what `make run` does."

    def add_arguments(self, parser):
        parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")

    def handle(self, *, bind, **options):
        call_command("migrate", verbosity=0)
        if not Contributor.objects.exists():
            self.stderr.write("Loading the sample company (once)...")
            call_command("load_demo", stdout=sys.stderr)
        self.stdout.write(f"\nEnsemble is at http://{bind}/   (stop with Ctrl-C)\n")
        if PATH.exists():
            self.stdout.write(f"Logins, also in {PATH}:\n{PATH.read_text(encoding='utf-8')}")
        sys.stdout.flush()
        call_command("serve", bind=bind)

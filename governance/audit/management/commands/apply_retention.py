import json
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from governance.audit.retention import CLASSES, apply_retention
from workforce.accounts.models import User


class Command(BaseCommand):
    help = "Deletes Events that are past their time and under no legal hold: exit 0 done, 2 refused."

    def add_arguments(self, parser):
        parser.add_argument("retention_class", metavar="CLASS", help=", ".join(CLASSES))
        parser.add_argument("--before", type=date.fromisoformat, required=True, help="what was written before this day")
        parser.add_argument("--by", required=True, metavar="LOGIN", help="who answers for it")
        parser.add_argument("--reason", default="")
        parser.add_argument("--dry-run", action="store_true", help="count and delete nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, retention_class, before, by, reason, dry_run, **options):
        user = User.objects.filter(username=by).first()
        if user is None:
            raise CommandError(f"There is no login `{by}`.", returncode=2)
        try:
            counts = apply_retention(
                retention_class=retention_class, before=before, reason=reason, by=user, dry_run=dry_run
            )
        except (ValidationError, PermissionDenied) as refusal:
            words = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            raise CommandError(words, returncode=2) from refusal
        told = f"{counts['due']:,} events are past their time, {counts['held']:,} held, {counts['deleted']:,} deleted."
        self.stdout.write(json.dumps(counts) if options["json"] else told)

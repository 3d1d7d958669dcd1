import json

from django.core.management.base import BaseCommand

from orchestration.onboarding.follow import follow_onboarding


class Command(BaseCommand):
    help = "Makes the onboarding plans that new events call for."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, **options):
        result = follow_onboarding()
        words = f"{result['events']} events read, {result['plans']} plans made."
        self.stdout.write(json.dumps(result) if options["json"] else words)

import sys

from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_datetime

from orchestration.scim.tokens import connect_provider, issue_token
from orchestration.sources.models import Source
from orchestration.sources.sync import check_source
from orchestration.sources.tables import UnreadableTable


class Command(BaseCommand):
    help = "Issues a token by which an identity provider calls /scim/v2/; its secret is printed this once."

    def add_arguments(self, parser):
        parser.add_argument("source", metavar="SOURCE", help="the identity provider as a source, as okta")
        parser.add_argument("--name", default="", help="what the token is called; else the source's name")
        parser.add_argument("--expires", default="", metavar="INSTANT", help="as 2027-01-31T00:00:00Z; else never")

    def handle(self, *, source, name, expires, **options):
        try:
            check_source(source)
            expires_at = read_instant(expires)
        except (UnreadableTable, ValueError) as error:
            self.stderr.write(str(error))
            sys.exit(2)
        provider = connect_provider(source=Source.objects.get_or_create(name=source)[0])
        _, secret = issue_token(provider=provider, name=name or source, expires_at=expires_at)
        self.stdout.write(secret)


def read_instant(text: str):
    """An instant with its zone, or None for no text; raises ValueError."""
    instant = parse_datetime(text) if text else None
    if text and (instant is None or instant.tzinfo is None):
        raise ValueError(f"{text!r} is not an instant such as 2027-01-31T00:00:00Z.")
    return instant

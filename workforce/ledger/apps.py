from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "workforce.ledger"

    def ready(self):
        post_migrate.connect(keep_events, sender=self)


def keep_events(sender, **kwargs):
    """After each migrate, since a migration that rebuilds the table on SQLite drops its triggers."""
    from workforce.ledger.append_only import keep_rows
    from workforce.ledger.models import Event

    keep_rows(Event)

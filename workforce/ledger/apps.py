from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "workforce.ledger"

    def ready(self):
        from workforce.ledger.versions import keep_all_versions

        # Once, after the last app: triggers name the columns that the tables then have.
        post_migrate.connect(lambda using, **_: keep_all_versions(using), sender=self, weak=False)
        post_migrate.connect(keep_events, sender=self)


def keep_events(sender, **kwargs):
    """After each migrate, since a migration that rebuilds the table on SQLite drops its triggers."""
    from workforce.ledger.append_only import keep_rows
    from workforce.ledger.models import Event

    keep_rows(Event)

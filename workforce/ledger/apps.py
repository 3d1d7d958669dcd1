from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "workforce.ledger"

    def ready(self):
        from workforce.ledger.versions import keep_all_versions

        # Once, after the last app: triggers name the columns that the tables then have.
        post_migrate.connect(lambda using, **_: keep_all_versions(using), sender=self, weak=False)

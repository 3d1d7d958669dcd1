from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "governance.audit"

    def ready(self):
        post_migrate.connect(keep_proof, sender=self)


def keep_proof(sender, **kwargs):
    """The seals are kept as the Events are."""
    from governance.audit.models import Deletion, Seal
    from workforce.ledger.append_only import keep_rows

    keep_rows(Seal, Deletion)

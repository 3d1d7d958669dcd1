from django.apps import AppConfig
from django.db.models.signals import post_migrate

from workforce.contributors.search_index import prepare_search


class ContributorsConfig(AppConfig):
    name = "workforce.contributors"

    def ready(self):
        post_migrate.connect(prepare_search, sender=self)

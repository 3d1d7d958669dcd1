from django.apps import AppConfig


class HoldsConfig(AppConfig):
    name = "workforce.holds"

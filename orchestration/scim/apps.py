from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "orchestration.scim"
    verbose_name = "SCIM"

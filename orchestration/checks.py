"""System checks that say in words which setting is wrong; production refuses to start with defaults."""

from django.conf import settings
from django.core.checks import Error, Warning, register

_ADVICE = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(50))"'


@register
def check_secret_key(app_configs, **kwargs):
    if settings.PRODUCTION and settings.SECRET_KEY == settings.DEVELOPMENT_SECRET_KEY:
        yield Error("SECRET_KEY is the development default.", hint=_ADVICE, id="ensemble.E001")
    if settings.PRODUCTION and settings.FIELD_KEY == settings.SECRET_KEY:
        hint = "Give FIELD_KEY a secret of its own and keep it: without it encrypted fields cannot be read. " + _ADVICE
        yield Error("FIELD_KEY is not set.", hint=hint, id="ensemble.E002")


@register
def check_database(app_configs, **kwargs):
    if settings.PRODUCTION and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        hint = "Set DATABASE_URL, for example postgres://user:password@host:5432/ensemble."
        yield Error("DATABASE_URL names no PostgreSQL database.", hint=hint, id="ensemble.E003")


@register
def check_broker(app_configs, **kwargs):
    if settings.PRODUCTION and not settings.REDIS_URL:
        yield Error("REDIS_URL is not set.", hint="Set it, for example redis://host:6379/0.", id="ensemble.E004")


@register
def check_hosts(app_configs, **kwargs):
    if settings.PRODUCTION and "testserver" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names people use, separated by commas."
        yield Error("ALLOWED_HOSTS is the development default.", hint=hint, id="ensemble.E005")
    if settings.PRODUCTION and settings.DEBUG:
        yield Warning("DEBUG is on in production.", hint="Unset DEBUG.", id="ensemble.W001")

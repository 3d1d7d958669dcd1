"""A User as a row of the contributors table: what the registry is told of it."""

from datetime import date

from orchestration.scim.models import IdentityProvider, ScimUser
from orchestration.scim.resources import EnterpriseUser, Person
from orchestration.sources.models import SourceRecord
from orchestration.sources.values import CLEAR
from workforce.contributors.models import Contributor, Kind, Status
from workforce.organisation.models import Unit

KIND_WORDS = {
    "employee": Kind.EMPLOYEE,
    "intern": Kind.EMPLOYEE,
    "trainee": Kind.EMPLOYEE,
    "apprentice": Kind.EMPLOYEE,
    "contractor": Kind.CONTRACTOR,
    "consultant": Kind.CONTRACTOR,
    "contingent": Kind.CONTRACTOR,
    "contingent worker": Kind.CONTRACTOR,
    "external": Kind.CONTRACTOR,
    "freelancer": Kind.CONTRACTOR,
    "guest": Kind.CONTRACTOR,
    "temp": Kind.CONTRACTOR,
    "temporary": Kind.CONTRACTOR,
    "supplier": Kind.VENDOR,
    "vendor": Kind.VENDOR,
    "partner": Kind.PARTNER,
    "agent": Kind.AI_AGENT,
    "ai agent": Kind.AI_AGENT,
    "bot": Kind.AI_AGENT,
}


def read_kind(user_type: str | None, provider: IdentityProvider) -> str:
    """The kind that a `userType` means: the provider's own words, the usual ones, the names of the kinds."""
    word = " ".join((user_type or "").lower().replace("_", " ").replace("-", " ").split())
    own = {" ".join(name.lower().split()): kind for name, kind in provider.kind_words.items()}
    return str(own.get(word) or KIND_WORDS.get(word) or provider.default_kind)


def build_row(user: ScimUser, resource: Person) -> dict[str, str]:
    """The row of a user; what it no longer says is absent."""
    enterprise = resource[EnterpriseUser] or EnterpriseUser()
    name, home = resource.name, choose_one(resource.addresses)
    row = {
        "source_id": user.scim_id,
        "kind": read_kind(resource.user_type, user.provider),
        "name": find_name(resource),
        "given_name": name and name.given_name,
        "family_name": name and name.family_name,
        "email": value_of(choose_one(resource.emails)),
        "phone": value_of(choose_one(resource.phone_numbers)),
        "street": home and home.street_address,
        "city": home and home.locality,
        "region": home and home.region,
        "postcode": home and home.postal_code,
        "country": home and home.country,
        "title": resource.title,
        "unit": find_unit(enterprise.department, enterprise.division, enterprise.organization),
        "manager": enterprise.manager and enterprise.manager.value,
        "cost_centre": enterprise.cost_center,
        **find_status(user, resource),
    }
    return {column: " ".join(str(text).split()) for column, text in row.items() if text and str(text).strip()}


def clear_dropped(row: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """What this source said before and says no longer is cleared; what it never said is left as it is."""
    dropped = {column: CLEAR for column, text in before.items() if text != CLEAR and column not in row}
    return row | dropped


def find_name(resource: Person) -> str:
    name = resource.name
    parts = [name.given_name, name.family_name] if name else []
    whole = " ".join(part for part in parts if part)
    return resource.display_name or (name and name.formatted) or whole or resource.user_name


def find_status(user: ScimUser, resource: Person) -> dict[str, str]:
    """Off means left on the day it was seen, or planned for one who was never on."""
    if resource.active is not False:
        return {"status": Status.ACTIVE.value}
    if user.ended_on is None:
        return {"status": Status.PLANNED.value}
    return {"status": Status.LEFT.value, "end_date": find_end(user.record.object_id, user.ended_on)}


def find_end(contributor_id: int | None, ended_on: date) -> str:
    """The last day; nothing for one who was to start later."""
    start = Contributor.objects.filter(pk=contributor_id).values_list("start_date", flat=True).first()
    return "" if start and start > ended_on else ended_on.isoformat()


def choose_one(entries):
    """Of several values the primary one, else that of work, else the first."""
    entries = entries or []
    ranked = sorted(entries, key=lambda one: (not one.primary, str(one.type or "").lower() != "work"))
    return ranked[0] if ranked else None


def value_of(entry) -> str | None:
    return entry.value if entry else None


def find_unit(*names: str | None) -> str:
    """A reference to the one unit of the first name that is known; nothing where it is none or several."""
    for name in filter(None, names):
        units = list(Unit.objects.filter(name__iexact=name.strip()).values_list("pk", flat=True)[:2])
        if len(units) == 1:
            known = SourceRecord.objects.filter(kind="units", object_id=units[0]).order_by("source__name")
            return next((f"{source}:{key}" for source, key in known.values_list("source__name", "key")[:1]), "")
    return ""

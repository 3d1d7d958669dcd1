"""The registry: anyone and anything that does work."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from workforce.contributors.confidential import EncryptedTextField
from workforce.organisation.models import CostCentre, Location, Unit


class Kind(models.TextChoices):
    EMPLOYEE = "employee", "Employee"
    CONTRACTOR = "contractor", "Contractor"
    VENDOR = "vendor", "Vendor"
    PARTNER = "partner", "Partner"
    AI_AGENT = "ai_agent", "AI agent"


class Status(models.TextChoices):
    PLANNED = "planned", "Planned"
    ONBOARDING = "onboarding", "Onboarding"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    LEFT = "left", "Left"


class Skill(models.Model):
    """One entry of the one list of skills, for people and agents alike; `parent` is the broader skill."""

    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=200, unique=True)  # lower case, single spaces: what names are matched by
    description = models.TextField(blank=True)
    uri = models.CharField(max_length=500, blank=True)  # of the concept in a public taxonomy
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="narrower")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class SkillAlias(models.Model):
    """Another name of a skill; names one skill alone."""

    skill = models.ForeignKey(Skill, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "skill aliases"

    def __str__(self):
        return self.name


class ContributorQuerySet(models.QuerySet):
    def canonical(self):
        """Without the records merged into another."""
        return self.filter(merged_into=None)

    def active_on(self, date):
        """Started and not ended on that day, and not left or only planned."""
        return self.filter(
            Q(start_date=None) | Q(start_date__lte=date),
            Q(end_date=None) | Q(end_date__gte=date),
        ).exclude(status__in=[Status.LEFT, Status.PLANNED])

    def visible_to(self, user):
        """Those the user may see: by unit scope, and an agent owner (in no other role) the agents owned."""
        if not user.may("contributor.view"):
            return self.none()
        if not user.is_superuser and user.role_names() == {"agent_owner"}:
            return self.filter(kind=Kind.AI_AGENT, owner__user=user)
        scope = user.unit_scope()
        if scope is None:
            return self
        return self.filter(Q(unit__in=scope) | Q(engagements__unit__in=scope)).distinct()


class Contributor(models.Model):
    """A person, a firm or a software agent; exists with or without a login.

    `supplier` is the organisation a contractor comes from, `owner` the human who answers for an agent.
    Dates are the first and the last day, both included.
    """

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    national_id = EncryptedTextField(blank=True)
    national_id_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    tax_id = EncryptedTextField(blank=True)
    tax_id_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    bank_account = EncryptedTextField(blank=True)
    bank_account_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    title = models.CharField(max_length=200, blank=True)
    supplier = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="people")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="contributors")
    manager = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reports")
    owner = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="owned")
    location = models.ForeignKey(Location, models.SET_NULL, null=True, blank=True)
    cost_centre = models.ForeignKey(CostCentre, models.SET_NULL, null=True, blank=True)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    weekly_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    skills = models.ManyToManyField(Skill, through="ContributorSkill", related_name="contributors")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="contributor"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    objects = ContributorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="contributor_name"),
            models.Index(fields=["kind", "status"], name="contributor_kind_status"),
            models.Index(fields=["email"], name="contributor_email"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="contributor_kind_known"),
            models.CheckConstraint(
                condition=Q(end_date=None) | Q(start_date=None) | Q(end_date__gte=models.F("start_date")),
                name="contributor_ends_after_start",
            ),
        ]

    def __str__(self):
        return self.name


class Level(models.IntegerChoices):
    AWARE = 1, "Aware"
    WORKING = 2, "Working"
    PRACTITIONER = 3, "Practitioner"
    EXPERT = 4, "Expert"
    AUTHORITY = 5, "Authority"


class ContributorSkill(models.Model):
    """That a contributor has a skill; how well, since when and what shows it, where that is known."""

    contributor = models.ForeignKey(Contributor, models.CASCADE, related_name="skill_links")
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="contributor_links")
    level = models.PositiveSmallIntegerField(choices=Level.choices, null=True, blank=True)
    evidence = models.TextField(blank=True)  # words or an address: a certificate, a project, a test
    since = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contributor", "skill"], name="contributor_skill_once"),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__in=Level.values), name="contributor_skill_level_known"
            ),
        ]

    def __str__(self):
        return f"{self.contributor}: {self.skill}"


class AgentProfile(models.Model):
    """What only an AI agent has; `card` is its A2A AgentCard as it came."""

    contributor = models.OneToOneField(Contributor, models.CASCADE, primary_key=True, related_name="agent_profile")
    provider = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    card = models.JSONField(default=dict, blank=True)

    def __str__(self):
        return str(self.contributor)


class SupplierProfile(models.Model):
    """What only a vendor or partner has."""

    contributor = models.OneToOneField(Contributor, models.CASCADE, primary_key=True, related_name="supplier_profile")
    vat_number = models.CharField(max_length=40, blank=True)
    payment_terms_days = models.PositiveSmallIntegerField(default=30)

    def __str__(self):
        return str(self.contributor)

"""The registry: anyone and anything that does work."""

from datetime import date
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now

from workforce.accounts.permissions import Role
from workforce.contributors.confidential import EncryptedTextField
from workforce.contributors.scope import EngagedIn
from workforce.organisation.models import CostCentre, Location, Unit

CANONICAL = Q(merged_into=None)
NAMED = (
    "supplier",
    "unit",
    "manager",
    "owner",
    "location",
    "cost_centre",
    "merged_into",
)  # what a contributor refers to
FAR = date(9999, 12, 31)  # stands for an open day where contributors are sorted


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

    def visible_to(self, user, *, row_by_row: bool = False):
        """Those the user may see: by unit scope, and an agent owner (in no other role) the agents owned.

        `row_by_row` asks of each row read, which is quick where a sorted list is begun and many may be seen.
        """
        if not user.may("contributor.view"):
            return self.none()
        if not user.is_superuser and user.role_names() == {"agent_owner"}:
            return self.filter(kind=Kind.AI_AGENT, owner__user=user)
        scope = user.unit_scope()
        if scope is None:
            return self
        if row_by_row:
            return self.filter(Q(unit__in=scope) | Q(EngagedIn(scope)))
        engaged = apps.get_model("engagements", "Engagement").objects.filter(unit__in=scope).order_by()
        of_unit = self.model.objects.filter(unit__in=scope).order_by().values("pk")
        return self.filter(pk__in=of_unit.union(engaged.values("contributor"), all=True))


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
    national_id_hash = models.CharField(max_length=64, blank=True, editable=False)
    tax_id = EncryptedTextField(blank=True)
    tax_id_hash = models.CharField(max_length=64, blank=True, editable=False)
    bank_account = EncryptedTextField(blank=True)
    bank_account_hash = models.CharField(max_length=64, blank=True, editable=False)
    title = models.CharField(max_length=200, blank=True)
    supplier = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="people", db_index=False)
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="contributors", db_index=False)
    manager = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reports", db_index=False)
    owner = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="owned", db_index=False)
    location = models.ForeignKey(Location, models.SET_NULL, null=True, blank=True, db_index=False)
    cost_centre = models.ForeignKey(CostCentre, models.SET_NULL, null=True, blank=True, db_index=False)
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    weekly_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    skills = models.ManyToManyField(Skill, through="ContributorSkill", related_name="contributors")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="contributor"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", db_index=False
    )
    first_recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)  # of this version; the database keeps it

    objects = ContributorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="contributor_name"),
            models.Index(fields=["kind", "status"], name="contributor_kind_status"),
            models.Index(fields=["email"], name="contributor_email"),
            # Made here rather than by the fields: no second index for LIKE, and none of rows that name nobody.
            models.Index(fields=["national_id_hash"], name="contributor_national_id"),
            models.Index(fields=["tax_id_hash"], name="contributor_tax_id"),
            models.Index(fields=["bank_account_hash"], name="contributor_bank_account"),
            *(
                models.Index(fields=[name], condition=Q((f"{name}__isnull", False)), name=f"contributor_{name}")
                for name in NAMED
            ),
            # Each way to sort the registry: canonical records in the order of the list.
            models.Index(fields=["kind", "name", "id"], condition=CANONICAL, name="contributor_by_kind"),
            models.Index(fields=["status", "name", "id"], condition=CANONICAL, name="contributor_by_status"),
            models.Index(Coalesce("start_date", Value(FAR)), "id", condition=CANONICAL, name="contributor_by_start"),
            models.Index(Coalesce("end_date", Value(FAR)), "id", condition=CANONICAL, name="contributor_by_end"),
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
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    level = models.PositiveSmallIntegerField(choices=Level.choices, null=True, blank=True)
    evidence = models.TextField(
        blank=True, default="", db_default=""
    )  # words or an address: a certificate, a project, a test
    since = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contributor", "skill"], name="contributor_skill_once"),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__range=(1, 5)), name="contributor_skill_level_known"
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


class Sharing(models.TextChoices):
    PRIVATE = "private", "Only me"
    ROLE = "role", "One role"
    EVERYONE = "everyone", "Everyone"


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, those shared with everyone, and those shared with a role one has."""
        if not user.may("contributor.view"):
            return self.none()
        with_role = Q(sharing=Sharing.ROLE, role__in=user.role_names())
        return self.filter(Q(owner=user) | Q(sharing=Sharing.EVERYONE) | with_role)

    def with_default(self, user):
        """Those the user may see, each with its owner and whether the user's registry opens with it."""
        default = DefaultView.objects.filter(user=user, view=models.OuterRef("pk"))
        return self.visible_to(user).select_related("owner").annotate(is_default=models.Exists(default))


class SavedView(models.Model):
    """A list of the registry by name: what it finds, how it is sorted and which columns it shows."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    search = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    sort = models.CharField(max_length=20, blank=True)
    columns = models.CharField(max_length=300, blank=True)  # names with commas between; empty: the usual ones
    sharing = models.CharField(max_length=10, choices=Sharing.choices, default=Sharing.PRIVATE)
    role = models.CharField(max_length=32, choices=Role.choices, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.CheckConstraint(
                condition=(Q(sharing="role") & ~Q(role="")) | (~Q(sharing="role") & Q(role="")),
                name="saved_view_role_where_shared",
            ),
        ]

    def __str__(self):
        return self.name

    def address(self) -> str:
        """The parameters with which the registry shows it."""
        kept = {
            "q": self.query,
            **{name: getattr(self, name) for name in ("search", "kind", "status", "sort", "columns")},
        }
        return urlencode({"view": self.pk, **{name: value for name, value in kept.items() if value}})


class DefaultView(models.Model):
    """The view a user's registry opens with; it may be one that somebody shares."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    def __str__(self):
        return f"{self.user}: {self.view}"

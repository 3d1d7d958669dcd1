"""What the columns of each canonical table mean. Models above this room are named by label."""

from dataclasses import dataclass, field

from workforce.contributors.models import Kind as ContributorKind
from workforce.contributors.models import Status
from workforce.engagements.models import Basis, Category, Per
from workforce.timesheets.models import TimeStatus


@dataclass(frozen=True)
class Column:
    """A column: `type` says how its text is read, `field` which attribute it fills, `target` what it refers to."""

    name: str
    type: str = (
        # text, date, decimal, integer, choice, currency, country, reference, skills, aliases, location, cost_centre
        "text"
    )
    required: bool = False
    field: str = ""
    choices: tuple[str, ...] = ()
    target: str = ""
    max_length: int = 200
    digits: tuple[int, int] = (14, 2)  # before and after the point
    minimum: int | None = 0
    is_confidential: bool = False
    default: str = ""  # what an empty cell of a new row means

    @property
    def attribute(self) -> str:
        return self.field or self.name


@dataclass(frozen=True)
class TableKind:
    """A canonical table. `key` are the columns that identify a row, `natural` the attributes unique in the model."""

    name: str
    model: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("source_id",)
    natural: tuple[str, ...] = ()
    period: tuple[str, str] = ("", "")
    writer: str = ""  # dotted path of another room's own writer
    by_name: dict = field(default_factory=dict, compare=False)

    def __post_init__(self):
        self.by_name.update({column.name: column for column in self.columns})


def _text(name, *, required=False, max_length=200, secret=False, to=""):
    return Column(name, required=required, max_length=max_length, is_confidential=secret, field=to)


def _date(name, *, required=False):
    return Column(name, "date", required=required)


def _number(name, *, required=False, digits=(14, 2), minimum=0):
    return Column(name, "decimal", required=required, digits=digits, minimum=minimum)


def _choice(name, choices, *, required=False, default=""):
    return Column(name, "choice", required=required, choices=tuple(choices), default=default)


def _reference(name, target, *, required=False):
    return Column(name, "reference", required=required, target=target)


SOURCE_ID = _text("source_id", required=True)
CURRENCY = Column("currency", "currency", required=True)

UNITS = TableKind(
    "units",
    "organisation.Unit",
    (
        SOURCE_ID,
        _text("name", required=True),
        _reference("parent", "units"),
        Column("cost_centre", "cost_centre", max_length=40),
        Column("country", "country"),
        Column("currency", "currency"),
        _reference("manager", "contributors"),
    ),
)
CONTRIBUTORS = TableKind(
    "contributors",
    "contributors.Contributor",
    (
        SOURCE_ID,
        _choice("kind", ContributorKind.values, required=True),
        _text("name"),
        _text("given_name", max_length=100),
        _text("family_name", max_length=100),
        _text("email", max_length=254),
        _text("phone", max_length=40),
        _date("birth_date"),
        _text("street"),
        _text("city", max_length=100),
        _text("region", max_length=100),
        _text("postcode", max_length=20),
        Column("country", "country"),
        _text("national_id", max_length=60, secret=True),
        _text("tax_id", max_length=60, secret=True),
        _text("bank_account", max_length=60, secret=True),
        _reference("supplier", "contributors"),
        _text("title"),
        _reference("unit", "units"),
        _reference("manager", "contributors"),
        _reference("owner", "contributors"),
        Column("location", "location"),
        Column("cost_centre", "cost_centre", max_length=40),
        _date("start_date"),
        _date("end_date"),
        _number("weekly_hours", digits=(4, 2)),
        Column("skills", "skills", max_length=4000),
        _choice("status", Status.values),
    ),
    period=("start_date", "end_date"),
)
ENGAGEMENTS = TableKind(
    "engagements",
    "engagements.Engagement",
    (
        SOURCE_ID,
        _reference("contributor", "contributors", required=True),
        _reference("unit", "units", required=True),
        _choice("basis", Basis.values, required=True),
        Column("start_date", "date", required=True),
        _date("end_date"),
        _reference("supplier", "contributors"),
        _text("title"),
        _text("purchase_order", max_length=60),
        _number("weekly_hours", digits=(4, 2)),
        _reference("owner", "contributors"),
    ),
    period=("start_date", "end_date"),
)
RATES = TableKind(
    "rates",
    "engagements.Rate",
    (
        _reference("engagement", "engagements", required=True),
        _date("valid_from", required=True),
        _date("valid_to"),
        _choice("category", Category.values, default=Category.STANDARD.value),
        _choice("per", Per.values, default=Per.HOUR.value),
        _number("amount", required=True, digits=(10, 4)),
        CURRENCY,
    ),
    key=("engagement", "category", "per", "valid_from"),
    natural=("engagement_id", "category", "per", "valid_from"),
    period=("valid_from", "valid_to"),
)
RATE_CARDS = TableKind(
    "rate_cards",
    "engagements.RateCard",
    (
        SOURCE_ID,
        _text("title", required=True),
        Column("country", "country"),
        CURRENCY,
        _choice("category", Category.values, default=Category.STANDARD.value),
        _choice("per", Per.values, required=True),
        _number("max_amount", required=True, digits=(10, 4)),
        _date("valid_from"),
        _date("valid_to"),
    ),
    period=("valid_from", "valid_to"),
)
PURCHASE_ORDERS = TableKind(
    "purchase_orders",
    "engagements.PurchaseOrder",
    (
        _text("number", required=True, max_length=60),
        _reference("supplier", "contributors", required=True),
        CURRENCY,
        _number("amount", required=True),
        _date("valid_from"),
        _date("valid_to"),
    ),
    key=("supplier", "number"),
    natural=("supplier_id", "number"),
    period=("valid_from", "valid_to"),
)
TIME = TableKind(
    "time",
    "timesheets.TimeEntry",
    (
        SOURCE_ID,
        _reference("engagement", "engagements", required=True),
        _date("work_date", required=True),
        _number("hours", required=True, digits=(2, 2)),
        _choice("category", Category.values, default=Category.STANDARD.value),
        _choice("status", TimeStatus.values),
    ),
)
ABSENCES = TableKind(
    "absences",
    "timesheets.Absence",
    (
        SOURCE_ID,
        _reference("contributor", "contributors", required=True),
        _date("start_date", required=True),
        _date("end_date", required=True),
        _number("hours_per_day", required=True, digits=(2, 2)),
    ),
    period=("start_date", "end_date"),
)
ALLOCATIONS = TableKind(
    "allocations",
    "timesheets.Allocation",
    (
        SOURCE_ID,
        _reference("contributor", "contributors", required=True),
        _reference("unit", "units", required=True),
        _date("start_date", required=True),
        _date("end_date", required=True),
        _number("weekly_hours", required=True, digits=(4, 2)),
        _text("request"),
    ),
    period=("start_date", "end_date"),
)
REQUESTS = TableKind(
    "requests",
    "demand.Request",
    (
        SOURCE_ID,
        _reference("unit", "units", required=True),
        _text("title", required=True),
        Column("skills", "skills", required=True, max_length=4000),
        _number("weekly_hours", required=True, digits=(4, 2)),
        _date("start_date", required=True),
        _date("end_date", required=True),
        Column("headcount", "integer", minimum=1),
        _number("budget"),
        Column("currency", "currency"),
        Column("country", "country"),
    ),
    period=("start_date", "end_date"),
)
INVOICES = TableKind(
    "invoices",
    "invoices.InvoiceLine",
    (
        _text("supplier", required=True, max_length=300),
        _text("invoice_number", required=True),
        _date("issue_date", required=True),
        CURRENCY,
        _text("payee_account", max_length=60, secret=True),
        _text("line", required=True, max_length=60),
        _text("engagement", to="engagement_text"),
        _text("contributor", to="contributor_text"),
        _text("purchase_order", to="order_text"),
        _date("period_start"),
        _date("period_end"),
        _choice("category", Category.values, default=Category.STANDARD.value),
        _number("quantity", required=True, digits=(12, 4), minimum=None),
        _choice("per", Per.values, required=True),
        _number("unit_price", required=True, digits=(10, 6), minimum=None),
        _number("net_amount", required=True, minimum=None),
        _number("tax_rate", digits=(4, 2), minimum=None),
        _text("description", max_length=4000),
    ),
    key=("supplier", "invoice_number", "line"),
    period=("period_start", "period_end"),
    writer="orchestration.invoices.table.write_lines",
)
WATCHLIST = TableKind(
    "watchlist",
    "screening.WatchlistEntry",
    (
        SOURCE_ID,
        _text("name", required=True, max_length=300),
        _text("aliases", max_length=4000),
        _date("birth_date"),
        Column("country", "country"),
        _text("list"),
    ),
)
SKILLS = TableKind(
    "skills",
    "contributors.Skill",
    (
        SOURCE_ID,
        _text("name", required=True),
        Column("aliases", "aliases", max_length=20_000),
        _text("description", max_length=20_000),
        _reference("parent", "skills"),
        _text("uri", max_length=500),
    ),
    writer="orchestration.sources.skills.write_skills",
)
EXCHANGE_RATES = TableKind(
    "exchange_rates",
    "organisation.ExchangeRate",
    (
        _date("date", required=True),
        Column("base", "currency", required=True),
        Column("quote", "currency", required=True),
        _number("rate", required=True, digits=(12, 8)),
    ),
    key=("date", "base", "quote"),
    natural=("date", "base", "quote"),
)

KINDS = {
    kind.name: kind
    for kind in (
        UNITS, CONTRIBUTORS, ENGAGEMENTS, RATES, RATE_CARDS, PURCHASE_ORDERS, TIME, ABSENCES, ALLOCATIONS,
        REQUESTS, INVOICES, WATCHLIST, SKILLS, EXCHANGE_RATES,
    )
}  # fmt: skip

"""A small company for tests: everything happens in Harbour, and nobody of Mill may see it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from orchestration.demand.models import Request
from orchestration.invoices.models import Code, Discrepancy, Invoice, InvoiceLine, LineMatch
from workforce.accounts.models import RoleAssignment, User
from workforce.accounts.permissions import Role
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor, Kind, Skill
from workforce.engagements.models import Engagement, PurchaseOrder, Rate
from workforce.organisation.models import Organisation, Unit
from workforce.timesheets.models import TimeEntry

PASSWORD = "a long test password"
RECEIVED = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)


@dataclass
class Company:
    """Harbour with its Quay team, and Mill, which has nothing to do with either."""

    harbour: Unit
    quay: Unit
    mill: Unit
    employee: Contributor
    contractor: Contributor
    vendor: Contributor
    partner: Contributor
    agent: Contributor
    engagement: Engagement
    rate: Rate
    order: PurchaseOrder
    time: list[TimeEntry]
    request: Request
    invoice: Invoice
    line: InvoiceLine
    discrepancy: Discrepancy


def make_user(role: str, *, unit: Unit | None = None, username: str = "") -> User:
    """A login in one role, everywhere or for one unit; admins are staff."""
    user = User.objects.create_user(username or role, password=PASSWORD, is_staff=role == Role.ADMIN)
    RoleAssignment.objects.create(user=user, role=role, unit=unit)
    return user


def make_contributor(kind: str, name: str, **values) -> Contributor:
    """With hashes of what is confidential, as an import would write them."""
    for field in ("national_id", "tax_id", "bank_account"):
        if values.get(field):
            values[f"{field}_hash"] = key_hash(values[field])
    return Contributor.objects.create(kind=kind, name=name, **{"country": "DE", **values})


def make_engagement(contributor: Contributor, unit: Unit, **values) -> Engagement:
    """Hourly and open since the start of 2026, unless said otherwise."""
    values = {"basis": "hourly", "start_date": date(2026, 1, 1), "weekly_hours": Decimal("40"), **values}
    return Engagement.objects.create(contributor=contributor, unit=unit, **values)


def make_rate(engagement: Engagement, amount: str, **values) -> Rate:
    values = {"per": "hour", "currency": "EUR", "valid_from": engagement.start_date, **values}
    return Rate.objects.create(engagement=engagement, amount=Decimal(amount), **values)


def make_time(engagement: Engagement, day: date, hours: str = "8", status: str = "approved") -> TimeEntry:
    return TimeEntry.objects.create(engagement=engagement, work_date=day, hours=Decimal(hours), status=status)


def make_invoice(supplier: Contributor, number: str, **values) -> Invoice:
    values = {"currency": "EUR", "issue_date": date(2026, 10, 1), "received_at": RECEIVED, **values}
    return Invoice.objects.create(
        supplier=supplier, supplier_text=supplier.name, number=number, normalised_number=number, **values
    )


def make_line(invoice: Invoice, engagement: Engagement, *, quantity: str, unit_price: str, line: str = "1"):
    """A line for September 2026, billed by the hour."""
    return InvoiceLine.objects.create(
        invoice=invoice,
        line=line,
        position=int(line),
        engagement=engagement,
        contributor=engagement.contributor,
        order_text=engagement.purchase_order,
        period_start=date(2026, 9, 1),
        period_end=date(2026, 9, 30),
        quantity=Decimal(quantity),
        per="hour",
        unit_price=Decimal(unit_price),
        net_amount=Decimal(quantity) * Decimal(unit_price),
    )


def make_company() -> Company:
    """One of each kind; the contractor bills 16 hours at 90.00 where 80.00 is agreed."""
    Organisation.objects.get_or_create(defaults={"name": "Harbour and Mill", "reporting_currency": "EUR"})
    harbour = Unit.objects.create(name="Harbour", country="DE", currency="EUR")
    quay = Unit.objects.create(name="Quay", parent=harbour, country="DE", currency="EUR")
    mill = Unit.objects.create(name="Mill", country="FR", currency="EUR")
    employee = make_contributor(
        Kind.EMPLOYEE,
        "Ada Stern",
        email="ada@harbour.example",
        unit=harbour,
        birth_date=date(1985, 4, 2),
        street="Kai 7",
        national_id="DE850402X",
        bank_account="DE89370400440532013000",
        weekly_hours=Decimal("40"),
    )
    vendor = make_contributor(Kind.VENDOR, "Tide Staffing", unit=harbour, bank_account="DE02120300000000202051")
    contractor = make_contributor(
        Kind.CONTRACTOR, "Cyd Moor", email="cyd@tide.example", unit=quay, supplier=vendor, tax_id="12/345/67890"
    )
    partner = make_contributor(Kind.PARTNER, "Lighthouse Research", unit=harbour)
    agent = make_contributor(Kind.AI_AGENT, "Berth planner", unit=quay, owner=employee)
    welding = Skill.objects.create(name="Welding", slug="welding")
    contractor.skills.add(welding)
    engagement = make_engagement(
        contractor, quay, title="Welder", supplier=vendor, purchase_order="PO-100", owner=employee
    )
    rate = make_rate(engagement, "80.00")
    order = PurchaseOrder.objects.create(
        number="PO-100", supplier=vendor, currency="EUR", amount=Decimal("50000.00"), valid_from=date(2026, 1, 1)
    )
    time = [make_time(engagement, date(2026, 9, day)) for day in (1, 2)]
    request = Request.objects.create(
        unit=quay,
        title="Two welders for the new berth",
        weekly_hours=Decimal("40"),
        start_date=date(2027, 1, 4),
        end_date=date(2027, 3, 26),
        headcount=2,
        budget=Decimal("60000.00"),
        currency="EUR",
    )
    request.skills.add(welding)
    invoice = make_invoice(
        vendor,
        "T1001",
        tax_exclusive=Decimal("1440.00"),
        payable=Decimal("1440.00"),
        payee_account="DE02120300000000202051",
        payee_account_hash=vendor.bank_account_hash,
    )
    line = make_line(invoice, engagement, quantity="16", unit_price="90.00")
    LineMatch.objects.create(line=line, status="discrepant", reconciled_at=RECEIVED)
    discrepancy = Discrepancy.objects.create(
        line=line,
        code=Code.RATE_ABOVE_CONTRACT,
        expected="80.00",
        actual="90.00",
        amount=Decimal("160.00"),
        found_at=RECEIVED,
    )
    return Company(
        harbour, quay, mill, employee, contractor, vendor, partner, agent, engagement, rate, order, time, request,
        invoice, line, discrepancy,
    )  # fmt: skip

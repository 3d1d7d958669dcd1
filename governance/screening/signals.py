"""Fraud signals between identities of any kind: what two should not share, and what should not change just then.

Devices, résumé texts and network addresses are not read: no source feeds them. Records merged into another speak for
the one they were merged into.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from disposable_email_domains import blocklist
from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower, StrIndex, Substr
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from stdnum import iban
from stdnum.exceptions import ValidationError as NotAnIban

from governance.screening.models import Signal
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor
from workforce.ledger.actions import Action
from workforce.ledger.models import Event

POINTS = {
    Signal.SHARED_BANK_ACCOUNT: 40,
    Signal.SHARED_NATIONAL_ID: 40,
    Signal.SHARED_EMAIL: 25,
    Signal.SHARED_PHONE: 25,
    Signal.SHARED_ADDRESS: 15,
    Signal.BANK_CHANGED_NEAR_START: 20,
    Signal.PAYEE_CHANGED: 15,
    Signal.DISPOSABLE_EMAIL: 15,
    Signal.BANK_COUNTRY: 10,
}
NEAR_START = timedelta(days=14)
LATELY = timedelta(days=30)
ORGANISATION_SIZED = 10  # a phone, mailbox or address of more identities is an office, not a person's
SLICE = 500

DIGITS = "REPLACE(c.phone, '(0)', '')"
for _sign in (" ", "-", "(", ")", ".", "/", "+", "\u00a0"):
    DIGITS = f"REPLACE({DIGITS}, '{_sign}', '')"
DIALLED_BY_COUNTRY = " ".join(
    f"WHEN '{country}' THEN '{code}'"
    for code, countries in COUNTRY_CODE_TO_REGION_CODE.items()
    for country in countries
    if country.isalpha()
)
# With and without country code and trunk zero it is the same line; one of an unknown country stays as it is.
LINE = f"""CASE WHEN LENGTH({DIGITS}) < 7 THEN ''
    WHEN LTRIM(c.phone) LIKE '+%' THEN {DIGITS}
    WHEN {DIGITS} LIKE '00%' THEN SUBSTR({DIGITS}, 3)
    ELSE COALESCE(CASE c.country {DIALLED_BY_COUNTRY} END || LTRIM({DIGITS}, '0'), {DIGITS}) END"""
ADDRESS = (
    "CASE WHEN c.street = '' OR c.postcode || c.city = '' THEN '' ELSE "
    "LOWER(REPLACE(REPLACE(REPLACE(c.street, '.', ''), ',', ''), ' ', '') || '|' || REPLACE(c.postcode, ' ', '') || '|' "
    "|| REPLACE(c.city, ' ', '') || '|' || c.country) END"
)
SHARED_VALUES = {
    Signal.SHARED_BANK_ACCOUNT: ("c.bank_account_hash", None),
    Signal.SHARED_NATIONAL_ID: ("c.national_id_hash", None),
    Signal.SHARED_EMAIL: ("LOWER(TRIM(c.email))", ORGANISATION_SIZED),
    Signal.SHARED_PHONE: (LINE, ORGANISATION_SIZED),
    Signal.SHARED_ADDRESS: (ADDRESS, ORGANISATION_SIZED),
}
# The values of some contributors alone, where only these are asked about.
OF_SOME = """ AND {value} IN (
            SELECT {value} FROM contributors_contributor c WHERE c.id IN ({ids}) OR c.merged_into_id IN ({ids}))"""
SHARERS = """
    WITH member AS (
        SELECT DISTINCT COALESCE(c.merged_into_id, c.id) AS root, {value} AS value
        FROM contributors_contributor c WHERE {value} <> ''{of_some}
    ), shared AS (
        SELECT value FROM member GROUP BY value HAVING COUNT(*) > 1
    )
    SELECT m.value, m.root FROM member m JOIN shared s ON s.value = m.value ORDER BY m.value, m.root
"""


@dataclass
class Reason:
    """A hit as it is found: whom, by which signal, on what ground, and the lines it is made of."""

    contributor: int
    signal: str
    key: str
    points: int
    lines: list[dict]
    facts: str  # what the ground is hashed from
    others: list[int] = field(default_factory=list)
    entry: int | None = None
    score: float | None = None
    list_version: str = ""

    @property
    def ground(self) -> str:
        return hashlib.sha256(self.facts.encode()).hexdigest()


def find_signals(*, today: date, among: set[int] | None = None) -> Iterator[Reason]:
    """Every signal that holds today, of all contributors or of those among."""
    for signal in SHARED_VALUES:
        yield from find_shared(signal, among)
    yield from find_disposable(among)
    yield from find_changed_accounts(today, among)
    yield from find_foreign_accounts(among)


def find_shared(signal: str, among: set[int] | None = None) -> Iterator[Reason]:
    """Those who share a value with another; a supplier and its own people may share what they like."""
    most = SHARED_VALUES[signal][1]
    found = read_groups(signal, among)
    groups = {value: roots for value, roots in found.items() if not most or len(roots) <= most}
    suppliers = read_suppliers({root for roots in groups.values() for root in roots})
    for value, roots in groups.items():
        key = key_hash(value)
        for root in roots if among is None else [root for root in roots if root in among]:
            others = [one for one in roots if one != root and not is_own_supplier(root, one, suppliers)]
            if others:
                yield describe_sharing(signal, root, key, others)


def describe_sharing(signal: str, root: int, key: str, others: list[int]) -> Reason:
    why = f"{Signal(signal).label} with {len(others)} other{'s' if len(others) > 1 else ''}"
    lines = [{"what": str(signal), "points": POINTS[signal], "why": why}]
    return Reason(root, signal, key, POINTS[signal], lines, f"{key}:{','.join(map(str, others))}", others)


def read_groups(signal: str, among: set[int] | None = None) -> dict[str, list[int]]:
    """Canonical ids by each value that more than one of them has; of values that those among have."""
    value = SHARED_VALUES[signal][0]
    groups: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        for of_some in [""] if among is None else [narrow(value, some) for some in slices(among)]:
            cursor.execute(SHARERS.format(value=value, of_some=of_some))
            # A value that two slices have comes twice, whole each time.
            groups |= gather(cursor.fetchall())
    return groups


def narrow(value: str, ids: list[int]) -> str:
    return OF_SOME.format(value=value, ids=",".join(str(int(pk)) for pk in ids))


def gather(rows) -> dict[str, list[int]]:
    groups = defaultdict(list)
    for value, root in rows:
        groups[value].append(root)
    return groups


def find_sharers(roots: set[int]) -> set[int]:
    """Everyone who has something in common with these, in groups of any size."""
    groups = (group for signal in SHARED_VALUES for group in read_groups(signal, roots).values())
    return {root for group in groups for root in group}


def read_suppliers(roots: set[int]) -> dict[int, set[int]]:
    """The suppliers of each contributor, through merged records, as they stand after merging."""
    suppliers = defaultdict(set)
    for some in slices(roots):
        named = Contributor.objects.filter(supplier__isnull=False)
        named = named.annotate(root=Coalesce("merged_into", "pk"), of=Coalesce("supplier__merged_into", "supplier"))
        for root, supplier in named.filter(root__in=some).order_by().values_list("root", "of"):
            suppliers[root].add(supplier)
    return suppliers


def is_own_supplier(one: int, other: int, suppliers: dict[int, set[int]]) -> bool:
    return other in suppliers.get(one, ()) or one in suppliers.get(other, ())


def find_disposable(among: set[int] | None = None) -> Iterator[Reason]:
    """Those whose mailbox is at a provider of throw-away addresses."""
    domains = of_these(Contributor.objects.filter(email__contains="@").order_by(), among)
    domains = domains.annotate(domain=Lower(Substr("email", StrIndex("email", Value("@")) + 1)))
    bad = sorted(set(domains.values_list("domain", flat=True).distinct()) & blocklist)
    for some in slices(bad):
        rows = domains.filter(domain__in=some).annotate(root=Coalesce("merged_into", "pk"))
        for root, domain in sorted(set(rows.values_list("root", "domain"))):
            points = POINTS[Signal.DISPOSABLE_EMAIL]
            lines = [{"what": "disposable_email", "points": points, "why": f"{domain} gives throw-away addresses"}]
            yield Reason(root, Signal.DISPOSABLE_EMAIL, domain[:64], points, lines, domain)


def of_these(rows, among: set[int] | None):
    """The records of those among, merged ones included."""
    return rows if among is None else rows.filter(Q(pk__in=among) | Q(merged_into__in=among))


def find_changed_accounts(today: date, among: set[int] | None = None) -> Iterator[Reason]:
    """Those whose known bank account was replaced close to their start, or else lately."""
    events = Event.objects.filter(
        action=Action.CONTRIBUTOR_UPDATED, subject_type="contributor", after__has_key="bank_account"
    )
    if among is not None:
        members = of_these(Contributor.objects.order_by(), among).values_list("pk", flat=True)
        events = events.filter(subject_id__in=list(members))
    changes = defaultdict(set)
    for subject, at, before in events.filter(at__date__gte=today - timedelta(days=400)).values_list(
        "subject_id", "at", "before"
    ):
        if before.get("bank_account"):
            changes[subject].add(at.date())
    for some in slices(changes):
        rows = Contributor.objects.filter(pk__in=some).annotate(root=Coalesce("merged_into", "pk"))
        for pk, root, start in rows.order_by("pk").values_list("pk", "root", "start_date"):
            yield from judge_changes(root, sorted(changes[pk]), start, today)


def judge_changes(root: int, days: list[date], start: date | None, today: date) -> Iterator[Reason]:
    for day in days:
        if start and abs(day - start) <= NEAR_START:
            signal, why = Signal.BANK_CHANGED_NEAR_START, f"changed on {day}, the start is on {start}"
        elif today - day <= LATELY:
            signal, why = Signal.PAYEE_CHANGED, f"the known account was replaced on {day}"
        else:
            continue
        lines = [{"what": str(signal), "points": POINTS[signal], "why": why}]
        yield Reason(root, signal, day.isoformat(), POINTS[signal], lines, f"{day}:{start}")


def find_foreign_accounts(among: set[int] | None = None) -> Iterator[Reason]:
    """Those whose IBAN is of another country than every country known of them and of their work."""
    rows = Contributor.objects.exclude(bank_account="").order_by("pk")
    rows = rows.annotate(root=Coalesce("merged_into", "pk"))
    countries = ("country", "unit__country", "location__country")
    parts = [rows] if among is None else (rows.filter(root__in=some) for some in slices(among))
    for part in parts:
        values = part.values_list("root", "bank_account", *countries)
        for root, account, *known in values.iterator(chunk_size=2000):
            if (bank := country_of(account)) and any(known) and bank not in known:
                points = POINTS[Signal.BANK_COUNTRY]
                works = ", ".join(sorted({country for country in known if country}))
                lines = [
                    {"what": "bank_country", "points": points, "why": f"the bank is in {bank}, the work in {works}"}
                ]
                yield Reason(root, Signal.BANK_COUNTRY, bank, points, lines, f"{bank}:{works}")


def country_of(account: str) -> str:
    """The country of an IBAN, or nothing."""
    try:
        return iban.validate(account)[:2]
    except NotAnIban:
        return ""


def slices(ids) -> Iterator[list]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), SLICE):
        yield ordered[start : start + SLICE]

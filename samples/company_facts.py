"""Everything generated for one company, as rows of the canonical tables, before it is written as files."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random


@dataclass
class Company:
    """`until` is the last day of time; the twelve weeks before it are booked, the first eight of them billed."""

    contributors: int
    until: date
    rng: Random
    units: list[dict] = field(default_factory=list)
    employees: list[dict] = field(default_factory=list)
    contractors: list[dict] = field(default_factory=list)
    suppliers: list[dict] = field(default_factory=list)
    agents: list[dict] = field(default_factory=list)
    engagements: list[dict] = field(default_factory=list)  # with `source` and, for special ones, `role`
    rates: list[dict] = field(default_factory=list)
    rate_cards: list[dict] = field(default_factory=list)
    orders: list[dict] = field(default_factory=list)
    time: list[dict] = field(default_factory=list)
    absences: list[dict] = field(default_factory=list)
    allocations: list[dict] = field(default_factory=list)
    requests: list[dict] = field(default_factory=list)
    exchange_rates: list[dict] = field(default_factory=list)
    invoices: list[dict] = field(default_factory=list)  # with `lines`, `via` and the codes meant to be found
    identities: list[tuple[str, str]] = field(default_factory=list)
    findings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    serials: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: set = field(default_factory=set)

    @property
    def time_start(self) -> date:
        """The Monday twelve weeks back."""
        return self.until - timedelta(self.until.weekday()) - timedelta(weeks=11)

    @property
    def periods(self) -> list[tuple[date, date]]:
        """The two four-week periods that are billed."""
        first = self.time_start
        return [(first + timedelta(28 * n), first + timedelta(28 * n + 27)) for n in (0, 1)]

    def next_serial(self, name: str) -> int:
        self.serials[name] += 1
        return self.serials[name]

    def claim(self, *key) -> bool:
        """Whether nobody had this yet; now it is taken."""
        is_new = key not in self.taken
        self.taken.add(key)
        return is_new

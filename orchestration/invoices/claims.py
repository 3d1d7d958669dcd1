"""Who claims which approved hours: lines in order, each day by day from the start of its period."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Claim:
    """A line billed by time; `billed` in millionths of an hour, negative gives hours back."""

    line_id: int
    period_start: date
    period_end: date
    billed: int


def find_shortfalls(claims: list[Claim], approved: dict[date, int]) -> dict[int, tuple[int, int]]:
    """(hours approved time would have given, hours still free) of each line that comes short, for one engagement
    and category. Claims stand in line order; `approved` in millionths of an hour by day."""
    days = sorted(approved)
    claimed: dict[date, int] = defaultdict(int)
    short = {}
    for claim in claims:
        its_days = [d for d in days if claim.period_start <= d <= claim.period_end]
        if claim.billed < 0:
            _give_back(its_days, claimed, -claim.billed)
            continue
        wanted = min(claim.billed, sum(approved[d] for d in its_days))
        taken = _take(its_days, approved, claimed, wanted)
        if taken < wanted:
            short[claim.line_id] = (wanted, taken)
    return short


def _take(days: list[date], approved: dict[date, int], claimed: dict[date, int], wanted: int) -> int:
    taken = 0
    for day in days:
        part = min(approved[day] - claimed[day], wanted - taken)
        claimed[day] += part
        taken += part
        if taken == wanted:
            break
    return taken


def _give_back(days: list[date], claimed: dict[date, int], amount: int) -> None:
    for day in days:
        part = min(claimed[day], amount)
        claimed[day] -= part
        amount -= part
        if not amount:
            break

"""Who claims which approved hours: lines take them day by day, in order, and credit notes give them back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

CLOSE = 1e-6  # hours; below it two sums are equal


@dataclass(frozen=True)
class Claim:
    """A line that bills hours of one engagement and category; negative hours are a credit."""

    line_id: int
    first_day: date
    last_day: date
    hours: float
    approved: dict[date, float]  # approved hours by day, for the days of the period


def find_shortfalls(claims: Iterable[Claim]) -> dict[int, tuple[float, float]]:
    """For claims in line order: line -> (hours approved time would have given it, hours it got), where it got less."""
    taken: dict[date, float] = defaultdict(float)
    short = {}
    for claim in claims:
        days = sorted(claim.approved)
        if claim.hours < 0:
            _give_back(taken, days, -claim.hours)
            continue
        would = min(claim.hours, sum(claim.approved.values()))
        got = 0.0
        for day in days:
            hours = min(claim.approved[day] - taken[day], claim.hours - got)
            if hours > 0:
                taken[day] += hours
                got += hours
        if would - got > CLOSE:
            short[claim.line_id] = (would, got)
    return short


def _give_back(taken: dict[date, float], days: list[date], hours: float) -> None:
    for day in days:
        back = min(taken[day], hours)
        taken[day] -= back
        hours -= back

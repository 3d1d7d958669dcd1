"""National public holidays of the company's four countries, by rule."""

from datetime import date, timedelta
from functools import lru_cache


@lru_cache
def holidays(country: str, year: int) -> frozenset[date]:
    """Days off in the whole country; regional ones do not count."""
    easter = find_easter(year)
    return frozenset(
        {
            "DE": lambda: _on(year, "1-1 5-1 10-3 12-25 12-26") | {easter + timedelta(n) for n in (-2, 1, 39, 50)},
            "FR": lambda: (
                _on(year, "1-1 5-1 5-8 7-14 8-15 11-1 11-11 12-25") | {easter + timedelta(n) for n in (1, 39, 50)}
            ),
            "GB": lambda: _british(year, easter),
            "US": lambda: _american(year),
        }[country]()
    )


def is_working_day(country: str, day: date) -> bool:
    return day.weekday() < 5 and (not country or day not in holidays(country, day.year))


def find_easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian rule."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _on(year: int, days: str) -> set[date]:
    return {date(year, *map(int, day.split("-"))) for day in days.split()}


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The n-th weekday (Monday 0) of a month, -1 for the last."""
    if number < 0:
        last = date(year, month + 1, 1) - timedelta(1)
        return last - timedelta((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


def _american(year: int) -> set[date]:
    fixed = _on(year, "1-1 6-19 7-4 11-11 12-25")
    observed = {d + timedelta({5: -1, 6: 1}.get(d.weekday(), 0)) for d in fixed}
    moving = [(1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4)]
    return fixed | observed | {_nth(year, *m) for m in moving}


def _british(year: int, easter: date) -> set[date]:
    """What all four nations share: New Year, Good Friday, May bank holidays, Christmas, with substitute days."""
    christmas = date(year, 12, 25)
    substitute = {4: [0, 3], 5: [2, 3], 6: [1, 2]}.get(christmas.weekday(), [0, 1])
    new_year = date(year, 1, 1)
    moved = new_year + timedelta({5: 2, 6: 1}.get(new_year.weekday(), 0))
    return {moved, easter - timedelta(2), _nth(year, 5, 0, 1), _nth(year, 5, 0, -1)} | {
        christmas + timedelta(n) for n in substitute
    }

"""Working days: the country's week less its public holidays, from the `holidays` library."""

from datetime import date, timedelta

import holidays

from workforce.organisation.models import Calendar, CalendarDay

PLAIN = "--"  # Monday to Friday, no holidays: for where no country is known


def calendar_for(country: str) -> Calendar:
    """The calendar of a country (ISO 3166-1 alpha-2), made when first asked for."""
    return Calendar.objects.get_or_create(country=country or PLAIN)[0]


def fill_calendars(first: date, last: date) -> None:
    """Gives every calendar each day from first to last; days already there, corrected or not, stay."""
    span = (last - first).days + 1
    for calendar in Calendar.objects.all():
        days = calendar.days.filter(date__range=(first, last))
        if days.count() == span:
            continue
        have = set(days.values_list("date", flat=True))
        missing = [d for d in (first + timedelta(n) for n in range(span)) if d not in have]
        CalendarDay.objects.bulk_create(_days(calendar, missing), batch_size=2_000)


def _days(calendar: Calendar, dates: list[date]) -> list[CalendarDay]:
    years = range(dates[0].year, dates[-1].year + 1)
    try:
        closed = holidays.country_holidays(calendar.country, years=years)
        weekend = set(closed.weekend)
    except NotImplementedError:
        closed, weekend = {}, {5, 6}
    return [
        CalendarDay(
            calendar=calendar,
            date=day,
            is_working=day.weekday() not in weekend and day not in closed,
            holiday=(closed.get(day) or "")[:200],
        )
        for day in dates
    ]

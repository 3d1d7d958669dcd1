"""The time panel of a contributor's page."""

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek
from django.shortcuts import render

from workforce.accounts.permissions import Permission, require
from workforce.contributors.views import find_contributor
from workforce.timesheets.models import TimeEntry, TimeStatus

WEEKS = 12


def time_of(request, pk: int):
    """Hours by week and status, the last twelve weeks with time."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    one = find_contributor(request.user, pk)
    entries = TimeEntry.objects.visible_to(request.user).filter(
        Q(engagement__contributor=one) | Q(engagement__contributor__merged_into=one)
    )
    sums = {status.value: Sum("hours", filter=Q(status=status.value)) for status in TimeStatus}
    weeks = entries.order_by().values(week=TruncWeek("work_date")).annotate(**sums).order_by("-week")[:WEEKS]
    return render(request, "timesheets/of_contributor.html", {"weeks": weeks})

"""Stops a run that would end too many of a source's active contributors, and says how many."""

from django.utils import timezone

from orchestration.sources.models import Source, SourceRecord
from workforce.contributors.models import Contributor, Status

ENDING = ("status", "start_date", "end_date")
FEWEST = 5  # a source of few may end them all but four
SHARE = 0.10
OUT = (Status.LEFT, Status.PLANNED)


class TooManyEnded(Exception):
    """The run would end `ended` of the source's `active` contributors; nothing of it was kept."""

    def __init__(self, source: str, ended: int, active: int):
        super().__init__(
            f"This would end {ended:,} of the {active:,} active contributors of {source}, "
            f"more than {SHARE:.0%}. Nothing was changed."
        )
        self.source, self.ended, self.active = source, ended, active


def has_ended(before: dict, values: dict) -> bool:
    """Whether someone who works beyond today no longer does once the row's values are taken."""
    today = timezone.localdate()
    status, start, end = (before[name] for name in ENDING)
    if status in OUT or (start and start > today) or (end and end <= today):
        return False
    status, end = values.get("status", status), values.get("end_date", end)
    return status == Status.LEFT or bool(end and end <= today)


def check_ended(source: Source, started_at, ended: int) -> None:
    """Raises TooManyEnded when at least 5 and more than 10 % of those active before the run are ended by it."""
    if ended < FEWEST:
        return
    records = SourceRecord.objects.filter(source=source, kind="contributors", first_seen_at__lt=started_at)
    today = timezone.localdate()
    still = Contributor.objects.active_on(today).exclude(end_date=today).filter(pk__in=records.values("object_id"))
    active = still.count() + ended
    if ended > SHARE * active:
        raise TooManyEnded(source.name, ended, active)

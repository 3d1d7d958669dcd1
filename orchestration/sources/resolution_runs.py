"""When records are compared: as soon as somebody asks, and by itself after contributors came. One run at a time."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from orchestration.sources.identity import Resolution, resolve_identities
from orchestration.sources.models import ResolutionRun, SyncRun

LONGEST = timedelta(hours=2)  # that a run may take before it counts as lost
PAUSE = timedelta(hours=1)  # before what failed is tried again by itself
LOST = "It broke off and nothing was merged. Look again."


def ask_resolution(*, by=None) -> ResolutionRun:
    """The run that waits or goes on, or else a new one."""
    try:
        with transaction.atomic():
            return ResolutionRun.objects.create(by=by, asked_at=timezone.now())
    except IntegrityError:
        return ResolutionRun.objects.filter(finished_at=None).first() or ask_resolution(by=by)


def carry_out(run: ResolutionRun, *, progress=lambda words: None) -> Resolution | None:
    """Compares the records unless another worker already does; what went wrong stands in `failure`, and is raised."""
    if not ResolutionRun.objects.filter(pk=run.pk, started_at=None).update(started_at=timezone.now()):
        return None
    outcome = {"failure": LOST}
    try:
        found = resolve_identities(progress=progress)  # without `by`: nobody decided these merges
        outcome = {"merged": found.merged, "to_review": found.to_review}
    finally:
        ResolutionRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), **outcome)
    return found


def is_due() -> bool:
    """Contributors came or changed since the records were last compared, or that failed a while ago."""
    last = ResolutionRun.objects.exclude(started_at=None).first()
    if last and last.failure:
        return last.finished_at < timezone.now() - PAUSE
    came = SyncRun.objects.filter(Q(created__gt=0) | Q(updated__gt=0), kind="contributors")
    return came.filter(finished_at__gt=last.started_at).exists() if last else came.exists()


def follow_contributors() -> None:
    """Carries out the run that waits, and one that is due; a run whose worker was lost is ended first."""
    now = timezone.now()
    ResolutionRun.objects.filter(finished_at=None, started_at__lt=now - LONGEST).update(finished_at=now, failure=LOST)
    if waiting := ResolutionRun.objects.filter(started_at=None).first():
        carry_out(waiting)
    elif is_due():
        carry_out(ask_resolution())

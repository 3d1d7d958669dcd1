"""The one question the verbs of the ground ask before they let something happen."""

from django.db.models import Q

from workforce.holds.models import Hold, Scope


def holds_on(subject, scope: str):
    """The open holds of that scope on a contributor or engagement; an engagement is held with its contributor."""
    held = Q(subject_type=subject._meta.model_name, subject_id=subject.pk)
    contributor_id = getattr(subject, "contributor_id", None)
    if contributor_id is not None:
        held |= Q(subject_type="contributor", subject_id=contributor_id)
    return Hold.objects.open().filter(held, scope=scope)


def can_start(subject) -> bool:
    return not holds_on(subject, Scope.START).exists()


def can_access(subject) -> bool:
    return not holds_on(subject, Scope.ACCESS).exists()


def can_be_paid(subject) -> bool:
    return not holds_on(subject, Scope.PAY).exists()


def can_run(subject) -> bool:
    return not holds_on(subject, Scope.RUN).exists()

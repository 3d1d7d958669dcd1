"""The one question the verbs of the ground ask before they let something happen."""

from workforce.holds.models import Hold, Scope


def holds_on(subject, scope: str):
    """The open holds of that scope on a contributor or engagement."""
    return Hold.objects.open().on(subject).filter(scope=scope)


def can_start(subject) -> bool:
    return not holds_on(subject, Scope.START).exists()


def can_access(subject) -> bool:
    return not holds_on(subject, Scope.ACCESS).exists()


def can_be_paid(subject) -> bool:
    return not holds_on(subject, Scope.PAY).exists()


def can_run(subject) -> bool:
    return not holds_on(subject, Scope.RUN).exists()

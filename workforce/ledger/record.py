"""Writing Events; every verb that changes something calls one of these inside its transaction."""

from django.utils import timezone

from workforce.ledger.models import Event


def build_event(*, action: str, subject, by=None, on_behalf_of=None, before=None, after=None, reason="") -> Event:
    """An unsaved Event about a saved model instance."""
    return Event(
        at=timezone.now(),
        actor=by,
        on_behalf_of=on_behalf_of,
        action=action,
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        subject_label=str(subject)[:200],
        before=before or {},
        after=after or {},
        reason=reason,
    )


def record_event(**details) -> Event:
    """Writes one Event; takes what build_event takes."""
    event = build_event(**details)
    event.save(force_insert=True)
    return event

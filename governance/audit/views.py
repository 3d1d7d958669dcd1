"""The proof of the ledger: its seal, verification, packs for auditors, legal holds and retention."""

import tempfile

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.audit import tasks
from governance.audit.anchor import write_anchor
from governance.audit.export import export_pack
from governance.audit.forms import DeletionForm, ExportForm, HoldForm
from governance.audit.hold import place_legal_hold, release_legal_hold, require_everywhere
from governance.audit.models import Deletion, LegalHold, Seal, Verification
from governance.audit.retention import apply_retention, last_day_to_give, retention_classes
from governance.audit.seal import newest_seal
from governance.audit.sign import public_key
from workforce.accounts.permissions import Permission, require
from workforce.ledger.append_only import missing_triggers
from workforce.ledger.models import Event

RELEASED = 20
IN_MEMORY = 32 * 1024 * 1024  # a larger pack goes through a file


@require_GET
def audit(request):
    require_everywhere(request.user, Permission.EVENT_VIEW)
    return show(request)


def show(request, **given):
    """The page, with the forms as they were given where one was refused."""
    if any(form.errors for form in given.values()):
        messages.error(request, "Nothing was done yet: the form below says why, beside what you gave.")
    head = newest_seal()
    context = {
        "head": head,
        "unsealed": Event.objects.filter(pk__gt=head.last_id if head else 0).count(),
        "public_key": public_key(),
        "is_kept": not any(missing_triggers(model) for model in (Event, Seal, Deletion)),
        "verification": Verification.objects.select_related("by").first(),
        "holds": LegalHold.objects.standing().select_related("placed_by"),
        "released": LegalHold.objects.exclude(released_at=None).select_related("placed_by", "released_by")[:RELEASED],
        "classes": [(one, last_day_to_give(one)) for one in retention_classes()],
        "deletions": Deletion.objects.defer("event_ids").select_related("retention_class", "by").order_by("-pk")[:10],
    }
    for name, form in (("export", ExportForm), ("hold", HoldForm), ("deletion", DeletionForm)):
        context[f"{name}_form"] = given.get(name) or form(user=request.user, prefix=name)
    return render(request, "audit/audit.html", context)


@require_GET
def verification(request):
    """The newest verification; asks again by itself while it is not finished."""
    require_everywhere(request.user, Permission.EVENT_VIEW)
    one = Verification.objects.select_related("by").first()
    return render(request, "audit/verification.html", {"verification": one})


@require_POST
def ask_for_verification(request):
    require_everywhere(request.user, Permission.EVENT_VIEW)
    with transaction.atomic():
        if not Verification.objects.filter(finished_at=None).exists():
            Verification.objects.create(asked_at=timezone.now(), by=request.user)
        transaction.on_commit(tasks.verify_as_asked.delay, robust=True)
    return redirect("audit")


@require_GET
def anchor(request):
    """The signed head, to be kept outside."""
    require_everywhere(request.user, Permission.EVENT_VIEW)
    head = newest_seal()
    if head is None:
        messages.error(request, "There is no seal yet, so there is no head to keep. The first comes within a minute.")
        return redirect("audit")
    name = f"ledger-head-{head.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write_anchor(head), content_type="application/json", headers=headers)


@require_POST
def export(request):
    require(request.user, Permission.AUDIT_EXPORT)
    form = ExportForm(request.POST, user=request.user, prefix="export")
    if not form.is_valid():
        return show(request, export=form)
    chosen = form.cleaned_data
    about = chosen["about"]
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    try:
        export_pack(
            target=target,
            by=request.user,
            since=chosen["since"],
            until=chosen["until"],
            subject=("contributor", about.pk) if about else None,
        )
    except ValidationError as refusal:
        target.close()
        refuse(form, refusal)
        return show(request, export=form)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"ledger-{timezone.now():%Y-%m-%d}.zip")


@require_POST
def place_hold(request):
    require_everywhere(request.user, Permission.AUDIT_HOLD)
    form = HoldForm(request.POST, user=request.user, prefix="hold")
    if not form.is_valid():
        return show(request, hold=form)
    try:
        hold = place_legal_hold(subject=form.cleaned_data["about"], reason=form.cleaned_data["reason"], by=request.user)
    except ValidationError as refusal:
        refuse(form, refusal)
        return show(request, hold=form)
    messages.success(request, f"{hold} stands from now on.")
    return redirect("audit")


@require_POST
def release_hold(request, pk: int):
    require_everywhere(request.user, Permission.AUDIT_HOLD)
    hold = get_object_or_404(LegalHold, pk=pk)
    try:
        release_legal_hold(hold=hold, reason=request.POST.get("reason", ""), by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"{hold} is released.")
    return redirect("audit")


@require_POST
def delete_past_retention(request):
    """Counts, or deletes, what is past its time."""
    require_everywhere(request.user, Permission.RETENTION_APPLY)
    form = DeletionForm(request.POST, user=request.user, prefix="deletion")
    if not form.is_valid():
        return show(request, deletion=form)
    is_counting = "count" in request.POST
    try:
        counts = apply_retention(**form.cleaned_data, by=request.user, dry_run=is_counting)
    except ValidationError as refusal:
        refuse(form, refusal)
        return show(request, deletion=form)
    told = f"{counts['due']:,} events are past their time, {counts['held']:,} of them under a legal hold"
    if is_counting:
        messages.info(request, f"{told}. Nothing was deleted.")
        return show(request, deletion=form)
    messages.success(request, f"{told}; {counts['deleted']:,} were deleted.")
    return redirect("audit")


def refuse(form, refusal: ValidationError) -> None:
    """The refusal beside the field it is about, or above the form."""
    by_field = refusal.message_dict if hasattr(refusal, "error_dict") else {None: refusal.messages}
    for name, words in by_field.items():
        form.add_error(name if name in form.fields else None, words)

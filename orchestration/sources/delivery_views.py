"""Pages of a file on its way: upload, mapping with a live preview, dry run, taking, and the file of refused rows."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from orchestration.sources.deliver import (
    UNDER_WAY,
    add_named_units,
    begin,
    drop_delivery,
    list_named_units,
    next_table,
    obstacles,
    open_file,
    receive_file,
    recognise,
    rows_read,
    take_delivery,
)
from orchestration.sources.errors import header_of, write_error_file
from orchestration.sources.forms import KIND_CHOICES, UploadForm, as_one_dump
from orchestration.sources.mapping import Mapping
from orchestration.sources.mapping_form import MappingForm
from orchestration.sources.models import Delivery, Source, SyncRun
from orchestration.sources.preview import preview
from orchestration.sources.sample import Sample, enrich, take_sample
from orchestration.sources.tasks import take_file
from orchestration.sources.unreadable import UnreadableTable
from workforce.accounts.permissions import Permission, require

AT_ONCE = 1_000_000  # bytes that are taken within the request; a larger file goes to a worker
State = Delivery.State


def upload(request):
    """Receives a file and goes on to its mapping."""
    require(request.user, Permission.DATA_IMPORT)
    known = Source.objects.values_list("name", flat=True)
    form = UploadForm(request.POST or None, request.FILES or None, sources=known)
    if request.method == "POST" and form.is_valid():
        try:
            received = [
                receive_file(file=file, name=file.name, source=form.cleaned_data["source"], by=request.user)
                for file in as_one_dump(form.cleaned_data["table"])
            ]
            return redirect("delivery", received[0].pk) if len(received) == 1 else redirect("source-upload")
        except UnreadableTable as refusal:
            form.add_error("table", _bare(str(refusal)))
    waiting = Delivery.objects.visible_to(request.user).exclude(state=State.TAKEN).select_related("by")[:20]
    return render(request, "sources/upload.html", {"form": form, "waiting": waiting})


def _bare(message: str) -> str:
    """Without the folder in which the file was looked at."""
    folder = message.split(": ", 1)[0]
    return message.replace(str(Path(folder).parent) + "/", "", 1) if folder.startswith("/") else message


def delivery(request, pk: int):
    """The mapping page; a POST keeps what was chosen and, by its button, tries or takes the file, or forgets it."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(Delivery.objects.visible_to(request.user).select_related("run", "by"), pk=pk)
    if one.state == State.TAKEN or one.state in UNDER_WAY:
        units = list_named_units(one) if one.state == State.TAKEN and one.kind != "units" else []
        facts = {"delivery": one, "read": rows_read(one), "next": next_table(one), "units": units}
        return render(request, "sources/delivery.html", facts)
    if request.method == "POST" and request.POST.get("does") == "drop":
        drop_delivery(one)
        messages.success(request, f"{one.name} is forgotten; nothing was taken.")
        return redirect("source-upload")
    with open_file(one) as path:
        if request.method == "POST" and request.POST.get("does") == "read-as":
            return _read_as(request, one, path)
        sample = _sample_of(one, path)
        form = _form(one, sample, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            keep_choice(one, form)
            if request.POST.get("does") in ("try", "take", "take-ending") and not obstacles(one):
                return _go(request, one, request.POST["does"])
            form = _form(one, sample, None)
        return render(request, "sources/delivery.html", {**_facts(one, sample), "form": form})


@require_POST
def delivery_preview(request, pk: int):
    """The first rows as the choices on the page would have them; keeps the choices."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(
        Delivery.objects.visible_to(request.user), pk=pk, state__in=[State.WAITING, State.TRIED, State.FAILED]
    )
    with open_file(one) as path:
        sample = _sample_of(one, path)
        form = _form(one, sample, request.POST)
        if form.is_valid():
            keep_choice(one, form)
        return render(request, "sources/mapped.html", {**_facts(one, sample), "form": _form(one, sample, None)})


@require_POST
def delivery_units(request, pk: int):
    """Adds the units that the file's rows name and nobody has described."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk, state=State.TAKEN)
    made = add_named_units(one, by=request.user)
    messages.success(request, f"Units added under their names: {made}.")
    return redirect("delivery", pk)


def delivery_progress(request, pk: int):
    """How far a worker is; goes to the outcome once there is one."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(Delivery.objects.visible_to(request.user).select_related("run"), pk=pk)
    response = render(
        request, "sources/progress.html", {"delivery": one, "read": rows_read(one), "next": next_table(one)}
    )
    if one.state not in UNDER_WAY:
        response.headers["HX-Refresh"] = "true"
    return response


def run_errors(request, pk: int):
    """The refused rows as they came, with why, to mend and send again; `?form=xlsx` or CSV."""
    if not request.user.may(Permission.DATA_IMPORT):
        require(request.user, Permission.SOURCE_VIEW)
    run = get_object_or_404(SyncRun.objects.select_related("source"), pk=pk)
    if run.by != request.user:
        require(request.user, Permission.SOURCE_VIEW)
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    if not run.rejections.exists():
        raise Http404("Every row of this run was taken.")
    shows = request.user == run.by or request.user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY)
    with tempfile.NamedTemporaryFile(suffix=f".{form}") as kept:
        write_error_file(run=run, path=Path(kept.name), form=form, header=header_of(run), shows_secrets=shows)
        content = Path(kept.name).open("rb")  # noqa: SIM115 - the response closes it
    return FileResponse(content, as_attachment=True, filename=f"{run.source.name}-{run.kind}-refused.{form}")


def _read_as(request, one: Delivery, path: Path):
    """Reads the file as another kind, or another sheet of it."""
    kind, table = request.POST.get("kind", one.kind), request.POST.get("table", one.table)
    if kind not in dict(KIND_CHOICES):
        raise Http404(f"{kind} is not a kind of table.")
    is_other_sheet = table != one.table
    try:
        one.problem = ""
        recognise(one, path, kind="" if is_other_sheet and kind == one.kind else kind, table=table)
        one.state, one.report = State.WAITING, {}
        one.save()
    except UnreadableTable as refusal:
        messages.error(request, _bare(str(refusal)))
    return redirect("delivery", one.pk)


def _sample_of(one: Delivery, path: Path) -> Sample:
    sample = take_sample(path, one.table, one.mapping.get("encoding", ""))
    if one.mapping.get("adds"):
        enrich(sample, one.mapping["adds"])
    return sample


def _form(one: Delivery, sample: Sample, data) -> MappingForm:
    return MappingForm(data, sample=sample, kind=one.kind, mapping=one.mapping, ambiguous=one.ambiguous)


def keep_choice(one: Delivery, form: MappingForm) -> None:
    mapping, one.ambiguous = form.read_mapping()
    one.mapping, one.problem = asdict(mapping), ""
    one.save(update_fields=["mapping", "ambiguous", "problem"])


def _facts(one: Delivery, sample: Sample) -> dict:
    mapping = Mapping(**one.mapping)
    return {
        "delivery": one,
        "sample": sample,
        "mapping": mapping,
        "kinds": KIND_CHOICES,
        "obstacles": obstacles(one),
        "preview": preview(sample, one.kind, mapping, one.source_name),
    }


def _go(request, one: Delivery, does: str):
    dry_run, allow_ending = does == "try", does == "take-ending"
    if one.file.size <= AT_ONCE:
        take_delivery(one, dry_run=dry_run, by=request.user, allow_ending=allow_ending)
    else:
        begin(one, dry_run=dry_run)
        take_file.delay(one.pk, dry_run, request.user.pk, allow_ending)
    return redirect("delivery", one.pk)

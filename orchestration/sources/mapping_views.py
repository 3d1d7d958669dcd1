"""A saved mapping over the rows that its source has sent: look at it, change it, and read the rows once more."""

from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render

from orchestration.sources.deliver import save_mapping
from orchestration.sources.guard import TooManyEnded
from orchestration.sources.mapping import Mapping
from orchestration.sources.mapping_form import MappingForm
from orchestration.sources.models import SavedMapping, SourceRecord
from orchestration.sources.preview import preview
from orchestration.sources.replay import replay_records
from orchestration.sources.sample import Sample
from orchestration.sources.seal import open_row
from orchestration.sources.unreadable import UnreadableTable
from workforce.accounts.permissions import Permission, require

PERSONAL = {"contributors", "watchlist"}
ROWS = 200  # raw rows shown to the form


def saved_mapping(request, pk: int):
    """GET shows it over raw rows; POST keeps it and, by its button, reads all raw rows again by it."""
    require(request.user, Permission.DATA_IMPORT)
    one = get_object_or_404(SavedMapping.objects.select_related("source", "by"), pk=pk)
    if one.kind in PERSONAL:
        require(request.user, Permission.CONTRIBUTOR_VIEW_IDENTITY)
    if request.user.unit_scope() is not None:
        raise PermissionDenied("Raw rows are of the whole organisation. Ask someone who is not bound to a unit.")
    sample = sample_records(one)
    form = MappingForm(
        request.POST if request.method == "POST" else None,
        sample=sample,
        kind=one.kind,
        mapping=one.mapping,
        ambiguous=[],
    )
    if request.method == "POST" and form.is_valid():
        mapping, _ = form.read_mapping()
        mapping.table, mapping.encoding = one.mapping.get("table", ""), one.mapping.get("encoding", "")
        save_mapping(source=one.source, kind=one.kind, header=one.header, mapping=mapping, by=request.user)
        if request.POST.get("does") == "replay":
            _replay(request, one, mapping)
        else:
            messages.success(request, "Kept. The next file with this header is read so.")
        return redirect("saved-mapping", pk)
    facts = {
        "saved": one,
        "form": form,
        "mapping": Mapping(**one.mapping),
        "preview": preview(sample, one.kind, Mapping(**one.mapping), one.source.name),
    }
    return render(request, "sources/saved_mapping.html", facts)


def _replay(request, saved: SavedMapping, mapping: Mapping) -> None:
    try:
        report = replay_records(source=saved.source.name, kind=saved.kind, mapping=mapping, by=request.user)
    except (UnreadableTable, TooManyEnded) as refusal:
        messages.error(request, f"Kept, but not read again: {refusal}")
        return
    told = f"{report.created} new, {report.updated} changed, {report.unchanged} unchanged, {report.rejected} refused"
    messages.success(request, f"Read again: {told}.")


def sample_records(saved: SavedMapping) -> Sample:
    """The last raw rows of the table, in the columns of its file."""
    records = SourceRecord.objects.filter(source=saved.source, kind=saved.kind).order_by("-id")[:ROWS]
    header = list(dict.fromkeys([*saved.header, *saved.mapping["columns"]]))
    sample = Sample(Path(saved.kind), columns={name: [] for name in header})
    for record in reversed(records):
        raw = open_row(record.raw)
        sample.rows.append((record.row, {name: raw.get(name, "") for name in header}, None))
        for name in header:
            if raw.get(name, "").strip():
                sample.columns[name].append(raw[name].strip())
    return sample

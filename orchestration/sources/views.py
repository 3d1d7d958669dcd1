"""Sources: how fresh each is, what its runs did, which rows were refused, and uploading a table."""

import tempfile
from pathlib import Path

from django.db.models import Count, Max, OuterRef, Subquery
from django.shortcuts import get_object_or_404, render

from orchestration.sources.forms import UploadForm
from orchestration.sources.models import Source, SourceRecord, SyncRun
from orchestration.sources.sync import import_table
from orchestration.sources.tables import UnreadableTable
from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import Contributor
from workforce.contributors.views import find_contributor

REJECTIONS = 200


def sources(request):
    """Each source with its last run, and the last runs of all."""
    require(request.user, Permission.SOURCE_VIEW)
    last = SyncRun.objects.filter(source=OuterRef("pk")).order_by("-id")
    rows = Source.objects.annotate(
        fresh=Max("runs__finished_at"), times=Count("runs"), refused=Subquery(last.values("rejected")[:1])
    )
    runs = SyncRun.objects.select_related("source")[:50]
    return render(request, "sources/sources.html", {"sources": rows, "runs": runs})


def run(request, pk: int):
    """What one run did and each row it refused, with why."""
    require(request.user, Permission.SOURCE_VIEW)
    one = get_object_or_404(SyncRun.objects.select_related("source", "by"), pk=pk)
    return render(request, "sources/run.html", {"run": one, "rejections": one.rejections.all()[:REJECTIONS]})


def upload(request):
    """Takes an uploaded table, or only tries it."""
    require(request.user, Permission.DATA_IMPORT)
    form = UploadForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            report = take_upload(form.cleaned_data, by=request.user)
        except UnreadableTable as refusal:
            form.add_error("table", str(refusal))
    return render(request, "sources/upload.html", {"form": form, "report": report})


def take_upload(given: dict, *, by):
    """Imports the uploaded bytes under the file's own name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(given["table"].name).name
        with path.open("wb") as target:
            for chunk in given["table"].chunks():
                target.write(chunk)
        return import_table(kind=given["kind"], paths=[path], source=given["source"], dry_run=given["dry_run"], by=by)


def sources_of(request, pk: int):
    """The rows a contributor was made from: system, first and last sight, file."""
    require(request.user, Permission.SOURCE_VIEW)
    one = find_contributor(request.user, pk)
    merged = Contributor.objects.filter(merged_into=one).values_list("pk", flat=True)
    records = SourceRecord.objects.filter(kind="contributors", object_id__in=[one.pk, *merged])
    rows = records.select_related("source", "run").order_by("source__name", "key")
    return render(request, "sources/of_contributor.html", {"records": rows})

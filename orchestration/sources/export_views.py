"""The contributors a page of the registry finds, as a table that imports again."""

import tempfile
from itertools import chain
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from orchestration.sources.export import open_table
from orchestration.sources.files import CannotExport, stream_csv, write_rows
from workforce.accounts.permissions import Permission, require
from workforce.contributors.columns import COLUMNS
from workforce.contributors.views import find_shown, read_day_asked
from workforce.ledger.as_of import registry_as_of

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@require_GET
def export_registry(request, form: str):
    """The rows of what is found, all pages; identity only for whoever may see it. CSV goes out as it is read."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    require(request.user, Permission.DATA_EXPORT)
    if form not in FORMS:
        raise Http404
    day, _ = read_day_asked(request)
    with registry_as_of(day):
        return _export(request, form, day)


def _export(request, form: str, day):
    found, refusal = find_shown(request, day)
    if refusal:
        return redirect(f"{reverse('registry')}?{request.GET.urlencode()}")
    hidden = [name for name, column in COLUMNS.items() if column.needs and not request.user.may(column.needs)]
    columns, numbers, rows = open_table(kind="contributors", as_of=day, among=found, without=hidden)
    name = f"contributors-{day or timezone.now().date():%Y-%m-%d}.{form}"
    if form == "csv" and day is None:  # the past is read while it is open, not as it is sent
        lines = stream_csv(columns, rows)
        response = StreamingHttpResponse(chain([next(lines)], lines), content_type=FORMS[form])
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    return send_file(name, form, columns=columns, numbers=numbers, rows=rows)


def send_file(name: str, form: str, **table):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        try:
            write_rows(path=path, form=form, **table)
        except CannotExport as refusal:
            return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
        # The file stays open, and readable, after its name is gone.
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=FORMS[form])

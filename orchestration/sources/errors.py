"""The rows that a run refused, as they came, with why: a file to mend and to send again."""

from pathlib import Path

from orchestration.sources.files import write_rows
from orchestration.sources.models import Rejection, SyncRun
from workforce.contributors.confidential import decrypt

WHAT_IS_WRONG = "What is wrong"  # the added column; when the mended file comes back, nothing is read from it


def write_error_file(*, run: SyncRun, path: Path, form: str, header: list[str], shows_secrets: bool) -> int:
    """Writes one row for each refused one, under their own header; returns how many.

    Confidential cells are empty for whom they are not meant: an empty cell leaves what is there.
    """
    rows: dict[int, tuple[dict, list[str]]] = {}
    for one in Rejection.objects.filter(run=run).order_by("row", "id").iterator():
        _raw, messages = rows.setdefault(one.row, (one.raw, []))
        messages.append(f"{one.column}: {one.message}" if one.column else one.message)
    names = [name for name in header if name != WHAT_IS_WRONG]
    names = names or sorted({name for raw, _ in rows.values() for name in raw})
    lines = (
        [_plain(raw.get(name, ""), shows_secrets) for name in names] + ["; ".join(messages)]
        for raw, messages in rows.values()
    )
    return write_rows(path=path, form=form, columns=[*names, WHAT_IS_WRONG], rows=lines, numbers=set())


def _plain(text: str, shows_secrets: bool) -> str:
    if not text.startswith("enc:"):
        return text
    return decrypt(text[4:]) if shows_secrets else ""


def header_of(run: SyncRun) -> list[str]:
    """The columns of the file in its own order, where it came through the mapping page."""
    delivery = run.deliveries.order_by("-id").first()
    return delivery.header if delivery else []

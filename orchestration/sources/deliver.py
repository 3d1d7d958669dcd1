"""A file on its way: received, recognised, tried, taken or dropped; nothing of it is lost before it is taken."""

import gzip
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from django.core.cache import cache
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from orchestration.sources import sync
from orchestration.sources.contents import TWINS
from orchestration.sources.errors import WHAT_IS_WRONG
from orchestration.sources.files import write_rows
from orchestration.sources.find import find_again
from orchestration.sources.guard import TooManyEnded
from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Delivery, SavedMapping, Source, SyncRun, WaitingReference
from orchestration.sources.recognise import choose_table, fill_in, missing_columns, propose
from orchestration.sources.sample import Sample, enrich, take_sample
from orchestration.sources.unreadable import UnreadableTable
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

State = Delivery.State
UNDER_WAY = (State.TRYING, State.TAKING)
LONGEST = timedelta(hours=2)  # that a file may be under way
MAX_UNPACKED = 2_000_000_000  # bytes
DAY = 24 * 3600  # seconds
SHOWN = 500  # rejections kept with the report; all of them stand with the run


def receive_file(*, file, name: str, source: str, by=None, feed=None, kind: str = "") -> Delivery:
    """Keeps a file and says what it is; raises UnreadableTable when it cannot be read at all."""
    sync.check_source(source)
    delivery = Delivery(name=Path(name).name[:255], source_name=source, received_at=timezone.now(), by=by, feed=feed)
    with tempfile.TemporaryDirectory() as folder:
        path = _unpack(file, Path(folder), delivery)
        recognise(delivery, path, kind=kind)
        with path.open("rb") as kept:
            delivery.file.save(delivery.name, File(kept), save=False)
    delivery.save()
    return delivery


def _unpack(file, folder: Path, delivery: Delivery) -> Path:
    """The bytes in a folder of their own, a gzip file unpacked."""
    path = folder / delivery.name
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    with path.open("rb") as start:
        if start.read(2) != b"\x1f\x8b":
            return path
    delivery.name = delivery.name.removesuffix(".gz") or "table"
    bare = folder / f"bare-{delivery.name}"
    try:
        with gzip.open(path) as packed, bare.open("wb") as target:
            while chunk := packed.read(1 << 20):
                target.write(chunk)
                if target.tell() > MAX_UNPACKED:
                    raise UnreadableTable(f"{delivery.name}: unpacks to more than 2 GB. Send it in parts.")
    except (OSError, EOFError):
        raise UnreadableTable(f"{delivery.name}: this gzip file is damaged. Pack it again, or send it bare.") from None
    return bare.rename(folder / delivery.name) if delivery.name != path.name else bare


def recognise(delivery: Delivery, path: Path, *, kind: str = "", table: str = "") -> None:
    """Fills in what the file is and how it would be read: as saved for this source, else as proposed."""
    table = table or choose_table(path)
    sample = take_sample(path, table)
    if not sample.rows:
        raise UnreadableTable(f"{delivery.name}: there is no row below the header. Export it again with its rows.")
    header = [name for name in sample.header if name != WHAT_IS_WRONG]
    saved = _find_saved(delivery.source_name, header, kind, sample.table)
    delivery.table, delivery.header = table, sample.header
    if saved is not None:
        enrich(sample, saved.mapping.get("adds", {}))
        mapping, delivery.ambiguous = refresh(sample, saved.kind, saved.mapping)
        delivery.kind, delivery.mapping, delivery.preset = saved.kind, asdict(mapping), ""
        return
    proposal = propose(sample, kind)
    delivery.kind, delivery.mapping = proposal.kind, asdict(proposal.mapping)
    delivery.preset, delivery.ambiguous = proposal.preset, proposal.ambiguous
    if WHAT_IS_WRONG in sample.header:
        delivery.mapping["columns"][WHAT_IS_WRONG] = ""
    if not (proposal.is_sure or kind):
        delivery.problem = "What this file holds could not be told from its columns. Say it below."


def refresh(sample: Sample, kind: str, saved: dict) -> tuple[Mapping, list[str]]:
    """A saved mapping over a new file: dates and words that are new are added, what a person chose stays."""
    mapping, ambiguous = fill_in(sample, kind, {**asdict(Mapping()), **saved})
    dates = saved.get("dates") or {}
    if isinstance(dates, dict):
        found = mapping.dates if isinstance(mapping.dates, dict) else {}
        both = {ours: [*dates.get(ours, []), *found.get(ours, [])] for ours in {*dates, *found}}
        mapping.dates = {ours: _without_twins(list(dict.fromkeys(forms))) for ours, forms in both.items()} or ""
    return mapping, [ours for ours in ambiguous if ours not in dates]


def _without_twins(forms: list[str]) -> list[str]:
    """Day and month keep the order that was chosen."""
    return [form for place, form in enumerate(forms) if TWINS.get(form) not in forms[:place]]


def _find_saved(source: str, header: list[str], kind: str, table: str) -> SavedMapping | None:
    """The mapping kept for this very header, and where that names no columns for this table."""
    saved = SavedMapping.objects.filter(source__name=source, **({"kind": kind} if kind else {})).order_by("-saved_at")
    is_bare = all(name.startswith("column_") for name in header)
    return next((s for s in saved if s.header == header and not (is_bare and s.mapping["table"] != table)), None)


@contextmanager
def open_file(delivery: Delivery):
    """A path under the file's own name, wherever the storage keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / delivery.name
        with delivery.file.open("rb") as kept, path.open("wb") as target:
            for chunk in iter(lambda: kept.read(1 << 20), b""):
                target.write(chunk)
        yield path


def obstacles(delivery: Delivery) -> list[str]:
    """What a person must say before the file can be taken, in words."""
    lacking = missing_columns(KINDS[delivery.kind], Mapping(**delivery.mapping))
    words = [
        f"Nothing fills {name} yet. Choose the column that holds it, or one text for all rows." for name in lacking
    ]
    return words + [
        f"Day and month of {name} could change places. Say which comes first." for name in delivery.ambiguous
    ]


def take_delivery(delivery: Delivery, *, dry_run: bool, by=None, allow_ending: bool = False) -> Delivery:
    """Takes the file, or only tries it; what went wrong as a whole is kept in words on the delivery."""
    before = delivery.state if delivery.state not in UNDER_WAY else State.WAITING
    begin(delivery, dry_run=dry_run)
    mapping = Mapping(**delivery.mapping)
    try:
        with open_file(delivery) as path:
            report = sync.import_table(
                kind=delivery.kind, paths=[path], source=delivery.source_name, mapping=mapping, dry_run=dry_run,
                allow_ending=allow_ending, by=by, progress=lambda rows: note_progress(delivery, rows),
            )  # fmt: skip
    except (UnreadableTable, TooManyEnded) as refusal:
        delivery.state, delivery.problem = State.FAILED, str(refusal)
        delivery.report = {"ends_many": isinstance(refusal, TooManyEnded)}
        delivery.save(update_fields=["state", "problem", "report"])
        return delivery
    except BaseException:
        delivery.state = before
        delivery.save(update_fields=["state"])
        raise
    facts = asdict(report)
    delivery.report = {**facts, "rejections": facts["rejections"][:SHOWN]}
    delivery.problem, delivery.state = "", State.TRIED if dry_run else State.TAKEN
    if not dry_run:
        delivery.run = _run_of(delivery)
        save_mapping(source=delivery.run.source, kind=delivery.kind, header=delivery.header, mapping=mapping, by=by)
        find_again(delivery.source_name, by=by)
        if not _go_on(delivery, by=by):
            delivery.file.delete(save=False)
        delivery.file = ""
    delivery.save()
    return delivery


def _go_on(delivery: Delivery, *, by) -> Delivery | None:
    """The same file once more for the next of its tables that looks like one of ours."""
    done = [*delivery.tables_taken, delivery.table]
    with open_file(delivery) as path:
        table = "" if delivery.feed_id else choose_table(path, without=done)
        if not table:
            return None
        follower = Delivery(
            name=delivery.name, source_name=delivery.source_name, received_at=timezone.now(), by=by, tables_taken=done,
            file=delivery.file.name,
        )  # fmt: skip
        recognise(follower, path, table=table)
    follower.save()
    return follower


def next_table(delivery: Delivery) -> Delivery | None:
    """The file's next table, which waits after this one was taken."""
    later = Delivery.objects.filter(name=delivery.name, source_name=delivery.source_name, pk__gt=delivery.pk)
    later = later.exclude(state=State.TAKEN).order_by("pk")
    return next((one for one in later if delivery.table and delivery.table in one.tables_taken), None)


def begin(delivery: Delivery, *, dry_run: bool) -> None:
    """Says that the file is under way."""
    delivery.state, delivery.started_at = State.TRYING if dry_run else State.TAKING, timezone.now()
    delivery.save(update_fields=["state", "started_at"])
    cache.set(_counter(delivery), 0, DAY)


def release_broken_off() -> int:
    """Files that a lost worker left under way wait again; nothing of them was taken, for taking is all or nothing."""
    lost = Delivery.objects.filter(state__in=UNDER_WAY, started_at__lt=timezone.now() - LONGEST)
    return lost.update(state=State.WAITING, problem="It broke off and nothing was taken. Try it again.")


def _run_of(delivery: Delivery) -> SyncRun:
    runs = SyncRun.objects.select_related("source").filter(source__name=delivery.source_name, kind=delivery.kind)
    run = runs.latest("id")
    run.path = delivery.name
    run.save(update_fields=["path"])
    return run


def list_named_units(delivery: Delivery) -> list[str]:
    """Units that rows of this source name and that have not come, while the file says no more of them than that."""
    waiting = WaitingReference.objects.filter(
        record__source__name=delivery.source_name, target_source=delivery.source_name, target_kind="units"
    )
    return sorted(set(waiting.values_list("target_key", flat=True)))


def add_named_units(delivery: Delivery, *, by) -> int:
    """Makes the units that only names are known of, under their names; what waited for them goes on."""
    names = list_named_units(delivery)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"units named in {delivery.name}.csv"
        write_rows(path=path, form="csv", columns=["source_id", "name"], rows=([n, n] for n in names), numbers=set())
        report = sync.import_table(kind="units", paths=[path], source=delivery.source_name, by=by)
    return report.created


def note_progress(delivery: Delivery, rows: int) -> None:
    """In the cache: the import's own transaction shows nothing before its end."""
    cache.add(_counter(delivery), 0, DAY)
    cache.incr(_counter(delivery), rows)


def rows_read(delivery: Delivery) -> int:
    return cache.get(_counter(delivery), 0)


def _counter(delivery: Delivery) -> str:
    return f"delivery-{delivery.pk}"


def drop_delivery(delivery: Delivery) -> None:
    """Forgets a file that is not to be taken."""
    delivery.file.delete(save=False)
    delivery.delete()


@transaction.atomic
def save_mapping(*, source: Source, kind: str, header: list[str], mapping: Mapping, by=None) -> SavedMapping:
    """Keeps how a table is read, for the next time; one Event where that differs from before."""
    header = [name for name in header if name != WHAT_IS_WRONG]
    known = SavedMapping.objects.filter(source=source, kind=kind).first()
    facts = asdict(mapping)
    if known and (known.header, known.mapping) == (header, facts):
        return known
    saved, is_new = SavedMapping.objects.update_or_create(
        source=source, kind=kind, defaults={"header": header, "mapping": facts, "saved_at": timezone.now(), "by": by}
    )
    record_event(
        action=Action.RECORD_CREATED if is_new else Action.RECORD_UPDATED, subject=saved, by=by,
        before=known.mapping if known else {}, after=facts,
    )  # fmt: skip
    return saved

"""Walk 1 for a SCIM call: the row is kept as a source record and the registry told of it."""

import hashlib
import hmac
import json

from django.conf import settings
from django.utils import timezone

from orchestration.scim.models import IdentityProvider, ScimUser
from orchestration.scim.rows import clear_dropped
from orchestration.sources.kinds import CONTRIBUTORS
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import Rejection, SourceRecord, SyncRun, WaitingReference
from orchestration.sources.records import apply_records
from orchestration.sources.seal import open_row
from orchestration.sources.values import read_row
from orchestration.sources.waiting import resolve_waiting

PATH = "SCIM"


def open_run(provider: IdentityProvider) -> SyncRun:
    """The run that gathers a day's calls of a provider."""
    now = timezone.now()
    found = SyncRun.objects.filter(
        source=provider.source, kind=CONTRIBUTORS.name, path=PATH, started_at__date=now.date()
    )
    return found.first() or SyncRun.objects.create(
        source=provider.source, kind=CONTRIBUTORS.name, path=PATH, started_at=now, by=provider.user
    )


def start_record(provider: IdentityProvider, key: str) -> SourceRecord:
    """A record of a user whose row is yet to be told."""
    now, run = timezone.now(), open_run(provider)
    return SourceRecord.objects.create(
        source=provider.source, kind=CONTRIBUTORS.name, key=key, raw={}, raw_hash="", first_seen_at=now,
        last_seen_at=now, run=run, row=run.seen + 1,
    )  # fmt: skip


def tell_registry(user: ScimUser, row: dict[str, str], *, by) -> None:
    """Creates or changes the user's contributor as the row says; cells that cannot be taken become Rejections."""
    record, run = user.record, open_run(user.provider)
    row = clear_dropped(row, record.raw)
    run.seen += 1
    run.finished_at = record.last_seen_at = timezone.now()
    if record.raw == row and record.raw_hash:
        run.unchanged += 1
        record.save(update_fields=["last_seen_at"])
        run.save()
        return
    is_new = record.object_id is None
    record.raw, record.raw_hash, record.run, record.row = row, _hash(row), run, run.seen
    record.save()
    applied = apply_records(CONTRIBUTORS, [record], by=by)
    run.created += applied.created
    run.updated += applied.updated
    run.rejected += _reject(run, record, applied.refused)
    run.save()
    if is_new and _is_awaited(record):
        resolve_waiting(by=by)


def note_gone(user: ScimUser) -> None:
    """Counts a user that was deleted; its record and its contributor stay."""
    run = open_run(user.provider)
    run.gone += 1
    run.finished_at = timezone.now()
    run.save()


def _hash(row: dict[str, str]) -> str:
    text = json.dumps(sorted(row.items()), ensure_ascii=False)
    return hmac.new(settings.FIELD_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _reject(run: SyncRun, record: SourceRecord, refused: list[tuple]) -> int:
    """Keeps what could not be taken, and why; returns how many cells."""
    raw = open_row(record.raw)
    _, errors = read_row(CONTRIBUTORS, raw, Mapping())
    errors += [(column, value, code, message) for _, column, value, code, message in refused]
    Rejection.objects.bulk_create(
        Rejection(run=run, row=record.row, column=column, value=value[:500], code=code, message=message, raw=raw)
        for column, value, code, message in errors
    )
    return len(errors)


def _is_awaited(record: SourceRecord) -> bool:
    return WaitingReference.objects.filter(
        target_kind=record.kind, target_source=record.source.name, target_key=record.key
    ).exists()

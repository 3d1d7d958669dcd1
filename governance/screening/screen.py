"""Screening: everyone against the watchlists and for signals, written as hits that people decide on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from governance.screening.match import HOLD_SCORE, REVIEW_SCORE, Index, Listed, Subject
from governance.screening.models import HOLD, REVIEW, ScreeningHit, Signal, WatchlistEntry
from governance.screening.signals import Reason, find_sharers, find_signals, slices
from governance.screening.store import bring_holds_up_to_date, store_reasons
from workforce.contributors.models import Contributor, Kind
from workforce.ledger.actions import Action
from workforce.ledger.models import Cursor, Event

CURSOR = "screening"
OUR_OWN = (Action.HOLD_PLACED, Action.HOLD_LIFTED)

PEOPLE = (Kind.EMPLOYEE, Kind.CONTRACTOR)
NAMED = ("id", "root", "kind", "name", "given_name", "family_name", "birth_date", "country")


def screen(*, today: date | None = None, progress=iter) -> dict:
    """Brings all hits up to the facts of the day; counts are of contributors with an open hit, in all and by signal."""
    started = monotonic()
    today = today or timezone.now().date()
    read_until = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    # Compared outside the transaction, so that others may write meanwhile; what they wrote is screened after.
    screened = Contributor.objects.canonical().exclude(kind=Kind.AI_AGENT).count()
    reasons = [*find_listed(read_lists(), progress(read_subjects())), *find_signals(today=today)]
    store_hits(reasons, scope=ScreeningHit.objects.all())
    meanwhile = Event.objects.filter(pk__gt=read_until, subject_type="contributor").exclude(action__in=OUR_OWN)
    if touched := set(meanwhile.values_list("subject_id", flat=True)):
        screen_touched(touched, today=today)
    return {"screened": screened, **count_hits(), "seconds": round(monotonic() - started, 3)}


def screen_touched(contributor_ids: set[int], *, today: date | None = None) -> int:
    """The same for what these contributors touch: themselves, and those with whom they share or shared something."""
    today = today or timezone.now().date()
    lists = read_lists()
    with transaction.atomic():
        take_turn()
        among = find_touched(contributor_ids)
        reasons = [*find_listed(lists, read_subjects(among=among)), *find_signals(today=today, among=among)]
        store_hits(reasons, scope=ScreeningHit.objects.filter(contributor__in=among))
    return len(among)


def screen_entries(entry_ids: set[int]) -> int:
    """Everyone against these entries of the lists, which are new, changed or closed; how many hits they make."""
    reasons = list(find_listed(read_lists(among=entry_ids), read_subjects()))
    store_hits(reasons, scope=ScreeningHit.objects.filter(entry__in=entry_ids))
    return len(reasons)


@transaction.atomic
def store_hits(reasons: list[Reason], *, scope) -> None:
    take_turn()
    store_reasons(reasons, scope=scope)
    bring_holds_up_to_date()


def take_turn() -> None:
    """One screening writes at a time; the other waits until the transaction ends."""
    Cursor.objects.get_or_create(name=CURSOR)
    Cursor.objects.select_for_update().get(name=CURSOR)


def count_hits() -> dict:
    pairs = set(ScreeningHit.objects.open().order_by().values_list("signal", "contributor"))
    by_signal = dict.fromkeys(Signal.values, 0)
    for signal, _ in pairs:
        by_signal[signal] += 1
    return {"hits": len({contributor for _, contributor in pairs}), "by_signal": by_signal}


@dataclass
class Lists:
    """The open entries of the watchlists, and the index of their names."""

    entries: dict[int, WatchlistEntry]
    index: Index


def read_lists(*, among: set[int] | None = None) -> Lists:
    rows = WatchlistEntry.objects.filter(closed_at=None).select_related("version").order_by("pk")
    rows = rows if among is None else rows.filter(pk__in=among)
    entries = {entry.pk: entry for entry in rows}
    return Lists(entries, Index(list_entry(entry) for entry in entries.values()))


def list_entry(entry: WatchlistEntry) -> Listed:
    births = [born for born in entry.birth_dates.split(";") if born]
    if not births and entry.birth_date:
        births = [entry.birth_date.isoformat()]
    countries = [country for country in entry.countries.split(";") if country] or [entry.country] * bool(entry.country)
    names = (entry.name, *(alias for alias in entry.aliases.split(";") if alias.strip()))
    return Listed(entry.pk, names, entry.kind, tuple(births), tuple(countries))


def read_subjects(*, among: set[int] | None = None) -> Iterator[Subject]:
    """Everyone but AI agents, each with the names, birth dates and countries of all records merged into one."""
    rows = Contributor.objects.exclude(kind=Kind.AI_AGENT).annotate(root=Coalesce("merged_into", "pk"))
    parts = [rows] if among is None else (rows.filter(root__in=some) for some in slices(among))
    for part in parts:
        records = []
        for row in part.order_by("root", "pk").values(*NAMED).iterator(chunk_size=5000):
            if records and records[0]["root"] != row["root"]:
                yield make_subject(records)
                records = []
            records.append(row)
        if records:
            yield make_subject(records)


def make_subject(records: list[dict]) -> Subject:
    names = [name for row in records for name in (row["name"], f"{row['given_name']} {row['family_name']}".strip())]
    return Subject(
        id=records[0]["root"],
        names=tuple(dict.fromkeys(name for name in names if name)),
        is_person=all(row["kind"] in PEOPLE for row in records),
        birth_dates=tuple(sorted({row["birth_date"].isoformat() for row in records if row["birth_date"]})),
        countries=tuple(sorted({row["country"] for row in records if row["country"]})),
    )


def find_listed(lists: Lists, subjects: Iterable[Subject]) -> Iterator[Reason]:
    """The entries that subjects are, as reasons: from HOLD_SCORE they weigh as much as a hold."""
    for subject in subjects:
        for found in lists.index.find(subject, least=REVIEW_SCORE):
            entry = lists.entries[found.entry]
            listed = list_entry(entry)
            facts = repr((listed.names, listed.kind, listed.birth_dates, listed.countries, *subject_facts(subject)))
            points = HOLD if found.score >= HOLD_SCORE else REVIEW
            yield Reason(
                subject.id, Signal.WATCHLIST, str(found.entry), points, found.lines, facts, entry=found.entry,
                score=found.score, list_version=describe_version(entry),
            )  # fmt: skip


def subject_facts(subject: Subject) -> tuple:
    return subject.names, subject.is_person, subject.birth_dates, subject.countries


def describe_version(entry: WatchlistEntry) -> str:
    if entry.version is None:
        return entry.list
    return f"{entry.version} ({entry.version.sha256[:12]})"


def find_touched(ids: set[int]) -> set[int]:
    """Canonical records whose hits may hang on these; the records themselves too, that were merged away."""
    roots = set(ids)
    for some in slices(ids):
        rows = Contributor.objects.filter(Q(pk__in=some) | Q(merged_from__in=some)).order_by()
        roots.update(rows.values_list(Coalesce("merged_into", "pk"), flat=True))
    touched = roots | find_sharers(roots)
    for some in slices(roots):
        for others in ScreeningHit.objects.open().filter(contributor__in=some).values_list("others", flat=True):
            touched.update(others)
    return touched

"""References by what people write (an e-mail, a name, a project) where a file holds no id of ours."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db import models
from django.db.models.functions import Coalesce, Lower

from orchestration.sources.kinds import KINDS, TableKind
from orchestration.sources.mapping import Mapping, join_cells
from orchestration.sources.models import SourceRecord, WaitingReference
from orchestration.sources.seal import open_row
from orchestration.sources.values import READERS, CellError
from orchestration.sources.waiting import resolve_waiting
from workforce.contributors.models import Contributor
from workforce.engagements.models import Engagement

BATCH = 2_000
DAYS = {"time": "work_date", "rates": "valid_from", "absences": "start_date", "allocations": "start_date"}


@dataclass
class People:
    """Contributors by what names them; only what names exactly one counts. Merged ones count as one."""

    by_email: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_key: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def find(self, words: dict[str, str]) -> int | None:
        tries = (
            self.by_email.get(words.get("email", "").lower()),
            self.by_key.get(words.get("contributor", "")),
            self.by_name.get(words.get("name", "").lower()),
        )
        return next((min(ids) for ids in tries if ids and len(ids) == 1), None)


def fill_references(raws: list[dict], mapping: Mapping, *, kind: str, source: str) -> list[dict[str, str]]:
    """For each raw row the references that `mapping.find` asks for; what is not found is named in words and waits."""
    table = KINDS[kind]
    filled: list[dict[str, str]] = [{} for _ in raws]
    for ours, ways in mapping.find.items():
        column = table.by_name.get(ours)
        if column is None or column.type != "reference":
            continue
        words = [{way: join_cells(raw, names) for way, names in ways.items()} for raw in raws]
        people = _load_people(words, source)
        if column.target == "engagements":
            days = [_day_of(table, raw, mapping) for raw in raws]
            targets = _find_engagements(words, days, people)
        else:
            targets = [people.find(one) for one in words]
        references = _as_references(column.target, {target for target in targets if target}, source)
        for cells, target, one in zip(filled, targets, words, strict=True):
            named = references.get(target, "") or _in_words(one)
            if named:
                cells[ours] = named
    return filled


def find_again(source: str, *, by=None) -> int:
    """Looks once more for what rows of a source wait for by name; returns how many were found."""
    found = 0
    waiting = WaitingReference.objects.filter(record__source__name=source).select_related("record__run", "record")
    groups = defaultdict(list)
    for one in waiting.exclude(record__run__mapping__find={}).order_by("pk"):
        if one.column in one.record.run.mapping.get("find", {}):
            groups[one.record.run_id, one.record.kind].append(one)
    for (_, kind), group in groups.items():
        for start in range(0, len(group), BATCH):
            found += _look_again(kind, group[start : start + BATCH], source)
    if found:
        resolve_waiting(by=by)
    return found


def _look_again(kind: str, waiting: list[WaitingReference], source: str) -> int:
    mapping = Mapping(**waiting[0].record.run.mapping)
    cells = fill_references([open_row(one.record.raw) for one in waiting], mapping, kind=kind, source=source)
    moved = []
    for one, more in zip(waiting, cells, strict=True):
        named = more.get(one.column, "")
        if ":" in named and named != one.record.raw.get(one.column):
            one.record.raw = {**one.record.raw, one.column: named}
            one.target_source, _, one.target_key = named.partition(":")
            moved.append(one)
    SourceRecord.objects.bulk_update([one.record for one in moved], ["raw"], batch_size=BATCH)
    WaitingReference.objects.bulk_update(moved, ["target_source", "target_key"], batch_size=BATCH)
    return len(moved)


def _load_people(words: list[dict[str, str]], source: str) -> People:
    people = People()
    root = Coalesce("merged_into", "pk")
    for way, index in (("email", people.by_email), ("name", people.by_name)):
        wanted = {one[way].lower() for one in words if one.get(way)}
        if wanted:
            rows = Contributor.objects.annotate(word=Lower(way), root=root).filter(word__in=wanted)
            for word, pk in rows.values_list("word", "root"):
                index[word].add(pk)
    wanted = {one["contributor"] for one in words if one.get("contributor")}
    if wanted:
        rows = SourceRecord.objects.filter(kind="contributors", source__name=source, key__in=wanted)
        roots = dict(
            Contributor.objects.filter(pk__in=rows.values("object_id")).annotate(root=root).values_list("pk", "root")
        )
        for key, pk in rows.exclude(object_id=None).values_list("key", "object_id"):
            people.by_key[key].add(roots.get(pk, pk))
    return people


def _day_of(kind: TableKind, raw: dict, mapping: Mapping) -> date | None:
    column = kind.by_name[DAYS[kind.name]]
    try:
        return READERS["date"](mapping.translate(raw).get(column.name, "").strip(), column, mapping)
    except CellError:
        return None


def _find_engagements(words: list[dict], days: list[date | None], people: People) -> list[int | None]:
    """The person's only engagement of that day; of several the one whose title the row names."""
    persons = [people.find(one) for one in words]
    held = defaultdict(list)
    root = Coalesce("contributor__merged_into", "contributor")
    engagements = Engagement.objects.annotate(person=root).filter(person__in={p for p in persons if p})
    for pk, person, title, start, end in engagements.values_list("pk", "person", "title", "start_date", "end_date"):
        held[person].append((pk, title.lower(), start, end))
    return [_choose(held.get(p, []), day, one) for p, day, one in zip(persons, days, words, strict=True)]


def _choose(held: list[tuple], day: date | None, words: dict[str, str]) -> int | None:
    running = [one for one in held if day and one[2] <= day and (one[3] is None or day <= one[3])]
    if len(running) > 1:
        named = words.get("title", "").lower()
        running = [one for one in running if one[1] and one[1] in named]
    return running[0][0] if len(running) == 1 else None


def _as_references(target: str, ids: set[int], source: str) -> dict[int, str]:
    """`source:key` of each object, its row in this very source before others."""
    own_first = models.Case(models.When(source__name=source, then=0), default=1)
    rows = SourceRecord.objects.filter(kind=target, object_id__in=ids).order_by(own_first, "pk")
    references: dict[int, str] = {}
    for pk, name, key in rows.values_list("object_id", "source__name", "key"):
        references.setdefault(pk, f"{name}:{key}")
    return references


def _in_words(words: dict[str, str]) -> str:
    """What the row says of its target, as the key that waits."""
    told = [words[way] for way in ("email", "contributor", "name", "title") if words.get(way)]
    return ", ".join(dict.fromkeys(told)).replace(":", " ")[:200]

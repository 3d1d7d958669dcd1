"""Which records are one contributor: exact strong rules, then points for likeness, vetoes, clusters, and merges that can be undone."""

import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db import transaction
from django.utils import timezone

from orchestration.sources.likeness import find_alike
from orchestration.sources.models import Match, Merge
from workforce.contributors.models import Contributor, Kind
from workforce.ledger.actions import Action
from workforce.ledger.models import Event
from workforce.ledger.record import build_event, record_event

FAMILIES = {Kind.EMPLOYEE: "person", Kind.CONTRACTOR: "person", Kind.VENDOR: "firm", Kind.PARTNER: "firm"}
LARGEST_BLOCK = 50  # records that share a key; above it the key says too little (a placeholder, a shared mailbox)
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """What identity is judged by. Firms are judged alike, without birth dates."""

    id: int
    root: int  # the record it is merged into, else itself
    family: str
    given_name: str
    names: str  # sorted words of the name, without case, accents and punctuation
    family_name: str
    birth_date: object
    national_id: str
    tax_id: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    address: str


@dataclass
class Resolution:
    """What a run did; `merges` are (kept id, merged id, reasons), `reviews` (first id, second id, reasons)."""

    records: int = 0
    contributors: int = 0
    merged: int = 0
    to_review: int = 0
    seconds: float = 0.0


def resolve_identities(*, dry_run: bool = False, by=None) -> Resolution:
    """Merges records held to be one contributor and lists the pairs a person should look at."""
    started = time.monotonic()
    with transaction.atomic():
        people = list(_load_people())
        clusters = _Clusters(people)
        alike = find_alike([p for p in people if p.family == "person"], largest_block=LARGEST_BLOCK)
        reasons = _join(people, alike, clusters)
        merges = clusters.new_merges(reasons)
        reviews = _find_reviews(people, alike, clusters)
        if not dry_run:
            _store_merges(merges, by=by)
            _store_reviews(reviews)
    records = Contributor.objects.count()
    merged_before = Contributor.objects.exclude(merged_into=None).count()
    roots = records - merged_before - (len(merges) if dry_run else 0)
    seconds = round(time.monotonic() - started, 3)
    return Resolution(records, roots, len(merges), len(reviews), seconds)


def plain_words(text: str) -> str:
    """Lower case, accents and punctuation gone, words sorted: `Müller, Jürgen` and `Jurgen Muller` are equal."""
    text = text.replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in bare).split()))


def _load_people() -> Iterator[Person]:
    rows = Contributor.objects.filter(kind__in=FAMILIES).order_by("id").values_list(
        "id", "merged_into", "kind", "name", "given_name", "family_name", "birth_date", "national_id_hash",
        "tax_id_hash", "email", "phone", "street", "postcode", "city",
    )  # fmt: skip
    for (
        pk,
        root,
        kind,
        name,
        given,
        family_name,
        born,
        national,
        tax,
        email,
        phone,
        street,
        postcode,
        city,
    ) in rows.iterator(chunk_size=5_000):
        whole = f"{given} {family_name}" if given and family_name else name
        last = family_name or (name.split()[-1] if name.split() else "")
        address = plain_words(f"{street} {postcode}") if street and postcode else ""
        digits = "".join(c for c in phone if c.isdigit()).lstrip("0")
        yield Person(
            id=pk, root=root or pk, family=FAMILIES[kind], names=plain_words(whole), family_name=plain_words(last),
            birth_date=born, national_id=national, tax_id=tax, email=email.strip().lower(),
            phone=digits if len(digits) >= 6 else "", address=address, given_name=plain_words(given),
            street=plain_words(street), postcode=plain_words(postcode), city=plain_words(city),
        )  # fmt: skip


def _strong_keys(p: Person) -> Iterator[tuple[str, tuple]]:
    """The reasons for which two records are one, each with what must be equal."""
    if p.national_id:
        yield "same national id", (p.national_id,)
    if p.tax_id:
        yield "same tax id", (p.tax_id,)
    if p.email and p.family_name:
        yield "same e-mail and name", (p.email, p.family_name if p.family == "person" else p.names)
    if p.email and p.birth_date:
        yield "same e-mail and birth date", (p.email, p.birth_date)
    if p.birth_date and " " in p.names:
        yield "same name and birth date", (p.names, p.birth_date)


def _weak_keys(p: Person) -> Iterator[tuple[str, tuple]]:
    if p.names and p.phone:
        yield "same name and phone", (p.names, p.phone)
    if p.names and p.address:
        yield "same name and address", (p.names, p.address)


def _blocks(people: Iterable[Person], keys) -> Iterator[tuple[str, list[Person]]]:
    blocks = defaultdict(list)
    for p in people:
        for reason, key in keys(p):
            blocks[reason, p.family, key].append(p)
    for (reason, _, _), group in blocks.items():
        if 1 < len(group) <= LARGEST_BLOCK:
            yield reason, group


def _join(people: list[Person], alike: list, clusters: "_Clusters") -> dict[int, set[str]]:
    """Unites what the strong rules allow; returns the reasons by the root that was taken in."""
    reasons = defaultdict(set)
    for reason, group in _blocks(people, _strong_keys):
        for a, b in combinations(group, 2):
            taken = clusters.unite(a.id, b.id)
            if taken:
                reasons[taken].add(reason)
    for points, a, b, contradicts in alike:
        taken = 0 if contradicts else clusters.unite(a, b)
        if taken:
            reasons[taken].add(f"alike in many ways ({points:g} points)")
    return reasons


def _find_reviews(people: list[Person], alike: list, clusters: "_Clusters") -> dict[tuple[int, int], set[str]]:
    """Pairs for a person to look at: alike without a birth date, or alike in many ways but for one."""
    reviews = defaultdict(set)
    for reason, group in _blocks(people, _weak_keys):
        for a, b in combinations(group, 2):
            first, second = sorted((clusters.find(a.id), clusters.find(b.id)))
            if first != second and clusters.may_unite(first, second) and not (a.birth_date and b.birth_date):
                reviews[first, second].add(reason)
    for points, a, b, contradicts in alike:
        first, second = sorted((clusters.find(a), clusters.find(b)))
        if contradicts and first != second and not clusters.are_parted(first, second):
            reviews[first, second].add(f"alike in many ways ({points:g} points), but birth date or national id differs")
    return reviews


class _Clusters:
    """Union-find over records; a cluster never holds two birth dates, two national ids or a pair parted by a person."""

    def __init__(self, people: list[Person]):
        self.parent = {p.id: p.id for p in people}
        self.births = {p.id: {p.birth_date} - {None} for p in people}
        self.nationals = {p.id: {p.national_id} - {""} for p in people}
        self.members = {p.id: {p.id} for p in people}
        self.parted = defaultdict(set)
        for kept, merged in Merge.objects.exclude(undone_at=None).values_list("kept", "merged"):
            self.parted[kept].add(merged)
            self.parted[merged].add(kept)
        for p in people:  # merges that stand, stand
            if p.root != p.id and p.root in self.parent:
                self._take_in(*sorted((self.find(p.root), self.find(p.id))))
        self.roots_before = {p.id for p in people if p.root == p.id}

    def find(self, member: int) -> int:
        while self.parent[member] != member:
            self.parent[member] = self.parent[self.parent[member]]
            member = self.parent[member]
        return member

    def may_unite(self, first: int, second: int) -> bool:
        for facts in (self.births, self.nationals):
            if facts[first] and facts[second] and facts[first] != facts[second]:
                return False
        return not self.are_parted(first, second)

    def are_parted(self, first: int, second: int) -> bool:
        """Whether a person has undone a merge between the two clusters."""
        fewer, more = sorted((self.members[first], self.members[second]), key=len)
        return any(self.parted[m] & more for m in fewer if m in self.parted)

    def unite(self, a: int, b: int) -> int:
        """The root that was taken in by the earlier one, 0 when they are one already or must not be."""
        first, second = sorted((self.find(a), self.find(b)))
        if first == second or not self.may_unite(first, second):
            return 0
        self._take_in(first, second)
        return second

    def _take_in(self, first: int, second: int) -> None:
        if first == second:
            return
        self.parent[second] = first
        for facts in (self.births, self.nationals, self.members):
            facts[first] |= facts.pop(second)

    def new_merges(self, reasons: dict[int, set[str]]) -> list[tuple[int, int, list[str]]]:
        """(kept, merged, reasons) for the roots that now belong to an earlier one."""
        return [
            (self.find(root), root, sorted(reasons[root]))
            for root in sorted(self.roots_before)
            if self.find(root) != root
        ]


def _store_merges(merges: list[tuple[int, int, list[str]]], *, by) -> None:
    at = timezone.now()
    Merge.objects.bulk_create(
        [Merge(kept_id=kept, merged_id=merged, reasons=reasons, at=at, by=by) for kept, merged, reasons in merges],
        batch_size=BATCH,
    )
    _point({merged: kept for kept, merged, _ in merges})
    subjects = Contributor.objects.only("name").in_bulk([merged for _, merged, _ in merges]) if merges else {}
    Event.objects.bulk_create(
        [
            build_event(
                action=Action.CONTRIBUTOR_MERGED, subject=subjects[merged], by=by, before={"merged_into": None},
                after={"merged_into": kept}, reason=", ".join(reasons),
            )
            for kept, merged, reasons in merges
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _point(kept_by_merged: dict[int, int]) -> None:
    """Lets the merged, and all that were merged into them before, point to the kept record."""
    changed = []
    ids = sorted(kept_by_merged)
    for start in range(0, len(ids), BATCH):
        slice_ = ids[start : start + BATCH]
        for pk in slice_:
            changed.append(Contributor(pk=pk, merged_into_id=kept_by_merged[pk]))
        below = Contributor.objects.filter(merged_into__in=slice_).values_list("pk", "merged_into")
        changed += [Contributor(pk=pk, merged_into_id=kept_by_merged[root]) for pk, root in below]
    Contributor.objects.bulk_update(changed, ["merged_into"], batch_size=500)


def _store_reviews(reviews: dict[tuple[int, int], set[str]]) -> None:
    """The list of pairs to look at is what this run found."""
    Match.objects.all().delete()
    Match.objects.bulk_create(
        [Match(first_id=a, second_id=b, reasons=sorted(why)) for (a, b), why in sorted(reviews.items())],
        batch_size=BATCH,
    )


def merge_contributors(*, kept: Contributor, merged: Contributor, by, reason: str) -> Merge:
    """Holds two records to be one because a person says so."""
    if kept.merged_into_id or merged.merged_into_id or kept.pk == merged.pk:
        raise ValueError("Both must be different records that are not merged into another. Unmerge them first.")
    with transaction.atomic():
        Merge.objects.filter(kept=kept, merged=merged).exclude(undone_at=None).delete()
        _store_merges([(kept.pk, merged.pk, [reason])], by=by)
        return Merge.objects.get(merged=merged, undone_at=None)


def unmerge(merge: Merge, *, by=None) -> None:
    """Undoes a merge; those merged into its record before go back with it, and no later run merges the pair again."""
    with transaction.atomic():
        if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=by):
            raise ValueError("This merge is undone already.")
        kept_by_merged = dict(Merge.objects.filter(undone_at=None).values_list("merged", "kept"))
        root = merge.merged_id
        below = [pk for pk in kept_by_merged if _passes(pk, root, kept_by_merged)]
        Contributor.objects.filter(pk=root).update(merged_into=None)
        Contributor.objects.filter(pk__in=below).update(merged_into=root)
        record_event(
            action=Action.CONTRIBUTOR_UNMERGED, subject=merge.merged, by=by,
            before={"merged_into": merge.kept_id}, after={"merged_into": None},
        )  # fmt: skip


def _passes(pk: int, root: int, kept_by_merged: dict[int, int]) -> bool:
    while pk in kept_by_merged:
        pk = kept_by_merged[pk]
        if pk == root:
            return True
    return False

"""Which records are one contributor: ids first, then likeness; merges that can be undone, and a person's word above all."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from orchestration.sources.bulk import among, insert_events, insert_rows, update_rows
from orchestration.sources.clusters import Clusters, Link
from orchestration.sources.firms import link_firms
from orchestration.sources.golden import settle_golden
from orchestration.sources.likeness_model import weigh_pairs
from orchestration.sources.links import needs_caution, read_links, split_links
from orchestration.sources.models import Match, MatchDecision, Merge
from orchestration.sources.people import load_people, open_memory, read_facts
from workforce.contributors.models import Contributor
from workforce.ledger.actions import Action
from workforce.ledger.record import build_event, record_event

BATCH = 2_000


@dataclass
class Resolution:
    """What a run did."""

    records: int = 0
    contributors: int = 0
    merged: int = 0
    to_review: int = 0
    seconds: float = 0.0


class MergeRefused(ValueError):
    """Two records cannot be merged, parted or given back as asked; the words say why and what to do."""


def resolve_identities(
    *, dry_run: bool = False, by=None, progress: Callable[[str], None] = lambda words: None
) -> Resolution:
    """Merges records held to be one contributor and lists the pairs a person should look at."""
    started = time.monotonic()
    to_merge, to_review, facts = _find_links(progress)
    with transaction.atomic():
        clusters = Clusters(
            parted=MatchDecision.objects.standing_apart().values_list("first", "second"),
            standing=Contributor.objects.exclude(merged_into=None).values_list("merged_into", "id"),
            facts=facts,
        )
        refused = clusters.join(to_merge)
        merges = [(clusters.find(root), root, link.reasons) for root, link in sorted(clusters.reasons.items())]
        reviews = _find_reviews([*refused, *to_review], clusters)
        if not dry_run:
            _store_merges(merges, by=by)
            _store_reviews(reviews)
    progress(f"{len(merges):,} merged")
    records = Contributor.objects.count()
    merged_before = Contributor.objects.exclude(merged_into=None).count()
    roots = records - merged_before - (len(merges) if dry_run else 0)
    return Resolution(records, roots, len(merges), len(reviews), round(time.monotonic() - started, 3))


def _find_links(progress: Callable[[str], None]) -> tuple[list[Link], list[Link], dict]:
    """(to merge, to look at, facts that no cluster may hold two of) over people and firms."""
    with open_memory() as connection:
        count = load_people(connection, progress=progress)
        model = weigh_pairs(connection, count=count, progress=progress)
        links = read_links(connection, model)
        cautious = needs_caution(links, model)
        facts = read_facts(connection) if cautious else {}
    merge, review = split_links(links, cautious=cautious)
    firms_to_merge, firms_to_review = link_firms()
    return merge + firms_to_merge, review + firms_to_review, facts


def _find_reviews(links: list[Link], clusters: Clusters) -> dict[tuple[int, int], Link]:
    """The best link of each two clusters that are not one and that nobody has parted."""
    reviews: dict[tuple[int, int], Link] = {}
    for link in links:
        first, second = sorted((clusters.find(link.first), clusters.find(link.second)))
        if first == second or clusters.are_parted(first, second):
            continue
        if (first, second) not in reviews or reviews[first, second].bits < link.bits:
            reviews[first, second] = link
    return reviews


def _store_merges(merges: list[tuple[int, int, list]], *, by) -> None:
    """Notes (kept, merged, reasons) and settles what each kept record shows."""
    at, by_id = timezone.now(), by and by.pk

    def columns_of(part: list[tuple[int, int, list]]) -> list[list]:
        kept, merged, reasons = map(list, zip(*part, strict=True))
        return [kept, merged, [json.dumps(told) for told in reasons], [at] * len(part), [by_id] * len(part)]

    insert_rows(Merge, ["kept_id", "merged_id", "reasons", "at", "by_id"], merges, columns_of)
    kept_by_merged = {merged: kept for kept, merged, _ in merges}
    subjects = {one.pk: one for one in Contributor.objects.only("name").filter(pk__in=among(list(kept_by_merged)))}
    _point(kept_by_merged)
    insert_events(
        [
            build_event(
                action=Action.CONTRIBUTOR_MERGED, subject=subjects[merged], by=by, before={"merged_into": None},
                after={"merged_into": kept}, reason=", ".join(words for words, _ in reasons),
            )
            for kept, merged, reasons in merges
        ]
    )  # fmt: skip
    settle_golden([kept for kept, _, _ in merges], by=by)


def _point(kept_by_merged: dict[int, int]) -> None:
    """Lets the merged, and all that were merged into them before, point to the kept record."""
    below = Contributor.objects.filter(merged_into__in=among(list(kept_by_merged))).values_list("pk", "merged_into")
    pointed = list(kept_by_merged.items()) + [(pk, kept_by_merged[root]) for pk, root in below]

    def columns_of(part: list[tuple[int, int]]) -> list[list]:
        ids, kept = map(list, zip(*part, strict=True))
        return [ids, [1] * len(part), kept]

    update_rows(Contributor, ["merged_into"], pointed, columns_of)


def _store_reviews(reviews: dict[tuple[int, int], Link]) -> None:
    """The list of pairs to look at is what this run found; a pair found again keeps its place and address."""
    pairs = {(first, second): pk for pk, first, second in Match.objects.values_list("pk", "first_id", "second_id")}
    gone = [pk for pair, pk in pairs.items() if pair not in reviews]
    for start in range(0, len(gone), BATCH):
        Match.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    Match.objects.bulk_create(
        [
            Match(first_id=first, second_id=second, bits=round(link.bits, 2), probability=round(link.probability, 6), reasons=link.reasons)
            for (first, second), link in sorted(reviews.items())
        ],
        batch_size=BATCH, update_conflicts=True, unique_fields=["first", "second"], update_fields=["bits", "probability", "reasons"],
    )  # fmt: skip


def merge_contributors(
    *, kept: Contributor, merged: Contributor, by, reason: str, weighed: list | None = None
) -> Merge:
    """Holds two records to be one because a person says so; `weighed` are the reasons the person saw.

    Raises MergeRefused when either is merged already, or one is a person and the other a firm.
    """
    with transaction.atomic():
        both = list(Contributor.objects.select_for_update().filter(pk__in=(kept.pk, merged.pk)))
        if len(both) != 2 or any(one.merged_into_id for one in both):
            raise MergeRefused("Both must be different records that are not merged into another. Unmerge them first.")
        if _family(both[0]) != _family(both[1]):
            raise MergeRefused("People, firms and agents are never one another. Choose two records of the same sort.")
        _take_back_apart(kept.pk, merged.pk, by=by)
        _store_merges([(kept.pk, merged.pk, [[reason, None], *(weighed or [])])], by=by)
        Match.objects.filter(first__in=both, second__in=both).delete()
        return Merge.objects.standing().get(merged=merged)


def _family(one: Contributor) -> str:
    return {"employee": "person", "contractor": "person", "vendor": "firm", "partner": "firm"}.get(one.kind, "agent")


def unmerge(merge: Merge, *, by=None) -> None:
    """Undoes a merge; those merged into its record before go back with it, and no later run merges the pair again.

    Raises MergeRefused when it is undone already.
    """
    with transaction.atomic():
        if not Merge.objects.standing().filter(pk=merge.pk).update(undone_at=timezone.now(), undone_by=by):
            raise MergeRefused("This merge is undone already.")
        kept_by_merged = dict(Merge.objects.standing().values_list("merged", "kept"))
        root = merge.merged_id
        below = [pk for pk in kept_by_merged if _passes(pk, root, kept_by_merged)]
        Contributor.objects.filter(pk=root).update(merged_into=None)
        for start in range(0, len(below), BATCH):
            Contributor.objects.filter(pk__in=below[start : start + BATCH]).update(merged_into=root)
        _part(merge.kept_id, merge.merged_id, reason="The merge was undone.", by=by)
        record_event(
            action=Action.CONTRIBUTOR_UNMERGED, subject=merge.merged, by=by,
            before={"merged_into": merge.kept_id}, after={"merged_into": None},
        )  # fmt: skip
        settle_golden([merge.kept_id, root], by=by)


def _passes(pk: int, root: int, kept_by_merged: dict[int, int]) -> bool:
    while pk in kept_by_merged:
        pk = kept_by_merged[pk]
        if pk == root:
            return True
    return False


def keep_apart(*, first: Contributor, second: Contributor, by, reason: str = "") -> MatchDecision:
    """No run merges the two, or anything that holds them, until the decision is taken back."""
    with transaction.atomic():
        decision = _part(first.pk, second.pk, reason=reason, by=by)
        Match.objects.filter(first__in=(first, second), second__in=(first, second)).delete()
        _record_decision(decision, by=by)
        return decision


def put_off(*, match: Match, by, reason: str = "") -> MatchDecision:
    """Moves a match behind those nobody has looked at yet."""
    with transaction.atomic():
        first, second = sorted((match.first_id, match.second_id))
        decision = MatchDecision.objects.create(
            first_id=first,
            second_id=second,
            verdict=MatchDecision.Verdict.LATER,
            reason=reason,
            at=timezone.now(),
            by=by,
        )
        _record_decision(decision, by=by)
        return decision


def decide_match(*, match: Match, verdict: str, reason: str = "", by) -> Merge | MatchDecision:
    """A person's word on a match: `merge`, `apart` or `later`. Raises MergeRefused for another word."""
    if verdict == "merge":
        words = reason or "A person compared both."
        return merge_contributors(kept=match.first, merged=match.second, by=by, reason=words, weighed=match.reasons)
    if verdict == "apart":
        return keep_apart(first=match.first, second=match.second, by=by, reason=reason)
    if verdict == "later":
        return put_off(match=match, by=by, reason=reason)
    raise MergeRefused(f"{verdict!r} is no verdict. Choose merge, apart or later.")


def take_back(decision: MatchDecision, *, by) -> None:
    """Lets runs judge the pair again. Raises MergeRefused when it is taken back already."""
    with transaction.atomic():
        if not _take_back_apart(decision.first_id, decision.second_id, by=by):
            raise MergeRefused("This decision is taken back already.")


def _part(a: int, b: int, *, reason: str, by) -> MatchDecision:
    first, second = sorted((a, b))
    decision, _ = MatchDecision.objects.standing_apart().get_or_create(
        first_id=first, second_id=second, verdict=MatchDecision.Verdict.APART, taken_back_at=None,
        defaults={"reason": reason, "at": timezone.now(), "by": by},
    )  # fmt: skip
    return decision


def _take_back_apart(a: int, b: int, *, by) -> bool:
    first, second = sorted((a, b))
    standing = MatchDecision.objects.standing_apart().filter(first=first, second=second)
    decision = standing.select_related("first", "second").first()
    if decision is None or not standing.update(taken_back_at=timezone.now(), taken_back_by=by):
        return False
    record_event(
        action=Action.MATCH_REOPENED,
        subject=decision.first,
        by=by,
        before={"apart_from": decision.second_id},
        after={"apart_from": None},
    )
    return True


def _record_decision(decision: MatchDecision, *, by) -> None:
    record_event(
        action=Action.MATCH_DECIDED, subject=decision.first, by=by, reason=decision.reason,
        after={"verdict": decision.verdict, "other": decision.second_id},
    )  # fmt: skip

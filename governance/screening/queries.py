"""The queue of hits, what stands beside one, and who shares what with whom."""

from django.db.models import Q

from governance.screening.models import REVIEW, SHARED, ScreeningHit, Signal
from workforce.accounts.permissions import Permission
from workforce.contributors.models import Contributor

MOST_DRAWN = 60  # contributors in the picture, those with most points first
MOST_JOINED = 6  # of a group, each with each


def waiting_hits(user):
    """Hits on which the user sees that a person has to decide, most points of their contributor first."""
    found = ScreeningHit.objects.waiting().visible_to(user).with_total().filter(total__gte=REVIEW)
    return found.select_related("contributor", "entry").order_by("-total", "contributor_id", "-points", "pk")


def waiting_hits_for(user):
    """What of the queue the user may decide on, for the inbox; hits about the user are for somebody else."""
    if not user.may(Permission.SCREENING_DECIDE):
        return ScreeningHit.objects.none()
    return waiting_hits(user).filter(Q(contributor__user=None) | ~Q(contributor__user=user))


def name_others(hits: list[ScreeningHit], user) -> None:
    """Gives each hit `sharers`, the visible contributors it is shared with, and `hidden`, how many are not visible."""
    ids = {pk for hit in hits for pk in hit.others}
    seen = Contributor.objects.visible_to(user).filter(pk__in=ids).order_by().values_list("pk", "name", "kind")
    by_id = {pk: {"pk": pk, "name": name, "kind": kind} for pk, name, kind in seen}
    for hit in hits:
        hit.sharers = [by_id[pk] for pk in hit.others if pk in by_id]
        hit.hidden = len(hit.others) - len(hit.sharers)


def read_sharing(user) -> list[dict]:
    """Each shared thing with the visible contributors that share it, most points first."""
    hits = ScreeningHit.objects.counting().visible_to(user).filter(signal__in=SHARED)
    rows = hits.order_by("-points", "signal", "key", "contributor__name", "pk").values(
        "pk", "signal", "key", "points", "verdict", "contributor_id", "contributor__name", "contributor__kind"
    )
    groups: dict[tuple, dict] = {}
    people = set()
    for row in rows.iterator(chunk_size=2000):
        if row["contributor_id"] not in people and len(people) >= MOST_DRAWN:
            continue
        people.add(row["contributor_id"])
        group = groups.setdefault(
            (row["signal"], row["key"]),
            {"signal": row["signal"], "label": Signal(row["signal"]).label, "points": row["points"], "members": []},
        )
        group["members"].append(row)
    return [group for group in groups.values() if len(group["members"]) > 1]


def draw_sharing(groups: list[dict]) -> dict:
    """The picture as data: contributors, and one edge for each two that share something, saying what."""
    nodes, edges = {}, {}
    for group in groups:
        members = group["members"]
        for row in members:
            pk = row["contributor_id"]
            nodes[pk] = {"id": str(pk), "name": row["contributor__name"], "kind": row["contributor__kind"]}
        # In a large group each is joined to the first: what is shared is one thing.
        hubs = members if len(members) <= MOST_JOINED else members[:1]
        for place, row in enumerate(hubs):
            for other in members[place + 1 :]:
                pair = tuple(sorted((row["contributor_id"], other["contributor_id"])))
                edges.setdefault(pair, []).append(group["label"].removeprefix("Shared "))
    return {
        "nodes": list(nodes.values()),
        "edges": [{"source": str(a), "target": str(b), "label": ", ".join(what)} for (a, b), what in edges.items()],
    }

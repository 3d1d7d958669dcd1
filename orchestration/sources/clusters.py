"""Links become clusters, the surest first; no bad link glues two clusters, and what a person parted stays apart."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

SHARE_LINKED = 0.2  # of all pairs between two clusters of several records, so that no bad link glues them
FEW_PAIRS = 9  # a join that makes more pairs at once than these must be borne by more:
SHARE_LINKED_OF_MANY = 0.5
SURE_OF_MANY = 0.95


@dataclass(slots=True)
class Link:
    """Two records that may be one; `levels` are the outcomes by comparison, 0 for what agrees best."""

    first: int
    second: int
    probability: float
    bits: float
    reasons: list[tuple[str, float]]  # in words, with bits for (+) and against (-)
    levels: dict[str, int] = field(default_factory=dict)
    differs: frozenset[str] = frozenset()  # comparisons that came out worst

    def agrees(self, *names: str) -> bool:
        """Whether any of them is equal."""
        return any(self.levels.get(name) == 0 for name in names)

    @property
    def has_same_id(self) -> bool:
        """Whether an official id is equal and something else does not contradict it."""
        return self.agrees("national", "tax") and not self.differs >= {"given", "family"}

    @property
    def shows_a_home(self) -> bool:
        """Whether the given names differ and neither birth date, id, e-mail nor phone says that it is one person all the same."""
        speaks = self.levels.get("born", 9) < 2 or self.agrees("national", "tax", "email", "phone")
        return "given" in self.differs and not speaks


class Clusters:
    """Union-find over records; records in no link are left out.

    Two clusters of several records are joined only when SHARE_LINKED of the pairs between them are linked; where the join
    makes many pairs, half of them must be, by a link that is sure and says more than that they live together. `facts` are
    given where namesakes must be feared: each record's birth date (YYYYMMDD) and national id; no cluster then holds two
    ids, or two birth dates that are more than a slip apart.
    """

    def __init__(
        self,
        *,
        parted: Iterable[tuple[int, int]] = (),
        standing: Iterable[tuple[int, int]] = (),
        facts: dict[int, tuple[str | None, str | None]] | None = None,
    ):
        self.parent: dict[int, int] = {}
        self.members: dict[int, set[int]] = {}
        self.facts = facts or {}
        self.parted = defaultdict(set)
        for first, second in parted:
            self.parted[first].add(second)
            self.parted[second].add(first)
        for root, merged in standing:
            self._take_in(*sorted((self.find(root), self.find(merged))))
        self.reasons: dict[int, Link] = {}  # the link by which a root was taken in
        self.linked = defaultdict(set)

    def find(self, member: int) -> int:
        if member not in self.parent:
            self.parent[member], self.members[member] = member, {member}
        while self.parent[member] != member:
            self.parent[member] = self.parent[self.parent[member]]
            member = self.parent[member]
        return member

    def join(self, links: list[Link]) -> list[Link]:
        """Unites what the links say, the surest first; the links that were refused."""
        for link in links:
            self.linked[link.first].add(link.second)
            self.linked[link.second].add(link.first)
        return [link for link in links if not self._unite(link)]

    def _unite(self, link: Link) -> bool:
        first, second = sorted((self.find(link.first), self.find(link.second)))
        if first == second:
            return True
        if (
            self.are_parted(first, second)
            or self._do_contradict(first, second)
            or not self._is_borne(link, first, second)
        ):
            return False
        self.reasons[second] = link
        self._take_in(first, second)
        return True

    def are_parted(self, first: int, second: int) -> bool:
        """Whether a person has parted any two of the two clusters."""
        fewer, more = sorted((self.members[first], self.members[second]), key=len)
        return any(self.parted[m] & more for m in fewer if m in self.parted)

    def _do_contradict(self, first: int, second: int) -> bool:
        """Whether the two hold birth dates more than a slip apart, or two national ids."""
        births, nationals = zip(self._known(first), self._known(second), strict=True)
        return any(not _is_slip(a, b) for a in births[0] for b in births[1]) or any(
            a != b for a in nationals[0] for b in nationals[1]
        )

    def _known(self, root: int) -> tuple[set[str], set[str]]:
        known = [self.facts[m] for m in self.members[root] if m in self.facts]
        return {born for born, _ in known if born}, {national for _, national in known if national}

    def _is_borne(self, link: Link, first: int, second: int) -> bool:
        fewer, more = sorted((self.members[first], self.members[second]), key=len)
        pairs = len(fewer) * len(more)
        linked = sum(len(self.linked[m] & more) for m in fewer) if len(fewer) > 1 else pairs
        if pairs <= FEW_PAIRS:
            return linked >= SHARE_LINKED * pairs
        is_sure = link.has_same_id or (link.probability >= SURE_OF_MANY and not link.shows_a_home)
        return is_sure and linked >= SHARE_LINKED_OF_MANY * pairs

    def _take_in(self, first: int, second: int) -> None:
        if first != second:
            self.parent[second] = first
            self.members[first] |= self.members.pop(second)


def _is_slip(a: str, b: str) -> bool:
    """Whether two dates (YYYYMMDD) are equal, one slip apart, or have day and month swapped."""
    return OSA.distance(a, b) <= 1 or a[:4] + a[6:] + a[4:6] == b

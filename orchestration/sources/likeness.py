"""How much speaks for two people being one when no exact rule does: points that add up, line by line.

Points never decide alone: a birth date, national id or e-mail must agree. A pair that contradicts itself (another
birth date, another national id) is for a person to look at, however much else agrees.
Calibrated on record linkage sets with known truth (FEBRL, splink) towards no false merge.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

ENOUGH = 9.0
CONTRADICTION = -2.0
NAMES_AT_BEST = 4.0  # what names can still add, so that hopeless pairs are left early


def candidate_keys(p) -> Iterator[tuple]:
    """People are compared only with those who share one of these."""
    given, family = p.given_name[:1], p.family_name[:1]
    if p.national_id:
        yield "national", p.national_id
    if p.birth_date:
        yield from {("born", p.birth_date, initial) for initial in (given, family) if initial}
    if p.given_name and p.family_name:
        yield ("names", *sorted((p.given_name, p.family_name)))
    if p.postcode:
        yield from {("place", p.postcode, name) for name in (p.given_name, p.family_name) if name}
    if p.email:
        yield "email", p.email
    if p.phone:
        yield "phone", p.phone


def find_alike(people: list, *, largest_block: int) -> list[tuple[float, int, int, bool]]:
    """(points, id, id, does it contradict itself) of the pairs with enough points, the surest first."""
    blocks = defaultdict(list)
    for p in people:
        for key in candidate_keys(p):
            blocks[key].append(p)
    compared, found = set(), []
    for group in blocks.values():
        if len(group) > largest_block:
            continue
        for a, b in combinations(group, 2):
            if (a.id, b.id) not in compared:
                compared.add((a.id, b.id))
                points, contradicts = count_points(a, b)
                if points >= ENOUGH:
                    found.append((points, a.id, b.id, contradicts))
    return sorted(found, key=lambda pair: (-pair[0], pair[1:]))


def count_points(a, b) -> tuple[float, bool]:
    """Points for two people being one, and whether a birth date or national id speaks against it."""
    same_national = bool(a.national_id) and a.national_id == b.national_id
    same_email = bool(a.email) and a.email == b.email
    same_birth = bool(a.birth_date) and a.birth_date == b.birth_date
    other_birth = bool(a.birth_date and b.birth_date) and not same_birth
    other_national = bool(a.national_id and b.national_id) and not same_national
    if not (same_national or same_birth or (same_email and not other_birth)) or (other_birth and other_national):
        return 0.0, False
    points = 4.0 * same_birth + 6 * same_national + 5 * same_email + CONTRADICTION * (other_birth or other_national)
    points += 3 * (bool(a.phone) and a.phone == b.phone)
    points += 2 * (bool(a.street) and a.street == b.street)
    points += 1 * (bool(a.postcode) and a.postcode == b.postcode)
    points += 0.5 * (bool(a.city) and a.city == b.city)
    if not same_email and a.email and b.email:
        points += 2 * is_alike(a.email.partition("@")[0], b.email.partition("@")[0])
    if points + NAMES_AT_BEST < ENOUGH:
        return 0.0, False
    return points + _compare_names(a, b), other_birth or other_national


def _compare_names(a, b) -> float:
    straight = _name_points(a.given_name, b.given_name, 1.5, -4) + _name_points(a.family_name, b.family_name, 2.5, -3)
    crossed = _name_points(a.given_name, b.family_name, 2, -4) + _name_points(a.family_name, b.given_name, 2, -4)
    return max(straight, crossed - 0.5)


def _name_points(a: str, b: str, equal: float, differs: float) -> float:
    if not (a and b):
        return 0
    if a == b:
        return equal
    return equal - 0.5 if is_alike(a, b) else differs


def is_alike(a: str, b: str) -> bool:
    """One slip of the pen in a short word, two in a long one, or one begins with the other."""
    shorter = min(len(a), len(b))
    if shorter >= 3 and (a.startswith(b) or b.startswith(a)):
        return True
    allowed = 0 if shorter < 3 else 1 if shorter < 6 else 2
    return allowed > 0 and edit_distance(a, b, most=allowed) <= allowed


def edit_distance(a: str, b: str, *, most: int) -> int:
    """Letters added, dropped, changed or swapped with their neighbour; `most + 1` when more than `most`."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, last = [], list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]

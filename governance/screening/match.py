"""Who stands on a watchlist: names looked up by key, then compared word by word, birth date and country weighed in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from governance.screening.likeness import LESS, MORE, Likeness, joined_likeness, name_likeness, word_likeness
from governance.screening.names import skeleton, sound, tokens_of, weight

# Measured on 50,000 clean people (0.3 % at 0.85, 0.03 % at 0.92) and on misspelt listed ones; see benchmarks/screening.py.
REVIEW_SCORE, HOLD_SCORE = 0.85, 0.92
MOST_COMPARED = 60  # names of the lists that are compared word by word for one name asked about
LEAST_ESTIMATE = 0.66
MOST_ADDED = 0.08  # by birth date and country together
MOST_KEPT = 100_000  # words asked about whose answers are remembered


@dataclass(frozen=True)
class Subject:
    """Whom to look for: every name known, birth dates and countries as far as known."""

    id: int
    names: tuple[str, ...]
    is_person: bool = True
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """An entry as the index holds it."""

    id: int
    names: tuple[str, ...]
    kind: str = ""
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass
class Found:
    """An entry found for a subject: the score, from 0 to 1, and line by line what it is made of."""

    entry: int
    score: float
    name: str
    listed_name: str
    lines: list[dict] = field(default_factory=list)


def keys_of(word: str, *, is_joined: bool = False) -> set[str]:
    """What a word is found by: sound and spelling, each also with one letter left out, and its consonants."""
    heard, bones = sound(word), skeleton(word)
    keys = {heard}
    if len(bones) > (4 if is_joined else 1):
        keys.add("=" + bones)
    if not is_joined:
        keys.update(heard[:place] + heard[place + 1 :] for place in range(len(heard) if len(heard) > 3 else 0))
        keys.update("-" + word[:place] + word[place + 1 :] for place in range(len(word) if len(word) > 3 else 0))
        keys.add("-" + word)
    return keys


class Index:
    """The names of all entries by the keys of their words."""

    def __init__(self, entries: Iterable[Listed]):
        self.entries: list[Listed] = list(entries)
        owners, self.names = [], []
        singles: dict[str, list[int]] = {}
        joins: dict[str, list[int]] = {}
        for place, entry in enumerate(self.entries):
            for name in dict.fromkeys(tokens_of(name) for name in entry.names):
                if name:
                    for words, index in ((set(name), singles), (joins_of(name), joins)):
                        for word in words:
                            index.setdefault(word, []).append(len(self.names))
                    owners.append(place)
                    self.names.append(name)
        self.owners = np.array(owners, dtype=np.int64)
        self.totals = np.array([sum(map(weight, name)) for name in self.names])
        self.is_person = np.array([self.entries[owner].kind in ("", "person") for owner in owners], dtype=bool)
        self.is_firm = self.is_person | np.array([self.entries[owner].kind == "firm" for owner in owners], dtype=bool)
        self.singles, self.joins = Words(singles), Words(joins, is_joined=True)

    def candidates(self, words: tuple[str, ...], *, is_person: bool) -> np.ndarray:
        """The names that may be this one, the likeliest first: a bound from above on what the words have in common."""
        apart = np.zeros((len(words), len(self.names)))
        for row, word in zip(apart, words, strict=True):
            for index in (self.singles, self.joins) if len(word) > 3 else (self.singles,):
                places, likeness = index.look_up(word)
                row[places] = np.maximum(row[places], likeness * weight(word))
        sums = apart.sum(axis=0)
        for first, last in spans(len(words)):
            places, likeness = self.singles.look_up("".join(words[first:last]), is_joined=True)
            together = likeness * sum(map(weight, words[first:last]))
            rest = sums[places] - apart[first:last, places].sum(axis=0)
            sums[places] = np.maximum(sums[places], rest + together)
        return self._pick(sums, sum(map(weight, words)), self.is_person if is_person else self.is_firm)

    def _pick(self, sums: np.ndarray, total: float, may_be: np.ndarray) -> np.ndarray:
        near = np.flatnonzero((sums > 0.4 * total) & may_be)
        in_first = np.minimum(sums[near] / total, 1)
        in_second = np.minimum(sums[near] / self.totals[near], 1)
        estimate = MORE * np.maximum(in_first, in_second) + LESS * np.minimum(in_first, in_second)
        near, estimate = near[estimate >= LEAST_ESTIMATE], estimate[estimate >= LEAST_ESTIMATE]
        if len(near) > MOST_COMPARED:
            best = np.argpartition(-estimate, MOST_COMPARED)[:MOST_COMPARED]
            near, estimate = near[best], estimate[best]
        return near[np.argsort(-estimate, kind="stable")]

    def find(self, subject: Subject, *, least: float) -> list[Found]:
        """The entries that are the subject with at least that score, best first."""
        best: dict[int, Found] = {}
        for name in subject.names:
            words = tokens_of(name)
            for place in self.candidates(words, is_person=subject.is_person):
                owner = int(self.owners[place])
                entry = self.entries[owner]
                alike = name_likeness(words, self.names[place])
                if alike.score < least - MOST_ADDED or (owner in best and best[owner].score >= alike.score + 0.1):
                    continue
                found = weigh(subject, entry, alike, name, " ".join(self.names[place]))
                if found.score >= least and (owner not in best or found.score > best[owner].score):
                    best[owner] = found
        return sorted(best.values(), key=lambda found: (-found.score, found.entry))


class Words:
    """Words by their keys, and the names that hold them."""

    def __init__(self, places: dict[str, list[int]], *, is_joined: bool = False):
        self.is_joined = is_joined
        self.postings = {word: np.array(where, dtype=np.int64) for word, where in places.items()}
        self.by_key: dict[str, list[str]] = {}
        for word in places:
            for key in keys_of(word, is_joined=is_joined):
                self.by_key.setdefault(key, []).append(word)
        self._found: dict[tuple[str, bool], tuple[np.ndarray, np.ndarray]] = {}

    def look_up(self, word: str, *, is_joined: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The names that hold a like word, each once, and how alike the likest word there is."""
        is_joined = is_joined or self.is_joined
        asked = (word, is_joined)
        if asked not in self._found:
            if len(self._found) > MOST_KEPT:
                self._found.clear()
            others = {other for key in keys_of(word, is_joined=is_joined) for other in self.by_key.get(key, ())}
            compare = joined_likeness if is_joined else word_likeness
            self._found[asked] = self._gather({other: compare(word, other) for other in others})
        return self._found[asked]

    def _gather(self, alike: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        ranked = sorted((likeness, other) for other, likeness in alike.items() if likeness)
        if not ranked:
            return np.empty(0, dtype=np.int64), np.empty(0)
        places = np.concatenate([self.postings[other] for _, other in ranked])[::-1]
        scores = np.repeat([likeness for likeness, _ in ranked], [len(self.postings[o]) for _, o in ranked])[::-1]
        places, first = np.unique(places, return_index=True)  # the first is the likest
        return places, scores[first]


def joins_of(name: tuple[str, ...]) -> set[str]:
    """Neighbours written as one word."""
    return {"".join(name[first:last]) for first, last in spans(len(name))}


def spans(count: int) -> list[tuple[int, int]]:
    """Two neighbours each, and the whole name."""
    pairs = [(place, place + 2) for place in range(count - 1)]
    return pairs if count < 3 else [*pairs, (0, count)]


def weigh(subject: Subject, entry: Listed, alike: Likeness, name: str, listed_name: str) -> Found:
    """The likeness of the names, raised or lowered by birth date and country."""
    lines = [{"what": "name", "points": round(alike.score, 3), "why": describe_pairs(alike)}]
    for line in (weigh_birth(subject.birth_dates, entry.birth_dates), weigh_country(subject, entry)):
        if line:
            lines.append(line)
    if len(lines) == 1:
        lines.append({"what": "name_only", "points": -0.07, "why": "neither birth date nor country can be compared"})
    score = min(1.0, sum(line["points"] for line in lines))
    return Found(entry.id, round(score, 3), name, listed_name, lines)


def describe_pairs(alike: Likeness) -> str:
    return ", ".join(f"{a} = {b}" if a == b else f"{a} like {b} ({likeness:.2f})" for a, b, likeness in alike.pairs)


def weigh_birth(known: tuple[str, ...], listed: tuple[str, ...]) -> dict | None:
    """+0.06 for the same day, +0.03 for the same year, down to -0.12 for years apart."""
    if not known or not listed:
        return None
    points, why = max((compare_births(one, other) for one in known for other in listed), key=lambda pair: pair[0])
    return {"what": "birth_date", "points": points, "why": why}


def compare_births(one: str, other: str) -> tuple[float, str]:
    if one == other and len(one) == 10:
        return 0.06, "the same birth date"
    if len(one) == len(other) == 10 and sorted(one) == sorted(other) and one[:4] == other[:4]:
        return 0.04, "the same birth date with day and month swapped"
    apart = years_apart(one, other)
    if apart == 0:
        both = len(one) == len(other) == 10
        return (0.0, "the same year of birth, another day") if both else (0.03, "the same year of birth")
    if apart == 1:
        return -0.03, "years of birth one apart"
    return (-0.08, f"years of birth {apart} apart") if apart <= 3 else (-0.12, f"years of birth {apart} apart")


def years_apart(one: str, other: str) -> int:
    (low, high), (least, most) = span_of(one), span_of(other)
    return max(0, least - high, low - most)


def span_of(text: str) -> tuple[int, int]:
    first, _, last = text.partition("/")
    return int(first[:4]), int((last or first)[:4])


def weigh_country(subject: Subject, entry: Listed) -> dict | None:
    """+0.02 for a shared country, -0.03 where both are known and none is shared."""
    if not subject.countries or not entry.countries:
        return None
    if shared := set(subject.countries) & set(entry.countries):
        return {"what": "country", "points": 0.02, "why": f"both have {', '.join(sorted(shared))}"}
    return {"what": "country", "points": -0.03, "why": f"listed with {', '.join(entry.countries[:5])}"}

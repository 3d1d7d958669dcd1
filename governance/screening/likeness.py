"""How alike two names are, from 0 to 1, with each word beside the word it was held to be."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from governance.screening.names import COMMON_SOUNDS, PARTICLES, skeleton, sound, weight

MORE, LESS = 0.72, 0.28  # of the side whose words are found more, and of the other
LEAST = 0.72  # below it two words are two words
VOWEL = re.compile("[aeiou]")
LEAST_JOINED = 0.86
LONGEST_JOIN = 3


@lru_cache(1_000_000)
def word_likeness(first: str, second: str) -> float:
    """1 for the same word; spelling, sound and consonants each may vouch for it; initials stand for a word."""
    if first == second:
        return 1.0
    if len(first) == 1 or len(second) == 1:
        return 0.9 if first[0] == second[0] else 0.0
    best = spelt_likeness(first, second)
    bones = skeleton(first)
    if len(bones) > 1 and bones == skeleton(second):
        is_unvoiced = not (VOWEL.search(first) and VOWEL.search(second))
        best = max(best, 0.90 if len(bones) > 2 else 0.88 if is_unvoiced else 0.80)
    return best if best >= LEAST else 0.0


def spelt_likeness(first: str, second: str) -> float:
    """By letters, as written and as heard; each insertion, deletion, change or swap of neighbours counts."""
    heard = 0.97 * OSA.normalized_similarity(sound(first), sound(second), score_cutoff=LEAST)
    return max(OSA.normalized_similarity(first, second, score_cutoff=LEAST), heard)


@lru_cache(200_000)
def joined_likeness(first: str, second: str) -> float:
    """Where one side writes several words as one: letters must agree nearly all, or many consonants."""
    best = spelt_likeness(first, second)
    bones = skeleton(first)
    if len(bones) > 4 and bones == skeleton(second):
        best = max(best, 0.90)
    return best if best >= LEAST_JOINED and min(len(first), len(second)) > 3 else 0.0


@dataclass(frozen=True)
class Likeness:
    """`score` from 0 to 1, and the pairs of words it rests on."""

    score: float
    pairs: tuple[tuple[str, str, float], ...]
    strength: float  # weight of the words that were found


@lru_cache(200_000)
def spans_of(words: tuple[str, ...]) -> tuple[tuple[str, int, float], ...]:
    """Single words, and neighbours written as one: (text, bitmask of places, weight)."""
    spans = [(word, 1 << place, weight(word)) for place, word in enumerate(words)]
    count = len(words)
    lengths = {*range(2, min(LONGEST_JOIN, count) + 1), *([count] if 1 < count <= 6 else [])}
    for length in lengths:
        for start in range(count - length + 1):
            part = words[start : start + length]
            mask = ((1 << length) - 1) << start
            spans.append(("".join(part), mask, sum(weight(word) for word in part)))
    return tuple(spans)


def name_likeness(first: tuple[str, ...], second: tuple[str, ...]) -> Likeness:
    """Words are paired one to one in any order, best first; a word without a partner takes from the score."""
    if not first or not second:
        return Likeness(0.0, (), 0.0)
    if first == second:
        total = sum(map(weight, first))
        return Likeness(1.0, tuple((word, word, 1.0) for word in first), total)
    chosen = pair_words(spans_of(first), len(first), spans_of(second), len(second))
    all_first, all_second = sum(map(weight, first)), sum(map(weight, second))
    in_first = sum(likeness * w for _, _, likeness, w, _ in chosen) / all_first
    in_second = sum(likeness * w for _, _, likeness, _, w in chosen) / all_second
    score = MORE * max(in_first, in_second) + LESS * min(in_first, in_second)
    strength = sum(likeness * min(w, v) for _, _, likeness, w, v in chosen)
    pairs = tuple((a, b, likeness) for a, b, likeness, _, _ in chosen)
    return Likeness(score * temper(chosen, len(first), len(second)), pairs, strength)


def pair_words(first, count_first: int, second, count_second: int) -> list:
    """The best pairs of spans that do not overlap, greedily."""
    found = []
    for a, mask_a, weight_a in first:
        for b, mask_b, weight_b in second:
            many_a, many_b = mask_a & (mask_a - 1), mask_b & (mask_b - 1)
            if many_a and many_b:
                continue
            if many_a or many_b:
                likeness = joined_likeness(a, b) if abs(len(a) - len(b)) < 4 else 0.0
            else:
                likeness = word_likeness(a, b)
            if likeness:
                found.append((likeness * (weight_a + weight_b), a, b, likeness, weight_a, weight_b, mask_a, mask_b))
    found.sort(reverse=True)
    used_a = used_b = 0
    chosen = []
    for _, a, b, likeness, weight_a, weight_b, mask_a, mask_b in found:
        if not (used_a & mask_a or used_b & mask_b):
            used_a, used_b = used_a | mask_a, used_b | mask_b
            chosen.append((a, b, likeness, weight_a, weight_b))
    return chosen


def temper(chosen: list, count_first: int, count_second: int) -> float:
    """Less than 1 where a single word vouches for a name of several."""
    telling = [pair for pair in chosen if pair[0] not in PARTICLES and len(pair[0]) > 1 and len(pair[1]) > 1]
    if not telling:
        return 0.5
    if len(telling) == 1 and count_first + count_second > 2:
        is_joined = telling[0][3] > 1.25 or telling[0][4] > 1.25
        return 1.0 if is_joined else 0.75
    if all(sound(pair[0]) in COMMON_SOUNDS for pair in telling) and count_first != count_second:
        return 0.93
    return 1.0

"""Finding contributors by a few words: any id, name or alias, in any order, without accents, with typing mistakes.

Each database gives a few hundred candidates by its own index; which of them fit, and which fits best, is judged here,
so that both give the same answer.
"""

from dataclasses import dataclass

from django.db import connections
from django.db.models import BooleanField, Func, Q
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from workforce.accounts.permissions import Permission
from workforce.contributors import search_sql as sql
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor
from workforce.contributors.search_index import fold

LONGEST = 200
MOST_WORDS = 8
FOUND = 500  # a search shows at most these, the best
ENOUGH = 10  # with fewer, typing mistakes are thought of
SHORTEST_GUESS = 4  # letters; shorter words are taken as typed
NAMES = ("pk", "name", "given_name", "family_name")

# How well a contributor fits, best first.
ID, NAME, NAME_BEGINS, WORDS, WORDS_BEGIN, INSIDE, MISTYPED = range(7)


class Holds(Func):
    """A condition on the contributors' table written for the database at hand."""

    output_field = BooleanField()

    def __init__(self, write, *given):
        super().__init__()
        self.write, self.given = write, given

    def as_sql(self, compiler, connection, **_):
        return self.write(connection.vendor, *self.given)


@dataclass(frozen=True)
class Asked:
    """What was typed, folded as the names are."""

    text: str
    words: tuple[str, ...]
    spelt: tuple = ()

    @classmethod
    def read(cls, text: str, using: str) -> "Asked":
        text = " ".join(text.replace("\x00", "").encode(errors="ignore").decode()[:LONGEST].split())
        words = [word for word in fold(text).split() if any(map(str.isalnum, word))]
        words = tuple(words[:MOST_WORDS])
        return cls(text, words, spell(words, using) if connections[using].vendor == "sqlite" else ())

    @property
    def is_id(self) -> bool:
        """Digits or an address: nobody's name."""
        return self.text.isdigit() or "@" in self.text

    @property
    def is_short(self) -> bool:
        """No word has the three letters that a trigram takes."""
        return all(len(word) < 3 for word in self.words)


def search_contributors(queryset, text: str, *, user, most: int = FOUND) -> list[int]:
    """Ids of the queryset's contributors that fit, best first, at most `most`.

    The queryset holds canonical records only; a record merged into another lends it its name and ids. National ids,
    tax ids and bank accounts are compared by keyed hash, for whoever may see identity.
    """
    asked = Asked.read(text, queryset.db)
    if not asked.text:
        return []
    best: dict[int, tuple] = {}
    using = connections[queryset.db]
    with using.cursor() as cursor:
        cursor.execute(*sql.write_lookups(using.vendor, asked, hashes=hashes_of(asked.text, user), most=most))
        keep_known(best, queryset, cursor.fetchall(), asked)
    is_known = any(rank[0] == ID for rank in best.values())
    if asked.words and not (is_known and asked.is_id):
        keep(best, by_words(queryset, asked, most), asked, INSIDE)
        if len(best) < ENOUGH and not is_known:
            keep(best, by_likeness(queryset, asked), asked, MISTYPED)
            keep_known(best, queryset, aliases_alike(queryset, asked), asked)
    return sorted(best, key=lambda pk: (best[pk], pk))[:most]


def in_order(queryset, ids: list[int]) -> list[Contributor]:
    """The contributors of a few ids in the order of the ids."""
    place = {pk: number for number, pk in enumerate(ids)}
    return sorted(queryset.filter(pk__in=ids), key=lambda one: place[one.pk])


def hashes_of(text: str, user) -> str:
    """The keyed hash of what may be a confidential id; empty where it is none or the user may not see identity."""
    plain = [c for c in text if c.isalnum()]
    may_be_id = len(plain) >= 5 and any(map(str.isdigit, plain))
    return key_hash(text) if may_be_id and user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY) else ""


def keep_known(best, queryset, found, asked: Asked) -> None:
    """Takes (canonical id, name or none) of what other records and ids led to, as far as the queryset has it."""
    if not found:
        return
    there = dict(queryset.filter(pk__in={pk for pk, _ in found}).order_by().values_list("pk", "name"))
    for pk, alias in found:
        if pk not in there:
            continue
        rank = (ID, 0) if alias is None else judge((alias,), asked, MISTYPED)
        if rank:
            best[pk] = min(best.get(pk, (MISTYPED + 1,)), (*rank, there[pk]))


def keep(best, found, asked: Asked, worst: int) -> None:
    for pk, *names in found:
        if rank := judge(names, asked, worst):
            best[pk] = min(best.get(pk, (MISTYPED + 1,)), (*rank, names[0]))


def judge(names, asked: Asked, worst: int) -> tuple | None:
    """(how it fits, what is amiss) of the names of one contributor; None where it does not fit."""
    folded = fold(names[0])
    wanted = " ".join(asked.words)
    if folded == wanted:
        return NAME, 0
    there = set(fold(" ".join(names)).split())
    likeness = [
        min((likeness_of(word, one) for one in there), key=nearness, default=(MISTYPED, 0)) for word in asked.words
    ]
    fit = max(fit for fit, _ in likeness)
    if fit > worst or not all(score for _, score in likeness):
        return None
    if folded.startswith(wanted):
        return NAME_BEGINS, 0
    return fit, -round(sum(score for _, score in likeness))


def nearness(likeness: tuple[int, float]) -> tuple[int, float]:
    return likeness[0], -likeness[1]


def likeness_of(word: str, other: str) -> tuple[int, float]:
    """(how a word fits another, score of 100); mistyped means one letter exchanged, too many, wrong or left out."""
    if word == other:
        return WORDS, 100
    if other.startswith(word):
        return WORDS_BEGIN, 100
    if len(word) > 2 and word in other:
        return INSIDE, 100
    is_near = len(word) >= SHORTEST_GUESS and OSA.distance(word, other, score_cutoff=1) <= 1
    return MISTYPED, fuzz.ratio(word, other) if is_near else 0


def by_words(queryset, asked: Asked, most: int):
    """Those with a word that begins with each word asked; those whose name begins so are never crowded out."""
    rows = queryset.order_by()
    if asked.is_short:
        return begins(rows, asked, most)
    found = list(rows.filter(Holds(sql.write_words, asked.words, asked.spelt)).values_list(*NAMES)[:most])
    return found if len(found) < most else [*begins(rows, asked, most), *found]


def begins(rows, asked: Asked, most: int):
    """By an index over the whole name, in its order; those with just these words as well, where all are short."""
    text = " ".join(asked.words)
    found = list(rows.filter(Holds(sql.write_begins, text)).order_by(*sql.name_order(rows)).values_list(*NAMES)[:most])
    if asked.is_short:
        found += rows.filter(Holds(sql.write_terms, [[word] for word in asked.words])).values_list(*NAMES)[:most]
    return found


def by_likeness(queryset, asked: Asked):
    """Those with a word that holds each word asked, or is like it."""
    terms = [alike_terms(queryset.db, word) for word in asked.words]
    if not all(terms):
        return []
    return queryset.order_by().filter(Holds(sql.write_terms, terms)).values_list(*NAMES)[: sql.CANDIDATES]


def aliases_alike(queryset, asked: Asked) -> list[tuple]:
    merged = Contributor.objects.using(queryset.db).filter(~Q(merged_into=None))
    names = {pk: name for pk, name, *_ in by_likeness(merged, asked)}
    into = merged.filter(pk__in=names).order_by().values_list("pk", "merged_into") if names else ()
    return [(canonical, names[pk]) for pk, canonical in into]


def alike_terms(using: str, word: str) -> list[str]:
    """Words of the vocabulary that hold the word or are like it, the likest first."""
    guesses = len(word) >= SHORTEST_GUESS
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute(*sql.write_alike(word, guesses=guesses))
        else:
            cursor.execute(sql.ALL_TERMS)
        terms = {term: fold(term) for (term,) in cursor.fetchall()}
    fits = {term: nearness(likeness_of(word, plain)) for term, plain in terms.items()}
    return sorted((term for term in terms if fits[term][1]), key=lambda term: (fits[term], term))[: sql.TERMS]


def spell(words, using: str) -> tuple[list[str], ...]:
    """For each word the terms SQLite keeps with a letter it cannot fold, like ł or ß, that begin with the word."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql.SPECIAL_TERMS)
        terms = {term: fold(term) for (term,) in cursor.fetchall()}
    return tuple([term for term, plain in terms.items() if plain.startswith(word)][: sql.TERMS] for word in words)

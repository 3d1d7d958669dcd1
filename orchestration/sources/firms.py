"""Which vendors and partners are one firm: few, and told apart by tax id and name, so plain rules do."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from orchestration.sources.clusters import Link
from orchestration.sources.golden import read_as_told
from workforce.contributors.models import Contributor, Kind

LEGAL_FORMS = re.compile(
    r"\b(ag|bv|co|corp|corporation|gmbh|inc|incorporated|kg|limited|llc|llp|ltd|nv|oy|plc|pty|sa|sarl|se|spa|srl|ug)\b"
)
FIELDS = ("id", "name", "tax_id_hash", "email", "phone", "street", "postcode")
LARGEST_BLOCK = 50  # firms that share a key; above it the key says too little
SURE = {"same tax id", "same e-mail and name"}
BITS = {
    "same tax id": 20.0,
    "same e-mail and name": 15.0,
    "same name and phone": 8.0,
    "same name and address": 8.0,
    "same name but for the legal form": 4.0,
}


def plain_words(text: str) -> str:
    """Lower case, accents and punctuation gone, words sorted: `Müller, Jürgen` and `Jurgen Muller` are equal."""
    text = text.replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in bare).split()))


def link_firms() -> tuple[list[Link], list[Link]]:
    """(to merge, to look at) among vendors and partners."""
    blocks, tax_ids = defaultdict(list), {}
    rows = (
        Contributor.objects.filter(kind__in=(Kind.VENDOR, Kind.PARTNER))
        .order_by("id")
        .values_list(*FIELDS, "own_facts__facts")
    )
    for row in rows.iterator(chunk_size=5_000):
        pk, *facts = read_as_told(row, FIELDS)
        tax_ids[pk] = facts[1]
        for key in _keys(*facts):
            blocks[key].append(pk)
    merge, review = {}, {}
    for (rule, _), ids in blocks.items():
        for pair in combinations(ids, 2) if 1 < len(ids) <= LARGEST_BLOCK else ():
            known = {tax_ids[pk] for pk in pair} - {""}
            found = merge if rule in SURE and len(known) < 2 else review
            found.setdefault(pair, []).append((rule, BITS[rule]))
    review = {pair: reasons for pair, reasons in review.items() if pair not in merge}
    return _as_links(merge), _as_links(review)


def _keys(name: str, tax: str, email: str, phone: str, street: str, postcode: str) -> Iterator[tuple[str, tuple]]:
    words = plain_words(name)
    digits = "".join(c for c in phone if c.isdigit()).lstrip("0")
    bare = " ".join(LEGAL_FORMS.sub("", words).split())
    if tax:
        yield "same tax id", (tax,)
    if email and words:
        yield "same e-mail and name", (email.strip().lower(), words)
    if words and len(digits) >= 6:
        yield "same name and phone", (words, digits)
    if words and street and postcode:
        yield "same name and address", (words, plain_words(f"{street} {postcode}"))
    if bare:
        yield "same name but for the legal form", (bare,)


def _as_links(found: dict[tuple[int, int], list[tuple[str, float]]]) -> list[Link]:
    links = []
    for (first, second), reasons in sorted(found.items()):
        bits = sum(weight for _, weight in reasons)
        links.append(Link(first, second, 1 - 2**-bits, bits, reasons))
    return sorted(links, key=lambda link: (-link.bits, link.first, link.second))

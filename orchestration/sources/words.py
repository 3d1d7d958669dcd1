"""The names that files give to our columns, and the words that they use for our choices (synonyms.toml)."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

SYNONYMS = Path(__file__).parent / "synonyms.toml"
_SAME = {"#": "number", "no": "number", "nr": "number", "num": "number", "nbr": "number", "centre": "center"}
_TWINS = {"rate_cards": "rates", "engagements": "engagements", "invoices": "rates"}  # whose words a kind shares


@lru_cache(maxsize=10_000)
def plain_name(name: str) -> str:
    """`*Employee #`, `employeeNumber`, `EMPLOYEE_NUMBER`: employee number."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip()).replace("ß", "ss")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+|#", text.replace("'", " "))
    return " ".join(_SAME.get(word, word) for word in words)


def names_of(header: str) -> set[str]:
    """A header as it may be compared: whole, and without what stands in brackets."""
    return {plain_name(header), plain_name(re.sub(r"[(\[].*?[)\]]", "", header))} - {""}


@lru_cache
def _read() -> dict:
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))


@lru_cache
def synonyms_of(kind: str) -> dict[str, list[str]]:
    """Our column: the plain names by which files call it, the likeliest first; `?name` are not columns of ours."""
    found = {}
    for ours, names in _read().get(kind, {}).items():
        own = [] if ours.startswith("?") else [ours]
        found[ours] = list(dict.fromkeys(plain_name(name) for name in [*own, *names]))
    return found


@lru_cache
def words_of(kind: str, column: str) -> dict[str, str]:
    """Their word in small letters: ours."""
    table = _read()["words"]
    choices = table.get(kind, {}).get(column) or table.get(_TWINS.get(kind, ""), {}).get(column)
    if choices is None and column in ("category", "per"):
        choices = table["rates"][column]
    return {word.lower(): ours for ours, words in (choices or {}).items() for word in [ours, *words]}

"""What cells look like: forms of dates, decimal marks, e-mails, codes; a guess is made from many cells, never one."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import pycountry

from orchestration.sources.shapes import country, day

DATE_FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
    "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y",
    "%d %B %Y", "%B %d, %Y", "%d-%B-%Y", "%d. %B %Y", "%b %d %Y", "%Y-%m", "%m/%Y",
)  # fmt: skip
TWINS = {form: form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m") for form in DATE_FORMS if form[:2] in ("%d", "%m") and "%m" in form and "%d" in form}  # fmt: skip
NOT_DATES = {"%Y-%m", "%m/%Y"}
_NUMBER = re.compile(r"[^\d]{0,4}[+-]?\(?\d[\d.,' \u00a0\u202f]*\)?\s?[^\d]{0,4}")


@dataclass(frozen=True)
class DateForms:
    """Forms that fit a column; `is_ambiguous` when day and month could change places in every cell."""

    forms: tuple[str, ...] = ()
    is_ambiguous: bool = False
    has_times: bool = False
    share: float = 0.0  # of cells that fit one of them


def find_date_forms(texts: list[str], likely: str = "") -> DateForms:
    """The fewest forms that read the cells; where day and month could change places, the order of `likely` decides."""
    bare = [day(text, ".") for text in texts]
    left = {text for text in bare if text}
    total, forms, is_ambiguous = len(left), [], False
    while left:
        reads = {form: {text for text in left if _fits(text, form)} for form in DATE_FORMS if form not in NOT_DATES}
        best = max(reads, key=lambda form: (len(reads[form]), form[:2] == likely[:2], -DATE_FORMS.index(form)))
        if not reads[best]:
            break
        twin = TWINS.get(best)
        # 03/04/2024 alone says nothing; one 15/04/2024 beside it does.
        if twin and len(reads.get(twin, ())) == len(reads[best]) and not likely:
            is_ambiguous = True
        if twin in forms:  # the rest of a column that was already read the other way round: bad cells, not a form
            break
        forms.append(best)
        left -= reads[best]
    return DateForms(tuple(forms), is_ambiguous, bare != texts, 1 - len(left) / total if total else 0.0)


@lru_cache(maxsize=200_000)
def _fits(text: str, form: str) -> bool:
    if len(text) > 20 or ("%y" in form and re.search(r"\d{4}", text)) or (form == "%Y%m%d" and len(text) != 8):
        return False
    try:
        return datetime.strptime(text, form).year >= 1900 or "%Y" in form  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False


def find_decimal_mark(texts: list[str]) -> str:
    """`,` where more cells end in a comma and one or two digits than in a point and digits."""
    commas = sum(bool(re.search(r"\d,\d{1,2}\D*$", text)) or text.count(".") > 1 for text in texts)
    points = sum(bool(re.search(r"\.\d+\D*$", text)) and text.count(".") == 1 and "," not in text for text in texts)
    points += sum(bool(re.search(r",\d{3}\.", text)) for text in texts)
    return "," if commas > points else "."


def needs_money(texts: list[str], decimal: str) -> bool:
    """Whether a number carries a currency sign, thousands marks or brackets."""
    thousands = r",\d{3}\b" if decimal == "." else r"\d[ '\u00a0\u202f]\d{3}\b"
    return any(re.search(rf"[$€£¥()]|[A-Z]{{3}}|{thousands}|\d[ '\u00a0\u202f]\d{{3}}", text) for text in texts)


def share(texts: list[str], test) -> float:
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def is_email(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", text))


def is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def is_duration(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,4}:\d{2}(:\d{2})?", text) or re.fullmatch(r"(\d+\s*h)?\s*(\d+\s*m(in)?)?", text))


def is_iban(text: str) -> bool:
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


@lru_cache(maxsize=10_000)
def is_country(text: str) -> bool:
    return is_country_code(country(text, "."))


@lru_cache(maxsize=10_000)
def is_country_code(text: str) -> bool:
    return len(text) == 2 and pycountry.countries.get(alpha_2=text.upper()) is not None


@lru_cache(maxsize=10_000)
def is_currency(text: str) -> bool:
    return len(text) == 3 and pycountry.currencies.get(alpha_3=text.upper()) is not None


def is_date(text: str) -> bool:
    bare = day(text, ".")
    return any(_fits(bare, form) for form in DATE_FORMS)

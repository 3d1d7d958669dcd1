"""A match or merge in the words of the person who decides: fields side by side, and each reason with its strength."""

from dataclasses import dataclass

from orchestration.sources.links import DOUBT
from orchestration.sources.models import SourceRecord
from workforce.accounts.permissions import Permission
from workforce.contributors.confidential import mask
from workforce.contributors.models import Contributor

RELATED = ("unit", "supplier", "manager", "location")
OPEN = (
    ("Kind", "kind"), ("Name", "name"), ("Given name", "given_name"), ("Family name", "family_name"), ("Email", "email"),
    ("Phone", "phone"), ("Title", "title"), ("City", "city"), ("Region", "region"), ("Country", "country"),
    ("Unit", "unit"), ("Supplier", "supplier"), ("From", "start_date"), ("To", "end_date"), ("Status", "status"),
)  # fmt: skip
GUARDED = (("Born", "birth_date"), ("Street", "street"), ("Postcode", "postcode"))
SECRET = (("National id", "national_id"), ("Tax id", "tax_id"), ("Bank account", "bank_account"))
STRENGTHS = ((10, "very strong"), (5, "strong"), (2, "some"), (0, "little"))


@dataclass(frozen=True)
class Field:
    """One fact of both records: `state` is same, differs or one (only one has it)."""

    label: str
    first: str
    second: str
    state: str


@dataclass(frozen=True)
class Reason:
    """`bits` is None for a person's words; each bit doubles (or, below zero, halves) the odds."""

    words: str
    bits: float | None
    strength: str
    width: int  # of its bar, 0 to 10

    @property
    def is_against(self) -> bool:
        return bool(self.bits and self.bits < 0)


def compare_fields(first: Contributor, second: Contributor, user) -> list[Field]:
    """What either has, for eyes that may see it: ids are masked, yet said to be equal or not."""
    fields = [_compare(label, _show(first, name), _show(second, name)) for label, name in OPEN]
    if user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY):
        fields += [_compare(label, _show(first, name), _show(second, name)) for label, name in GUARDED]
    for label, name in SECRET:
        hashes = [getattr(one, f"{name}_hash") for one in (first, second)]
        fields.append(
            _compare(label, *(mask(getattr(one, name)) for one in (first, second)), is_same=hashes[0] == hashes[1])
        )
    return [field for field in fields if field.first or field.second]


def _show(one: Contributor, name: str) -> str:
    value = getattr(one, name)
    if value in (None, ""):
        return ""
    if name in ("kind", "status"):
        return getattr(one, f"get_{name}_display")()
    return f"{value.day} {value:%b %Y}" if hasattr(value, "strftime") else str(value)


def _compare(label: str, first: str, second: str, *, is_same: bool | None = None) -> Field:
    is_same = first.casefold() == second.casefold() if is_same is None else is_same
    state = "one" if not (first and second) else "same" if is_same else "differs"
    return Field(label, first, second, state)


def weigh_reasons(reasons: list) -> list[Reason]:
    """The reasons of a Match or Merge, in their order."""
    return [_weigh(words, bits) for words, bits in reasons]


def find_doubt_words(reasons: list) -> str:
    """Why the pair waits for a person although it looks sure; empty for none."""
    return next((words.removeprefix(DOUBT) for words, _ in reasons if words.startswith(DOUBT)), "")


def _weigh(words: str, bits: float | None) -> Reason:
    if not bits:
        return Reason(words, bits, "", 0)
    strength = next(word for least, word in STRENGTHS if abs(bits) >= least)
    return Reason(
        words, bits, f"{strength} {'against' if bits < 0 else 'for'} it", min(10, max(1, round(abs(bits) / 2)))
    )


def name_rows(ids: list[int]) -> dict[int, list[str]]:
    """`source:key` of the rows each contributor came from."""
    found: dict[int, list[str]] = {}
    rows = (
        SourceRecord.objects.filter(kind="contributors", object_id__in=ids)
        .select_related("source")
        .order_by("source__name", "key")
    )
    for row in rows:
        found.setdefault(row.object_id, []).append(str(row))
    return found

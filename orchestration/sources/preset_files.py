"""Layouts of known products, as small TOML files in presets/: which columns tell one, and how it is mapped."""

import tomllib
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping, check_mapping
from orchestration.sources.words import plain_name

FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Preset:
    """`needs` are the columns by which a layout is known; `tables` and `names` know dumps that name no columns."""

    product: str
    record: str
    kind: str
    needs: tuple[str, ...]
    mapping: Mapping
    is_alternate: bool = False  # another reading of a file that is first of all something else
    tables: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __str__(self):
        return f"{self.product}: {self.record}"


@dataclass
class Fitted:
    """A preset over a file's own header."""

    preset: Preset
    mapping: Mapping
    columns: dict[str, str] = field(default_factory=dict)  # as the preset calls a column: as the file does


@lru_cache
def load_presets() -> tuple[Preset, ...]:
    presets = []
    for path in sorted(FOLDER.glob("*.toml")):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        mapping = facts.pop("mapping", {})
        check_mapping(mapping)
        lists = {name: tuple(facts.pop(name, ())) for name in ("needs", "tables", "names")}
        presets.append(Preset(**facts, **lists, mapping=Mapping(**mapping)))
    return tuple(preset for preset in presets if preset.kind in KINDS)


def fit_preset(header: list[str], *, kind: str = "", table: str = "") -> Fitted | None:
    """The preset whose layout the header has; of several the one that knows most of its columns."""
    best, most = None, (-1,)
    for preset in load_presets():
        if kind and preset.kind != kind:
            continue
        columns = _match_columns(preset, header, table)
        if columns is None:
            continue
        rank = (not preset.is_alternate or bool(kind), len(preset.needs) + len(columns), -len(preset.mapping.columns))
        if rank > most:
            best, most = Fitted(preset, _restrict(preset.mapping, columns), columns), rank
    return best


def _match_columns(preset: Preset, header: list[str], table: str) -> dict[str, str] | None:
    if header and all(name.startswith("column_") for name in header):
        known = table.lower() in preset.tables and len(preset.names) == len(header)
        return dict(zip(preset.names, header, strict=True)) if known else None
    if table and preset.tables and table.lower() not in preset.tables:
        return None
    by_name = {plain_name(name): name for name in reversed(header)}
    wanted = set(_names_in(preset.mapping)) | set(preset.needs)
    columns = {name: found for name in wanted if (found := _find(name, by_name, header))}
    return columns if all(name in columns for name in preset.needs) else None


def _find(name: str, by_name: dict[str, str], header: list[str]) -> str:
    if name in header:
        return name
    if "*" in name.lstrip("*") and not name.startswith("O*"):
        return next((one for one in header if fnmatchcase(one.lower(), name.lower())), "")
    return by_name.get(plain_name(name), "")


def _names_in(mapping: Mapping) -> set[str]:
    return mapping.uses() | set(mapping.columns)


def _restrict(mapping: Mapping, columns: dict[str, str]) -> Mapping:
    """The preset's mapping in the words of this very header; what the file does not have falls away."""

    def here(names: list[str]) -> list[str]:
        return [columns[name] for name in names if name in columns]

    facts = asdict(mapping)
    facts["columns"] = {columns[name]: ours for name, ours in mapping.columns.items() if name in columns}
    facts["joins"] = {ours: here(names) for ours, names in mapping.joins.items() if here(names)}
    facts["only"] = {columns[name]: words for name, words in mapping.only.items() if name in columns}
    facts["skip"] = {columns[name]: words for name, words in mapping.skip.items() if name in columns}
    # A column that this layout lacks counts as empty, so that the id of a row is the same in every layout.
    facts["identity"] = [columns.get(name, name) for name in mapping.identity]
    facts["once"] = here(mapping.once)
    facts["counts"] = {ours: here(names) for ours, names in mapping.counts.items()}
    facts["spans"] = {ours: [here(start), here(end)] for ours, (start, end) in mapping.spans.items()}
    facts["find"] = {
        ours: {way: here(names) for way, names in ways.items() if here(names)} for ours, ways in mapping.find.items()
    }
    facts["find"] = {ours: ways for ours, ways in facts["find"].items() if ways}
    if all(name not in columns for name in mapping.identity) or _has_own_id(facts):
        facts["identity"] = []
    return Mapping(**facts)


def _has_own_id(facts: dict) -> bool:
    return "source_id" in facts["columns"].values()

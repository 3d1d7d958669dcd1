"""How a source's columns and words become ours."""

from dataclasses import dataclass, field, fields

from orchestration.sources.shapes import SHAPES

CONFIDENTIAL = {"national_id", "tax_id", "bank_account", "payee_account"}
BY = {"email", "name", "contributor", "title"}  # what a reference can be found by

# How a person writes what strptime calls so.
DATE_WORDS = {
    "%Y-%m-%d": "2026-03-31", "%Y/%m/%d": "2026/03/31", "%Y.%m.%d": "2026.03.31", "%Y%m%d": "20260331",
    "%d.%m.%Y": "31.03.2026", "%d.%m.%y": "31.03.26", "%d/%m/%Y": "31/03/2026, day first",
    "%m/%d/%Y": "03/31/2026, month first", "%d-%m-%Y": "31-03-2026, day first",
    "%m-%d-%Y": "03-31-2026, month first", "%d/%m/%y": "31/03/26, day first", "%m/%d/%y": "03/31/26, month first",
    "%d-%m-%y": "31-03-26, day first", "%m-%d-%y": "03-31-26, month first", "%d-%b-%Y": "31-Mar-2026",
    "%d-%b-%y": "31-Mar-26", "%d %b %Y": "31 Mar 2026", "%b %d, %Y": "Mar 31, 2026", "%d %B %Y": "31 March 2026",
    "%B %d, %Y": "March 31, 2026", "%d-%B-%Y": "31-March-2026", "%d. %B %Y": "31. March 2026",
    "%b %d %Y": "Mar 31 2026",
}  # fmt: skip


@dataclass
class Mapping:
    """What `--mapping` files, presets and saved mappings hold; every part is data and may be left out.

    Of each cell: `columns` (their column: ours, or empty to read nothing from it), `values` (our column: {their
    word: ours}), `constants` (our column: text), `dates` (a strptime form, several of which the first that fits
    counts, or forms by our column; empty: ISO 8601), `decimal`, `joins` (our column: their columns, put together
    with a blank), `shapes` (our column: names of shapes.SHAPES, applied in turn), `spans` (our column: two lists
    of their columns, the start and the end between which the hours are counted).

    Of rows: `only` and `skip` (their column: words, `*` for any text), `once` (of rows with equal cells there the
    first counts), `identity` (their columns that make a `source_id` where a row has none), `counts` (our column:
    their columns among whose equals the row is numbered), `find` (a reference: {"email", "name", "contributor",
    "title": their columns} by which its target is looked up).

    Of other tables of the same file: `adds` (their table: [the column here, the column there, the column there by which
    the last row counts]); the cells of that row stand in this one as `table.column`.

    Of the file: `table` (the sheet of a workbook, the table of a dump), `encoding`, `computed` (true: formulas of a
    workbook count as the values that they last gave; else a row with a formula is refused).
    """

    columns: dict[str, str] = field(default_factory=dict)  # theirs -> ours
    values: dict[str, dict[str, str]] = field(default_factory=dict)  # our column -> {their word: ours}
    constants: dict[str, str] = field(default_factory=dict)
    # A strptime form, several of which the first that fits counts, or forms by our column; empty: ISO 8601.
    dates: str | list[str] | dict[str, str | list[str]] = ""
    decimal: str = "."
    encoding: str = ""
    table: str = ""
    computed: bool = False
    joins: dict[str, list[str]] = field(default_factory=dict)
    shapes: dict[str, list[str]] = field(default_factory=dict)
    spans: dict[str, list[list[str]]] = field(default_factory=dict)
    only: dict[str, list[str]] = field(default_factory=dict)
    skip: dict[str, list[str]] = field(default_factory=dict)
    once: list[str] = field(default_factory=list)
    identity: list[str] = field(default_factory=list)
    counts: dict[str, list[str]] = field(default_factory=dict)
    find: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    adds: dict[str, list[str]] = field(default_factory=dict)

    def translate(self, raw: dict[str, str]) -> dict[str, str]:
        """The row under our column names; cells keep their text but for shapes and mapped words."""
        row = dict(self.constants)
        for ours, theirs in self.joins.items():
            row[ours] = " ".join(text for name in theirs if (text := raw.get(name, "").strip()))
        for ours, (start, end) in self.spans.items():
            row[ours] = SHAPES["span"](f"{join_cells(raw, start)} / {join_cells(raw, end)}", self.decimal)
        for name, text in raw.items():
            name = self.columns.get(name, name)
            if text.strip() or not row.get(name):
                row[name] = text
        for ours, names in self.shapes.items():
            for name in names:
                row[ours] = SHAPES[name](row.get(ours, "").strip(), self.decimal)
        for ours, words in self.values.items():
            row[ours] = _translate_word(row.get(ours, ""), words)
        return row

    def date_forms(self, column: str) -> list[str]:
        """The strptime forms of a column's dates, the likeliest first; empty for ISO 8601 alone."""
        forms = self.dates.get(column, "") if isinstance(self.dates, dict) else self.dates
        return [forms] if isinstance(forms, str) and forms else list(forms)

    def date_words(self, column: str) -> str:
        """The forms of a column's dates as examples; empty for ISO 8601 alone."""
        return " or ".join(DATE_WORDS.get(form, form) for form in self.date_forms(column))

    def uses(self) -> set[str]:
        """Their columns from which anything is read."""
        found = {theirs for theirs, ours in self.columns.items() if ours}
        found.update(name for names in self.joins.values() for name in names)
        found.update(name for pair in self.spans.values() for names in pair for name in names)
        found.update(*(self.only, self.skip, self.once, self.identity))
        found.update(name for names in self.counts.values() for name in names)
        found.update(name for ways in self.find.values() for names in ways.values() for name in names)
        return found


def _translate_word(text: str, words: dict[str, str]) -> str:
    """Ours for theirs, in capitals or not."""
    bare = text.strip()
    if bare in words or not bare:
        return words.get(bare, text)
    small = bare.lower()
    return next((ours for theirs, ours in words.items() if theirs.lower() == small), text)


def join_cells(raw: dict[str, str], names: list[str]) -> str:
    return " ".join(text for name in names if (text := raw.get(name, "").strip()))


def check_mapping(facts) -> None:
    """Raises ValueError, in words, when a part of the mapping has the wrong shape."""
    known = {part.name for part in fields(Mapping)}
    if not isinstance(facts, dict):
        raise ValueError("a mapping is a table of parts such as columns and values")
    if unknown := sorted(set(facts) - known):
        raise ValueError(f"{unknown[0]!r} is no part of a mapping; its parts are {', '.join(sorted(known))}")
    for name in ("columns", "constants"):
        if not _is_table(facts.get(name, {}), str):
            raise ValueError(f"{name} is a table of words, all of them text in quotes")
    for name in ("decimal", "encoding", "table"):
        if not isinstance(facts.get(name, ""), str):
            raise ValueError(f"{name} is text in quotes")
    if not isinstance(facts.get("computed", False), bool):
        raise ValueError("computed is true or false")
    if facts.get("decimal", ".") not in (".", ","):
        raise ValueError('decimal is "." or ","')
    if not isinstance(facts.get("values", {}), dict) or any(
        not _is_table(words, str) for words in facts.get("values", {}).values()
    ):
        raise ValueError("under values, each column has a table of words, all of them text in quotes")
    _check_dates(facts.get("dates", ""))
    _check_rows(facts)
    _check_shapes(facts)


def _check_dates(dates) -> None:
    several = dates.values() if isinstance(dates, dict) else [dates]
    for forms in several:
        if not (isinstance(forms, str) or _is_list(forms)):
            raise ValueError('dates is a form such as "%d.%m.%Y", a list of them, or a table of them by our column')


def _check_rows(facts: dict) -> None:
    for name in ("joins", "shapes", "only", "skip", "counts", "adds"):
        lists = facts.get(name, {})
        if not isinstance(lists, dict) or not all(_is_list(names) for names in lists.values()):
            raise ValueError(f"{name} is a table with a list of words for each column")
    for name in ("once", "identity"):
        if not _is_list(facts.get(name, [])):
            raise ValueError(f"{name} is a list of their columns")
    if any(len(names) != 3 for names in facts.get("adds", {}).values()):
        raise ValueError("adds has three columns for each table: the one here, the one there, and the order")
    spans = facts.get("spans", {})
    if not isinstance(spans, dict) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(_is_list(names) for names in pair) for pair in spans.values()
    ):
        raise ValueError("spans has two lists of their columns for each of ours: the start, and the end")
    find = facts.get("find", {})
    if not isinstance(find, dict) or not all(
        isinstance(ways, dict) and set(ways) <= BY and all(_is_list(names) for names in ways.values())
        for ways in find.values()
    ):
        raise ValueError(f"find has, for each reference, lists of their columns under {', '.join(sorted(BY))}")


def _check_shapes(facts: dict) -> None:
    for names in facts.get("shapes", {}).values():
        if unknown := [name for name in names if name not in SHAPES]:
            raise ValueError(f"{unknown[0]!r} is no shape; the shapes are {', '.join(sorted(SHAPES))}")
    # Cells of such columns stand encrypted in the raw row; one made of several could not.
    if secret := CONFIDENTIAL & {*facts.get("joins", {}), *facts.get("constants", {})}:
        raise ValueError(f"{min(secret)} is confidential and is read from one column alone")


def _is_list(words) -> bool:
    return isinstance(words, list) and all(isinstance(word, str) for word in words)


def _is_table(words, of: type) -> bool:
    return isinstance(words, dict) and all(isinstance(word, of) for word in words.values())

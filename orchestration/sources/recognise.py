"""What a file is and what its columns mean, proposed from names, cells and presets; a person has the last word."""

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rapidfuzz import fuzz

from orchestration.sources import contents
from orchestration.sources.kinds import KINDS, Column, TableKind
from orchestration.sources.mapping import Mapping
from orchestration.sources.preset_files import Fitted, fit_preset
from orchestration.sources.sample import SAMPLE, Sample, enrich, take_sample
from orchestration.sources.tables import list_tables
from orchestration.sources.unreadable import UnreadableTable
from orchestration.sources.words import names_of, synonyms_of, words_of

MOST_TABLES = 30  # of a workbook or dump that are looked at
ALIKE = 90  # of 100, by which a misspelt name still counts
PEOPLE = ("email", "name", "contributor", "title")


@dataclass
class Proposal:
    """How a file would be taken, and what a person should look at."""

    kind: str
    mapping: Mapping
    preset: str = ""
    ambiguous: list[str] = field(default_factory=list)  # our date columns whose day and month could change places
    score: float = 0.0

    @property
    def is_sure(self) -> bool:
        """Whether anything but the kind's being the commonest speaks for it."""
        return self.score > 1

    @property
    def missing(self) -> list[str]:
        return missing_columns(KINDS[self.kind], self.mapping)


def choose_table(path: Path, encoding: str = "", without: list[str] = ()) -> str:
    """The sheet or dumped table to begin with: of those that are known what others refer to, else what looks likest.

    `without` asks for one more table beside those, and only for one that is known whole; empty where there is none.
    """
    best, most = "", (0, 0.0)
    for table in list_tables(path, encoding)[:MOST_TABLES]:
        if table in without:
            continue
        try:
            proposal = propose(take_sample(path, table, encoding))
        except UnreadableTable:
            continue
        rank = (-list(KINDS).index(proposal.kind), 0.0) if proposal.preset else (-len(KINDS), proposal.score)
        is_enough = proposal.score > 3 and not proposal.missing if without else proposal.score > 0
        if is_enough and (not best or rank > most):
            best, most = table, rank
    return best


def propose(sample: Sample, kind: str = "") -> Proposal:
    """The likeliest kind and mapping; with `kind` the mapping for that one."""
    fitted = fit_preset(sample.header, kind=kind, table=sample.table)
    if fitted is not None:
        fitted = _fit_with_others(sample, fitted, kind)
        return _complete(sample, fitted.preset.kind, fitted, score=100 + len(fitted.columns))
    kinds = [kind] if kind else list(KINDS)
    proposals = [_complete(sample, name, None, score=_score(sample, name)) for name in kinds]
    return max(proposals, key=lambda one: one.score)


def _fit_with_others(sample: Sample, fitted: Fitted, kind: str) -> Fitted:
    """A preset that reads from other tables of the file, too, where they are there."""
    adds = {table: names for table, names in fitted.mapping.adds.items() if table in sample.tables}
    if adds:
        enrich(sample, adds)
        fitted = fit_preset(sample.header, kind=kind, table=sample.table) or fitted
    fitted.mapping.adds = adds
    return fitted


def _score(sample: Sample, kind: str) -> float:
    """Columns known by name, the required ones above all; what the file is called tips the scales."""
    table = KINDS[kind]
    known = _assign(sample, table, {}, by_content=False)
    told = f"{sample.path.stem} {sample.table}".lower().replace("_", " ").replace("-", " ")
    said = _kind_of_people(told, sample.header) if kind == "contributors" else {}
    required = [c.name for c in table.columns if c.required and c.name != "source_id" and c.name not in said]
    found = len(known) + 2 * sum(name in known.values() for name in required)
    lacking = 2 * sum(name not in known.values() for name in required)
    named = 2 if kind.replace("_", " ").rstrip("s") in told else 0
    if kind == "time" and not {"hours", "work_date"} <= set(known.values()):
        lacking += 4
    return found - lacking + named + 2 * len(said)


def _complete(sample: Sample, kind: str, fitted: Fitted | None, score: float) -> Proposal:
    table = KINDS[kind]
    facts = asdict(fitted.mapping) if fitted else asdict(Mapping())
    taken = dict(facts["columns"])
    made = _made(facts) | set(facts["constants"])
    named = _assign(sample, table, taken, by_content=fitted is None, made=made)
    facts["columns"] = {**named, **taken}
    _add_constants(sample, table, facts)
    done, ambiguous = fill_in(sample, kind, facts)
    return Proposal(kind, done, str(fitted.preset) if fitted else "", ambiguous, score)


def fill_in(sample: Sample, kind: str, facts: dict) -> tuple[Mapping, list[str]]:
    """What follows from which column is which: ids, shapes, words and date forms; and the dates to ask about."""
    table = KINDS[kind]
    is_named = len(sample.tables) > 1 or not _names_columns(sample)
    facts["encoding"], facts["computed"] = sample.encoding, sample.computed
    facts["table"] = sample.table if is_named else ""
    _add_identity(sample, table, facts)
    _add_find(sample, table, facts)
    _add_shapes(sample, table, facts)
    _add_words(sample, table, facts)
    ambiguous = _add_dates(sample, table, facts)
    return Mapping(**facts), ambiguous


def _names_columns(sample: Sample) -> bool:
    """Dumps may name no columns; then the table's name alone tells what they are."""
    return not all(name.startswith("column_") for name in sample.header)


def _made(facts: dict) -> set[str]:
    """Our columns that are filled in without a column of theirs."""
    return {*facts["joins"], *facts["spans"], *facts["find"], *facts["counts"]} | (
        {"source_id"} if facts["identity"] else set()
    )


def _assign(sample: Sample, table: TableKind, taken: dict[str, str], *, by_content: bool, made=frozenset()) -> dict:
    """{their column: ours}: equal names first, in the order of their likelihood, then alike ones, then by content."""
    free = [name for name in sample.header if name not in taken]
    open_ = [c for c in table.columns if c.name not in taken.values() and c.name not in made]
    pairs = []
    for column in open_:
        names = synonyms_of(table.name).get(column.name, [column.name])
        for theirs in free:
            likelihood = _likeness(theirs, names)
            if likelihood and _content_fits(column, sample.columns[theirs]):
                pairs.append((likelihood, column.required, -free.index(theirs), theirs, column.name))
    found: dict[str, str] = {}
    for _, _, _, theirs, ours in sorted(pairs, reverse=True):
        if theirs not in found and ours not in found.values():
            found[theirs] = ours
    if table.name == "contributors" and {"given_name", "family_name"} <= {*found.values(), *taken.values()}:
        found = {theirs: ours for theirs, ours in found.items() if ours != "name"}
        open_ = [column for column in open_ if column.name != "name"]
    if by_content:
        _assign_by_content(sample, table, [c for c in open_ if c.name not in found.values()], found, free)
    return found


def _likeness(theirs: str, names: list[str]) -> float:
    """Up to 2 for a name we know, up to 1 for one that is merely alike, else 0."""
    for name in names_of(theirs):
        if name in names:
            return 2 - names.index(name) / 1000
    ratio = max((fuzz.ratio(plain, name) for plain in names_of(theirs) for name in names if len(name) > 5), default=0)
    return ratio / 100 if ratio >= ALIKE else 0


def _content_fits(column: Column, cells: list[str]) -> bool:
    """Whether what stands in the cells can be what the name promises; an empty column can be anything."""
    cells = cells[:300]
    if not cells:
        return True
    if column.type == "date":
        return contents.share(cells, contents.is_date) >= 0.3
    if column.type == "decimal":
        test = contents.is_duration if column.name == "hours" else contents.is_number
        return contents.share(cells, lambda text: test(text) or contents.is_number(text)) >= 0.3
    if column.type == "currency":
        return contents.share(cells, lambda text: bool(re.search(r"\b[A-Za-z]{3}\b", text))) >= 0.3
    if column.type == "country":
        return contents.share(cells, contents.is_country) >= 0.3
    if column.name == "email":
        return contents.share(cells, contents.is_email) >= 0.3
    if column.type == "choice":
        return len(set(cells)) <= 60
    return True


def _assign_by_content(sample: Sample, table: TableKind, open_: list[Column], found: dict, free: list[str]) -> None:
    """What only the cells tell: addresses, accounts, codes of countries and currencies, known words, and ids."""
    tests = {
        "email": contents.is_email, "bank_account": contents.is_iban, "currency": contents.is_currency,
        "country": lambda text: len(text) == 2 and contents.is_country(text),
    }  # fmt: skip
    for column in open_:
        test = tests.get(column.name) or tests.get(column.type)
        if column.type == "choice":
            known = {*words_of(table.name, column.name), *column.choices}
            test = lambda text, known=known: len(text) > 2 and text.lower() in known  # noqa: E731
        if test is None:
            continue
        least = 0.6 if column.type == "choice" else 0.9
        fit = [t for t in free if t not in found and contents.share(sample.columns[t][:300], test) >= least]
        if len(fit) == 1:
            found[fit[0]] = column.name
    if any(column.name == "source_id" for column in open_) and (ids := _find_ids(sample, found, free)):
        found[ids] = "source_id"


def _find_ids(sample: Sample, found: dict, free: list[str]) -> str:
    """A column that is called a code or number and tells every row from every other."""
    called = re.compile(r"\b(id|code|number|key|ref|reference|kennung|uuid)\b")
    for theirs in free:
        cells = sample.columns[theirs]
        is_whole = len(cells) > 0.9 * len(sample.rows) and len(set(cells)) == len(cells)
        if theirs not in found and is_whole and any(called.search(name) for name in names_of(theirs)):
            return theirs
    return ""


def _all_fit(cells: list[str], test) -> bool:
    return contents.share(cells[:300], test) >= 0.9


def _add_constants(sample: Sample, table: TableKind, facts: dict) -> None:
    """What the header or the file's name says of every row."""
    filled = {*facts["columns"].values(), *facts["constants"]}
    told = f"{sample.path.stem} {sample.table}".lower()
    if table.name == "contributors" and "kind" not in filled:
        facts["constants"].update(_kind_of_people(told, sample.header))
    if "currency" in table.by_name and "currency" not in filled:
        codes = Counter(code for name in sample.header for code in re.findall(r"\(([A-Z]{3})\)", name))
        codes = [code for code, _ in codes.most_common() if contents.is_currency(code)]
        signs = {sign for sign in "$€£" for cells in sample.columns.values() if any(sign in c for c in cells[:50])}
        if codes:
            facts["constants"]["currency"] = codes[0]
        elif len(signs) == 1:
            facts["constants"]["currency"] = {"$": "USD", "€": "EUR", "£": "GBP"}[signs.pop()]


def _kind_of_people(told: str, header: list[str]) -> dict[str, str]:
    words = told + " " + " ".join(sorted(name for theirs in header for name in names_of(theirs)))
    for kind, marks in (
        ("vendor", ("vendor list", "suppliers", "vendors", "supplier name", "lieferanten", "creditors")),
        ("contractor", ("contractor", "freelancer", "contingent", "consultant", "work order")),
        ("ai_agent", ("ai agent", "agent id", "llm")),
        ("employee", ("employee", "hire date", "personalnummer", "mitarbeiter", "matricule", "staff", "payroll")),
    ):
        if any(mark in words for mark in marks):
            return {"kind": kind}
    return {}


def _add_identity(sample: Sample, table: TableKind, facts: dict) -> None:
    """Rows without an id of their own get one from what tells them apart."""
    filled = set(facts["columns"].values())
    if "line" in table.by_name and "line" not in filled and "line" not in facts["constants"] and not facts["counts"]:
        number = [theirs for theirs, ours in facts["columns"].items() if ours in ("invoice_number", "supplier")]
        facts["counts"] = {"line": number} if number else {}
    if table.key != ("source_id",) or "source_id" in filled or facts["identity"]:
        return
    by_ours = {ours: theirs for theirs, ours in facts["columns"].items() if ours}
    if table.name == "contributors":
        first = [by_ours[name] for name in ("email",) if name in by_ours]
        names = [by_ours[name] for name in ("given_name", "family_name", "name") if name in by_ours]
        is_unique = first and len(set(sample.columns[first[0]])) == len([r for r in sample.rows if not r[2]])
        facts["identity"] = first if is_unique else names
    elif table.name == "time":
        volatile = re.compile(
            r"amount|rate|invoice|billable|duration|hours|status|approved|creat|tags|type|group", re.I
        )
        facts["identity"] = [name for name in sample.header if not volatile.search(name)]
    else:
        facts["identity"] = [theirs for theirs, ours in facts["columns"].items() if ours not in ("", "amount")]


def _add_find(sample: Sample, table: TableKind, facts: dict) -> None:
    """Who a row is about, where it names a person rather than an id of ours."""
    synonyms = synonyms_of(table.name)
    target = {"time": "engagement", "absences": "contributor"}.get(table.name)
    if target is None or target in facts["find"] or target in facts["columns"].values():
        return
    ways: dict[str, list[str]] = {}
    for way in (*PEOPLE, "first", "last"):
        named = synonyms.get(f"?{way}", [])
        found = [theirs for theirs in sample.header if names_of(theirs) & set(named)]
        if found:
            ways[way] = found if way == "title" else found[:1]
    whole = ways.pop("first", []) + ways.pop("last", [])
    if "name" not in ways and len(whole) == 2:
        ways["name"] = whole
    if set(ways) - {"title"}:
        facts["find"][target] = ways


def _add_shapes(sample: Sample, table: TableKind, facts: dict) -> None:
    numbers = [c for t, o in facts["columns"].items() if _type(table, o) == "decimal" for c in sample.columns[t][:500]]
    facts["decimal"] = contents.find_decimal_mark(numbers)
    for theirs, ours in facts["columns"].items():
        cells, shapes = sample.columns.get(theirs, [])[:500], list(facts["shapes"].get(ours, []))
        type_ = _type(table, ours)
        if type_ == "date" and any(contents.day(cell, ".") != cell for cell in cells) and "day" not in shapes:
            shapes.insert(0, "day")
        if type_ == "date" and ours in table.period[1:] and _has_open_end(cells) and "open_end" not in shapes:
            shapes.append("open_end")
        if ours == "hours" and any(contents.is_duration(cell) for cell in cells) and "hours" not in shapes:
            shapes.append("hours")
        if type_ == "decimal" and ours != "hours" and contents.needs_money(cells, facts["decimal"]):
            shapes += ["money"] if "money" not in shapes else []
        if type_ == "currency" and not _all_fit(cells, contents.is_currency):
            shapes += ["code"] if cells and "code" not in shapes else []
        if type_ == "country" and not _all_fit(cells, contents.is_country_code):
            shapes += ["country"] if cells and "country" not in shapes else []
        if type_ == "skills" and any("," in c or "\n" in c for c in cells) and not any(";" in c for c in cells):
            shapes.append("listed")
        if ours == "name" and table.name == "contributors" and _is_last_first(cells) and not shapes:
            shapes = ["plain", "last_first"]
        if shapes:
            facts["shapes"][ours] = shapes


def _has_open_end(cells: list[str]) -> bool:
    return any(cell.startswith(("9999", "2999", "4712")) or cell.endswith(("9999", "2999")) for cell in cells)


def _is_last_first(cells: list[str]) -> bool:
    return contents.share(cells, lambda cell: bool(re.fullmatch(r"[^,\d]+, [^,]+", cell))) > 0.8


def _type(table: TableKind, ours: str) -> str:
    return table.by_name[ours].type if ours in table.by_name else ""


def _add_words(sample: Sample, table: TableKind, facts: dict) -> None:
    """Their words for our choices; a word that nobody knows is left for a person to say."""
    for theirs, ours in facts["columns"].items():
        column = table.by_name.get(ours)
        if column is None or column.type != "choice":
            continue
        known = words_of(table.name, ours)
        words = dict(facts["values"].get(ours, {}))
        for cell in dict.fromkeys(sample.columns.get(theirs, [])):
            plain = cell.lower().replace(" ", "_").replace("-", "_")
            if cell not in words and plain not in column.choices and cell.lower() in known:
                words[cell] = known[cell.lower()]
        if words:
            facts["values"][ours] = words


def _add_dates(sample: Sample, table: TableKind, facts: dict) -> list[str]:
    """The forms of each date column; a column that leaves day and month open follows the others, or is asked about."""
    likely = facts["dates"] if isinstance(facts["dates"], dict) else {}
    found = {}
    for theirs, ours in facts["columns"].items():
        if _type(table, ours) == "date" and (cells := _without_open_ends(sample.columns.get(theirs, []))):
            hint = likely.get(ours, [""])
            found[ours] = contents.find_date_forms(cells[:SAMPLE], hint if isinstance(hint, str) else hint[0])
    sure = Counter(form for one in found.values() if not one.is_ambiguous for form in one.forms)
    ambiguous, dates = [], {}
    for ours, given in likely.items():  # a column that is empty now may hold either later
        if ours in facts["columns"].values():
            dates[ours] = [given] if isinstance(given, str) else list(given)
            dates[ours] += [] if ours in found else ["%Y-%m-%d"]
    for ours, one in found.items():
        forms = list(one.forms)
        if one.is_ambiguous and ours not in likely:
            twin = contents.TWINS.get(forms[0], forms[0])
            if sure[twin] > sure[forms[0]]:
                forms[0] = twin
            elif not sure[forms[0]]:
                ambiguous.append(ours)
        if not forms:
            forms = list(sure)[:1]  # nothing in this column reads as a date; perhaps later rows do
        if forms and forms != ["%Y-%m-%d"]:
            dates[ours] = forms
        elif forms:
            dates.pop(ours, None)
    facts["dates"] = dates or ""
    return ambiguous


def _without_open_ends(cells: list[str]) -> list[str]:
    return [cell for cell in cells if not _has_open_end([cell])]


def missing_columns(table: TableKind, mapping: Mapping) -> list[str]:
    """Required columns of ours that nothing fills."""
    filled = {*mapping.columns.values(), *mapping.constants, *mapping.joins, *mapping.spans, *mapping.find}
    filled |= set(mapping.counts) | ({"source_id"} if mapping.identity else set())
    lacking = [c.name for c in table.columns if c.required and c.name not in filled and not c.default]
    if table.name == "contributors" and "name" not in filled and not {"given_name", "family_name"} <= filled:
        lacking.append("name")
    return lacking

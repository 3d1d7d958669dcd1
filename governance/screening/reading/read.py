"""Files become readings, one for each list; the layout is told by content, not by name."""

from pathlib import Path

from governance.screening.reading import bis, csl, ofac, table, un
from governance.screening.reading.entry import Reading, UnreadableList
from governance.screening.reading.text import decode, read_bytes, read_rows

LAYOUTS = (
    "OFAC's sdn, alt, add and comments CSV, BIS's denied persons, the UN's consolidated XML, "
    "the consolidated screening list CSV, or a table with source_id and name"
)
SDN, CONSOLIDATED, BIS, UN, CSL, OWN = (
    "OFAC SDN", "OFAC consolidated", "BIS denied persons", "UN Security Council", "Consolidated screening list",
    "Own watchlist",
)  # fmt: skip
HEADED = {"bis": (BIS, bis.read_bis), "csl": (CSL, csl.read_csl), "table": (OWN, table.read_table)}
PART_ORDER = (ofac.NAMES, ofac.ALIASES, ofac.ADDRESSES, ofac.COMMENTS)


def read_lists(paths: list[Path], *, name: str = "") -> dict[str, Reading]:
    """The readings by list; raises UnreadableList when a file is in no layout known."""
    readings: dict[str, Reading] = {}
    parts: dict[str, list] = {}
    for path in walk(paths):
        data = read_bytes(path)
        if looks_like_xml(data):
            un.read_un(find_reading(readings, name or UN, path, data), data, str(path))
            continue
        text = decode(data)
        layout, rows = recognise(text, path)
        if layout in PART_ORDER:
            of_list = name or (CONSOLIDATED if path.name.lower().startswith("cons") else SDN)
            find_reading(readings, of_list, path, data)
            parts.setdefault(of_list, []).append((layout, path, rows))
        else:
            default, read = HEADED[layout]
            read(find_reading(readings, name or default, path, data), str(path), rows)
    for list_name, files in parts.items():
        read_parts(readings[list_name], files)
    return readings


def find_reading(readings: dict[str, Reading], name: str, path: Path, data: bytes) -> Reading:
    reading = readings.setdefault(name, Reading(name))
    reading.add_file(str(path), data)
    return reading


def read_parts(reading: Reading, files: list) -> None:
    """OFAC's files in the order in which they build on one another."""
    if not any(part == ofac.NAMES for part, _, _ in files):
        named = ", ".join(str(path) for _, path, _ in files)
        raise UnreadableList(f"{named}: these add to a file of names. Give sdn.csv or cons_prim.csv with them.")
    for part, path, rows in sorted(files, key=lambda file: PART_ORDER.index(file[0])):
        ofac.read_part(reading, part, str(path), rows)


def walk(paths: list[Path]) -> list[Path]:
    """The files named, folders walked."""
    found = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        elif path.exists():
            found.append(path)
        else:
            raise UnreadableList(f"{path}: there is no such file.")
    if not found:
        raise UnreadableList("There is no file to read. Name the files of a list or a folder that holds them.")
    return found


def looks_like_xml(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def recognise(text: str, path: Path):
    """(layout, rows) of a delimited file."""
    head = text[:200_000].split("\n", 1)[0]
    delimiter = "\t" if head.count("\t") > head.count(",") else ";" if ";" in head and "," not in head else ","
    first = []
    for _, row in read_rows(text[:200_000], delimiter):
        first.append(row)
        if len(first) == 50:
            break
    if not first:
        raise UnreadableList(f"{path}: the file is empty. Fetch it again.")
    for layout, matches in (("bis", bis.is_bis), ("csl", csl.is_csl), ("table", table.is_table)):
        if matches(first[0]):
            return layout, read_rows(text, delimiter)
    if part := ofac.recognise_part(first):
        return part, read_rows(text, delimiter)
    raise UnreadableList(f"{path}: this is no watchlist in a layout known here. Known are {LAYOUTS}.")

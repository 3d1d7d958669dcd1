"""The UN Security Council's consolidated list: XML, read with entities, DTDs and network switched off."""

from lxml import etree

from governance.screening.reading.entry import FIRM, PERSON, Entry, Reading, UnreadableList
from governance.screening.reading.text import read_birth, read_country

NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
MISSING = ("", "na", "n/a", "none")


def parse_un(data: bytes, path: str) -> etree._Element:
    """The root element; raises UnreadableList where the file is broken, hostile or another document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise UnreadableList(f"{path}: line {line}, column {column}: {error.msg}. Fetch the file again.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableList(f"{path}: declares a DOCTYPE, which the published list does not. Nothing was read.")
    if etree.QName(root).localname != "CONSOLIDATED_LIST":
        raise UnreadableList(f"{path}: this XML is {root.tag[:60]!r}, not the UN's CONSOLIDATED_LIST.")
    return root


def read_un(reading: Reading, data: bytes, path: str) -> None:
    root = parse_un(data, path)
    for tag, kind in (("INDIVIDUAL", PERSON), ("ENTITY", FIRM)):
        for element in root.iter(tag):
            reading.seen += 1
            reading.take(read_entry(element, tag, kind), path, element.sourceline or 0)


def read_entry(element: etree._Element, tag: str, kind: str) -> Entry:
    name = " ".join(part for part in (text_of(element, one) for one in NAME_PARTS) if part.lower() not in MISSING)
    key = text_of(element, "REFERENCE_NUMBER") or text_of(element, "DATAID")
    entry = Entry(key or f"line-{element.sourceline}", name, kind, programmes=text_of(element, "UN_LIST_TYPE"))
    entry.remarks = text_of(element, "COMMENTS1")
    entry.add_alias(text_of(element, "NAME_ORIGINAL_SCRIPT"))
    for alias in element.iter(f"{tag}_ALIAS"):
        if (text := text_of(alias, "ALIAS_NAME")).lower() not in MISSING:
            entry.add_alias(text)
        entry.add_birth(read_birth(text_of(alias, "DATE_OF_BIRTH")))
    for born in element.iter("INDIVIDUAL_DATE_OF_BIRTH"):
        entry.add_birth(read_born(born))
    for country in (*element.iterfind("NATIONALITY/VALUE"), *element.iterfind(f"{tag}_ADDRESS/COUNTRY")):
        entry.add_country(read_country(country.text or ""))
    return entry


def read_born(element: etree._Element) -> str:
    first, last = text_of(element, "FROM_YEAR"), text_of(element, "TO_YEAR")
    if first and last:
        return read_birth(f"{first} to {last}")
    # "Approximately" with a full date is a guess at the day: the year is what is known.
    text = text_of(element, "DATE") or text_of(element, "YEAR")
    found = read_birth(text[:10])
    return found[:4] if text_of(element, "TYPE_OF_DATE").lower().startswith("approx") else found


def text_of(element: etree._Element, tag: str) -> str:
    return " ".join((element.findtext(tag) or "").split())

"""Parsing XML that may be hostile: no entities, no network, no DTD, bounded size."""

from lxml import etree

from orchestration.invoices.reading.document import Problem

MAX_XML = 100_000_000  # bytes


def parse_xml(data: bytes) -> etree._Element | Problem:
    """The root element, or the Problem that says where the file is broken or hostile."""
    if not data.strip():
        return Problem("empty", "The file is empty. Ask the sender for it again.", blocks=True)
    if len(data) > MAX_XML:
        return Problem("too_large", f"The file has {len(data):,} bytes; at most {MAX_XML:,} are read.", blocks=True)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return Problem(
            "not_wellformed",
            f"Line {line}, column {column}: {error.msg}. Ask the sender for an unbroken file.",
            blocks=True,
        )
    except (ValueError, LookupError) as error:
        return Problem("not_wellformed", f"This is not XML that can be read: {error}.", blocks=True)
    if root.getroottree().docinfo.internalDTD is not None:
        return Problem(
            "doctype",
            "The file declares a DOCTYPE, which e-invoices do not have and attacks do. Nothing was read.",
            blocks=True,
        )
    return root

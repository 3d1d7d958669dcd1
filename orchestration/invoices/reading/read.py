"""One way in for a received file: what it is, what it says, what is wrong with it."""

from lxml import etree

from orchestration.invoices.reading import cii, ubl
from orchestration.invoices.reading.document import Document, Problem, refuse
from orchestration.invoices.reading.pdf import find_invoice_xml
from orchestration.invoices.reading.rules import check_rules
from orchestration.invoices.reading.xml import parse_xml

# Documents that people send as invoices and that are none; what to do about each.
OTHERS = {
    "urn:ferd:CrossIndustryDocument:invoice:1p0": "This is ZUGFeRD 1.0, which came before EN 16931. Ask for Factur-X or ZUGFeRD 2.",
    "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100": "This is an Order-X order, not an invoice.",
    "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100": "This is a status message (CDAR), not an invoice.",
}


def read_document(data: bytes, name: str = "") -> Document:
    """Reads an e-invoice; never raises. `name` is only for messages: the content says what the file is."""
    start = data[:1024].lstrip()
    embedded = b"%PDF-" in start and not start.startswith((b"<", b"\xef\xbb\xbf<"))  # junk may stand before the mark
    if embedded:
        found = find_invoice_xml(data)
        if isinstance(found, Problem):
            return Document(ok=False, syntax="", problems=[found])
        data = found
    root = parse_xml(data)
    if isinstance(root, Problem):
        return Document(ok=False, problems=[root])
    document = _read_root(root)
    if document.ok:
        if embedded:
            document.syntax = "facturx"
        document.problems = check_rules(document)
    return document


def _read_root(root) -> Document:
    tag = etree.QName(root)
    if (tag.namespace, tag.localname) in ((ubl.INVOICE, "Invoice"), (ubl.CREDIT_NOTE, "CreditNote")):
        return ubl.read_ubl(root)
    if (tag.namespace, tag.localname) == (cii.ROOT, "CrossIndustryInvoice"):
        return cii.read_cii(root)
    if tag.namespace in OTHERS:
        return refuse("not_en16931", OTHERS[tag.namespace])
    return refuse(
        "unknown_document",
        f"The root element is {tag.localname!r} of {tag.namespace or 'no namespace'!r}. Taken are UBL 2.1 Invoice and "
        "CreditNote, UN/CEFACT CrossIndustryInvoice, and PDFs that hold one.",
    )

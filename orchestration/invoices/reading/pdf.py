"""Finding the invoice inside a Factur-X or ZUGFeRD PDF."""

import io
import logging

import pypdf

from orchestration.invoices.reading.document import Problem

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
MAX_ATTACHMENT = 20_000_000  # bytes
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks on broken files would flood the log


def find_invoice_xml(data: bytes) -> bytes | Problem:
    """The embedded XML by the standard's names, else any XML attachment; a Problem where there is none."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Problem("pdf_encrypted", "The PDF is protected by a password. Ask the sender for an open one.", blocks=True)
        found = {name.lower(): parts[0] for name, parts in reader.attachments.items() if parts}
    except Exception as error:  # noqa: BLE001 - a broken PDF raises whatever its parser meets
        return Problem("pdf_broken", f"The PDF is damaged ({type(error).__name__}). Ask the sender for it again.", blocks=True)
    xml = next((found[n] for n in NAMES if n in found), None)
    if xml is None:
        xml = next((content for name, content in sorted(found.items()) if name.endswith(".xml")), None)
    if xml is None:
        return Problem(
            "pdf_without_invoice",
            "The PDF has no invoice data inside, only a picture of it. Ask the sender for Factur-X, ZUGFeRD or XML.",
            blocks=True,
        )
    if len(xml) > MAX_ATTACHMENT:
        return Problem("too_large", f"The embedded file has {len(xml):,} bytes; at most {MAX_ATTACHMENT:,} are read.", blocks=True)
    return bytes(xml)

"""Finding the invoice inside a Factur-X or ZUGFeRD PDF."""

import io
import logging
from collections.abc import Iterator

import pypdf
from pypdf.errors import LimitReachedError
from pypdf.generic import DictionaryObject, StreamObject

from orchestration.invoices.reading.document import Problem

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml")
MAX_ATTACHMENT = 20_000_000  # bytes; pypdf itself stops unpacking a stream at 75 MB
MAX_NODES = 1_000  # of the tree of attachments
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks on broken files would flood the log


def find_invoice_xml(data: bytes) -> bytes | Problem:
    """The embedded XML by the standard's names, else any XML attachment; a Problem where there is none."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Problem(
                "pdf_encrypted", "The PDF is protected by a password. Ask the sender for an open one.", blocks=True
            )
        stream = _choose(dict(_list_attachments(reader.root_object)))
        xml = stream.get_data() if stream is not None else None
    except LimitReachedError:
        return Problem("too_large", "The embedded file unpacks to an unreasonable size. Nothing was read.", blocks=True)
    except Exception as error:  # noqa: BLE001 - a broken PDF raises whatever its parser meets
        return Problem(
            "pdf_broken", f"The PDF is damaged ({type(error).__name__}). Ask the sender for it again.", blocks=True
        )
    if xml is None:
        return Problem(
            "pdf_without_invoice",
            "The PDF has no invoice data inside, only a picture of it. Ask the sender for Factur-X, ZUGFeRD or XML.",
            blocks=True,
        )
    if len(xml) > MAX_ATTACHMENT:
        return Problem(
            "too_large", f"The embedded file has {len(xml):,} bytes; at most {MAX_ATTACHMENT:,} are read.", blocks=True
        )
    return bytes(xml)


def _choose(found: dict[str, StreamObject]) -> StreamObject | None:
    """Only the chosen attachment is unpacked, however many there are."""
    named = [found[name] for name in NAMES if name in found]
    others = [stream for name, stream in sorted(found.items()) if name.endswith(".xml")]
    return next(iter(named + others), None)


def _list_attachments(catalog: DictionaryObject) -> Iterator[tuple[str, StreamObject]]:
    """Name and packed content of the embedded files, from a tree of any shape."""
    names = _get(catalog, "/Names") or {}
    todo = [_get(names, "/EmbeddedFiles")]
    for _ in range(MAX_NODES):
        if not todo:
            return
        node = todo.pop()
        if not isinstance(node, DictionaryObject):
            continue
        todo += [item.get_object() for item in (*(_get(node, "/Kids") or ()), *(_get(node, "/Names") or ()))]
        files = _get(node, "/EF") or {}
        content = _get(files, "/UF") or _get(files, "/F")
        if isinstance(content, StreamObject):
            yield str(_get(node, "/UF") or _get(node, "/F") or "").lower(), content


def _get(holder: DictionaryObject, key: str):
    return holder[key].get_object() if isinstance(holder, dict) and key in holder else None

"""Hostile and damaged files, and the command that reads a folder."""

import io
import json

import pypdf
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from orchestration.invoices.reading.read import read_document
from tests.orchestration.test_invoices_reading_rules import INVOICE

XML = INVOICE.format(currency="EUR", quantity="10", price="12.50", base="1", net="120.00").encode()


def pdf(**attachments):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=10, height=10)
    for name, content in attachments.items():
        writer.add_attachment(f"{name}.xml", content)
    return writer


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_invoice_in_a_pdf_reads_as_the_same_file_alone():
    alone, inside = read_document(XML), read_document(written(pdf(**{"factur-x": XML, "a-note": b"<a/>"})))
    assert (alone.syntax, inside.syntax) == ("ubl", "facturx")
    assert inside.lines == alone.lines


def test_a_pdf_mark_after_some_junk_is_still_a_pdf():
    assert read_document(b"\r\n% sent by mail\r\n" + written(pdf(**{"factur-x": XML}))).syntax == "facturx"


def test_a_pdf_without_data_inside_is_refused_with_advice():
    problem = read_document(written(pdf())).problems[0]
    assert problem.code == "pdf_without_invoice"
    assert "Ask the sender" in problem.message


def test_a_pdf_under_a_password_is_refused():
    writer = pdf(**{"factur-x": XML})
    writer.encrypt("secret", algorithm="RC4-128")
    assert read_document(written(writer)).problems[0].code == "pdf_encrypted"


def test_an_attachment_that_unpacks_beyond_the_limit_is_refused():
    writer = pdf(**{"factur-x": b" " * 100_000_000})
    for item in writer._objects:
        if isinstance(item, pypdf.generic.StreamObject) and len(item._data) == 100_000_000:
            writer._objects[writer._objects.index(item)] = item.flate_encode()
    data = written(writer)
    assert len(data) < 1_000_000
    assert read_document(data).problems[0].code == "too_large"


def test_a_tree_of_attachments_that_contains_itself_ends():
    writer = pdf(**{"factur-x": XML})
    files = writer.root_object["/Names"]["/EmbeddedFiles"].get_object()
    loop = writer._add_object(DictionaryObject())
    loop.get_object()[NameObject("/Kids")] = ArrayObject([loop])
    files.pop("/Names")
    files[NameObject("/Kids")] = ArrayObject([loop])
    assert read_document(written(writer)).problems[0].code == "pdf_without_invoice"


def test_a_broken_file_is_refused_with_line_and_column():
    message = read_document(XML[:-10]).problems[0].message
    assert message.startswith("Line 9, column ")


def test_an_encoding_that_is_not_the_declared_one_is_refused():
    document = read_document(b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9\xe8</a>")
    assert document.problems[0].code == "not_wellformed"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_no_harm(encoding):
    assert read_document(XML.decode().encode(encoding)).ok


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_file_damaged_anywhere_never_raises(data):
    whole = data.draw(st.sampled_from([XML, written(pdf(**{"factur-x": XML}))]))
    at, size = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 40))
    read_document(whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + size :])


def test_the_command_prints_a_line_for_each_file_and_exits_1_when_one_is_refused(tmp_path, capsys):
    (tmp_path / "a.xml").write_bytes(XML)
    (tmp_path / "b.xml").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not an invoice")
    with pytest.raises(SystemExit) as left:
        call_command("read_invoices", str(tmp_path), "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert left.value.code == 1
    assert [(x["path"].rpartition("/")[2], x["ok"]) for x in lines] == [("a.xml", True), ("b.xml", False)]
    assert list(lines[0]) == [
        "path", "ok", "syntax", "type_code", "number", "issue_date", "currency", "seller_name", "buyer_name",
        "line_count", "tax_exclusive", "tax_total", "payable", "problems",
    ]  # fmt: skip


def test_the_command_exits_2_without_the_file(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        call_command("read_invoices", str(tmp_path / "none.xml"), "--json")
    assert left.value.code == 2
    assert capsys.readouterr().out == ""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from orchestration.invoices.models import Document, Invoice, InvoiceLine
from workforce.contributors.confidential import key_hash

pytestmark = pytest.mark.django_db

LINE = """<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">8</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">640.00</cbc:LineExtensionAmount>
<cac:InvoicePeriod><cbc:StartDate>2026-09-01</cbc:StartDate><cbc:EndDate>2026-09-30</cbc:EndDate></cac:InvoicePeriod>
<cac:OrderLineReference><cbc:LineID>E1</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>Welding</cbc:Name>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>
<cac:AdditionalItemProperty><cbc:Name>Contributor</cbc:Name><cbc:Value>C1</cbc:Value></cac:AdditionalItemProperty></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">80.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>"""


def write_ubl(number: str = "R-1", kind: str = "Invoice", payable: str = "761.60") -> str:
    """A UBL document of one line: 8 hours at 80.00, 19 % VAT."""
    line = LINE if kind == "Invoice" else LINE.replace("InvoiceLine", "CreditNoteLine").replace("Invoiced", "Credited")
    code = (
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>"
        if kind == "Invoice"
        else "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>"
    )
    return f"""<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>{number}</cbc:ID>
<cbc:IssueDate>2026-10-01</cbc:IssueDate>{code}<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party>
<cac:PartyTaxScheme><cbc:CompanyID>DE111</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Tide</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>DE02120300000000202051</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">121.60</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">640.00</cbc:TaxableAmount>
<cbc:TaxAmount currencyID="EUR">121.60</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">640.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">640.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">761.60</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">{payable}</cbc:PayableAmount></cac:LegalMonetaryTotal>
{line}</{kind}>"""


def run(*paths: Path) -> tuple[int, dict]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_invoices", *map(str, paths), "--json", stdout=out)
    return ended.value.code, json.loads(out.getvalue())


def test_a_line_is_stored_with_what_it_names(tmp_path):
    (tmp_path / "a.xml").write_text(write_ubl())
    code, facts = run(tmp_path)
    assert (code, facts["files"], facts["invoices"], facts["lines"], facts["rejected"]) == (0, 1, 1, 1, 0)
    line = InvoiceLine.objects.get()
    assert (line.engagement_text, line.contributor_text, line.order_text, line.per) == ("E1", "C1", "PO-1", "hour")
    assert (line.quantity, line.unit_price, line.net_amount) == (8, 80, 640)
    invoice = line.invoice
    assert invoice.supplier_tax_hash == key_hash("DE111")
    assert invoice.payee_account_hash == key_hash("DE02120300000000202051")
    assert (invoice.sums_difference, invoice.tax_difference) == (0, 0)


def test_the_same_file_again_is_counted_and_not_stored(tmp_path):
    (tmp_path / "a.xml").write_text(write_ubl())
    (tmp_path / "b.xml").write_text(write_ubl())
    assert run(tmp_path)[1]["duplicates"] == 1
    assert run(tmp_path)[1]["duplicates"] == 2
    assert (Document.objects.count(), Invoice.objects.count()) == (1, 1)


def test_a_credit_note_is_stored_negative(tmp_path):
    (tmp_path / "a.xml").write_text(write_ubl(kind="CreditNote"))
    run(tmp_path)
    line = InvoiceLine.objects.get()
    assert (line.quantity, line.unit_price, line.net_amount, line.invoice.payable) == (-8, 80, -640, Decimal("-761.60"))


def test_the_difference_in_the_totals_is_measured(tmp_path):
    (tmp_path / "a.xml").write_text(write_ubl(payable="700.00"))
    run(tmp_path)
    assert Invoice.objects.get().sums_difference == Decimal("61.60")


def test_a_broken_file_is_named_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.xml").write_text(write_ubl())
    (tmp_path / "b.xml").write_text(write_ubl()[:900])
    (tmp_path / "c.xml").write_text(write_ubl().replace("2026-10-01", "2026-13-01"))
    code, facts = run(tmp_path)
    assert (code, facts["invoices"], facts["rejected"]) == (1, 1, 2)
    assert [Path(r["path"]).name for r in facts["rejections"]] == ["b.xml", "c.xml"]
    assert all(r["code"] and r["message"] for r in facts["rejections"])
    assert Document.objects.count() == 1


def test_a_path_that_is_not_there_cannot_run(tmp_path):
    with pytest.raises(SystemExit) as ended:
        call_command("import_invoices", str(tmp_path / "none"), stderr=StringIO())
    assert ended.value.code == 2

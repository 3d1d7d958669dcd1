"""Each rule against the fragments its own authors publish, and the amounts against another reader of CII."""

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from drafthorse.models.document import Document as OtherDocument
from lxml import etree

from orchestration.invoices.reading import rules
from orchestration.invoices.reading.read import read_document
from tests.shared import DATA, needs_data

TESTS = "{http://difi.no/xsd/vefa/validator/1.0}"
FILES = sorted(DATA.glob("einvoices/cen-unit/**/*.xml"))
# The rules this reader checks; those by VAT category are composed of a prefix and a number.
BY_CATEGORY = {
    f"BR-{name}-{n}" for name in rules.CATEGORY_RULES.values() for n in ("01", "05", "06", "07", "08", "09", "10")
}
CHECKED = set(re.findall(r'"(BR-(?:CO-)?\d\d)"', Path(rules.__file__).read_text())) | BY_CATEGORY
CHECKED |= {"BR-08", "BR-09", "BR-10", "BR-11"}


def outcomes():
    """(file, fragment, rule, whether it should be broken, whether the reader says so) for each rule checked."""
    for path in FILES:
        for index, test in enumerate(etree.parse(path).getroot().iterfind(f"{TESTS}test"), start=1):
            wanted = test.find(f"{TESTS}assert")
            fragment = [e for e in test.iterchildren(tag=etree.Element) if e is not wanted][-1]
            found = {p.code for p in read_document(etree.tostring(fragment)).problems}
            for element in wanted.iterchildren(tag=etree.Element):
                rule = (element.text or "").strip()
                if rule in CHECKED and etree.QName(element).localname in ("success", "error", "warning"):
                    yield path.name, index, rule, element.tag != f"{TESTS}success", rule in found


@needs_data
def test_every_fragment_breaks_the_rule_its_authors_say_and_no_other_does():
    seen = list(outcomes())
    assert [row for row in seen if row[3] != row[4]] == []
    counts = Counter(row[3] for row in seen)
    assert counts[True] > 150
    assert counts[False] > 150


@needs_data
@pytest.mark.parametrize("folder", ["zugferd-252", "facturx-py", "zugferd-corpus"])
def test_cii_reads_as_another_reader_of_cii_reads_it(folder):
    compared, wrong = 0, []
    with (DATA / "einvoices" / folder / "expected.csv").open(encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["syntax"] == "CII"]
    for name in names:
        data = (DATA / "einvoices" / folder / name).read_bytes()
        try:
            other = OtherDocument.parse(data)
        except Exception:  # noqa: BLE001, S112 - the other reader knows fewer fields and then gives up
            continue
        ours = read_document(data)
        total = other.trade.settlement.monetary_summation
        theirs = [
            (line.document.line_id._text, line.settlement.monetary_summation.total_amount._value)
            for line in other.trade.items.children
        ]
        compared += 1
        if ours.number != other.header.id._text or theirs != [(x.id, Decimal(x.net)) for x in ours.lines]:
            wrong.append((name, "lines", theirs))
        if total.due_amount._value != Decimal(ours.payable):
            wrong.append((name, "payable", total.due_amount._value, ours.payable))
    assert wrong == []
    assert compared > 5


INVOICE = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">{quantity}</cbc:InvoicedQuantity>
 <cbc:LineExtensionAmount>{net}</cbc:LineExtensionAmount>
 <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount>5.00</cbc:Amount></cac:AllowanceCharge>
 <cac:Price><cbc:PriceAmount>{price}</cbc:PriceAmount><cbc:BaseQuantity>{base}</cbc:BaseQuantity></cac:Price>
 </cac:InvoiceLine></Invoice>"""


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "base", "net", "fires"),
    [
        ("EUR", "10", "12.50", "1", "120.00", False),
        ("EUR", "10", "12.50", "1", "120.02", False),
        ("EUR", "10", "12.50", "1", "120.03", True),
        ("EUR", "10", "12.50", "10", "7.50", False),
        ("EUR", "10", "12.50", "0", "120.00", False),
        ("HUF", "10", "12.50", "1", "120.50", False),
        ("EUR", "NaN", "12.50", "1", "120.00", False),
        ("EUR", "1e400", "12.50", "1", "120.00", False),
    ],
)
def test_a_line_is_quantity_times_price_by_base_less_its_allowance(currency, quantity, price, base, net, fires):
    xml = INVOICE.format(currency=currency, quantity=quantity, price=price, base=base, net=net)
    problems = read_document(xml.encode()).problems
    assert ("PEPPOL-EN16931-R120" in {p.code for p in problems}) is fires

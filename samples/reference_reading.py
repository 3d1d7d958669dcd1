"""Reads the company's files as plainly as possible, for the reference computations; knows nothing of the generator."""

import json
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from samples.tables import read_rows

DATES = {"start_date", "end_date", "valid_from", "valid_to", "birth_date", "work_date", "issue_date", "period_start",
         "period_end", "date"}  # fmt: skip
NUMBERS = {"weekly_hours", "amount", "hours", "hours_per_day", "quantity", "unit_price", "net_amount", "tax_rate", "rate",
           "max_amount", "headcount"}  # fmt: skip
REFERENCES = {"supplier", "manager", "owner", "unit", "contributor", "engagement", "parent"}


def read_company(folder: Path, rejected: set[tuple[str, int]]) -> dict[str, list[dict]]:
    """Rows by kind, values typed, references as `source:source_id`; rejected rows (path, row number) are left out."""
    facts = json.loads((folder / "company.json").read_text(encoding="utf-8"))
    tables = defaultdict(list)
    for entry in facts["files"]:
        if entry["kind"] in ("agent_cards", "einvoices"):
            continue
        mapping = json.loads((folder / entry["mapping"]).read_text(encoding="utf-8")) if "mapping" in entry else {}
        for number, raw in read_rows(folder / entry["path"]):
            if (entry["path"], number) not in rejected:
                tables[entry["kind"]].append(_read_row(raw, mapping, entry["source"]))
    for path in sorted((folder / "einvoices").glob("*.xml")):
        tables["invoices"] += read_einvoice(path)
    return tables


def _read_row(raw: dict, mapping: dict, source: str) -> dict:
    row = {"source": source}
    for name, text in raw.items():
        name = mapping.get("columns", {}).get(name, name)
        text = mapping.get("values", {}).get(name, {}).get(text, text)
        if name in DATES:
            form = mapping.get("dates", "%Y-%m-%d")
            row[name] = datetime.strptime(text, form).date() if text else None
        elif name in NUMBERS:
            row[name] = Decimal(text.replace(",", ".") if mapping.get("decimal") == "," else text) if text else None
        elif name in REFERENCES and text:
            row[name] = text if ":" in text else f"{source}:{text}"
        else:
            row[name] = text
    row["seller"] = raw.get("supplier", "")  # as written
    row["key"] = f"{source}:{row.get('source_id', '')}"
    return row


def read_einvoice(path: Path) -> list[dict]:
    """The lines of a UBL or CII document as rows of the invoices table, with what is wrong in the document."""
    root = ElementTree.parse(path).getroot()  # noqa: S314 - our own files
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return _read_cii(root) if root.tag == "CrossIndustryInvoice" else _read_ubl(root)


def _text(element, path: str) -> str:
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""


def _number(element, path: str) -> Decimal:
    return Decimal(_text(element, path))


PERS = {"HUR": "hour", "DAY": "day", "C62": "each"}


def _read_ubl(root) -> list[dict]:
    sign = -1 if root.tag == "CreditNote" else 1
    total, tax = root.find("LegalMonetaryTotal"), root.find("TaxTotal")
    head = {
        "source": "", "supplier": "tax:" + _text(root, "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID"),
        "seller": _text(root, "AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName"),
        "invoice_number": _text(root, "ID"), "issue_date": date.fromisoformat(_text(root, "IssueDate")),
        "currency": _text(root, "DocumentCurrencyCode"), "purchase_order": _text(root, "OrderReference/ID"),
        "payee_account": _text(root, "PaymentMeans/PayeeFinancialAccount/ID"), "tax_rate": None,
        "type": "381" if sign < 0 else "380",
    }  # fmt: skip
    kind = "CreditNote" if sign < 0 else "Invoice"
    rows = []
    for line in root.iter(f"{kind}Line"):
        quantity = line.find("CreditedQuantity" if sign < 0 else "InvoicedQuantity")
        rows.append(head | {
            "line": _text(line, "ID"), "quantity": sign * Decimal(quantity.text), "per": PERS[quantity.get("unitCode")],
            "unit_price": _number(line, "Price/PriceAmount"), "net_amount": sign * _number(line, "LineExtensionAmount"),
            "period_start": date.fromisoformat(_text(line, "InvoicePeriod/StartDate")),
            "period_end": date.fromisoformat(_text(line, "InvoicePeriod/EndDate")), "category": "standard",
            "engagement": _text(line, "OrderLineReference/LineID") or _text(line, "DocumentReference/ID"),
            "contributor": _text(line, "Item/AdditionalItemProperty/Value"),
            "tax": (_text(line, "Item/ClassifiedTaxCategory/ID"), _number(line, "Item/ClassifiedTaxCategory/Percent")),
        })  # fmt: skip
    amounts = {
        "lines": _number(total, "LineExtensionAmount"), "net": _number(total, "TaxExclusiveAmount"),
        "gross": _number(total, "TaxInclusiveAmount"), "payable": _number(total, "PayableAmount"),
        "tax": _number(tax, "TaxAmount"), "base": _number(tax, "TaxSubtotal/TaxableAmount"),
        "part": _number(tax, "TaxSubtotal/TaxAmount"), "rate": _number(tax, "TaxSubtotal/TaxCategory/Percent"),
        "category": _text(tax, "TaxSubtotal/TaxCategory/ID"),
    }  # fmt: skip
    return check_document(rows, amounts, sign)


def _read_cii(root) -> list[dict]:
    trade = root.find("SupplyChainTradeTransaction")
    agreement, settlement = trade.find("ApplicableHeaderTradeAgreement"), trade.find("ApplicableHeaderTradeSettlement")
    kind = _text(root, "ExchangedDocument/TypeCode")
    sign = -1 if kind == "381" else 1
    head = {
        "source": "", "supplier": "tax:" + _text(agreement, "SellerTradeParty/SpecifiedTaxRegistration/ID"),
        "seller": _text(agreement, "SellerTradeParty/Name"),
        "invoice_number": _text(root, "ExchangedDocument/ID"), "type": kind, "tax_rate": None,
        "issue_date": _cii_day(root, "ExchangedDocument/IssueDateTime"), "currency": _text(settlement, "InvoiceCurrencyCode"),
        "purchase_order": _text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        "payee_account": _text(settlement, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"),
    }  # fmt: skip
    rows = []
    for line in trade.iter("IncludedSupplyChainTradeLineItem"):
        terms, paid = line.find("SpecifiedLineTradeAgreement"), line.find("SpecifiedLineTradeSettlement")
        quantity = line.find("SpecifiedLineTradeDelivery/BilledQuantity")
        rows.append(head | {
            "line": _text(line, "AssociatedDocumentLineDocument/LineID"), "quantity": sign * Decimal(quantity.text),
            "per": PERS[quantity.get("unitCode")], "unit_price": _number(terms, "NetPriceProductTradePrice/ChargeAmount"),
            "net_amount": sign * _number(paid, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
            "period_start": _cii_day(paid, "BillingSpecifiedPeriod/StartDateTime"),
            "period_end": _cii_day(paid, "BillingSpecifiedPeriod/EndDateTime"), "category": "standard",
            "engagement": _text(terms, "BuyerOrderReferencedDocument/LineID")
            or _text(paid, "AdditionalReferencedDocument/IssuerAssignedID"),
            "contributor": _text(line, "SpecifiedTradeProduct/ApplicableProductCharacteristic/Value"),
            "tax": (_text(paid, "ApplicableTradeTax/CategoryCode"), _number(paid, "ApplicableTradeTax/RateApplicablePercent")),
        })  # fmt: skip
    total = settlement.find("SpecifiedTradeSettlementHeaderMonetarySummation")
    tax = settlement.find("ApplicableTradeTax")
    amounts = {
        "lines": _number(total, "LineTotalAmount"), "net": _number(total, "TaxBasisTotalAmount"),
        "gross": _number(total, "GrandTotalAmount"), "payable": _number(total, "DuePayableAmount"),
        "tax": _number(total, "TaxTotalAmount"), "base": _number(tax, "BasisAmount"),
        "part": _number(tax, "CalculatedAmount"), "rate": _number(tax, "RateApplicablePercent"),
        "category": _text(tax, "CategoryCode"),
    }  # fmt: skip
    return check_document(rows, amounts, sign)


def _cii_day(element, path: str) -> date:
    return datetime.strptime(_text(element, path + "/DateTimeString"), "%Y%m%d").date()


def check_document(rows: list[dict], amounts: dict, sign: int) -> list[dict]:
    """EN 16931: BR-CO-10, 13, 14, 15, 16 are sums, BR-CO-17 the tax, and only S has a rate. One VAT breakdown."""
    document = set()
    sums = [
        (sum(sign * row["net_amount"] for row in rows), amounts["lines"]), (amounts["lines"], amounts["net"]),
        (amounts["part"], amounts["tax"]), (amounts["net"] + amounts["tax"], amounts["gross"]),
        (amounts["gross"], amounts["payable"]),
    ]  # fmt: skip
    if any(abs(one - other) > Decimal("0.05") for one, other in sums):
        document.add("arithmetic")
    rates = [(amounts["category"], amounts["rate"]), *(row["tax"] for row in rows)]
    is_contradicted = any((category == "S") != (rate > 0) for category, rate in rates)
    if is_contradicted or abs(amounts["base"] * amounts["rate"] / 100 - amounts["part"]) > Decimal("0.05"):
        document.add("tax")
    return [row | {"document": document} for row in rows]

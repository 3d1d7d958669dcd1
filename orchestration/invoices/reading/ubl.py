"""UBL 2.1 Invoice and CreditNote: the path of each business term."""

from orchestration.invoices.reading.document import AllowanceCharge, Document, Line, Party, Tax, one_line

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
PRECEDING = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"


def text(element, path: str) -> str:
    """The text at the first match of the path, without surrounding white space."""
    found = element.find(path, NS) if element is not None else None
    return "".join(found.itertext()).strip() if found is not None else ""


def texts(element, path: str) -> list[str]:
    return [t for t in ("".join(e.itertext()).strip() for e in element.iterfind(path, NS)) if t]


def read_ubl(root) -> Document:
    """An Invoice or CreditNote element; fields that are missing stay empty."""
    is_credit = root.tag == f"{{{CREDIT_NOTE}}}CreditNote"
    word = "CreditNote" if is_credit else "Invoice"
    currency = text(root, "cbc:DocumentCurrencyCode")
    total = root.find("cac:LegalMonetaryTotal", NS)
    document = Document(
        syntax="ubl",
        specification=text(root, "cbc:CustomizationID"),
        number=text(root, "cbc:ID"),
        issue_date=text(root, "cbc:IssueDate"),
        type_code=text(root, f"cbc:{word}TypeCode"),
        currency=currency,
        tax_currency=text(root, "cbc:TaxCurrencyCode"),
        due_date=text(root, "cbc:DueDate") or text(root, "cac:PaymentMeans/cbc:PaymentDueDate"),
        buyer_reference=text(root, "cbc:BuyerReference"),
        project=text(root, "cac:ProjectReference/cbc:ID"),
        contract=text(root, "cac:ContractDocumentReference/cbc:ID"),
        order=text(root, "cac:OrderReference/cbc:ID"),
        sales_order=text(root, "cac:OrderReference/cbc:SalesOrderID"),
        receipt=text(root, "cac:ReceiptDocumentReference/cbc:ID"),
        terms=text(root, "cac:PaymentTerms/cbc:Note"),
        notes=texts(root, "cbc:Note"),
        preceding=texts(root, PRECEDING),
        period_start=text(root, "cac:InvoicePeriod/cbc:StartDate"),
        period_end=text(root, "cac:InvoicePeriod/cbc:EndDate"),
        seller=_party(root.find("cac:AccountingSupplierParty/cac:Party", NS)),
        buyer=_party(root.find("cac:AccountingCustomerParty/cac:Party", NS)),
        payee=text(root, "cac:PayeeParty/cac:PartyName/cbc:Name"),
        accounts=texts(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"),
        line_total=text(total, "cbc:LineExtensionAmount"),
        allowance_total=text(total, "cbc:AllowanceTotalAmount"),
        charge_total=text(total, "cbc:ChargeTotalAmount"),
        tax_exclusive=text(total, "cbc:TaxExclusiveAmount"),
        tax_inclusive=text(total, "cbc:TaxInclusiveAmount"),
        prepaid=text(total, "cbc:PrepaidAmount"),
        rounding=text(total, "cbc:PayableRoundingAmount"),
        payable=text(total, "cbc:PayableAmount"),
        allowances=[_allowance(e) for e in root.iterfind("cac:AllowanceCharge", NS)],
        lines=[_line(e, word) for e in root.iterfind(f"cac:{word}Line", NS)],
    )
    _read_taxes(root, document)
    return document


def _read_taxes(root, document: Document) -> None:
    """The tax total in the invoice's currency (BT-110) and its breakdown; one in the tax currency (BT-111) apart."""
    totals = root.findall("cac:TaxTotal", NS)
    for total in totals:
        amount = total.find("cbc:TaxAmount", NS)
        unit = amount.get("currencyID") if amount is not None else None
        if (
            amount is not None
            and not document.tax_total
            and (unit in (None, "", document.currency) or len(totals) == 1)
        ):
            document.tax_total = (amount.text or "").strip()
        if amount is not None:
            document.tax_totals.append(((amount.text or "").strip(), unit or document.currency))
        if len(totals) > 1 and unit not in (None, "", document.currency):
            continue  # BT-111, in the currency of accounting: its breakdown would count twice
        for part in total.iterfind("cac:TaxSubtotal", NS):
            document.taxes.append(
                Tax(
                    base=text(part, "cbc:TaxableAmount"),
                    amount=text(part, "cbc:TaxAmount"),
                    category=text(part, "cac:TaxCategory/cbc:ID"),
                    rate=text(part, "cac:TaxCategory/cbc:Percent"),
                    reason=text(part, "cac:TaxCategory/cbc:TaxExemptionReason"),
                    reason_code=text(part, "cac:TaxCategory/cbc:TaxExemptionReasonCode"),
                )
            )


def _party(party) -> Party:
    if party is None:
        return Party()
    vat = other = ""
    for scheme in party.iterfind("cac:PartyTaxScheme", NS):
        value = text(scheme, "cbc:CompanyID")
        if text(scheme, "cac:TaxScheme/cbc:ID").upper() == "VAT":
            vat = vat or value
        else:
            other = other or value
    return Party(
        name=one_line(text(party, "cac:PartyLegalEntity/cbc:RegistrationName")),
        trading_name=one_line(text(party, "cac:PartyName/cbc:Name")),
        ids=texts(party, "cac:PartyIdentification/cbc:ID"),
        registration=text(party, "cac:PartyLegalEntity/cbc:CompanyID"),
        vat_id=vat,
        tax_registration=other,
        endpoint=text(party, "cbc:EndpointID"),
        country=text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        has_address=party.find("cac:PostalAddress", NS) is not None,
    )


def _allowance(element) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=text(element, "cbc:ChargeIndicator").lower() in ("true", "1"),
        amount=text(element, "cbc:Amount"),
        base=text(element, "cbc:BaseAmount"),
        percent=text(element, "cbc:MultiplierFactorNumeric"),
        tax_category=text(element, "cac:TaxCategory/cbc:ID"),
        tax_rate=text(element, "cac:TaxCategory/cbc:Percent"),
        reason=text(element, "cbc:AllowanceChargeReason"),
        reason_code=text(element, "cbc:AllowanceChargeReasonCode"),
    )


def _line(element, word: str) -> Line:
    quantity = element.find("cbc:CreditedQuantity" if word == "CreditNote" else "cbc:InvoicedQuantity", NS)
    base = element.find("cac:Price/cbc:BaseQuantity", NS)
    item = element.find("cac:Item", NS)
    attributes = {}
    if item is not None:
        for prop in item.iterfind("cac:AdditionalItemProperty", NS):
            attributes[text(prop, "cbc:Name")] = text(prop, "cbc:Value")
    return Line(
        id=text(element, "cbc:ID"),
        note=text(element, "cbc:Note"),
        object_id=text(element, "cac:DocumentReference/cbc:ID"),
        quantity=(quantity.text or "").strip() if quantity is not None else "",
        unit=quantity.get("unitCode", "") if quantity is not None else "",
        net=text(element, "cbc:LineExtensionAmount"),
        order_line=text(element, "cac:OrderLineReference/cbc:LineID"),
        accounting_cost=text(element, "cbc:AccountingCost"),
        period_start=text(element, "cac:InvoicePeriod/cbc:StartDate"),
        period_end=text(element, "cac:InvoicePeriod/cbc:EndDate"),
        price=text(element, "cac:Price/cbc:PriceAmount"),
        gross_price=text(element, "cac:Price/cac:AllowanceCharge/cbc:BaseAmount"),
        base_quantity=(base.text or "").strip() if base is not None else "",
        base_unit=base.get("unitCode", "") if base is not None else "",
        tax_category=text(item, "cac:ClassifiedTaxCategory/cbc:ID"),
        tax_rate=text(item, "cac:ClassifiedTaxCategory/cbc:Percent"),
        name=text(item, "cbc:Name"),
        description=text(item, "cbc:Description"),
        seller_item_id=text(item, "cac:SellersItemIdentification/cbc:ID"),
        buyer_item_id=text(item, "cac:BuyersItemIdentification/cbc:ID"),
        attributes=attributes,
        allowances=[_allowance(e) for e in element.iterfind("cac:AllowanceCharge", NS)],
    )

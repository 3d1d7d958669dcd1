"""UN/CEFACT Cross Industry Invoice D16B: the path of each business term."""

import re

from orchestration.invoices.reading.document import AllowanceCharge, Document, Line, Party, Tax, one_line

ROOT = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
NS = {
    "rsm": ROOT,
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}


def text(element, path: str) -> str:
    found = element.find(path, NS) if element is not None else None
    return "".join(found.itertext()).strip() if found is not None else ""


def texts(element, path: str) -> list[str]:
    if element is None:
        return []
    return [t for t in ("".join(e.itertext()).strip() for e in element.iterfind(path, NS)) if t]


def day(element, path: str) -> str:
    """A date as ISO; format 102 is YYYYMMDD, anything else stays as written."""
    written = text(element, path)
    return f"{written[:4]}-{written[4:6]}-{written[6:]}" if re.fullmatch(r"\d{8}", written) else written


def read_cii(root) -> Document:
    """A CrossIndustryInvoice element of any profile; fields that are missing stay empty."""
    head = root.find("rsm:ExchangedDocument", NS)
    trade = root.find("rsm:SupplyChainTradeTransaction", NS)
    agreement = trade.find("ram:ApplicableHeaderTradeAgreement", NS) if trade is not None else None
    delivery = trade.find("ram:ApplicableHeaderTradeDelivery", NS) if trade is not None else None
    settlement = trade.find("ram:ApplicableHeaderTradeSettlement", NS) if trade is not None else None
    document = Document(
        syntax="cii",
        specification=text(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
        number=text(head, "ram:ID"),
        issue_date=day(head, "ram:IssueDateTime/udt:DateTimeString"),
        type_code=text(head, "ram:TypeCode"),
        notes=texts(head, "ram:IncludedNote/ram:Content"),
        buyer_reference=text(agreement, "ram:BuyerReference"),
        project=text(agreement, "ram:SpecifiedProcuringProject/ram:ID"),
        contract=text(agreement, "ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        order=text(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        sales_order=text(agreement, "ram:SellerOrderReferencedDocument/ram:IssuerAssignedID"),
        receipt=text(delivery, "ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID"),
        seller=_party(agreement, "ram:SellerTradeParty"),
        buyer=_party(agreement, "ram:BuyerTradeParty"),
        lines=[
            _line(e) for e in (trade.iterfind("ram:IncludedSupplyChainTradeLineItem", NS) if trade is not None else ())
        ],
    )
    if settlement is not None:
        _read_settlement(settlement, document)
    return document


def _read_settlement(settlement, document: Document) -> None:
    document.currency = text(settlement, "ram:InvoiceCurrencyCode")
    document.tax_currency = text(settlement, "ram:TaxCurrencyCode")
    document.due_date = day(settlement, "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString")
    document.terms = text(settlement, "ram:SpecifiedTradePaymentTerms/ram:Description")
    document.preceding = texts(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
    period = "ram:BillingSpecifiedPeriod/ram:{}DateTime/udt:DateTimeString"
    document.period_start = day(settlement, period.format("Start"))
    document.period_end = day(settlement, period.format("End"))
    document.payee = text(settlement, "ram:PayeeTradeParty/ram:Name")
    account = "ram:SpecifiedTradeSettlementPaymentMeans/ram:PayeePartyCreditorFinancialAccount/ram:{}"
    document.accounts = texts(settlement, account.format("IBANID")) + texts(settlement, account.format("ProprietaryID"))
    document.taxes = [_tax(e) for e in settlement.iterfind("ram:ApplicableTradeTax", NS)]
    document.allowances = [_allowance(e) for e in settlement.iterfind("ram:SpecifiedTradeAllowanceCharge", NS)]
    document.allowances += [
        AllowanceCharge(
            is_charge=True,
            amount=text(e, "ram:AppliedAmount"),
            tax_category=text(e, "ram:AppliedTradeTax/ram:CategoryCode"),
            tax_rate=text(e, "ram:AppliedTradeTax/ram:RateApplicablePercent"),
            reason=text(e, "ram:Description"),
            reason_code="FC",
        )
        for e in settlement.iterfind("ram:SpecifiedLogisticsServiceCharge", NS)
    ]
    total = settlement.find("ram:SpecifiedTradeSettlementHeaderMonetarySummation", NS)
    if total is None:
        return
    document.line_total = text(total, "ram:LineTotalAmount")
    document.allowance_total = text(total, "ram:AllowanceTotalAmount")
    document.charge_total = text(total, "ram:ChargeTotalAmount")
    document.tax_exclusive = text(total, "ram:TaxBasisTotalAmount")
    document.tax_inclusive = text(total, "ram:GrandTotalAmount")
    document.prepaid = text(total, "ram:TotalPrepaidAmount")
    document.rounding = text(total, "ram:RoundingAmount")
    document.payable = text(total, "ram:DuePayableAmount")
    amounts = total.findall("ram:TaxTotalAmount", NS)
    document.tax_totals = [((a.text or "").strip(), a.get("currencyID") or document.currency) for a in amounts]
    for amount in amounts:
        if amount.get("currencyID") in (None, "", document.currency) or len(amounts) == 1:
            document.tax_total = (amount.text or "").strip()
            break


def _party(agreement, path: str) -> Party:
    party = agreement.find(path, NS) if agreement is not None else None
    if party is None:
        return Party()
    vat = other = ""
    for identity in party.iterfind("ram:SpecifiedTaxRegistration/ram:ID", NS):
        value = (identity.text or "").strip()
        if identity.get("schemeID") == "VA":
            vat = vat or value
        else:
            other = other or value
    return Party(
        name=one_line(text(party, "ram:Name")),
        trading_name=one_line(text(party, "ram:SpecifiedLegalOrganization/ram:TradingBusinessName")),
        ids=texts(party, "ram:ID") + texts(party, "ram:GlobalID"),
        registration=text(party, "ram:SpecifiedLegalOrganization/ram:ID"),
        vat_id=vat,
        tax_registration=other,
        endpoint=text(party, "ram:URIUniversalCommunication/ram:URIID"),
        country=text(party, "ram:PostalTradeAddress/ram:CountryID"),
        has_address=party.find("ram:PostalTradeAddress", NS) is not None,
    )


def _tax(element) -> Tax:
    return Tax(
        base=text(element, "ram:BasisAmount"),
        amount=text(element, "ram:CalculatedAmount"),
        category=text(element, "ram:CategoryCode"),
        rate=text(element, "ram:RateApplicablePercent"),
        reason=text(element, "ram:ExemptionReason"),
        reason_code=text(element, "ram:ExemptionReasonCode"),
    )


def _allowance(element) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=text(element, "ram:ChargeIndicator/udt:Indicator").lower() in ("true", "1"),
        amount=text(element, "ram:ActualAmount"),
        base=text(element, "ram:BasisAmount"),
        percent=text(element, "ram:CalculationPercent"),
        tax_category=text(element, "ram:CategoryTradeTax/ram:CategoryCode"),
        tax_rate=text(element, "ram:CategoryTradeTax/ram:RateApplicablePercent"),
        reason=text(element, "ram:Reason"),
        reason_code=text(element, "ram:ReasonCode"),
    )


def _line(element) -> Line:
    agreement = element.find("ram:SpecifiedLineTradeAgreement", NS)
    settlement = element.find("ram:SpecifiedLineTradeSettlement", NS)
    product = element.find("ram:SpecifiedTradeProduct", NS)
    billed = element.find("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", NS)
    price = agreement.find("ram:NetPriceProductTradePrice", NS) if agreement is not None else None
    base = price.find("ram:BasisQuantity", NS) if price is not None else None
    attributes = {}
    if product is not None:
        for prop in product.iterfind("ram:ApplicableProductCharacteristic", NS):
            attributes[text(prop, "ram:Description")] = text(prop, "ram:Value")
    period = "ram:BillingSpecifiedPeriod/ram:{}DateTime/udt:DateTimeString"
    return Line(
        id=text(element, "ram:AssociatedDocumentLineDocument/ram:LineID"),
        note=text(element, "ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content"),
        object_id=text(settlement, "ram:AdditionalReferencedDocument/ram:IssuerAssignedID"),
        quantity=(billed.text or "").strip() if billed is not None else "",
        unit=billed.get("unitCode", "") if billed is not None else "",
        net=text(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"),
        order_line=text(agreement, "ram:BuyerOrderReferencedDocument/ram:LineID"),
        accounting_cost=text(settlement, "ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        period_start=day(settlement, period.format("Start")),
        period_end=day(settlement, period.format("End")),
        price=text(price, "ram:ChargeAmount"),
        gross_price=text(agreement, "ram:GrossPriceProductTradePrice/ram:ChargeAmount"),
        base_quantity=(base.text or "").strip() if base is not None else "",
        base_unit=base.get("unitCode", "") if base is not None else "",
        tax_category=text(settlement, "ram:ApplicableTradeTax/ram:CategoryCode"),
        tax_rate=text(settlement, "ram:ApplicableTradeTax/ram:RateApplicablePercent"),
        name=text(product, "ram:Name"),
        description=text(product, "ram:Description"),
        seller_item_id=text(product, "ram:SellerAssignedID"),
        buyer_item_id=text(product, "ram:BuyerAssignedID"),
        attributes=attributes,
        is_subtotal=text(element, "ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode")
        in ("GROUP", "INFORMATION"),
        allowances=[
            _allowance(e)
            for e in (settlement.iterfind("ram:SpecifiedTradeAllowanceCharge", NS) if settlement is not None else ())
        ],
    )

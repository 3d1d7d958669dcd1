"""The e-invoices of the sample company, UBL 2.1 and CII D16B, sound under EN 16931 but where one is broken on purpose."""

from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape, quoteattr

CENT = Decimal("0.01")
UNIT_CODES = {"hour": "HUR", "day": "DAY", "each": "C62"}
BUYER = {"name": "Meridian Works SE", "vat": "DE990000001", "street": "Spreeufer 9", "city": "Berlin", "postcode": "10115",
         "country": "DE", "reference": "AP-MERIDIAN"}  # fmt: skip
REVERSE_CHARGE = "Reverse charge"


def sum_up(invoice: dict) -> dict:
    """Document totals with their VAT category, as strings; what `broken` names is wrong on purpose."""
    sign = -1 if invoice["type"] == "381" else 1
    net = sum((sign * line["net_amount"] for line in invoice["lines"]), Decimal(0))
    is_german = invoice["party"]["row"]["country"] == "DE"
    category, rate = ("S", Decimal(19)) if is_german else ("AE", Decimal(0))
    if invoice["broken"] == "tax_category":
        category, rate = "Z", Decimal(19)
    tax = (net * rate / 100).quantize(CENT, ROUND_HALF_UP)
    if invoice["broken"] == "tax_amount":
        tax += Decimal("12.50")
    payable = net + tax + (Decimal("50.00") if invoice["broken"] == "payable" else 0)
    return {
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "payable": payable,
        "category": category,
        "rate": rate,
        "sign": sign,
    }


def write_ubl(invoice: dict) -> str:
    totals = sum_up(invoice)
    is_credit = invoice["type"] == "381"
    root = "CreditNote" if is_credit else "Invoice"
    lines = "".join(_ubl_line(invoice, line, totals, is_credit) for line in invoice["lines"])
    due = "" if is_credit else f"<cbc:DueDate>{invoice['due_date']}</cbc:DueDate>"
    order = find_order(invoice)
    currency = f'currencyID="{invoice["currency"]}"'
    preceding = (
        f"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{escape(invoice['preceding'])}</cbc:ID>"
        "</cac:InvoiceDocumentReference></cac:BillingReference>" if invoice["preceding"] else ""
    )  # fmt: skip
    row = invoice["party"]["row"]
    seller = {"name": name_seller(row), "vat": row["tax_id"], "street": row["street"], "city": row["city"],
              "postcode": row["postcode"], "country": row["country"]}  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
  <cbc:ID>{escape(invoice["number"])}</cbc:ID>
  <cbc:IssueDate>{invoice["issue_date"]}</cbc:IssueDate>
  {due}
  <cbc:{root}TypeCode>{invoice["type"]}</cbc:{root}TypeCode>
  <cbc:DocumentCurrencyCode>{invoice["currency"]}</cbc:DocumentCurrencyCode>
  <cbc:BuyerReference>{BUYER["reference"]}</cbc:BuyerReference>
  {f"<cac:OrderReference><cbc:ID>{escape(order)}</cbc:ID></cac:OrderReference>" if order else ""}
  {preceding}
  <cac:AccountingSupplierParty>{_ubl_party(seller)}</cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>{_ubl_party(BUYER)}</cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
    <cac:PayeeFinancialAccount><cbc:ID>{escape(invoice["payee_account"])}</cbc:ID><cbc:Name>{escape(seller["name"])}</cbc:Name></cac:PayeeFinancialAccount>
  </cac:PaymentMeans>
  <cac:TaxTotal><cbc:TaxAmount {currency}>{totals["tax"]}</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount {currency}>{totals["net"]}</cbc:TaxableAmount><cbc:TaxAmount {currency}>{totals["tax"]}</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>{totals["category"]}</cbc:ID><cbc:Percent>{totals["rate"]}</cbc:Percent>{_ubl_exemption(totals)}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
    </cac:TaxSubtotal>
  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount {currency}>{totals["net"]}</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount {currency}>{totals["net"]}</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount {currency}>{totals["gross"]}</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount {currency}>{totals["payable"]}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>{lines}
</{root}>
""".replace("  \n", "")


def name_seller(row: dict) -> str:
    """A firm by its name, a freelancer by theirs."""
    return row.get("name") or f"{row['given_name']} {row['family_name']}"


def find_order(invoice: dict) -> str:
    """BT-13 stands for the whole invoice: the order all lines name."""
    orders = {line["purchase_order"] for line in invoice["lines"]}
    return orders.pop() if len(orders) == 1 else ""


def _ubl_exemption(totals: dict) -> str:
    if totals["category"] != "AE":
        return ""
    return (
        "<cbc:TaxExemptionReasonCode>VATEX-EU-AE</cbc:TaxExemptionReasonCode>"
        f"<cbc:TaxExemptionReason>{REVERSE_CHARGE}</cbc:TaxExemptionReason>"
    )


def _ubl_party(party: dict) -> str:
    return f"""<cac:Party>
    <cac:PartyName><cbc:Name>{escape(party["name"])}</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:StreetName>{escape(party["street"])}</cbc:StreetName><cbc:CityName>{escape(party["city"])}</cbc:CityName><cbc:PostalZone>{party["postcode"]}</cbc:PostalZone><cac:Country><cbc:IdentificationCode>{party["country"]}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>{party["vat"]}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>{escape(party["name"])}</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party>"""


def _ubl_line(invoice: dict, line: dict, totals: dict, is_credit: bool) -> str:
    name, quantity = ("CreditNoteLine", "CreditedQuantity") if is_credit else ("InvoiceLine", "InvoicedQuantity")
    by_object = place_of(invoice, line) == "object"
    engagement = plain_key(line["engagement"])
    order_line = f"<cac:OrderLineReference><cbc:LineID>{engagement}</cbc:LineID></cac:OrderLineReference>"
    object_id = (
        f"<cac:DocumentReference><cbc:ID>{engagement}</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>"
        "</cac:DocumentReference>"
    )
    reference = "" if not engagement else object_id if by_object else order_line
    amount = abs(line["net_amount"])
    person = _ubl_attribute("Contributor", plain_key(line["contributor"])) if line["contributor"] else ""
    return f"""
  <cac:{name}>
    <cbc:ID>{line["line"]}</cbc:ID>
    <cbc:{quantity} unitCode="{UNIT_CODES[line["per"]]}">{abs(line["quantity"]):f}</cbc:{quantity}>
    <cbc:LineExtensionAmount currencyID="{invoice["currency"]}">{amount}</cbc:LineExtensionAmount>
    <cac:InvoicePeriod><cbc:StartDate>{line["period_start"]}</cbc:StartDate><cbc:EndDate>{line["period_end"]}</cbc:EndDate></cac:InvoicePeriod>
    {reference}
    <cac:Item><cbc:Name>{escape(line["description"])}</cbc:Name>
      <cac:ClassifiedTaxCategory><cbc:ID>{totals["category"]}</cbc:ID><cbc:Percent>{totals["rate"]}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>{person}
    </cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="{invoice["currency"]}">{line["unit_price"]}</cbc:PriceAmount></cac:Price>
  </cac:{name}>"""


def _ubl_attribute(name: str, value: str) -> str:
    return (
        f"\n      <cac:AdditionalItemProperty><cbc:Name>{name}</cbc:Name><cbc:Value>{value}</cbc:Value>"
        "</cac:AdditionalItemProperty>"
    )


def plain_key(reference: str) -> str:
    """A supplier writes our key, without the name of our system."""
    return reference.rpartition(":")[2]


def place_of(invoice: dict, line: dict) -> str:
    """Where a supplier writes the engagement: as order line (BT-132) or as object invoiced (BT-128)."""
    return "object" if invoice["party"]["serial"] % 3 == 0 else "order line"


def write_cii(invoice: dict) -> str:
    totals = sum_up(invoice)
    row, order = invoice["party"]["row"], find_order(invoice)
    lines = "".join(_cii_line(invoice, line, totals) for line in invoice["lines"])
    preceding = (
        f"<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>{escape(invoice['preceding'])}</ram:IssuerAssignedID>"
        "</ram:InvoiceReferencedDocument>" if invoice["preceding"] else ""
    )  # fmt: skip
    exemption = f"<ram:ExemptionReason>{REVERSE_CHARGE}</ram:ExemptionReason>" if totals["category"] == "AE" else ""
    exemption_code = (
        "<ram:ExemptionReasonCode>VATEX-EU-AE</ram:ExemptionReasonCode>" if totals["category"] == "AE" else ""
    )
    seller = {"name": name_seller(row), "vat": row["tax_id"], "street": row["street"], "city": row["city"],
              "postcode": row["postcode"], "country": row["country"]}  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>{escape(invoice["number"])}</ram:ID>
    <ram:TypeCode>{invoice["type"]}</ram:TypeCode>
    <ram:IssueDateTime>{_cii_date(invoice["issue_date"])}</ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>{lines}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:BuyerReference>{BUYER["reference"]}</ram:BuyerReference>
      <ram:SellerTradeParty>{_cii_party(seller)}</ram:SellerTradeParty>
      <ram:BuyerTradeParty>{_cii_party(BUYER)}</ram:BuyerTradeParty>
      {f"<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{escape(order)}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>" if order else ""}
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery/>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>{invoice["currency"]}</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{escape(invoice["payee_account"])}</ram:IBANID><ram:AccountName>{escape(seller["name"])}</ram:AccountName></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>{totals["tax"]}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>{exemption}<ram:BasisAmount>{totals["net"]}</ram:BasisAmount><ram:CategoryCode>{totals["category"]}</ram:CategoryCode>{exemption_code}<ram:RateApplicablePercent>{totals["rate"]}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
      <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_cii_date(invoice["due_date"])}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>{totals["net"]}</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>{totals["net"]}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="{invoice["currency"]}">{totals["tax"]}</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>{totals["gross"]}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>{totals["payable"]}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
      {preceding}
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"""


def _cii_date(day) -> str:
    return f'<udt:DateTimeString format="102">{day:%Y%m%d}</udt:DateTimeString>'


def _cii_party(party: dict) -> str:
    return (
        f"<ram:Name>{escape(party['name'])}</ram:Name><ram:PostalTradeAddress>"
        f"<ram:PostcodeCode>{party['postcode']}</ram:PostcodeCode><ram:LineOne>{escape(party['street'])}</ram:LineOne>"
        f"<ram:CityName>{escape(party['city'])}</ram:CityName><ram:CountryID>{party['country']}</ram:CountryID>"
        "</ram:PostalTradeAddress><ram:SpecifiedTaxRegistration>"
        f"<ram:ID schemeID={quoteattr('VA')}>{party['vat']}</ram:ID></ram:SpecifiedTaxRegistration>"
    )


def _cii_line(invoice: dict, line: dict, totals: dict) -> str:
    engagement = plain_key(line["engagement"])
    by_object = place_of(invoice, line) == "object"
    order_line = (
        f"<ram:BuyerOrderReferencedDocument><ram:LineID>{engagement}</ram:LineID></ram:BuyerOrderReferencedDocument>"
        if engagement and not by_object else ""
    )  # fmt: skip
    object_id = (
        f"<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>{engagement}</ram:IssuerAssignedID>"
        "<ram:TypeCode>130</ram:TypeCode></ram:AdditionalReferencedDocument>" if engagement and by_object else ""
    )  # fmt: skip
    person = (
        "<ram:ApplicableProductCharacteristic><ram:Description>Contributor</ram:Description>"
        f"<ram:Value>{plain_key(line['contributor'])}</ram:Value></ram:ApplicableProductCharacteristic>"
        if line["contributor"] else ""
    )  # fmt: skip
    period = (
        f"<ram:StartDateTime>{_cii_date(line['period_start'])}</ram:StartDateTime>"
        f"<ram:EndDateTime>{_cii_date(line['period_end'])}</ram:EndDateTime>"
    )
    return f"""
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>{line["line"]}</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>{escape(line["description"])}</ram:Name>{person}</ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement>{order_line}<ram:NetPriceProductTradePrice><ram:ChargeAmount>{line["unit_price"]}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="{UNIT_CODES[line["per"]]}">{_cii_quantity(line, totals)}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>{totals["category"]}</ram:CategoryCode><ram:RateApplicablePercent>{totals["rate"]}</ram:RateApplicablePercent></ram:ApplicableTradeTax><ram:BillingSpecifiedPeriod>{period}</ram:BillingSpecifiedPeriod><ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{totals["sign"] * line["net_amount"]}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>{object_id}</ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>"""


def _cii_quantity(line: dict, totals: dict) -> str:
    return f"{totals['sign'] * line['quantity']:f}"

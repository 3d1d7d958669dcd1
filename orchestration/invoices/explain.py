"""What a discrepancy means to a person: title, a sentence with the figures, whose it is, and what would mend it."""

from dataclasses import dataclass

from orchestration.invoices.models import Code, Discrepancy
from workforce.accounts.permissions import Role


@dataclass(frozen=True)
class Explanation:
    title: str
    sentence: str
    owner_role: str
    fix: str


FINANCE, PROCUREMENT, OPERATIONS, HR = Role.FINANCE, Role.PROCUREMENT, Role.OPERATIONS, Role.HR
# code: (sentence, owner, suggested fix); {expected}, {actual}, {amount} and {currency} are filled in.
WORDS = {
    Code.DUPLICATE_INVOICE: ("Invoice {expected} of this supplier has the same number.", FINANCE, "Reject it, or ask for a new number if it bills something else."),
    Code.POSSIBLE_DUPLICATE: ("It bills what invoice {expected} bills already.", FINANCE, "Compare the two and reject one of them."),
    Code.NO_ENGAGEMENT: ("No engagement is named or found for supplier, contributor and period.", PROCUREMENT, "Ask the supplier which engagement it is, or record the engagement."),
    Code.OUTSIDE_ENGAGEMENT: ("The period {actual} goes beyond the engagement's {expected}.", OPERATIONS, "Extend the engagement, or ask for a credit note for the days outside."),
    Code.NO_RATE: ("No rate for {expected} is agreed on {actual} of the days billed.", PROCUREMENT, "Record the agreed rate."),
    Code.RATE_ABOVE_CONTRACT: ("The price {actual} is above the agreed {expected}: {amount} {currency} too much.", PROCUREMENT, "Ask for a credit note of {amount} {currency}, or record the new rate."),
    Code.TIME_MISSING: ("{expected} hours are billed, but no time is recorded in the period.", OPERATIONS, "Have the time submitted and approved."),
    Code.TIME_NOT_APPROVED: ("{actual} hours are billed, {expected} are approved; the rest waits for approval.", OPERATIONS, "Approve or reject the submitted time."),
    Code.HOURS_ABOVE_APPROVED: ("{actual} hours are billed, {expected} are recorded: {amount} {currency} too much.", OPERATIONS, "Ask for a credit note of {amount} {currency}, or have missing time recorded."),
    Code.DOUBLE_BILLED_TIME: ("Of {expected} approved hours only {actual} were left; an earlier line billed the others.", FINANCE, "Ask for a credit note of {amount} {currency}."),
    Code.CURRENCY_MISMATCH: ("It is billed in {actual}, but {expected} is agreed.", PROCUREMENT, "Ask for an invoice in {expected}."),
    Code.ORDER_MISSING: ("Order {actual} is not known for this supplier.", PROCUREMENT, "Record the order, or ask for the right number."),
    Code.ORDER_EXPIRED: ("The period {actual} lies outside the order's {expected}.", PROCUREMENT, "Extend the order, or bill on another one."),
    Code.ORDER_EXCEEDED: ("With this line {actual} is billed on an order of {expected}: {amount} {currency} too much.", PROCUREMENT, "Raise the order, or refuse what is above it."),
    Code.ARITHMETIC: ("Quantity, price and totals do not add up: {expected} against {actual} on the line.", FINANCE, "Ask for a corrected invoice."),
    Code.TAX: ("The tax does not follow from base and rate (category {expected}, rate {actual}).", FINANCE, "Ask for a corrected invoice."),
    Code.PAYEE_CHANGED: ("The account to be paid is not the one known for this supplier.", FINANCE, "Call the supplier on the number you know before paying."),
    Code.SUPPLIER_BLOCKED: ("The supplier is suspended or blocked.", PROCUREMENT, "Clear the block, or hold the payment."),
    Code.CONTRIBUTOR_NOT_CLEARED: ("Onboarding was not complete in the period: {expected}.", HR, "Complete the item, or dispute the days before it."),
}  # fmt: skip


def explain(discrepancy: Discrepancy) -> Explanation:
    """Words for one discrepancy; its line's invoice should be loaded with it."""
    sentence, owner, fix = WORDS[Code(discrepancy.code)]
    figures = {
        "expected": discrepancy.expected,
        "actual": discrepancy.actual,
        "amount": discrepancy.amount,
        "currency": discrepancy.line.invoice.currency,
    }
    return Explanation(
        title=discrepancy.get_code_display(),
        sentence=sentence.format(**figures),
        owner_role=owner,
        fix=fix.format(**figures),
    )

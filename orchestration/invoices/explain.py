"""What each discrepancy code means to people: a sentence with the figures, whose matter it is, and how to mend it."""

from dataclasses import dataclass, replace

from orchestration.invoices.models import Code, Discrepancy


@dataclass(frozen=True)
class Explanation:
    sentence: str  # {expected} and {actual} are the discrepancy's figures
    owner_role: str
    fix: str
    title: str = ""


EXPLANATIONS = {
    Code.DUPLICATE_INVOICE: Explanation(
        "Invoice number {actual} was used before by this supplier.",
        "finance",
        "Reject this invoice, or ask for a new number if it bills something else.",
    ),
    Code.POSSIBLE_DUPLICATE: Explanation(
        "This invoice is {actual}, which came earlier under another number.",
        "finance",
        "Compare the two. Dispute this one if both bill the same work.",
    ),
    Code.NO_ENGAGEMENT: Explanation(
        "No engagement of this supplier fits the line; it names: {actual}.",
        "procurement",
        "Have the supplier name the engagement, or record the engagement if the work was agreed.",
    ),
    Code.OUTSIDE_ENGAGEMENT: Explanation(
        "The period is {actual}, but the engagement runs {expected}.",
        "procurement",
        "Extend the engagement, or ask for a credit note for the days outside.",
    ),
    Code.NO_RATE: Explanation(
        "The engagement needs {expected}; it has {actual}.",
        "procurement",
        "Record the agreed rate with the day it starts, then reconcile again.",
    ),
    Code.RATE_ABOVE_CONTRACT: Explanation(
        "{actual} is billed where {expected} is agreed.",
        "procurement",
        "Ask for a credit note for the difference, or record the new rate if it was agreed.",
    ),
    Code.TIME_MISSING: Explanation(
        "{actual} are billed, but no time is recorded in the period.",
        "operations",
        "Have the time sheets handed in, or dispute the line.",
    ),
    Code.TIME_NOT_APPROVED: Explanation(
        "{actual} are billed, {expected} are approved; the rest is submitted.",
        "operations",
        "Approve or reject the submitted time.",
    ),
    Code.HOURS_ABOVE_APPROVED: Explanation(
        "{actual} are billed, but only {expected} are recorded.",
        "operations",
        "Ask for a credit note for the hours above, or have missing time handed in.",
    ),
    Code.DOUBLE_BILLED_TIME: Explanation(
        "The approved time gives this line {expected}, but only {actual} are left.",
        "finance",
        "Dispute the hours that an earlier line has billed already.",
    ),
    Code.CURRENCY_MISMATCH: Explanation(
        "Invoice, order and rate should share one currency: {actual}.",
        "finance",
        "Ask for an invoice in the agreed currency, or correct the order or rate.",
    ),
    Code.ORDER_MISSING: Explanation(
        "Order {actual} is not known for this supplier.",
        "procurement",
        "Record the order, or have the supplier name the right one.",
    ),
    Code.ORDER_EXPIRED: Explanation(
        "The period is {actual}, but the order is valid {expected}.",
        "procurement",
        "Extend the order, or have the days outside billed on another.",
    ),
    Code.ORDER_EXCEEDED: Explanation(
        "With this line {actual} are billed on an order of {expected}.",
        "procurement",
        "Raise the order's amount, or dispute what is above it.",
    ),
    Code.ARITHMETIC: Explanation(
        "The sums give {expected}; the invoice states {actual}.",
        "finance",
        "Ask the supplier for a corrected invoice.",
    ),
    Code.TAX: Explanation(
        "Expected is {expected}; the invoice has {actual}.",
        "finance",
        "Ask the supplier for a corrected invoice; wrong tax cannot be reclaimed.",
    ),
    Code.PAYEE_CHANGED: Explanation(
        "The invoice asks for payment to {actual}, not to {expected}.",
        "finance",
        "Call the supplier on a number you already had, never one from the invoice, before anything is paid.",
    ),
    Code.SUPPLIER_BLOCKED: Explanation(
        "The supplier may not be paid: {actual}.",
        "procurement",
        "Settle what blocks the supplier; the code goes at the next reconciliation.",
    ),
    Code.CONTRIBUTOR_NOT_CLEARED: Explanation(
        "An onboarding step that blocks pay was open in the period: {actual}.",
        "hr",
        "Complete the step. If it was done in time, correct the day on which it was done.",
    ),
}


def explain(discrepancy: Discrepancy) -> Explanation:
    """Title, sentence with the figures, owner role and suggested fix of one discrepancy."""
    words = EXPLANATIONS[Code(discrepancy.code)]
    sentence = words.sentence.format(expected=discrepancy.expected, actual=discrepancy.actual)
    return replace(words, title=discrepancy.get_code_display(), sentence=sentence)

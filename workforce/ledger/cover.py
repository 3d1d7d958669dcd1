"""Which values of an Event a reader may see: that a confidential field changed stays to be seen, its value does not."""

from workforce.accounts.permissions import Permission

HIDDEN = "(hidden)"
IDENTITY_FIELDS = {"birth_date", "street", "postcode", "national_id", "tax_id", "bank_account", "payee_account"}
PAY_FIELDS = {"amount", "max_amount"}
PAY_SUBJECTS = {"rate", "ratecard", "milestone", "purchaseorder"}


def hidden_fields(user) -> set[str]:
    """The fields whose values the user's roles do not open."""
    identity = set() if user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY) else IDENTITY_FIELDS
    pay = set() if user.may(Permission.CONTRIBUTOR_VIEW_PAY) else PAY_FIELDS
    return identity | pay


def cover_values(values: dict, user) -> dict:
    """Before or after of an Event, as the user may see it."""
    covered = hidden_fields(user)
    return {name: HIDDEN if name in covered else value for name, value in values.items()}

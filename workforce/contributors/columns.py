"""The columns of the registry: which there are, who may see them, and what stands in a cell."""

from dataclasses import dataclass

from workforce.accounts.permissions import Permission
from workforce.contributors.models import Kind, Status


@dataclass(frozen=True)
class Column:
    """`fields` are read for the cell; `form` names how it is written; `sort` says that the list can be sorted by it."""

    name: str
    label: str
    fields: tuple[str, ...]
    form: str = "text"
    sort: bool = False
    needs: str = ""
    is_wide: bool = True  # left out on a narrow screen

    def cell(self, row: dict):
        value = row[self.fields[0]]
        if self.name == "kind":
            return Kind(value).label if value in Kind.values else value
        if self.name == "status":
            return Status(value).label if value in Status.values else value
        return value


def _identity(name: str, label: str, form: str = "text") -> Column:
    return Column(name, label, (name,), form, needs=Permission.CONTRIBUTOR_VIEW_IDENTITY)


COLUMNS = {
    column.name: column
    for column in [
        Column("name", "Name", ("name", "title"), "name", sort=True, is_wide=False),
        Column("kind", "Kind", ("kind",), "kind", sort=True, is_wide=False),
        Column("status", "Status", ("status",), "status", sort=True, is_wide=False),
        Column("unit", "Unit", ("unit__name",)),
        Column("supplier", "Supplier, or who answers for it", ("supplier__name", "owner__name"), "answers"),
        Column("start_date", "From", ("start_date",), "day", sort=True),
        Column("end_date", "To", ("end_date",), "end", sort=True),
        Column("weekly_hours", "Hours a week", ("weekly_hours",), "hours"),
        Column("id", "Id", ("pk",), "number"),
        Column("title", "Title", ("title",)),
        Column("email", "Email", ("email",)),
        Column("phone", "Phone", ("phone",)),
        Column("country", "Country", ("country",)),
        Column("city", "City", ("city",)),
        Column("location", "Location", ("location__name",)),
        Column("cost_centre", "Cost centre", ("cost_centre__code",)),
        Column("manager", "Manager", ("manager__name",)),
        Column("owner", "Answers for it", ("owner__name",)),
        _identity("birth_date", "Born", "day"),
        _identity("street", "Street"),
        _identity("postcode", "Postcode"),
        _identity("national_id", "National id"),
        _identity("tax_id", "Tax id"),
        _identity("bank_account", "Bank account"),
    ]
}
LABELS = {name: column.label for name, column in COLUMNS.items()} | {"supplier": "Supplier"}
USUAL = ("name", "kind", "status", "unit", "supplier", "start_date", "end_date", "weekly_hours")


def columns_for(user) -> dict[str, Column]:
    """Those the user may see."""
    return {name: column for name, column in COLUMNS.items() if not column.needs or user.may(column.needs)}


def choose_columns(text: str, user) -> list[Column]:
    """The columns named, in that order, each once; the name stands first, and the usual ones where none is named."""
    open_ = columns_for(user)
    names = [name.strip() for name in text.split(",")]
    chosen = [open_[name] for name in dict.fromkeys(names) if name in open_ and name != "name"]
    if not chosen and "name" not in names:
        chosen = [open_[name] for name in USUAL[1:]]
    return [open_["name"], *chosen]


def fields_of(columns: list[Column]) -> list[str]:
    return list(dict.fromkeys(["pk", "kind", "status", *(field for column in columns for field in column.fields)]))

"""How a source's columns and words become ours."""

from dataclasses import dataclass, field


@dataclass
class Mapping:
    """{"columns", "values", "constants", "dates", "decimal", "encoding"}, as `--mapping` files hold it."""

    columns: dict[str, str] = field(default_factory=dict)  # theirs -> ours
    values: dict[str, dict[str, str]] = field(default_factory=dict)  # our column -> {their word: ours}
    constants: dict[str, str] = field(default_factory=dict)
    # A strptime form, several of which the first that fits counts, or forms by our column; empty: ISO 8601.
    dates: str | list[str] | dict[str, str | list[str]] = ""
    decimal: str = "."
    encoding: str = ""

    def translate(self, raw: dict[str, str]) -> dict[str, str]:
        """The row under our column names; cells keep their text but for mapped words."""
        row = dict(self.constants)
        for name, text in raw.items():
            name = self.columns.get(name, name)
            row[name] = self.values.get(name, {}).get(text.strip(), text)
        return row

    def date_forms(self, column: str) -> list[str]:
        """The strptime forms of a column's dates, the likeliest first; empty for ISO 8601 alone."""
        forms = self.dates.get(column, "") if isinstance(self.dates, dict) else self.dates
        return [forms] if isinstance(forms, str) and forms else list(forms)

"""The mapping page's form: a column of ours for each of theirs, constants, words, date forms and the decimal mark."""

from dataclasses import asdict

from django import forms

from orchestration.sources.contents import TWINS
from orchestration.sources.errors import WHAT_IS_WRONG
from orchestration.sources.kinds import KINDS, Column
from orchestration.sources.mapping import DATE_WORDS, Mapping
from orchestration.sources.recognise import fill_in
from orchestration.sources.sample import Sample

SAMPLES = 3  # cells shown of each column
MOST_WORDS = 40  # words of a column that can be translated on the page


class MappingForm(forms.Form):
    """Fields are numbered, for names of columns and words may hold anything; `rows` and its like lay them out."""

    decimal = forms.ChoiceField(
        label="Decimal mark", choices=[(".", "1,234.50 (point)"), (",", "1.234,50 (comma)")], required=False
    )

    def __init__(self, *args, sample: Sample, kind: str, mapping: dict, ambiguous: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.sample, self.table = sample, KINDS[kind]
        self.mapping, self.ambiguous = {**asdict(Mapping()), **mapping}, ambiguous
        self.theirs = [name for name in sample.header if name != WHAT_IS_WRONG]
        self.fields["decimal"].initial = self.mapping["decimal"]
        self._add_columns()
        self._add_constants()
        self._add_words()
        self._add_dates()
        for field in self.fields.values():
            is_text = isinstance(field.widget, forms.TextInput)
            field.widget.attrs["class"] = "form-control" if is_text else "form-select"

    def _add_columns(self) -> None:
        choices = [("", "not read"), *((c.name, _label(c)) for c in self.table.columns)]
        for place, theirs in enumerate(self.theirs):
            ours = self.mapping["columns"].get(theirs, theirs if theirs in self.table.by_name else "")
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=theirs, choices=choices, required=False, initial=ours if ours in self.table.by_name else ""
            )

    def _add_constants(self) -> None:
        """One text for all rows, for what is required or one of a few and no column holds."""
        read = set(self.mapping["columns"].values()) | set(self.mapping["joins"]) | set(self.mapping["spans"])
        read |= set(self.mapping["find"]) | set(self.mapping["counts"])
        for column in self.table.columns:
            is_open = column.name in self.mapping["constants"] or (
                column.name not in read and (column.required or column.type in ("choice", "currency", "country"))
            )
            if is_open and column.name not in ("source_id", "name") and not column.is_confidential:
                self.fields[f"constant_{column.name}"] = _constant_field(
                    column, self.mapping["constants"].get(column.name, "")
                )

    def _add_words(self) -> None:
        """Their words for our choices, those that we do not know first."""
        self.words: dict[str, tuple[str, str]] = {}
        for place, theirs in enumerate(self.theirs):
            column = self.table.by_name.get(self._ours(place))
            if column is None or column.type != "choice":
                continue
            known = self.mapping["values"].get(column.name, {})
            found = list(dict.fromkeys(self.sample.columns[theirs]))[:MOST_WORDS]
            found.sort(key=lambda word, known=known, column=column: _meaning(word, known, column) != "")
            for number, word in enumerate(found):
                name = f"word_{place}_{number}"
                self.words[name] = (column.name, word)
                self.fields[name] = forms.ChoiceField(
                    label=f"{word} ({column.name})", required=False, initial=_meaning(word, known, column),
                    choices=[("", "say what it means"), *((choice, choice) for choice in column.choices)],
                )  # fmt: skip

    def _ours(self, place: int) -> str:
        name = f"column_{place}"
        return self.data.get(name, "") if self.is_bound and name in self.data else self.fields[name].initial

    def _add_dates(self) -> None:
        """The order of day and month, for each date column in which forms could be read both ways."""
        dates = self.mapping["dates"] if isinstance(self.mapping["dates"], dict) else {}
        for ours, given in dates.items():
            stated = [given] if isinstance(given, str) else given
            twins = [(form, TWINS[form]) for form in stated if TWINS.get(form) in DATE_WORDS]
            if ours in self.table.by_name and twins:
                form, twin = twins[0]
                choices = [(one, DATE_WORDS.get(one, one)) for one in sorted((form, twin))]
                asks = ours in self.ambiguous
                self.fields[f"date_{ours}"] = forms.ChoiceField(
                    label=f"Dates of {ours}", required=False, initial="" if asks else form,
                    choices=[("", "say which comes first"), *choices] if asks else choices,
                )  # fmt: skip

    def columns(self):
        """(field, first cells, whether they hold a person's secrets) of each of their columns."""
        return [(self[f"column_{p}"], self.sample.columns[t][:SAMPLES]) for p, t in enumerate(self.theirs)]

    def constants(self):
        return [self[name] for name in self.fields if name.startswith("constant_")]

    def word_fields(self):
        return [(self[name], word, ours) for name, (ours, word) in self.words.items() if name in self.fields]

    def date_fields(self):
        return [self[name] for name in self.fields if name.startswith("date_")]

    def date_words(self) -> list[tuple[str, str]]:
        """(our column, the forms found in it as examples)."""
        dates = self.mapping["dates"] if isinstance(self.mapping["dates"], dict) else {}
        told = {
            ours: [given] if isinstance(given, str) else given
            for ours, given in dates.items()
            if ours not in self.ambiguous
        }
        return [(ours, " and ".join(DATE_WORDS.get(form, form) for form in forms_)) for ours, forms_ in told.items()]

    def read_mapping(self) -> tuple[Mapping, list[str]]:
        """The mapping as chosen, and the date columns that are still to be asked about."""
        chosen, facts = self.cleaned_data, {**self.mapping}
        facts["columns"] = {t: chosen.get(f"column_{p}", "") for p, t in enumerate(self.theirs)}
        if WHAT_IS_WRONG in self.sample.header:
            facts["columns"][WHAT_IS_WRONG] = ""
        read = set(facts["columns"].values())
        facts["constants"] = {
            **{name: text for name, text in facts["constants"].items() if f"constant_{name}" not in self.fields},
            **{n.removeprefix("constant_"): t for n, t in chosen.items() if n.startswith("constant_") and t},
        }
        for part in ("find", "counts"):
            facts[part] = {ours: value for ours, value in facts[part].items() if ours not in read}
        facts["identity"] = [] if "source_id" in read else facts["identity"]
        facts["shapes"] = {ours: names for ours, names in facts["shapes"].items() if self._is_unmoved(ours, facts)}
        mapping, ambiguous = fill_in(self.sample, self.table.name, facts)
        mapping.decimal = chosen.get("decimal") or mapping.decimal
        self._take_words(mapping)
        return mapping, self._take_dates(mapping, ambiguous)

    def _is_unmoved(self, ours: str, facts: dict) -> bool:
        """Whether a column is still read from the one whose shape was found."""

        def of(columns: dict) -> set[str]:
            return {theirs for theirs, name in columns.items() if name == ours}

        return of(self.mapping["columns"]) == of(facts["columns"])

    def _take_words(self, mapping: Mapping) -> None:
        for name, (ours, word) in self.words.items():
            meaning = self.cleaned_data.get(name, "")
            if meaning and meaning != word:
                mapping.values.setdefault(ours, {})[word] = meaning
            elif not meaning:
                mapping.values.get(ours, {}).pop(word, None)

    def _take_dates(self, mapping: Mapping, ambiguous: list[str]) -> list[str]:
        dates = dict(mapping.dates) if isinstance(mapping.dates, dict) else {}
        settled = set(mapping.dates) - set(ambiguous) if isinstance(mapping.dates, dict) else set()
        for ours in list(dates):
            form = self.cleaned_data.get(f"date_{ours}", "")
            if form:
                dates[ours] = [form, *(f for f in dates[ours] if f not in (form, TWINS.get(form)))]
                settled.add(ours)
        mapping.dates = dates or ""
        return [ours for ours in ambiguous if ours not in settled]


def _label(column: Column) -> str:
    return column.name.replace("_", " ") + (" *" if column.required else "")


def _constant_field(column: Column, value: str) -> forms.Field:
    label = _label(column)
    if column.type == "choice":
        choices = [("", "not said"), *((choice, choice.replace("_", " ")) for choice in column.choices)]
        return forms.ChoiceField(label=label, choices=choices, required=False, initial=value)
    return forms.CharField(label=label, max_length=200, required=False, initial=value)


def _meaning(word: str, known: dict[str, str], column: Column) -> str:
    plain = word.lower().replace(" ", "_").replace("-", "_")
    small = {theirs.lower(): ours for theirs, ours in known.items()}
    return known.get(word) or small.get(word.lower(), "") or (plain if plain in column.choices else "")

from django import forms

from orchestration.sources.kinds import KINDS

LARGEST = 100 * 1024 * 1024


class UploadForm(forms.Form):
    """A table, whose it is and what is in it."""

    kind = forms.ChoiceField(
        label="What is in it", choices=[(name, name.replace("_", " ").capitalize()) for name in KINDS]
    )
    source = forms.SlugField(
        label="Source", max_length=60, help_text="The system it comes from, in small letters: hris, vms, erp."
    )
    table = forms.FileField(label="File", help_text="CSV or XLSX with a header in the first row, at most 100 MB.")
    dry_run = forms.BooleanField(label="Only try it: show what would happen and keep nothing", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            look = "form-check-input" if name == "dry_run" else "form-select" if name == "kind" else "form-control"
            field.widget.attrs["class"] = look

    def clean_table(self):
        table = self.cleaned_data["table"]
        if not table.name.lower().endswith((".csv", ".xlsx")):
            raise forms.ValidationError(f"{table.name} is neither CSV nor XLSX. Save the table as one of these.")
        if table.size > LARGEST:
            raise forms.ValidationError(f"{table.name} is larger than 100 MB. Use the command `import_data` for it.")
        return table


class OverrideForm(forms.Form):
    """A fact set by hand, written as in a table."""

    column = forms.CharField(max_length=40)
    text = forms.CharField(max_length=4000, required=False, strip=True)
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why this overrides the sources."})
    until = forms.DateField(error_messages={"required": "Say until which day the override counts."})

"""Forms of sources: a file and whose it is; how often data are expected; from where they are fetched."""

import gzip
import json
from io import BytesIO

from django import forms
from django.core.files.base import ContentFile

from orchestration.sources.addresses import FetchFailed, check_address
from orchestration.sources.kinds import KINDS
from orchestration.sources.unreadable import UnreadableTable

LARGEST = 100 * 1024 * 1024
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson", ".sql", ".gz")
KIND_CHOICES = [(name, name.replace("_", " ").capitalize()) for name in KINDS]
INTERVALS = [
    ("", "no expectation"), (15, "every 15 minutes"), (60, "every hour"), (360, "every 6 hours"), (1440, "every day"),
    (10080, "every week"), (44640, "every month"),
]  # fmt: skip


class _Styled(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_check = isinstance(field.widget, forms.CheckboxInput)
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = (
                "form-check-input" if is_check else "form-select" if is_select else "form-control"
            )


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """One file or several, cleaned one by one."""

    widget = _SeveralFilesInput

    def clean(self, data, initial=None):
        one_by_one = data if isinstance(data, list | tuple) else [data]
        return [super(_FilesField, self).clean(file, initial) for file in one_by_one or [None]]


class UploadForm(_Styled):
    """Files and the system they come from; what is in them is found out."""

    table = _FilesField(
        label="File",
        help_text="CSV, XLSX, JSON lines or an SQL dump, at most 100 MB. Titles above the header are no matter. "
        "Several SQL files of one database go in together.",
    )
    source = forms.SlugField(
        label="Source", max_length=60, help_text="The system it comes from, in small letters: hris, vms, erp."
    )

    def __init__(self, *args, sources=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.sources = sources
        self.fields["source"].widget.attrs.update({"list": "known-sources", "autocomplete": "off"})

    def clean_table(self):
        for table in self.cleaned_data["table"]:
            self._check_file(table)
        return self.cleaned_data["table"]

    def _check_file(self, table):
        if not table.name.lower().endswith(ENDINGS):
            raise forms.ValidationError(
                f"{table.name} is neither CSV, XLSX, JSON nor SQL. Save the table as one of these."
            )
        if table.size > LARGEST:
            raise forms.ValidationError(f"{table.name} is larger than 100 MB. Use the command `import_data` for it.")


def as_one_dump(files: list) -> list:
    """The parts of a dump as one file, so that its tables know each other; other files as they are."""
    parts = [file for file in files if file.name.lower().endswith((".sql", ".sql.gz"))]
    if len(parts) < 2:
        return files
    whole = b"\n".join(
        _bare(file) for file in sorted(parts, key=lambda file: b"CREATE" not in file.read(20_000).upper())
    )
    return [ContentFile(whole, name=parts[0].name.removesuffix(".gz")), *(f for f in files if f not in parts)]


def _bare(file) -> bytes:
    file.seek(0)
    content = file.read()
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(BytesIO(content)) as packed:
            return packed.read(LARGEST * 5)
    except (OSError, EOFError):
        raise UnreadableTable(f"{file.name}: this gzip file is damaged. Pack it again, or send it bare.") from None


class IntervalForm(_Styled):
    interval_minutes = forms.TypedChoiceField(
        label="New data are expected", choices=INTERVALS, coerce=int, empty_value=None, required=False
    )


class FeedForm(_Styled):
    """An address and what it asks for."""

    kind = forms.ChoiceField(label="What is in it", choices=KIND_CHOICES, initial="contributors")
    address = forms.CharField(
        max_length=1000,
        label="Address",
        help_text="https://host/path, s3://bucket/file.csv, s3://bucket/folder/ or the full path of a watched folder.",
    )
    token = forms.CharField(label="Token", required=False, max_length=2000)
    user = forms.CharField(label="User", required=False, max_length=200)
    password = forms.CharField(label="Password", required=False, max_length=500, widget=forms.PasswordInput)
    key = forms.CharField(label="Access key (S3)", required=False, max_length=200)
    secret = forms.CharField(label="Secret (S3)", required=False, max_length=500, widget=forms.PasswordInput)
    endpoint_url = forms.CharField(label="Address of the storage (S3)", required=False, max_length=500)
    region = forms.CharField(label="Region (S3)", required=False, max_length=60)
    is_private_allowed = forms.BooleanField(label="The address may lie inside our own network", required=False)

    def clean_address(self):
        try:
            check_address(self.cleaned_data["address"].strip())
        except FetchFailed as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return self.cleaned_data["address"].strip()

    def credentials(self) -> str:
        """What is kept, encrypted; empty when the address asks for nothing."""
        names = ("token", "user", "password", "key", "secret", "endpoint_url", "region")
        given = {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
        return json.dumps(given) if given else ""


class OverrideForm(forms.Form):
    """A fact set by hand, written as in a table."""

    column = forms.CharField(max_length=40)
    text = forms.CharField(max_length=4000, required=False, strip=True)
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why this overrides the sources."})
    until = forms.DateField(error_messages={"required": "Say until which day the override counts."})

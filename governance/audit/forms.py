"""What is to be exported, held and deleted."""

from django import forms

from governance.audit.retention import CLASSES
from workforce.contributors.models import Contributor
from workforce.contributors.search import in_order, search_contributors

NAMED = 5


class ContributorField(forms.CharField):
    """A contributor by name, email or number; what fits more than one is asked again with their numbers."""

    def __init__(self, **options):
        super().__init__(max_length=200, **options)

    def find(self, words: str, user) -> Contributor | None:
        if not words:
            return None
        seen = Contributor.objects.visible_to(user).canonical()
        found = in_order(seen, search_contributors(seen, words, user=user, most=NAMED + 1))
        exact = [one for one in found if words.casefold() in (one.name.casefold(), one.email.casefold(), str(one.pk))]
        for candidates in (exact, found):
            if len(candidates) == 1:
                return candidates[0]
        if not found:
            raise forms.ValidationError(f"Nobody called “{words}” is found. Give a name, an email or a number.")
        named = ", ".join(f"{one.name} ({one.pk})" for one in found[:NAMED])
        raise forms.ValidationError(f"“{words}” fits several: {named}. Give the number of the one you mean.")


class PlainForm(forms.Form):
    """With the looks of the product; `user` looks contributors up."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        for field in self.fields.values():
            look = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs["class"] = look

    def clean_about(self):
        return self.fields["about"].find(self.cleaned_data["about"], self.user)


class DayField(forms.DateField):
    def __init__(self, **options):
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        messages = {"invalid": "Give a day as 2026-12-31."}
        super().__init__(widget=widget, error_messages=messages, **options)


class ExportForm(PlainForm):
    since = DayField(label="First day", required=False)
    until = DayField(label="Last day", required=False)
    about = ContributorField(label="About", required=False, help_text="A contributor's name or number; empty for all.")


class HoldForm(PlainForm):
    about = ContributorField(label="About", required=False, help_text="A contributor's name or number; empty for all.")
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why this must be kept."})


class DeletionForm(PlainForm):
    retention_class = forms.ChoiceField(
        label="What", choices=[(name, values["title"]) for name, values in CLASSES.items()]
    )
    before = DayField(label="Written before")
    reason = forms.CharField(max_length=2000, required=False, help_text="Needed to delete, not to count.")

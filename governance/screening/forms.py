"""Deciding on a hit, and appealing against a decision."""

from django import forms

from governance.screening.models import Verdict


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(choices=Verdict.choices, error_messages={"required": "Choose a verdict."})
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why; the reason is kept as proof."})
    ground = forms.CharField(max_length=64)


class AppealForm(forms.Form):
    statement = forms.CharField(
        max_length=4000, error_messages={"required": "Write down what the person concerned says."}
    )

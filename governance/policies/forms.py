"""Waiving a finding."""

from django import forms


class WaiverForm(forms.Form):
    reason = forms.CharField(max_length=2000, error_messages={"required": "Say why this may stand."})
    until = forms.DateField(error_messages={"invalid": "Give the last day as 2026-12-31."})

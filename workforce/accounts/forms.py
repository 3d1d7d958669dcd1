from django import forms
from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Name and password; the refusal does not say which of the two is wrong."""

    error_messages = {
        "invalid_login": "This name and password do not belong together. Check both; capitals matter.",
        "inactive": "This login is switched off. Ask an admin to switch it on.",
    }
    username = forms.CharField(
        label="Name",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "current-password"}),
    )

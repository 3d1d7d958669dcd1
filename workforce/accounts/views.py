"""Signing in; everything else asks for it."""

from django.contrib.auth.views import LoginView

from workforce.accounts.forms import SignInForm

sign_in = LoginView.as_view(
    template_name="accounts/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
)

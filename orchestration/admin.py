"""Logins, roles and tokens: recorded in the ledger, which stands above the accounts."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from workforce.accounts.models import ApiToken, IdempotencyKey, RoleAssignment, User
from workforce.ledger.actions import Action
from workforce.ledger.admin import CHANGED, DeletableAdmin, ReadOnlyAdmin, RecordedAdmin, RecordedInline
from workforce.ledger.record import record_event

admin.site.unregister(Group)  # roles are what users may do
admin.site.site_header = admin.site.site_title = "Ensemble"


class RoleAssignmentInline(RecordedInline):
    model = RoleAssignment
    autocomplete_fields = ["unit"]
    can_be_deleted = True


@admin.register(User)
class LoginAdmin(RecordedAdmin, UserAdmin):
    """Users are made inactive, never deleted: the ledger names them."""

    masked = ("password", "password1", "password2")
    list_display = ["username", "first_name", "last_name", "email", "is_service", "is_active", "is_staff"]
    list_filter = ["is_active", "is_service", "is_staff", "role_assignments__role"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Who", {"fields": ["first_name", "last_name", "email", "is_service"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [RoleAssignmentInline]

    def get_readonly_fields(self, request, obj=None):
        """Only a superuser makes superusers."""
        return self.readonly_fields if request.user.is_superuser else [*self.readonly_fields, "is_superuser"]

    def has_change_permission(self, request, obj=None):
        """An admin does not take over a superuser."""
        may_touch = obj is None or not obj.is_superuser or request.user.is_superuser
        return may_touch and super().has_change_permission(request, obj)

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = self.get_object(request, id)
            record_event(action=Action.RECORD_UPDATED, subject=user, by=request.user, after={"password": CHANGED})
        return response


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["user", "name", "expires_at"]

    def clean_user(self):
        user = self.cleaned_data["user"]
        if user.is_superuser and not self.asked_by.is_superuser:
            raise forms.ValidationError("Only a superuser issues a token of a superuser. Choose another user.")
        return user


@admin.register(ApiToken)
class ApiTokenAdmin(DeletableAdmin):
    """A token is issued here, its secret shown once; taken back by deleting it."""

    form = TokenForm
    list_display = ["name", "user", "created_at", "expires_at", "last_used_at"]
    search_fields = ["name", "user__username"]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    readonly_fields = ["created_at", "last_used_at"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "user"] if obj else self.readonly_fields

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.asked_by = request.user
        return form

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        issued, secret = ApiToken.issue(user=obj.user, name=obj.name, expires_at=obj.expires_at)
        obj.pk, obj.secret_hash, obj.created_at = issued.pk, issued.secret_hash, issued.created_at
        obj._state.adding = False
        messages.warning(request, f"The secret of {obj.name}, shown this once: {secret}")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ["key", "user", "status", "created_at"]
    list_select_related = ["user"]
    exclude = ["answer"]

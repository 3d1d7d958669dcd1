from django.contrib import admin, messages

from orchestration.scim.models import IdentityProvider, ScimGroup, ScimMember, ScimToken, ScimUser
from orchestration.scim.tokens import connect_provider, issue_token
from workforce.ledger.admin import DeletableAdmin, ReadOnlyAdmin, RecordedAdmin


@admin.register(IdentityProvider)
class IdentityProviderAdmin(RecordedAdmin):
    """Adding one makes its source an identity provider; the service user comes with it."""

    list_display = ["source", "user", "default_kind"]
    list_select_related = ["source", "user"]
    search_fields = ["source__name"]
    autocomplete_fields = ["source"]
    readonly_fields = ["user"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "source"] if obj else self.readonly_fields

    def save_model(self, request, obj, form, change):
        if not change:
            made = connect_provider(source=obj.source, by=request.user)
            obj.user, obj._state.adding = made.user, False
        super().save_model(request, obj, form, change)


@admin.register(ScimToken)
class ScimTokenAdmin(DeletableAdmin):
    """A token is issued here, its secret shown once; taken back by deleting it."""

    list_display = ["name", "provider", "created_at", "expires_at", "last_used_at"]
    list_select_related = ["provider__source"]
    search_fields = ["name", "provider__source__name"]
    autocomplete_fields = ["provider"]
    readonly_fields = ["created_at", "last_used_at"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "provider"] if obj else self.readonly_fields

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        issued, secret = issue_token(provider=obj.provider, name=obj.name, expires_at=obj.expires_at, by=request.user)
        obj.pk, obj.secret_hash, obj.created_at = issued.pk, issued.secret_hash, issued.created_at
        obj._state.adding = False
        messages.warning(request, f"The secret of {obj.name}, shown this once: {secret}")


@admin.register(ScimUser)
class ScimUserAdmin(ReadOnlyAdmin):
    list_display = ["user_name", "provider", "scim_id", "modified_at", "ended_on"]
    list_select_related = ["provider__source"]
    search_fields = ["user_name", "scim_id", "external_id"]
    exclude = ["folded"]


@admin.register(ScimGroup)
class ScimGroupAdmin(ReadOnlyAdmin):
    list_display = ["display_name", "provider", "scim_id", "modified_at"]
    list_select_related = ["provider__source"]
    search_fields = ["display_name", "scim_id", "external_id"]
    exclude = ["folded"]


@admin.register(ScimMember)
class ScimMemberAdmin(ReadOnlyAdmin):
    list_display = ["group", "value", "type", "display"]
    list_select_related = ["group"]
    search_fields = ["value", "group__display_name"]

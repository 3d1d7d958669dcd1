from django import forms
from django.contrib import admin, messages
from django.db.models import Count

from workforce.accounts.permissions import Permission
from workforce.contributors.confidential import key_hash, mask
from workforce.contributors.models import (
    AgentProfile,
    Contributor,
    ContributorSkill,
    DefaultView,
    SavedView,
    Skill,
    SkillAlias,
    SupplierProfile,
)
from workforce.contributors.skills import merge_skills, slug_of
from workforce.ledger.admin import DeletableAdmin, RecordedAdmin, RecordedInline

CONFIDENTIAL = ("national_id", "tax_id", "bank_account")
MASKED = tuple(f"masked_{name}" for name in CONFIDENTIAL)


class SkillInline(RecordedInline):
    model = ContributorSkill
    autocomplete_fields = ["skill"]
    can_be_deleted = True


class NameForm(forms.ModelForm):
    """A name of a skill, in whatever case, is no other skill's."""

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        self.instance.slug = slug_of(name)
        for model in (Skill, SkillAlias):
            others = model.objects.filter(slug=self.instance.slug)
            if isinstance(self.instance, model):
                others = others.exclude(pk=self.instance.pk)
            if others.exists():
                raise forms.ValidationError(
                    f"There is a skill called {name} already. Merge the two, or choose another name."
                )
        return name


class AliasInline(RecordedInline):
    model = SkillAlias
    form = NameForm
    fields = ["name"]
    can_be_deleted = True


@admin.register(Skill)
class SkillAdmin(DeletableAdmin):
    form = NameForm
    fields = ["name", "description", "parent", "uri"]
    list_display = ["name", "parent", "uri"]
    search_fields = ["name", "slug", "aliases__name"]
    list_select_related = ["parent"]
    autocomplete_fields = ["parent"]
    inlines = [AliasInline]
    actions = ["hold_to_be_one"]

    @admin.action(description="Hold the two selected skills to be one (the one more contributors have is kept)")
    def hold_to_be_one(self, request, queryset):
        two = list(queryset.annotate(holders=Count("contributor_links")).order_by("-holders", "pk")[:3])
        if len(two) != 2:
            self.message_user(request, "Select exactly two skills.", messages.ERROR)
            return
        kept, merged = two
        merge_skills(kept=kept, merged=merged, by=request.user)
        self.message_user(request, f"{merged.name} is now another name of {kept.name}.")


@admin.register(Contributor)
class ContributorAdmin(RecordedAdmin):
    """Encrypted fields are never listed; in the form they are open to those who may see identities, else masked."""

    masked = (*CONFIDENTIAL, "birth_date", "street", "postcode")
    list_display = ["name", "kind", "status", "unit", "supplier", "country"]
    list_filter = ["kind", "status", "country"]
    search_fields = ["name", "email"]
    list_select_related = ["unit", "supplier"]
    autocomplete_fields = ["supplier", "unit", "manager", "owner", "location", "cost_centre", "user", "merged_into"]
    readonly_fields = MASKED
    inlines = [SkillInline]

    def get_queryset(self, request):
        found = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "contributors_contributor_changelist":
            return found.defer(*CONFIDENTIAL)
        return found

    def get_exclude(self, request, obj=None):
        return MASKED if request.user.may(Permission.CONTRIBUTOR_VIEW_IDENTITY) else self.masked

    def get_fields(self, request, obj=None):
        hidden = set(self.get_exclude(request, obj))
        return [name for name in super().get_fields(request, obj) if name not in hidden]

    def save_model(self, request, obj, form, change):
        for name in CONFIDENTIAL:
            if name in form.changed_data:
                setattr(obj, f"{name}_hash", key_hash(getattr(obj, name)))
        super().save_model(request, obj, form, change)

    @admin.display(description="National id")
    def masked_national_id(self, obj):
        return mask(obj.national_id)

    @admin.display(description="Tax id")
    def masked_tax_id(self, obj):
        return mask(obj.tax_id)

    @admin.display(description="Bank account")
    def masked_bank_account(self, obj):
        return mask(obj.bank_account)


@admin.register(AgentProfile)
class AgentProfileAdmin(RecordedAdmin):
    list_display = ["contributor", "provider", "version", "model"]
    search_fields = ["contributor__name", "provider", "model"]
    list_select_related = ["contributor"]
    autocomplete_fields = ["contributor"]


@admin.register(SupplierProfile)
class SupplierProfileAdmin(RecordedAdmin):
    list_display = ["contributor", "vat_number", "payment_terms_days"]
    search_fields = ["contributor__name", "vat_number"]
    list_select_related = ["contributor"]
    autocomplete_fields = ["contributor"]


@admin.register(SavedView)
class SavedViewAdmin(DeletableAdmin):
    list_display = ["name", "owner", "sharing", "role"]
    list_filter = ["sharing", "role"]
    search_fields = ["name", "owner__username"]
    list_select_related = ["owner"]
    autocomplete_fields = ["owner"]


@admin.register(DefaultView)
class DefaultViewAdmin(DeletableAdmin):
    list_display = ["user", "view"]
    search_fields = ["user__username", "view__name"]
    list_select_related = ["user", "view"]
    autocomplete_fields = ["user", "view"]

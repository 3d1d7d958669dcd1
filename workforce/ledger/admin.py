"""What the admin of every room shares: only admins of the whole organisation, and an Event for each change."""

from datetime import date, datetime
from decimal import Decimal

from django.contrib import admin
from django.db import models, transaction

from workforce.accounts.permissions import Role
from workforce.ledger.actions import Action
from workforce.ledger.models import Cursor, Event
from workforce.ledger.record import record_event

CHANGED = "(changed)"


def administers(user) -> bool:
    """Admin of the whole organisation; read once for each request."""
    if not hasattr(user, "_administers"):
        user._administers = (
            user.is_active
            and user.is_staff
            and (user.is_superuser or user.role_assignments.filter(role=Role.ADMIN, unit=None).exists())
        )
    return user._administers


def describe(value):
    """A form's value as the ledger keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple | set | models.QuerySet):
        return [describe(one) for one in value]
    return value if isinstance(value, str | int | bool | dict | None) else str(value)


class AdminsOnly:
    """Permissions of a ModelAdmin or inline: all for admins, nothing for others, no deleting unless it says so."""

    can_be_deleted = False

    def has_module_permission(self, request):
        return administers(request.user)

    def has_view_permission(self, request, obj=None):
        return administers(request.user)

    def has_add_permission(self, request, obj=None):
        return administers(request.user)

    def has_change_permission(self, request, obj=None):
        return administers(request.user)

    def has_delete_permission(self, request, obj=None):
        return self.can_be_deleted and administers(request.user)


class RecordedAdmin(AdminsOnly, admin.ModelAdmin):
    """Writes an Event with before and after in the transaction of each change; `masked` fields without their values."""

    masked: tuple[str, ...] = ()
    show_full_result_count = False
    list_per_page = 50

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self.record(request, form.instance, form, is_new=not change)
        for formset in formsets:
            self.record_inlines(request, formset)

    def record(self, request, obj, form, *, is_new: bool):
        before = {} if is_new else self.values_of(form, form.initial)
        after = self.values_of(form, form.cleaned_data)
        if is_new or after:
            record_event(action=self.action_for(obj, is_new), subject=obj, by=request.user, before=before, after=after)

    def record_inlines(self, request, formset):
        by_object = {form.instance: form for form in formset.forms}
        for obj in formset.new_objects:
            self.record(request, obj, by_object[obj], is_new=True)
        for obj, _ in formset.changed_objects:
            self.record(request, obj, by_object[obj], is_new=False)
        for obj in formset.deleted_objects:
            record_event(action=Action.RECORD_DELETED, subject=obj, by=request.user, before={"label": str(obj)})

    def values_of(self, form, values) -> dict:
        return {
            name: CHANGED if name in self.masked else describe(values.get(name))
            for name in form.changed_data
            if name != "id"
        }

    def action_for(self, obj, is_new: bool) -> str:
        """`contributor.created` where the ledger has a tag of its own, else `record.created`."""
        verb = "created" if is_new else "updated"
        own = f"{obj._meta.model_name}.{verb}"
        return own if own in Action.values else f"record.{verb}"

    def delete_model(self, request, obj):
        record_event(action=Action.RECORD_DELETED, subject=obj, by=request.user, before={"label": str(obj)})
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        with transaction.atomic():
            for obj in queryset:
                self.delete_model(request, obj)


class DeletableAdmin(RecordedAdmin):
    """Reference data, which may be taken away as long as nothing stands on it."""

    can_be_deleted = True


class ReadOnlyAdmin(RecordedAdmin):
    """What is never changed by hand."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class RecordedInline(AdminsOnly, admin.TabularInline):
    extra = 0


class ReadOnlyInline(RecordedInline):
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "subject_type", "subject_id", "subject_label"]
    list_filter = ["action", "subject_type"]
    search_fields = ["subject_label", "actor__username"]
    list_select_related = ["actor"]
    ordering = ["-id"]


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["name", "position"]

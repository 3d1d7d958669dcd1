"""Finding contributors by a few words."""

from django.apps import apps
from django.db.models import Q

LONGEST = 200


def search_contributors(queryset, words: str):
    """Those whose name or email holds every word, or whose id or id in a source it is."""
    words = words.strip().replace("\x00", "")[:LONGEST]
    if not words:
        return queryset
    named = Q()
    for word in words.split():
        named &= Q(name__icontains=word) | Q(email__icontains=word)
    key = words.rpartition(":")[2]
    records = apps.get_model("sources", "SourceRecord").objects.filter(kind="contributors", key=key)
    found = named | Q(pk__in=records.values("object_id"))
    if words.isdecimal() and len(words) < 18:
        found |= Q(pk=int(words))
    return queryset.filter(found)

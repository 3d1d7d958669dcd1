"""Every address of SCIM, /scim/v2/; with or without a slash at the end."""

from django.urls import re_path

from orchestration.scim import api

app_name = "scim"

urlpatterns = [
    re_path(r"^$", api.RootView.as_view(), name="root"),
    re_path(r"^\.search/?$", api.SearchView.as_view(), name="search"),
    re_path(r"^Bulk/?$", api.BulkView.as_view(), name="bulk"),
    re_path(r"^Me(?:/.*)?$", api.MeView.as_view(), name="me"),
    re_path(r"^ServiceProviderConfigs?/?$", api.ConfigView.as_view(), name="config"),
    re_path(r"^(?P<noun>Schemas|ResourceTypes)/?$", api.DescriptionsView.as_view(), name="descriptions"),
    re_path(r"^(?P<noun>Schemas|ResourceTypes)/(?P<name>[^/]+)/?$", api.DescriptionsView.as_view(), name="description"),
    re_path(r"^(?P<noun>Users|Groups)/?$", api.ResourcesView.as_view(), name="resources"),
    re_path(r"^(?P<noun>Users|Groups)/\.search/?$", api.SearchView.as_view(), name="search-of"),
    re_path(r"^(?P<noun>Users|Groups)/(?P<scim_id>[^/]+)/?$", api.ResourceView.as_view(), name="resource"),
    re_path(r"", api.NoRouteView.as_view(), name="no-route"),
]

"""Serves chosen files of node_modules under `npm/`; third-party code is installed, never committed."""

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

SERVED = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js",
    "echarts/dist/echarts.min.js",
    "htmx.org/dist/htmx.min.js",
)


class NpmFinder(BaseFinder):
    def __init__(self, app_names=None, *args, **kwargs):
        self.storage = FileSystemStorage(location=settings.BASE_DIR / "node_modules")
        self.storage.prefix = "npm"

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        found = [self.storage.path(name) for name in SERVED if path == f"npm/{name}" and self.storage.exists(name)]
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns):
        for name in SERVED:
            if self.storage.exists(name) and not matches_patterns(name, ignore_patterns or []):
                yield name, self.storage

"""Where the real material lies that tests compare with; not part of the project, so tests skip by name without it."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ENSEMBLE_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared test material is not on this machine")

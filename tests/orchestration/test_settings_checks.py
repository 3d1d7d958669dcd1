"""Production refuses to start with defaults, and says what to set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "PRODUCTION": "true",
    "SECRET_KEY": "a" * 50,
    "FIELD_KEY": "b" * 50,
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "ensemble.example.org",
}


def run_manage(*arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        ("SECRET_KEY", "SECRET_KEY is the development default"),
        ("FIELD_KEY", "FIELD_KEY is not set"),
        ("DATABASE_URL", "DATABASE_URL names no PostgreSQL database"),
        ("REDIS_URL", "REDIS_URL is not set"),
        ("ALLOWED_HOSTS", "ALLOWED_HOSTS is the development default"),
    ],
)
def test_production_refuses_to_start_without(setting, advice):
    environment = {name: value for name, value in GOOD.items() if name != setting}
    result = run_manage("check", **environment)
    assert result.returncode != 0
    assert advice in result.stderr


def test_production_with_everything_set_passes_the_checks():
    result = run_manage("check", **GOOD)
    assert result.returncode == 0, result.stderr


def test_doctor_says_what_does_not_answer_and_how_to_mend_it():
    result = run_manage("doctor", "--json", **GOOD)
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    assert result.returncode == 1
    assert not checks["database"]["ok"]
    assert "DATABASE_URL" in checks["database"]["advice"]
    assert not checks["task broker"]["ok"]
    assert checks["settings"]["ok"]

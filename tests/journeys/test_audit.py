"""Legal proves the ledger in the browser."""

import subprocess
import sys
import zipfile

import pytest

from governance.audit.models import LegalHold
from governance.audit.seal import seal_ledger
from governance.audit.sign import public_key
from governance.audit.verify import verify_as_asked
from tests.governance.audit_cast import write_events

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_legal_verifies_the_ledger_holds_a_contributor_and_takes_the_pack_home(organisation, legal, enter, tmp_path):
    write_events(3, subject=organisation.contractor)
    seal_ledger()
    page = enter(legal)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Audit").first.click()
    page.get_by_role("button", name="Verify now").click()
    page.get_by_text("Running").wait_for()
    verify_as_asked()
    page.get_by_text("3 events were as they were sealed").wait_for()

    page.locator("#holds").get_by_label("About").fill("Cyd Moor")
    page.locator("#holds").get_by_label("Reason").fill("Case 7/26")
    page.get_by_role("button", name="Place a hold").click()
    page.get_by_text("Legal hold on Cyd Moor stands from now on.").wait_for()
    assert LegalHold.objects.standing().get().subject_id == organisation.contractor.pk

    with page.expect_download() as download:
        page.get_by_role("button", name="Write the pack").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path)
    check = [sys.executable, "-I", tmp_path / "verify.py", "--key", public_key()]
    said = subprocess.run(check, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (
        0, "4 events are as they were sealed, 0 are shown in part, 0 are not sealed yet.\n",
    )  # fmt: skip

"""Records are compared when somebody asks and by themselves after contributors came; never twice at once."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from orchestration.sources.models import Merge, ResolutionRun
from orchestration.sources.resolution_runs import ask_resolution, carry_out, follow_contributors, is_due
from orchestration.sources.sync import import_table

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(organisation, tmp_path):
    """Takes contributors of a source in; each is `key, name, email`."""

    def take(source, *people):
        lines = ["source_id,kind,given_name,family_name,email,unit"]
        lines += [f"{key},employee,{given},{family},{email}," for key, given, family, email in people]
        path = tmp_path / f"{source}.csv"
        path.write_text("\n".join(lines))
        return import_table(kind="contributors", paths=[path], source=source)

    return take


def test_twins_that_came_are_merged_by_the_schedule_and_looked_for_once(send):
    send("hris", ("1", "Lena", "Vogt", "lena.vogt@example.org"))
    send("vms", ("9", "Lena", "Vogt", "lena.vogt@example.org"))
    assert is_due()
    follow_contributors()
    assert Merge.objects.get().by is None
    run = ResolutionRun.objects.get()
    assert (run.merged, run.failure, run.by) == (1, "", None)

    assert not is_due()
    follow_contributors()
    assert ResolutionRun.objects.count() == 1
    send("vms", ("9", "Lena", "Vogt", "lena.vogt@example.org"))  # says nothing new
    assert not is_due()
    send("vms", ("9", "Lena", "Vogt-Kern", "lena.vogt@example.org"))
    assert is_due()


def test_who_asks_while_a_run_is_open_gets_that_run(hr, client):
    client.force_login(hr)
    first = ask_resolution(by=hr)
    assert ask_resolution() == first
    ResolutionRun.objects.update(started_at=timezone.now())
    assert carry_out(first) is None  # another worker has it
    with pytest.raises(CommandError, match="being compared right now"):
        call_command("resolve_identities")
    page = client.get(reverse("matches")).content.decode()
    assert "You may leave this page; it goes on." in page
    assert "Look for twins now" not in page
    assert "HX-Refresh" not in client.get(reverse("resolution-progress")).headers
    ResolutionRun.objects.update(finished_at=timezone.now())
    assert client.get(reverse("resolution-progress")).headers["HX-Refresh"] == "true"


def test_a_run_whose_worker_was_lost_is_ended_and_tried_again_later(send, hr, client):
    client.force_login(hr)
    send("hris", ("1", "Lena", "Vogt", "lena.vogt@example.org"))
    lost = ask_resolution()
    ResolutionRun.objects.update(started_at=timezone.now() - timedelta(hours=3))
    follow_contributors()
    lost.refresh_from_db()
    assert lost.failure == "It broke off and nothing was merged. Look again."
    assert lost.failure in client.get(reverse("matches")).content.decode()
    assert not is_due()
    ResolutionRun.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    follow_contributors()
    assert ResolutionRun.objects.first().failure == ""
    assert ResolutionRun.objects.count() == 2

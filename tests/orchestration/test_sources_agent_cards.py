"""Agent cards: real ones are taken, broken ones named, and again nothing changes."""

import json

import pytest

from orchestration.sources.agent_cards import import_agent_cards
from tests.shared import DATA, needs_data
from workforce.contributors.models import AgentProfile, Contributor
from workforce.ledger.models import Event

CARD = {
    "name": "Invoice reader", "description": "Reads", "version": "1.2", "provider": {"organization": "Acme"},
    "supportedInterfaces": [{"url": "https://agent.example/a2a"}], "skills": [{"id": "ocr", "name": "OCR", "tags": []}],
}  # fmt: skip


def test_a_card_becomes_an_agent_and_again_nothing_changes(db, tmp_path):
    (tmp_path / "AG1.json").write_text(json.dumps(CARD))
    assert import_agent_cards(paths=[tmp_path], source="agents").created == 1
    profile = AgentProfile.objects.get()
    assert (profile.provider, profile.version, profile.url) == ("Acme", "1.2", "https://agent.example/a2a")
    assert [s.slug for s in profile.contributor.skills.all()] == ["ocr"]
    events = Event.objects.count()
    assert import_agent_cards(paths=[tmp_path], source="agents").unchanged == 1
    assert Event.objects.count() == events
    (tmp_path / "AG1.json").write_text(json.dumps(CARD | {"version": "1.3"}))
    assert import_agent_cards(paths=[tmp_path], source="agents").updated == 1
    assert Event.objects.latest("id").before == {"version": "1.2"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": 3}', '{"name": "a\\u0000b"}', "[" * 100_000])
def test_a_broken_card_is_named_and_the_rest_goes_on(db, tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    (tmp_path / "b.json").write_text(json.dumps(CARD))
    report = import_agent_cards(paths=[tmp_path], source="agents")
    assert (report.created, report.rejected) == (1, 1)
    assert report.rejections[0]["path"].endswith("a.json")


@needs_data
def test_cards_as_really_published_are_taken_or_named(db):
    report = import_agent_cards(paths=[DATA / "agent-cards"], source="agents")
    assert report.seen == report.created + report.updated + report.unchanged + report.rejected
    assert report.created > 30
    assert Contributor.objects.count() == report.created

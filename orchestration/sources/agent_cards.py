"""A2A AgentCards (v1 and earlier shapes) become AI agents with their card, provider, version and skills.

A card belongs to the agent that its source knows by the card's `id` or file name, else by the card's name;
an unknown one becomes a new agent without an owner, which a policy will find.
"""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from orchestration.sources.models import Source, SourceRecord, SyncRun
from orchestration.sources.sync import check_source
from orchestration.sources.tables import UnreadableTable
from workforce.contributors.models import AgentProfile, Contributor, ContributorSkill, Kind, Skill, Status
from workforce.ledger.actions import Action
from workforce.ledger.record import record_event

LARGEST_CARD = 1_000_000  # bytes
GENERIC_NAMES = {"agent", "agent-card", "card"}


@dataclass
class CardReport:
    source: str
    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    seconds: float = 0.0
    rejections: list[dict] = field(default_factory=list)


class _BadCard(Exception):
    """`code` and words for the person who mends the file."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def import_agent_cards(*, paths: Iterable, source: str, by=None) -> CardReport:
    """Takes card files and folders of them; a bad file is named and the rest goes on."""
    check_source(source)
    started = time.monotonic()
    report = CardReport(source=source)
    with transaction.atomic():
        origin, _ = Source.objects.get_or_create(name=source)
        run = SyncRun.objects.create(
            source=origin, kind="agent_cards", path=", ".join(map(str, paths))[:500], started_at=timezone.now(), by=by
        )
        for path in _card_files(paths):
            report.seen += 1
            try:
                outcome = _take_card(read_card(path), key=_file_key(path), row=report.seen, run=run, by=by)
            except _BadCard as bad:
                report.rejected += 1
                report.rejections.append({"path": str(path), "code": bad.code, "message": bad.message})
                run.rejections.create(row=report.seen, value=str(path)[:500], code=bad.code, message=bad.message)
                continue
            setattr(report, outcome, getattr(report, outcome) + 1)
        for name in ("seen", "created", "updated", "unchanged", "rejected"):
            setattr(run, name, getattr(report, name))
        run.finished_at = timezone.now()
        run.save()
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _card_files(paths: Iterable) -> list[Path]:
    files = []
    for path in map(Path, paths):
        if path.is_dir():
            files += sorted(p for p in path.rglob("*.json") if p.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise UnreadableTable(f"{path}: there is no such file or folder. Check the path.")
    return files


def _file_key(path: Path) -> str:
    """The file's name says which agent, unless all cards are called the same."""
    return "" if path.stem.lower() in GENERIC_NAMES else path.stem


def read_card(path: Path) -> dict:
    """A card as it came; _BadCard when it is not one."""
    if path.stat().st_size > LARGEST_CARD:
        raise _BadCard("too_long", "The card is larger than 1 MB. Publish a shorter one.")
    try:
        card = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _BadCard("malformed", f"This is not JSON: {str(error)[:200]}. Export the card again.") from None
    if not isinstance(card, dict):
        raise _BadCard("malformed", "A card is a JSON object with name, version and skills. Export the card again.")
    if "\\u0000" in json.dumps(card):
        raise _BadCard("bad_text", "The card holds a NUL character. Remove it.")
    if not isinstance(card.get("name"), str) or not card["name"].strip():
        raise _BadCard("missing", "name is required. Fill it in.")
    return card


def read_facts(card: dict) -> dict:
    """What a profile keeps beside the card itself."""
    provider = card.get("provider")
    return {
        "provider": _text(provider.get("organization") if isinstance(provider, dict) else provider)[:200],
        "version": _text(card.get("version"))[:60],
        "description": _text(card.get("description")),
        "url": _first_url(card)[:500],
    }


def _first_url(card: dict) -> str:
    interfaces = card.get("supportedInterfaces") or card.get("supported_interfaces") or []
    for interface in interfaces if isinstance(interfaces, list) else []:
        if isinstance(interface, dict) and _text(interface.get("url")):
            return interface["url"]
    return _text(card.get("url"))


def _text(value) -> str:
    return value.strip() if isinstance(value, str) else ""


def read_skills(card: dict) -> list[str]:
    """The names of the card's skills, in the words of the one list of skills."""
    skills = card.get("skills")
    names = []
    for skill in skills if isinstance(skills, list) else []:
        name = (
            skill
            if isinstance(skill, str)
            else _text(skill.get("name") or skill.get("id"))
            if isinstance(skill, dict)
            else ""
        )
        if name := re.sub(r"\s+", " ", name).strip()[:120]:
            names.append(name)
    return names


def _take_card(card: dict, *, key: str, row: int, run: SyncRun, by) -> str:
    name = " ".join(card["name"].split())[:200]
    agent = _find_agent(card, key, name, run.source)
    facts = read_facts(card)
    if agent is None:
        agent = Contributor.objects.create(kind=Kind.AI_AGENT, name=name, status=Status.ONBOARDING)
        SourceRecord.objects.create(
            source=run.source, kind="contributors", key=(_text(card.get("id")) or key or name)[:200], raw={}, raw_hash="",
            first_seen_at=run.started_at, last_seen_at=run.started_at, run=run, row=row, object_id=agent.pk,
        )  # fmt: skip
        before, action, outcome = {}, Action.CONTRIBUTOR_CREATED, "created"
    else:
        profile = AgentProfile.objects.filter(pk=agent.pk).first()
        if profile and profile.card == card:
            return "unchanged"
        before = {n: getattr(profile, n) for n in facts} if profile else {}
        action, outcome = Action.CONTRIBUTOR_UPDATED, "updated"
    AgentProfile.objects.update_or_create(pk=agent.pk, defaults={**facts, "card": card})
    _add_skills(agent, read_skills(card))
    changed = {n: v for n, v in facts.items() if before.get(n, "") != v}
    record_event(
        action=action, subject=agent, by=by, before={n: before[n] for n in changed if n in before},
        after=changed or {"card": facts["version"]}, reason=f"Agent card from {run.source.name}",
    )  # fmt: skip
    return outcome


def _find_agent(card: dict, key: str, name: str, source: Source) -> Contributor | None:
    keys = [k for k in (_text(card.get("id")), key) if k]
    records = SourceRecord.objects.filter(source=source, kind="contributors", object_id__isnull=False)
    for wanted in keys:
        if found := records.filter(key=wanted).values_list("object_id", flat=True).first():
            return Contributor.objects.filter(pk=found, kind=Kind.AI_AGENT).first()
    same_name = Contributor.objects.filter(
        kind=Kind.AI_AGENT, name__iexact=name, pk__in=records.values("object_id")
    ).order_by("pk")
    return same_name.first()


def _add_skills(agent: Contributor, names: list[str]) -> None:
    """A card adds skills; those that a table gave stay."""
    slugs = {name.lower(): name for name in names}
    Skill.objects.bulk_create([Skill(name=n, slug=s) for s, n in sorted(slugs.items())], ignore_conflicts=True)
    ids = Skill.objects.filter(slug__in=slugs).values_list("pk", flat=True)
    ContributorSkill.objects.bulk_create(
        [ContributorSkill(contributor=agent, skill_id=pk) for pk in ids], ignore_conflicts=True
    )

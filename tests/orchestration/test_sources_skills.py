"""Skills as one list: a taxonomy by file, aliases, levels, merges and the way back out."""

import csv
import gzip
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestration.sources.export import export_table
from orchestration.sources.mapping import Mapping
from orchestration.sources.models import SourceRecord
from orchestration.sources.sync import import_table
from tests import cast
from tests.shared import DATA, needs_data
from workforce.contributors.models import Contributor, ContributorSkill, Skill, SkillAlias
from workforce.contributors.skills import find_skills, merge_skills, search_skills
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


def take(tmp_path, rows: list[dict], *, kind="skills", source="esco", mapping=None):
    path = tmp_path / f"{kind}-{source}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return import_table(kind=kind, paths=[path], source=source, mapping=mapping)


def skill(source_id: str, name: str, **values) -> dict:
    return {"source_id": source_id, "name": name, **values}


def aliases_of(name: str) -> set[str]:
    return set(SkillAlias.objects.filter(skill__name=name).values_list("name", flat=True))


def test_a_taxonomy_comes_in_with_aliases_and_broader_skills(tmp_path):
    report = take(
        tmp_path,
        [
            skill(
                "https://x.example/1",
                "Welding",
                aliases="weld metal\nMIG  welding;fusion",
                parent="https://x.example/2",
            ),
            skill("https://x.example/2", "Metalwork", description="Working metal."),
            skill("3", "Tea making", parent="missing"),
        ],
    )
    assert (report.created, report.updated, report.rejected, report.waiting) == (3, 0, 0, 1)
    welding = Skill.objects.get(slug="welding")
    assert (welding.parent.name, welding.uri) == ("Metalwork", "https://x.example/1")
    assert aliases_of("Welding") == {"weld metal", "MIG welding", "fusion"}
    assert Event.objects.filter(action="record.created", subject_type="skill").count() == 3
    assert take(tmp_path, [skill("missing", "Kitchen")]).created == 1
    assert Skill.objects.get(slug="tea making").parent.name == "Kitchen"


def test_rows_of_one_name_are_one_skill_and_a_name_goes_before_an_alias(tmp_path):
    rows = [
        skill("1", "Welding", aliases="joining;soldering", description="First."),
        skill("2", "welding", aliases="brazing", description="Second.", uri="urn:2"),
        skill("3", "Soldering", aliases="joining;SOLDERING"),
    ]
    report = take(tmp_path, rows)
    assert report.created == 2
    one = Skill.objects.get(slug="welding")
    assert (one.name, one.description, one.uri) == ("Welding", "First.", "urn:2")
    assert (aliases_of("Welding"), aliases_of("Soldering")) == ({"joining", "brazing"}, set())
    again = take(tmp_path, rows)
    assert (again.unchanged, again.created, again.updated) == (3, 0, 0)


def test_a_later_row_renames_clears_and_adds_and_cannot_take_another_s_name(tmp_path):
    take(tmp_path, [skill("1", "Welding", aliases="a", description="Old"), skill("2", "Tea")])
    report = take(tmp_path, [skill("1", "Fusion welding", aliases="b", description="-"), skill("2", "Tea")])
    assert (report.updated, report.rejected) == (1, 0)
    one = Skill.objects.get(slug="fusion welding")
    assert (one.description, aliases_of(one.name)) == ("", {"a", "b"})
    report = take(tmp_path, [skill("1", "tea"), skill("2", "Tea")])
    assert [r["code"] for r in report.rejections] == ["name_taken"]
    assert Skill.objects.count() == 2


def test_a_contributor_s_skill_may_be_an_alias(tmp_path):
    take(tmp_path, [skill("1", "Welding", aliases="MIG welding")])
    people = [
        {"source_id": "a", "kind": "contractor", "name": "Ada", "skills": "mig WELDING;Diving"},
        {"source_id": "b", "kind": "ai_agent", "name": "Bot", "skills": "welding; Welding ;diving"},
    ]
    take(tmp_path, people, kind="contributors", source="vms")
    skills = {one.name: sorted(one.skills.values_list("name", flat=True)) for one in Contributor.objects.all()}
    assert skills == {"Ada": ["Diving", "Welding"], "Bot": ["Diving", "Welding"]}
    assert Skill.objects.count() == 2


def test_finding_skills_makes_the_missing_in_few_queries():
    first = find_skills({"Welding", "welding", "Diving"})
    assert first.keys() == {"welding", "diving"}
    SkillAlias.objects.create(skill_id=first["diving"], name="Scuba", slug="scuba")
    with CaptureQueriesContext(connection) as queries:
        found = find_skills({"SCUBA", "Diving", *(f"skill {n}" for n in range(1_000))})
    assert found["scuba"] == found["diving"] == first["diving"]
    assert Skill.objects.count() == 1_002
    assert len(queries) < 12


def test_a_level_and_its_evidence_survive_an_import(tmp_path):
    row = {"source_id": "a", "kind": "employee", "name": "Ada", "skills": "Welding"}
    take(tmp_path, [row], kind="contributors", source="hris")
    ContributorSkill.objects.update(level=4, evidence="EN ISO 9606, 2025")
    take(tmp_path, [{**row, "skills": "Welding;Diving"}], kind="contributors", source="hris")
    assert ContributorSkill.objects.get(skill__name="Welding").level == 4


def test_two_skills_are_held_to_be_one(tmp_path, organisation, hr):
    take(tmp_path, [skill("1", "Arc welding", aliases="stick welding"), skill("2", "Steel", parent="1")])
    kept, merged = Skill.objects.get(slug="welding"), Skill.objects.get(slug="arc welding")
    both = cast.make_contributor("employee", "Bo")
    ContributorSkill.objects.create(contributor=both, skill=kept)
    ContributorSkill.objects.create(contributor=both, skill=merged, level=3)
    only = cast.make_contributor("ai_agent", "Cy")
    ContributorSkill.objects.create(contributor=only, skill=merged, level=2)
    other = organisation.request.__class__.objects.create(
        unit=organisation.quay, title="x", weekly_hours=1, start_date="2027-01-01", end_date="2027-01-02"
    )
    other.skills.add(merged)
    merge_skills(kept=kept, merged=merged, by=hr, reason="The same")
    assert aliases_of(kept.name) == {"Arc welding", "stick welding"}
    assert list(both.skill_links.values_list("skill", "level")) == [(kept.pk, 3)]
    assert list(only.skill_links.values_list("skill", "level")) == [(kept.pk, 2)]
    assert list(other.skills.all()) == [kept]
    assert Skill.objects.get(slug="steel").parent == kept
    assert find_skills({"arc welding"}) == {"arc welding": kept.pk}
    assert Event.objects.filter(actor=hr).count() == 2
    # The taxonomy comes again, changed: it speaks of the kept skill and does not bring the merged one back.
    take(tmp_path, [skill("1", "Arc welding", description="Hot."), skill("2", "Steel", parent="1")])
    kept.refresh_from_db()
    assert (kept.name, kept.description) == ("Welding", "Hot.")
    assert not Skill.objects.filter(slug="arc welding").exists()
    with pytest.raises(ValueError, match="one skill already"):
        merge_skills(kept=kept, merged=kept, by=hr)


def test_what_is_exported_imports_as_the_same(tmp_path):
    rows = [
        skill("1", "Welding", aliases="b;a", description='Says "hot"; twice', uri="urn:1", parent="2"),
        skill("2", "=Metal"),
        skill("3", "welding", aliases="c"),
        skill("https://x.example/4", "Tea"),
        skill("https://x.example/5", "Green tea", parent="https://x.example/4"),
    ]
    assert take(tmp_path, rows).waiting == 0
    export_table(kind="skills", path=tmp_path / "first.csv")
    Skill.objects.all().delete()
    SourceRecord.objects.all().delete()
    import_table(kind="skills", paths=[tmp_path / "first.csv"], source="esco")
    export_table(kind="skills", path=tmp_path / "second.csv")
    assert (tmp_path / "first.csv").read_bytes() == (tmp_path / "second.csv").read_bytes()
    assert import_table(kind="skills", paths=[tmp_path / "second.csv"], source="esco").unchanged == 5


def test_skills_are_found_by_name_and_alias(tmp_path):
    take(tmp_path, [skill("1", "Welding", aliases="MIG"), skill("2", "Migration"), skill("3", "Tea")])
    assert [s.name for s in search_skills(" mig ").order_by("name")] == ["Migration", "Welding"]


@needs_data
def test_the_esco_skill_groups_go_in_and_none_is_lost_or_doubled(tmp_path):
    source = DATA / "skills-taxonomies" / "esco" / "skillGroups.csv.gz"
    if not source.is_file():
        pytest.skip("the ESCO files are not on this machine")
    path = tmp_path / "skillGroups.csv"
    path.write_bytes(gzip.decompress(source.read_bytes()))
    columns = {"ORIGINURI": "source_id", "PREFERREDLABEL": "name", "ALTLABELS": "aliases", "DESCRIPTION": "description"}
    report = import_table(kind="skills", paths=[path], source="esco", mapping=Mapping(columns=columns))
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert (report.seen, report.rejected) == (len(rows), 0)
    names = {" ".join(row["PREFERREDLABEL"].lower().split()) for row in rows}
    assert set(Skill.objects.values_list("slug", flat=True)) == names
    labels = {" ".join(label.lower().split()) for row in rows for label in row["ALTLABELS"].split("\n")} - {""}
    assert set(SkillAlias.objects.values_list("slug", flat=True)) == labels - names
    assert Skill.objects.exclude(uri__startswith="http://data.europa.eu/esco/").count() == 0
    assert find_skills(names | labels).keys() == names | labels
    assert Skill.objects.count() == len(names)

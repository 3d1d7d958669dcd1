"""The pages of skills, and what an admin may do with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast
from workforce.contributors.models import ContributorSkill, Skill, SkillAlias
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def welding(organisation):
    """Held by Bo Berg and by the Berth planner; nobody dives."""
    one = Skill.objects.get(slug="welding")
    SkillAlias.objects.create(skill=one, name="MIG", slug="mig")
    ContributorSkill.objects.get_or_create(contributor=organisation.contractor, skill=one)
    ContributorSkill.objects.get_or_create(contributor=organisation.agent, skill=one)
    Skill.objects.create(name="Diving", slug="diving")
    return one


def rows_of(response) -> dict[str, tuple[int, int]]:
    return {skill.name: (people, agents) for skill, holders, people, agents in response.context["rows"]}


def test_the_list_says_how_many_people_and_agents_have_each(welding, hr, client):
    client.force_login(hr)
    people = ContributorSkill.objects.filter(skill=welding).exclude(contributor__kind="ai_agent").count()
    rows = rows_of(client.get(reverse("skills")))
    assert (rows["Welding"], rows["Diving"]) == ((people, 1), (0, 0))
    page = client.get(reverse("skills"), {"search": "mig", "held": "1"})
    assert rows_of(page) == {"Welding": (people, 1)}
    assert "MIG" in page.content.decode()
    assert "No skill fits" in client.get(reverse("skills"), {"search": "juggling"}).content.decode()


def test_holders_in_another_tree_are_not_counted(welding, outsider, client):
    client.force_login(outsider)
    assert rows_of(client.get(reverse("skills")))["Welding"] == (0, 0)


def test_the_list_asks_as_often_for_fifty_skills_as_for_two(welding, hr, client):
    client.force_login(hr)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("skills"))
        return len(queries)

    before = count()
    Skill.objects.bulk_create(Skill(name=f"Skill {n}", slug=f"skill {n}") for n in range(120))
    assert count() == before <= 8
    assert client.get(reverse("skills"), {"page": "3"}).context["has_more"] is False


def test_a_contributor_s_panel_shows_level_and_evidence(welding, organisation, hr, client):
    ContributorSkill.objects.filter(contributor=organisation.contractor, skill=welding).update(
        level=4, evidence="Certificate https://certs.example/9606", since="2025-03-01"
    )
    client.force_login(hr)
    page = client.get(reverse("contributor-skills", args=[organisation.contractor.pk])).content.decode()
    for words in ("Welding", "Expert", "4 of 5", "1 Mar 2025", 'href="https://certs.example/9606"'):
        assert words in page


def test_no_skills_says_how_they_come(organisation, hr, client):
    client.force_login(hr)
    assert (
        "No skill is known"
        in client.get(reverse("contributor-skills", args=[organisation.partner.pk])).content.decode()
    )


def test_an_admin_names_a_skill_once_whatever_the_case(welding, admin, client):
    client.force_login(admin)
    inline = {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-name": "Scuba  diving"}
    url = reverse("admin:contributors_skill_change", args=[Skill.objects.get(slug="diving").pk])
    assert client.post(url, {"name": "Diving", **inline}).status_code == 302
    assert SkillAlias.objects.get(slug="scuba diving").name == "Scuba diving"
    add = reverse("admin:contributors_skill_add")
    for taken in ("WELDING", "mig", "scuba DIVING"):
        page = client.post(add, {"name": taken, "aliases-TOTAL_FORMS": "0", "aliases-INITIAL_FORMS": "0"})
        assert "already" in page.content.decode()
    assert Skill.objects.filter(slug__in=["mig", "scuba diving"]).count() == 0


def test_an_admin_holds_two_skills_to_be_one(welding, admin, client):
    client.force_login(admin)
    other = Skill.objects.create(name="Arc welding", slug="arc welding")
    cast.make_contributor("employee", "Cy").skills.add(other)
    given = {"action": "hold_to_be_one", "_selected_action": [welding.pk, other.pk]}
    page = client.post(reverse("admin:contributors_skill_changelist"), given, follow=True).content.decode()
    assert "Arc welding is now another name of Welding." in page
    assert not Skill.objects.filter(pk=other.pk).exists()
    assert Event.objects.filter(actor=admin, subject_type="skill").count() == 2

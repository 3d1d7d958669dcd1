"""The list of skills, and the skills of one contributor."""

import json
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from workforce.accounts.permissions import Permission, require
from workforce.contributors.models import ContributorSkill, Level
from workforce.contributors.skills import count_holders, search_skills
from workforce.contributors.views import PAGE, find_contributor, read_page_number


@require_GET
def skills(request):
    """Each skill with its other names, and how many people and agents have it."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    found = search_skills(request.GET.get("search", "").replace("\x00", "")[:200])
    if request.GET.get("held"):
        found = found.filter(Exists(ContributorSkill.objects.filter(skill=OuterRef("pk"))))
    page = read_page_number(request)
    rows = found.order_by("slug").select_related("parent").prefetch_related("aliases")
    rows = list(rows[(page - 1) * PAGE : page * PAGE + 1])  # one more says whether there is a next page
    holders = count_holders(rows[:PAGE], request.user)
    context = {
        "rows": [(skill, list_holders(skill), *holders.get(skill.pk, (0, 0))) for skill in rows[:PAGE]],
        "has_more": len(rows) > PAGE,
        "page": page,
        "is_filtered": bool(request.GET.get("search") or request.GET.get("held")),
    }
    return render(request, "contributors/skill_list.html", context)


def list_holders(skill) -> str:
    """The address of the registry's list of all who have the skill."""
    query = f"skills = {json.dumps(skill.name, ensure_ascii=False)}"
    return f"{reverse('registry')}?{urlencode({'q': query})}"


@require_GET
def skills_of(request, pk: int):
    """What a contributor can do, how well, since when and what shows it; the best known first."""
    require(request.user, Permission.CONTRIBUTOR_VIEW)
    one = find_contributor(request.user, pk)
    links = sorted(one.skill_links.select_related("skill"), key=lambda link: (-(link.level or 0), link.skill.slug))
    return render(request, "contributors/skills.html", {"one": one, "links": links, "highest": max(Level.values)})

"""Every address as each role, as the other tree's user and as nobody: an address that is not in the table fails."""

import pytest
from django.urls import get_resolver, reverse

pytestmark = pytest.mark.django_db

EVERY_ROLE = {
    "admin", "agent_owner", "auditor", "executive", "finance", "hr", "legal", "operations", "procurement",
}  # fmt: skip
READERS = EVERY_ROLE - {"agent_owner"}
PAY = {"admin", "auditor", "executive", "finance", "hr", "procurement"}
INVOICES = {"admin", "auditor", "executive", "finance", "procurement"}
SOURCES = {"admin", "auditor", "finance", "hr"}
IMPORT = {"admin", "finance", "hr", "procurement"}
EVENTS = {"admin", "auditor", "legal"}
IDENTITIES = {"admin", "hr"}
SCREENERS = {"admin", "auditor", "hr", "legal"}

# Route: who may read it. Names with `-detail` and those of ONE are about one row of the company.
API = {
    "api:changes-list": EVERY_ROLE,
    "api:changes-detail": EVERY_ROLE,
    "api:contributors-list": EVERY_ROLE,
    "api:contributors-detail": EVERY_ROLE,
    "api:decisions": INVOICES,
    "api:discrepancies-list": INVOICES,
    "api:discrepancies-detail": INVOICES,
    "api:docs": EVERY_ROLE,
    "api:engagements-list": EVERY_ROLE,
    "api:engagements-detail": EVERY_ROLE,
    "api:events-list": EVENTS,
    "api:events-detail": EVENTS,
    "api:findings-list": EVERY_ROLE,
    "api:findings-detail": EVERY_ROLE,
    "api:hit-decisions": SCREENERS,
    "api:invoices-list": INVOICES,
    "api:invoices-detail": INVOICES,
    "api:provenance": EVERY_ROLE,
    "api:match-decisions-list": IDENTITIES,
    "api:match-decisions-detail": IDENTITIES,
    "api:match-verdicts": IDENTITIES,
    "api:matches-list": IDENTITIES,
    "api:matches-detail": IDENTITIES,
    "api:merges-list": IDENTITIES,
    "api:merges-detail": IDENTITIES,
    "api:purchase-orders-list": PAY,
    "api:purchase-orders-detail": PAY,
    "api:requests-list": READERS,
    "api:requests-detail": READERS,
    "api:schema": EVERY_ROLE,
    "api:screening-hits-list": SCREENERS,
    "api:screening-hits-detail": SCREENERS,
    "api:time-entries-list": EVERY_ROLE,
    "api:time-entries-detail": EVERY_ROLE,
    "api:units-list": EVERY_ROLE,
    "api:units-detail": EVERY_ROLE,
    "api:views-list": EVERY_ROLE,
    "api:views-detail": EVERY_ROLE,
}
PAGES = {
    "audit": EVENTS,
    "audit-anchor": EVENTS,
    "audit-verification": EVENTS,
    "capacity": READERS,
    "contributor": EVERY_ROLE,
    "contributor-engagements": EVERY_ROLE,
    "contributor-events": EVERY_ROLE,
    "contributor-facts": EVERY_ROLE,
    "contributor-findings": EVERY_ROLE,
    "contributor-invoices": INVOICES,
    "contributor-merge": IDENTITIES,
    "contributor-merges": IDENTITIES,
    "contributor-onboarding": EVERY_ROLE,
    "contributor-skills": EVERY_ROLE,
    "contributor-screening": SCREENERS,
    "contributor-sources": SOURCES,
    "contributor-time": EVERY_ROLE,
    "delivery": IMPORT,
    "delivery-progress": IMPORT,
    "contributor-timeline": EVERY_ROLE,
    "findings": EVERY_ROLE,
    "home": EVERY_ROLE,
    "inbox": EVERY_ROLE,
    "invoice": INVOICES,
    "invoices": INVOICES,
    "kept-apart": IDENTITIES,
    "match": IDENTITIES,
    "matches": IDENTITIES,
    "merges": IDENTITIES,
    "palette": EVERY_ROLE,
    "registry": EVERY_ROLE,
    "resolution-progress": IDENTITIES,
    "run-errors": SOURCES | IMPORT,
    "saved-mapping": IMPORT,
    "source": SOURCES,
    "registry-counts": EVERY_ROLE,
    "registry-export": {"admin", "auditor", "finance", "hr", "legal", "procurement"},
    "registry-changes": EVERY_ROLE,
    "source-precedence": {"admin", "hr"},
    "skills": EVERY_ROLE,
    "screening": SCREENERS,
    "screening-hit": SCREENERS,
    "screening-sharing": SCREENERS,
    "source-run": SOURCES,
    "source-upload": IMPORT,
    "sources": SOURCES,
}
WRITES = {
    "delivery-preview": IMPORT,
    "delivery-units": IMPORT,
    "api:override": {"admin", "hr"},
    "api:overrides": {"admin", "hr"},
    "contributor-overrides": {"admin", "hr"},
    "api:match-decision-withdrawals": IDENTITIES,
    "api:merge-undoings": IDENTITIES,
    "decision-withdrawals": IDENTITIES,
    "audit-deletions": {"admin", "legal"},
    "audit-exports": EVENTS,
    "audit-verifications": EVENTS,
    "discrepancy-decisions": {"admin", "finance", "procurement"},
    "feed-removal": {"admin"},
    "feed-runs": IMPORT,
    "finding-waivers": {"admin", "legal"},
    "match-decisions": IDENTITIES,
    "merge-undoings": IDENTITIES,
    "item-completion": {"admin", "agent_owner", "hr", "legal", "operations", "procurement"},
    "registry-default": EVERY_ROLE,
    "registry-view": EVERY_ROLE,
    "registry-view-deletion": EVERY_ROLE,
    "registry-views": EVERY_ROLE,
    "override-end": {"admin", "hr"},
    "legal-hold-release": {"admin", "legal"},
    "legal-holds": {"admin", "legal"},
    "screening-hit-appeals": {"admin", "hr", "legal"},
    "screening-hit-decisions": {"admin", "hr", "legal"},
    "resolution-runs": IDENTITIES,
    "sign-out": EVERY_ROLE,
    "source-feeds": {"admin"},
    "source-interval": IMPORT,
}
SCIM = {  # take the token of an identity provider, and no login at all
    "scim:bulk", "scim:config", "scim:description", "scim:descriptions", "scim:me", "scim:no-route", "scim:resource",
    "scim:resources", "scim:root", "scim:search", "scim:search-of",
}  # fmt: skip
OPEN = {"api:no-route", "healthz", "sign-in"}  # answer anyone, and tell nothing of the company


def names_of(resolver, namespace=""):
    """The names of all routes but those of the Django admin, which test_admin.py walks."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            if pattern.namespace != "admin":
                yield from names_of(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield namespace + (pattern.name or str(pattern.pattern))


def rows_of(company) -> dict[str, int]:
    return {
        "api:contributors-detail": company.agent.pk,
        "api:decisions": company.discrepancy.pk,
        "api:discrepancies-detail": company.discrepancy.pk,
        "api:engagements-detail": company.engagement.pk,
        "api:invoices-detail": company.invoice.pk,
        "api:purchase-orders-detail": company.order.pk,
        "api:requests-detail": company.request.pk,
        "api:time-entries-detail": company.time[0].pk,
        "api:units-detail": company.quay.pk,
        "invoice": company.invoice.pk,
    }


def path_of(name: str, company) -> str:
    """The address; of one row where the route has one (the agent's, which its owner may see, where none is told)."""
    row = rows_of(company).get(name, company.agent.pk)
    takes_row = any(params for _, params in get_resolver_patterns(name))
    return reverse(name, args=[row]) if takes_row else reverse(name)


def get_resolver_patterns(name: str):
    """(path, parameters) of the route's forms without a format suffix."""
    resolver = get_resolver()
    *spaces, last = name.split(":")
    for space in spaces:
        resolver = resolver.namespace_dict[space][1]
    return [form for possibility, *_ in resolver.reverse_dict.getlist(last) for form in possibility]


def test_every_route_is_in_the_table():
    assert set(names_of(get_resolver())) - {*API, *PAGES, *WRITES} - SCIM - OPEN == set()


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_a_role_reads_what_the_api_table_says(role, organisation, request, client):
    client.force_login(request.getfixturevalue(role))
    read, refused = set(), set()
    for name in API:
        status = client.get(path_of(name, organisation)).status_code
        # An agent owner may call the route, yet finds only what belongs to the agents owned.
        (refused if status == 403 else read).add(name)
        assert status in (200, 403, 404), (name, status)
    assert read == {name for name, roles in API.items() if role in roles}
    assert refused == {name for name, roles in API.items() if role not in roles}


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_a_role_opens_the_pages_the_table_says(role, organisation, request, client):
    client.force_login(request.getfixturevalue(role))
    there = set(names_of(get_resolver())) & set(PAGES)
    opened = {name for name in there if client.get(path_of(name, organisation)).status_code != 403}
    assert opened == {name for name in there if role in PAGES[name]}


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_a_role_writes_where_the_table_says(role, organisation, request, client):
    user = request.getfixturevalue(role)
    done = set()
    there = set(names_of(get_resolver())) & set(WRITES)
    for name in there:
        client.force_login(user)
        if client.post(path_of(name, organisation)).status_code != 403:
            done.add(name)
    assert done == {name for name in there if role in WRITES[name]}


@pytest.mark.parametrize("role", [None, *sorted(EVERY_ROLE)])
def test_no_login_opens_scim(role, organisation, request, client):
    if role:
        client.force_login(request.getfixturevalue(role))
    paths = ["", "Users", "Users/1", "Groups", "Schemas", "Schemas/x", "ServiceProviderConfig", "Me", "Bulk", ".search"]
    for path in [*paths, "Users/.search", "bogus"]:
        for method in ("get", "post", "put", "patch", "delete"):
            assert getattr(client, method)(f"/scim/v2/{path}").status_code == 401, (method, path)


def test_nobody_is_told_to_sign_in(organisation, client):
    for name in API:
        response = client.get(path_of(name, organisation))
        assert response.status_code == (302 if name == "api:docs" else 401), name
    for name in set(names_of(get_resolver())) & set(PAGES):
        response = client.get(path_of(name, organisation))
        assert (response.status_code, response.url.split("?")[0]) == (302, reverse("sign-in")), name


def test_the_other_tree_s_user_may_all_and_finds_nothing(organisation, outsider, client):
    client.force_login(outsider)
    for name in API.keys() - {"api:schema", "api:docs"}:
        response = client.get(path_of(name, organisation))
        if name.endswith("-list"):
            mill = [organisation.mill.name] if name == "api:units-list" else []
            assert [row["name"] for row in response.json()["results"]] == mill, name
        else:
            assert response.status_code == 404, name
    for name in {"contributor", "invoice"} & set(names_of(get_resolver())):
        assert client.get(path_of(name, organisation)).status_code == 404, name

"""The cast of the tests by name: the company, one login for each role, and one who must see nothing."""

import pytest
from django.core.cache import cache
from django.db.backends.base.operations import BaseDatabaseOperations
from rest_framework.test import APIClient

from tests import cast
from workforce.accounts.models import ApiToken
from workforce.accounts.permissions import Role
from workforce.ledger.append_only import lock_statement, unlock_statement


@pytest.fixture(autouse=True, scope="session")
def emptying():
    """The tables that transactional tests empty behind them include the ledger, whose triggers refuse anyone else."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def empty_unlocked(operations, statements):
        empty(operations, [unlock_statement(), *statements, lock_statement()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", empty_unlocked)
        yield


@pytest.fixture
def organisation(db) -> cast.Company:
    return cast.make_company()


@pytest.fixture
def admin(db):
    return cast.make_user(Role.ADMIN)


@pytest.fixture
def agent_owner(organisation):
    """Ada Stern, who answers for the Berth planner and has no other role."""
    user = cast.make_user(Role.AGENT_OWNER)
    organisation.employee.user = user
    organisation.employee.save(update_fields=["user"])
    return user


@pytest.fixture
def auditor(db):
    return cast.make_user(Role.AUDITOR)


@pytest.fixture
def executive(db):
    return cast.make_user(Role.EXECUTIVE)


@pytest.fixture
def finance(db):
    return cast.make_user(Role.FINANCE)


@pytest.fixture
def hr(db):
    return cast.make_user(Role.HR)


@pytest.fixture
def legal(db):
    return cast.make_user(Role.LEGAL)


@pytest.fixture
def operations(db):
    return cast.make_user(Role.OPERATIONS)


@pytest.fixture
def procurement(db):
    return cast.make_user(Role.PROCUREMENT)


@pytest.fixture
def outsider(organisation):
    """May do everything, but in Mill only, where nothing of the company stands."""
    return cast.make_user(Role.ADMIN, unit=organisation.mill, username="outsider")


@pytest.fixture
def api():
    """`api(user)` is a client of the API with a fresh token of the user; `api()` has none."""
    cache.clear()  # nobody is throttled for what an earlier test asked

    def client_of(user=None) -> APIClient:
        client = APIClient()
        if user is not None:
            _, secret = ApiToken.issue(user=user, name="test")
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return client_of

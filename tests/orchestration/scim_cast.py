"""An identity provider for tests, and a client that speaks as it does."""

import json

from django.core.cache import cache
from django.test import Client

from orchestration.scim.models import IdentityProvider
from orchestration.scim.tokens import connect_provider, issue_token
from orchestration.sources.models import Source

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def connect(name: str) -> tuple[IdentityProvider, str]:
    """A provider and the secret of its token."""
    provider = connect_provider(source=Source.objects.get_or_create(name=name)[0])
    return provider, issue_token(provider=provider, name="test")[1]


class Directory:
    """An identity provider that calls: paths are relative to /scim/v2, answers are (status, body)."""

    def __init__(self, name: str = "okta"):
        cache.clear()  # nobody is throttled for what an earlier test asked
        self.provider, secret = connect(name)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def send(self, method: str, path: str, body=None, **headers):
        data = {} if body is None else {"data": body if isinstance(body, str | bytes) else json.dumps(body)}
        kind = {"content_type": "application/scim+json"} if data else {}
        return self.client.generic(method, f"/scim/v2{path}", headers=headers, **data, **kind)

    def ask(self, method: str, path: str, body=None, **headers):
        response = self.send(method, path, body, **headers)
        return response.status_code, response.json() if response.content else None

    def create(self, user_name: str, **values) -> dict:
        status, body = self.ask("POST", "/Users", {"schemas": [USER, ENTERPRISE], "userName": user_name, **values})
        assert status == 201, body
        return body

    def patch(self, path: str, *operations):
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def find(self, text: str, noun: str = "Users") -> list[str]:
        """The names of those a filter finds, in order."""
        response = self.client.get(f"/scim/v2/{noun}", {"filter": text})
        assert response.status_code == 200, response.content
        return [one.get("userName") or one["displayName"] for one in response.json()["Resources"]]

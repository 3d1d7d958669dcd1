"""An independent client checks the running server against RFC 7643 and 7644."""

import pytest
import requests
from django.core.servers.basehttp import WSGIRequestHandler
from scim2_client.client import BaseSyncSCIMClient
from scim2_tester import Status, check_server

from tests.orchestration.scim_cast import connect


class RequestsClient(BaseSyncSCIMClient):
    """scim2-client over a real connection, by the HTTP library that is here."""

    def __init__(self, base: str, secret: str):
        super().__init__()
        self.base, self.session = base, requests.Session()
        self.session.headers["Authorization"] = f"Bearer {secret}"

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return "://" not in endpoint

    def _parse_json(self, response):
        return response.json()

    def request(self, method: str, url: str, **kwargs):
        return self.session.request(method, f"{self.base}/{url.lstrip('/')}", timeout=30, **kwargs)


@pytest.mark.django_db(transaction=True)
def test_the_scim_tester_reports_no_error(live_server, monkeypatch):
    # The development server writes head and body apart; without this each answer waits for the other side's receipt.
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
    client = RequestsClient(f"{live_server.url}/scim/v2", connect("okta")[1])
    with client.session:  # closed at the end, so that the server's thread lets go of the database
        results = check_server(client)
    wrong = [(r.title, r.resource_type, r.reason) for r in results if r.status not in (Status.SUCCESS, Status.SKIPPED)]
    assert not wrong, "\n".join(map(str, wrong))
    assert len(results) > 100

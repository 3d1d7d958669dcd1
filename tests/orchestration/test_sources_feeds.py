"""Sources that are fetched: from a folder, the web and a bucket; what is unchanged does nothing, what fails says why."""

import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from django.db import connection
from django.utils import timezone
from moto.server import ThreadedMotoServer

from orchestration.sources.addresses import FetchFailed, check_address, check_ip
from orchestration.sources.feeds import connect_feed, list_due, run_feed
from orchestration.sources.models import Delivery, Feed, Source, SyncRun
from orchestration.sources.templatetags.freshness import stale_sources
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
PEOPLE = "Employee Number,Full Name,Email\n1,Ada Stern,ada@harbour.example\n"
MORE = PEOPLE + "2,Bo Moor,bo@harbour.example\n"


@pytest.fixture(autouse=True)
def own_places(settings, tmp_path):
    options = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    settings.SOURCE_FOLDERS = [str(tmp_path / "inbox")]
    (tmp_path / "inbox" / "hris").mkdir(parents=True)


@pytest.fixture
def hris(db):
    return Source.objects.create(name="hris", interval_minutes=60)


def connect(source, address, **more) -> Feed:
    return connect_feed(source=source, kind="contributors", address=address, by=more.pop("by", None), **more)


class Web(BaseHTTPRequestHandler):
    """Serves `content` under an ETag, asks for a token below /secret, and leads elsewhere from /away."""

    content, asked, location = PEOPLE.encode(), [], ""

    def do_GET(self):
        Web.asked.append((self.path, self.headers.get("Authorization"), self.headers.get("If-None-Match")))
        tag = f'"{hash(Web.content)}"'
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", Web.location)
        elif self.path.startswith("/secret") and self.headers.get("Authorization") != "Bearer word":
            self.send_response(403)
        elif self.headers.get("If-None-Match") == tag:
            self.send_response(304)
        else:
            self.send_response(200)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(Web.content)))
            self.end_headers()
            self.wfile.write(Web.content)
            return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Nothing is printed."""


@pytest.fixture
def web():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Web.content, Web.asked, Web.location = PEOPLE.encode(), [], ""
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_new_file_of_a_watched_folder_is_taken_once(hris, tmp_path, admin):
    folder = tmp_path / "inbox" / "hris"
    feed = connect(hris, str(folder), by=admin)
    (folder / "a.csv").write_text(PEOPLE)
    os.utime(folder / "a.csv", (1_700_000_000, 1_700_000_000))
    (folder / "b.csv").write_text(MORE)
    (folder / "c.csv.part").write_text("half")
    assert run_feed(feed.pk).failure == ""
    assert list(SyncRun.objects.order_by("id").values_list("path", "created")) == [("a.csv", 1), ("b.csv", 1)]
    assert run_feed(feed.pk).failure == ""
    assert SyncRun.objects.count() == 2
    (folder / "b.csv").write_text(MORE + "3,Cyd Moor,cyd@harbour.example\n")
    run_feed(feed.pk)
    assert (SyncRun.objects.count(), Contributor.objects.count(), Delivery.objects.exclude(state="taken").count()) == (
        3, 3, 0,
    )  # fmt: skip


def test_a_web_address_is_asked_with_its_token_and_an_unchanged_file_does_nothing(hris, web):
    feed = connect(hris, f"{web}/secret/people.csv", credentials='{"token": "word"}', is_private_allowed=True)
    assert "word" not in Feed.objects.values_list("address", flat=True)[0]
    assert run_feed(feed.pk).failure == ""
    assert run_feed(feed.pk).failure == ""
    assert (Contributor.objects.count(), SyncRun.objects.count()) == (1, 1)
    assert Web.asked[1][2] == f'"{hash(PEOPLE.encode())}"'
    Web.content = MORE.encode()
    feed = run_feed(feed.pk)
    assert (Contributor.objects.count(), feed.last_succeeded_at is not None) == (2, True)


def test_credentials_stand_encrypted(hris, web):
    connect(hris, f"{web}/people.csv", credentials='{"token": "word"}')
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM sources_feed")
        assert "word" not in cursor.fetchone()[0]
    assert "word" not in str(list(Event.objects.values_list("after", flat=True)))


def test_a_refused_token_is_told_in_words_and_tried_again(hris, web):
    feed = connect(hris, f"{web}/secret/people.csv", is_private_allowed=True)
    assert "answers 403" in run_feed(feed.pk).failure
    assert SyncRun.objects.count() == 0


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "http://[fe80::1]/", "/etc/passwd"]
)
def test_an_address_that_leads_to_where_nothing_is_fetched_is_refused(hris, web, location):
    Web.location = location if "://" in location else f"file://{location}"
    feed = connect(hris, f"{web}/away", is_private_allowed=True)
    assert run_feed(feed.pk).failure != ""
    assert SyncRun.objects.count() == 0


def test_secrets_do_not_follow_to_another_host(hris, web):
    port = web.rsplit(":", 1)[1]
    Web.location = f"http://localhost:{port}/people.csv"
    feed = connect(hris, f"{web}/away", credentials='{"token": "word"}', is_private_allowed=True)
    assert run_feed(feed.pk).failure == ""
    assert [asked[1] for asked in Web.asked] == ["Bearer word", None]


def test_the_own_network_is_closed_unless_an_admin_opens_it(hris, web):
    feed = connect(hris, f"{web}/people.csv")
    assert "private network" in run_feed(feed.pk).failure
    assert Web.asked == []
    name = connect(hris, f"http://localhost:{web.rsplit(':', 1)[1]}/people.csv")
    assert "private network" in run_feed(name.pk).failure
    assert Web.asked == []


@pytest.mark.parametrize(
    "address", ["ftp://host/file", "file:///etc/passwd", "/etc", "relative/path", "http://", "https://user:word@host/x"]
)
def test_other_addresses_cannot_be_connected(address):
    with pytest.raises(FetchFailed):
        check_address(address)


@pytest.mark.parametrize("ip", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"])  # noqa: S104
def test_link_local_addresses_are_closed_even_where_private_ones_are_open(ip):
    with pytest.raises(FetchFailed):
        check_ip(ip, is_private_allowed=True)


def test_a_link_out_of_the_watched_folder_is_not_followed(hris, tmp_path):
    (tmp_path / "elsewhere.csv").write_text(PEOPLE)
    (tmp_path / "inbox" / "hris" / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert "only folders below" in run_feed(connect(hris, str(tmp_path / "inbox" / "hris")).pk).failure
    assert SyncRun.objects.count() == 0


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_bucket_gives_its_files_once(hris):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        endpoint = "http://127.0.0.1:{1}".format(*server.get_host_and_port())
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        bucket = boto3.client("s3", endpoint_url=endpoint, **keys)
        bucket.create_bucket(Bucket="people-files")
        bucket.put_object(Bucket="people-files", Key="people/a.csv", Body=PEOPLE.encode())
        credentials = f'{{"key": "key", "secret": "secret", "endpoint_url": "{endpoint}"}}'
        feed = connect(hris, "s3://people-files/people/", credentials=credentials, is_private_allowed=True)
        assert run_feed(feed.pk).failure == ""
        assert run_feed(feed.pk).failure == ""
        assert (Contributor.objects.count(), SyncRun.objects.count()) == (1, 1)
        bucket.put_object(Bucket="people-files", Key="people/b.csv", Body=MORE.encode())
        assert run_feed(feed.pk).failure == ""
        assert Contributor.objects.count() == 2
        closed = connect(hris, "s3://people-files/people/", credentials=credentials)
        assert "private network" in run_feed(closed.pk).failure
        missing = connect(hris, "s3://people-files/none.csv", credentials=credentials, is_private_allowed=True)
        assert "the storage answers" in run_feed(missing.pk).failure
    finally:
        server.stop()


def test_a_file_that_a_person_must_map_waits_and_says_so_once(hris, tmp_path):
    folder = tmp_path / "inbox" / "hris"
    (folder / "a.csv").write_text("Code,Wer\n1,Ada Stern\n")
    feed = connect(hris, str(folder))
    for _ in range(2):
        assert "waits to be mapped by a person" in run_feed(feed.pk).failure
    assert Delivery.objects.get().state == "waiting"


def test_a_feed_is_due_by_the_rhythm_of_its_source(hris, tmp_path):
    feed = connect(hris, str(tmp_path / "inbox" / "hris"))
    assert list_due() == [feed.pk]
    run_feed(feed.pk)
    now = timezone.now()
    assert list_due(now + timedelta(minutes=59)) == []
    assert list_due(now + timedelta(minutes=61)) == [feed.pk]


def test_a_source_is_stale_after_twice_its_rhythm_and_pages_say_so(hris, organisation, hr, client):
    at = timezone.now() - timedelta(minutes=119)
    run = SyncRun.objects.create(source=hris, kind="contributors", path="a.csv", started_at=at, finished_at=at)
    assert stale_sources("contributors") == []
    run.finished_at = at - timedelta(minutes=2)
    run.save()
    assert (stale_sources("contributors"), stale_sources("invoices")) == ([hris], [])
    client.force_login(hr)
    assert "stale: hris" in client.get("/capacity/").content.decode()
    Feed.objects.create(source=hris, kind="contributors", address="/x", last_succeeded_at=timezone.now())
    assert stale_sources() == []


def test_only_admins_set_addresses_and_the_page_says_what_is_wrong(hris, hr, admin, client, tmp_path):
    asked = {"kind": "contributors", "address": str(tmp_path / "inbox" / "hris")}
    client.force_login(hr)
    assert client.post(f"/sources/{hris.pk}/feeds/", asked).status_code == 403
    client.force_login(admin)
    refused = client.post(f"/sources/{hris.pk}/feeds/", {**asked, "address": "/etc"})
    assert "only folders below" in refused.content.decode()
    client.post(f"/sources/{hris.pk}/feeds/", {**asked, "token": "word"})
    feed = Feed.objects.get()
    assert (feed.credentials, feed.by) == ('{"token": "word"}', admin)
    client.post(f"/sources/{hris.pk}/interval/", {"interval_minutes": "1440"})
    hris.refresh_from_db()
    assert hris.interval_minutes == 1440
    client.post(f"/sources/feeds/{feed.pk}/removal/")
    assert Feed.objects.count() == 0

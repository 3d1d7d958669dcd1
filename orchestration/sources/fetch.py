"""Fetching what is new at a feed's address; an unchanged file does nothing."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
import fsspec

from orchestration.sources.addresses import (
    FetchFailed,
    check_address,
    check_folder,
    check_host,
    check_ip,
    open_session,
)
from orchestration.sources.models import Feed

MAX_BYTES = 500 * 1024 * 1024
MAX_SECONDS = 300
MAX_TURNS = 4  # redirects followed
CHUNK = 1 << 20


def fetch_new(feed: Feed, folder: Path) -> Iterator[tuple[Path, dict]]:
    """Files at the address that were not taken yet, each with what to remember of it; raises FetchFailed."""
    form = check_address(feed.address)
    credentials = json.loads(feed.credentials or "{}")
    if form == "folder":
        yield from _look_into_folder(feed)
    elif form == "s3":
        yield from _look_into_bucket(feed, credentials, folder)
    else:
        yield from _ask_web(feed, credentials, folder)


def _look_into_folder(feed: Feed) -> Iterator[tuple[Path, dict]]:
    """Each file of the folder that is new or changed, the oldest first; files still being written end in .part."""
    real = check_folder(Path(feed.address))
    if not real.is_dir():
        raise FetchFailed(f"{feed.address}: there is no such folder.")
    files = [p for p in real.iterdir() if p.is_file() and not p.name.startswith(".") and p.suffix != ".part"]
    marks = {p.name: f"{p.stat().st_size} {p.stat().st_mtime_ns}" for p in files}
    seen = {name: mark for name, mark in feed.seen.items() if name in marks}
    for path in sorted(files, key=lambda p: (p.stat().st_mtime_ns, p.name)):
        if seen.get(path.name) != marks[path.name]:
            check_folder(path)  # a link may lead elsewhere
            _check_size(path.stat().st_size)
            seen = {**seen, path.name: marks[path.name]}
            yield path, seen


def _look_into_bucket(feed: Feed, credentials: dict, folder: Path) -> Iterator[tuple[Path, dict]]:
    endpoint = credentials.get("endpoint_url") or None
    if endpoint:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(f"{endpoint}: write the address of the storage as https://...")
        check_host(parts.hostname, parts.port, is_private_allowed=feed.is_private_allowed)
    store = fsspec.filesystem(
        "s3", key=credentials.get("key") or None, secret=credentials.get("secret") or None,
        anon=not credentials.get("key"), skip_instance_cache=True, use_listings_cache=False,
        client_kwargs={"endpoint_url": endpoint, "region_name": credentials.get("region") or "us-east-1"},
        config_kwargs={"connect_timeout": 15, "read_timeout": 60, "retries": {"max_attempts": 2}},
    )  # fmt: skip
    try:
        for facts in _objects(store, feed.address):
            mark, name = f"{facts.get('ETag', '')} {facts['size']}", facts["name"]
            if feed.seen.get(name) != mark:
                _check_size(facts["size"])
                path = folder / (Path(name).name or "table.csv")
                store.get_file(name, str(path))
                yield path, {**feed.seen, name: mark}
    except (OSError, ValueError) as error:
        raise FetchFailed(f"{feed.address}: the storage answers: {error}. Check address, key and secret.") from None


def _objects(store, address: str) -> list[dict]:
    """The object itself, or for `.../` all below it, the oldest first."""
    path = address.removeprefix("s3://")
    if not path.endswith("/"):
        return [store.info(path)]
    found = [one for one in store.ls(path, detail=True) if one["type"] == "file"]
    return sorted(found, key=lambda one: (str(one.get("LastModified", "")), one["name"]))


def _ask_web(feed: Feed, credentials: dict, folder: Path) -> Iterator[tuple[Path, dict]]:
    try:
        found = asyncio.run(_download(feed, credentials, folder))
    except TimeoutError:
        raise FetchFailed(f"{feed.address}: no whole answer within {MAX_SECONDS} seconds.") from None
    except aiohttp.ClientError as error:
        raise FetchFailed(f"{feed.address}: cannot be reached: {error}.") from None
    except OSError as error:
        raise FetchFailed(f"{feed.address}: cannot be reached: {error}.") from None
    if found is not None:
        yield found


async def _download(feed: Feed, credentials: dict, folder: Path) -> tuple[Path, dict] | None:
    headers = {
        name: feed.seen[mark]
        for name, mark in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
        if feed.seen.get(mark)
    }
    address = feed.address
    async with open_session(is_private_allowed=feed.is_private_allowed, seconds=MAX_SECONDS) as session:
        for _ in range(MAX_TURNS + 1):
            _check_literal(address, feed)
            is_home = urlsplit(address)[:2] == urlsplit(feed.address)[:2]  # secrets go to the named host alone
            auth, more = _authorise(credentials) if is_home else (None, {})
            async with session.get(address, headers={**headers, **more}, auth=auth, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    address = urljoin(address, answer.headers.get("Location", ""))
                    continue
                if answer.status == 304:
                    return None
                if answer.status != 200:
                    raise FetchFailed(f"{address} answers {answer.status} {answer.reason}. Check address and token.")
                return await _keep(feed, answer, folder)
    raise FetchFailed(f"{feed.address}: leads from one address to the next more than {MAX_TURNS} times.")


def _check_literal(address: str, feed: Feed) -> None:
    """Addresses written as numbers are not resolved, so they are checked here."""
    if check_address(address) != "http":
        raise FetchFailed(f"{feed.address}: leads to {address}, which is not on the web.")
    host = urlsplit(address).hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        check_ip(host, is_private_allowed=feed.is_private_allowed)


def _authorise(credentials: dict) -> tuple[aiohttp.BasicAuth | None, dict[str, str]]:
    if credentials.get("token"):
        return None, {"Authorization": f"Bearer {credentials['token']}"}
    if credentials.get("user"):
        return aiohttp.BasicAuth(credentials["user"], credentials.get("password", "")), {}
    return None, {}


async def _keep(feed: Feed, answer: aiohttp.ClientResponse, folder: Path) -> tuple[Path, dict] | None:
    path, hashed, size = folder / _name_of(answer), hashlib.sha256(), 0
    with path.open("wb") as target:
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            _check_size(size)
            hashed.update(chunk)
            target.write(chunk)
    if feed.seen.get("hash") == hashed.hexdigest():
        return None
    return path, {
        "etag": answer.headers.get("ETag", ""),
        "modified": answer.headers.get("Last-Modified", ""),
        "hash": hashed.hexdigest(),
    }


def _name_of(answer: aiohttp.ClientResponse) -> str:
    told = answer.content_disposition.filename if answer.content_disposition else ""
    return Path(told or unquote(urlsplit(str(answer.url)).path)).name[:200] or "table.csv"


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise FetchFailed(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Send it in parts.")

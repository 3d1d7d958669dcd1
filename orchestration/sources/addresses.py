"""Which addresses a feed may fetch from: never the machine's own metadata, the own network only where an admin says."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from django.conf import settings


class FetchFailed(Exception):
    """Why nothing could be fetched, for the person who looks after the source."""


def check_address(address: str) -> str:
    """The kind of address: `folder`, `http` or `s3`; raises FetchFailed for any other."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        if not parts.hostname:
            raise FetchFailed(f"{address}: there is no host in this address.")
        if parts.username or parts.password:
            raise FetchFailed("Put user and password into their own fields, not into the address.")
        return "http"
    if parts.scheme == "s3" and parts.netloc:
        return "s3"
    if parts.scheme == "" and Path(address).is_absolute():
        check_folder(Path(address))
        return "folder"
    raise FetchFailed(f"{address}: write https://..., s3://bucket/file or the full path of a folder.")


def check_folder(path: Path) -> Path:
    """The folder, if it lies in one of those that may be watched."""
    allowed = [Path(one).resolve() for one in settings.SOURCE_FOLDERS]
    real = path.resolve()
    if not any(real == one or one in real.parents for one in allowed):
        told = ", ".join(str(one) for one in allowed)
        raise FetchFailed(f"{path}: only folders below {told} are watched (SOURCE_FOLDERS names them).")
    return real


def check_ip(text: str, *, is_private_allowed: bool) -> None:
    """Raises FetchFailed for addresses that no file is fetched from."""
    ip = ipaddress.ip_address(text.split("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_private):
        raise FetchFailed(f"{ip} is an address that files are never fetched from.")
    if not ip.is_global and not is_private_allowed:
        raise FetchFailed(f"{ip} lies inside a private network. An admin may allow that for this address.")


def check_host(host: str, port: int | None, *, is_private_allowed: bool) -> None:
    """Resolves a host and checks every address that it has."""
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise FetchFailed(f"{host}: there is no such host. Check the address.") from None
    for *_, address in found:
        check_ip(address[0], is_private_allowed=is_private_allowed)


class CheckedResolver(AbstractResolver):
    """Connections go to the very addresses that were checked, so that a name cannot change its mind in between."""

    def __init__(self, *, is_private_allowed: bool):
        self.is_private_allowed = is_private_allowed

    async def resolve(self, host, port=0, family=socket.AF_INET):
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for *_, address in found:
            check_ip(address[0], is_private_allowed=self.is_private_allowed)
        return [
            {"hostname": host, "host": address[0], "port": port, "family": kind, "proto": proto, "flags": socket.AI_NUMERICHOST}
            for kind, _, proto, _, address in found
        ]  # fmt: skip

    async def close(self):
        """Nothing is held open."""


def open_session(*, is_private_allowed: bool, seconds: int) -> aiohttp.ClientSession:
    resolver = CheckedResolver(is_private_allowed=is_private_allowed)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, force_close=True),
        timeout=aiohttp.ClientTimeout(total=seconds, connect=15),
        trust_env=False,
    )

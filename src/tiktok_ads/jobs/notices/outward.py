"""One request to an address that a person entered: never into networks that were not meant.

Apprise, which sends webhooks and Slack messages too, is not used here: it looks a name up at the moment of
connecting, follows redirects, asks for pictures from elsewhere to be shown, and tells of a failure only that
there was one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx2

from tiktok_ads.config.notice import wrong_with_url
from tiktok_ads.jobs.notices.problem import NotSent

SECONDS = 10.0
_MOST_ADDRESSES = 3
_MOST_BYTES = 2_000
_LATER = (408, 425, 429)
# Where cloud machines keep credentials of their own, beside the link-local ones.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the beginning of the text."""

    status: int
    text: str


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order in which the system would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool,
    resolve: Resolve = look_up,
    seconds: float = SECONDS,
) -> Answer:
    """Send the body once. Redirects are not followed, proxies are not asked.

    Args:
        url: where to.
        body: what.
        headers: beside the usual ones.
        allow_private: whether addresses of this machine and of the own network may be called.
        resolve: looks names up.
        seconds: that all of it may take.

    Raises:
        NotSent: it may not be called, did not answer, or answered that it did not take it. The address is not
            said beyond its host, since it may be a secret.
    """
    if wrong := wrong_with_url(url, allow_private=allow_private):
        raise NotSent(f"The address {wrong}.", again=False)
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise NotSent("The address is none.", again=False) from None
    try:
        async with asyncio.timeout(seconds):
            places = await _places(target, allow_private=allow_private, resolve=resolve)
            answer = await _first_that_answers(target, places, body, headers, seconds)
    except TimeoutError:
        raise NotSent(f"{target.host} did not answer within {seconds:g} seconds.") from None
    if 200 <= answer.status < 300:
        return answer
    if 300 <= answer.status < 400:
        raise NotSent(
            f"{target.host} answered with a redirect ({answer.status}), which is not followed.", again=False
        )
    said = f": {answer.text}" if answer.text else ""
    again = answer.status >= 500 or answer.status in _LATER
    raise NotSent(f"{target.host} answered {answer.status}{said}", again=again)


def refusal(address: str, *, allow_private: bool) -> str:
    """Why this address is not called; nothing if it may be."""
    ip = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return "is one that no notice is sent to"
    if not ip.is_global and not allow_private:
        return "belongs to this machine or to the own network, which allow_private = true would open"
    return ""


def _meant(ip: IP) -> IP:
    """The IPv4 address that some IPv6 addresses stand for."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    return inner or ip


async def _places(target: httpx2.URL, *, allow_private: bool, resolve: Resolve) -> list[str]:
    """The addresses of the host, every one of which may be called."""
    try:
        found = await resolve(target.host, _port(target))
    except (OSError, UnicodeError):
        raise NotSent(f"There is no host {target.host}, or it cannot be looked up now.") from None
    for address in found:
        if why := refusal(address, allow_private=allow_private):
            raise NotSent(f"{target.host} is not called: its address {why}.", again=False)
    return list(found[:_MOST_ADDRESSES])


async def _first_that_answers(
    target: httpx2.URL, places: Sequence[str], body: bytes, headers: Mapping[str, str], seconds: float
) -> Answer:
    for place in places:
        try:
            return await _send(target, place, body, headers, seconds)
        except httpx2.ConnectError as error:
            why = str(error)
        except httpx2.TransportError as error:
            raise NotSent(f"{target.host} did not answer: {str(error) or type(error).__name__}.") from None
    raise NotSent(f"{target.host} cannot be reached: {why}." if places else f"{target.host} has no address.")


async def _send(
    target: httpx2.URL, place: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> Answer:
    host = target.raw_host.decode("ascii")
    request = httpx2.Request(
        "POST",
        # Exactly the address that was checked: the name is not looked up again. The certificate is still the
        # name's.
        target.copy_with(host=place.partition("%")[0]),
        headers={**headers, "Host": target.netloc.decode("ascii"), "User-Agent": "tiktok-ads-connector"},
        content=body,
        extensions={"sni_hostname": host, "timeout": httpx2.Timeout(seconds).as_dict()},
    )
    # The transport alone: a client would log the address, follow what the environment says of proxies, and
    # keep cookies.
    async with httpx2.AsyncHTTPTransport() as transport:
        response = await transport.handle_async_request(request)
        try:
            return Answer(response.status_code, await _beginning(response))
        finally:
            await response.aclose()


async def _beginning(response: httpx2.Response) -> str:
    read = b""
    # Not unpacked: a small body could become a large one.
    async for part in response.aiter_raw():
        read += part[: _MOST_BYTES - len(read)]
        if len(read) >= _MOST_BYTES:
            break
    return read.decode("utf-8", "replace")


def _port(target: httpx2.URL) -> int:
    return target.port or (443 if target.scheme == "https" else 80)

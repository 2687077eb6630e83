"""Which addresses may be sent a token: TikTok's two, and this machine for the simulator."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from tiktok_ads.errors import ConfigError

PRODUCTION = "https://business-api.tiktok.com"
SANDBOX = "https://sandbox-ads.tiktok.com"
_VERSION_PATH = "/open_api/v1.3"
_ADVICE = f"Use {PRODUCTION}, {SANDBOX} or a loopback address such as http://127.0.0.1:8390."


def check_api_url(url: str) -> str:
    """Give the address as `scheme://host[:port]`, without path.

    The path `/open_api/v1.3` may stand at the end and is taken off. TikTok's hosts need https and the
    usual port; loopback takes http or https and any port.

    Raises:
        ConfigError: any other host, or an address with user, query, fragment or blanks in it.
    """
    # urlsplit drops tabs and newlines and keeps backslashes, which other parsers read as slashes.
    if not url.isascii() or not url.isprintable() or any(c in " \\%" for c in url):
        raise ConfigError("The API address holds characters that do not belong there.", _ADVICE)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("The API address cannot be read.", _ADVICE) from None
    host = (parts.hostname or "").lower()
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ConfigError("The API address may hold neither a user nor a query.", _ADVICE)
    if parts.path.rstrip("/") not in ("", _VERSION_PATH):
        raise ConfigError(f"The API address may not have the path {parts.path}.", _ADVICE)
    for known in (PRODUCTION, SANDBOX):
        if parts.scheme == "https" and f"https://{host}" == known and port in (None, 443):
            return known
    if parts.scheme in ("http", "https") and _is_loopback(host) and port != 0:
        shown = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{shown}" if port is None else f"{parts.scheme}://{shown}:{port}"
    raise ConfigError(f"The API address {parts.scheme}://{parts.netloc} is not TikTok's.", _ADVICE)


def is_loopback_url(url: str) -> bool:
    """Whether a checked address is on this machine."""
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # ::ffff:127.0.0.1 counts as loopback on some versions of Python and not on others.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None

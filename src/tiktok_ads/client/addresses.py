"""Which addresses a token may be sent to: TikTok's own two, and this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from tiktok_ads.errors import ConfigError

PRODUCTION = "https://business-api.tiktok.com"
SANDBOX = "https://sandbox-ads.tiktok.com"
_HINT = f"Use {PRODUCTION}, {SANDBOX}, or http:// with a loopback address such as 127.0.0.1."


def check_api_url(url: str) -> str:
    """The address in the form `scheme://host[:port]`, if a token may be sent there.

    Raises:
        ConfigError: anything but TikTok's two hosts over TLS and loopback addresses.
    """
    shown = _without_login(url)
    # urlsplit drops line breaks silently and lets backslashes pass that other parsers read as slashes.
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\%"):
        raise ConfigError(f"The API address {shown!r} has characters that do not belong there.", _HINT)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"The API address {shown!r} cannot be read.", _HINT) from None
    if parts.username is not None or parts.password is not None or "@" in url:
        raise ConfigError("The API address must not hold a user name or password.", _HINT)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigError(f"The API address {shown!r} must end with the host.", _HINT)
    if parts.scheme == "https" and port in (None, 443) and f"https://{host}" in (PRODUCTION, SANDBOX):
        return f"https://{host}"
    if parts.scheme in ("http", "https") and _is_loopback(host) and port != 0:
        shown_host = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{shown_host}" + (f":{port}" if port else "")
    raise ConfigError(f"The API address {shown!r} is neither TikTok's nor on this machine.", _HINT)


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


def _without_login(url: str) -> str:
    """A pasted address may hold a password; what is shown of it never does."""
    return url.rpartition("@")[2] if "@" in url else url

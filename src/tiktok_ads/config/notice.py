"""A channel of notices: whom to tell and by what, as `[notices.NAME]` in the settings file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from tiktok_ads.config.values import as_texts

Security = Literal["starttls", "ssl", "none"]
PORTS: Mapping[Security, int] = {"starttls": 587, "ssl": 465, "none": 25}
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]+@[^\s<>()\[\]\\,;:\"@]+")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_MOST_RECIPIENTS = 50
_FROZEN = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MailChannel(BaseModel):
    """Mail through somebody's server. The password is a secret and stands elsewhere."""

    model_config = _FROZEN

    kind: Literal["mail"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: str = ""
    security: Security = "starttls"
    sender: str = Field(alias="from")
    to: Annotated[tuple[str, ...], BeforeValidator(as_texts)]

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, host: str) -> str:
        if not _HOST.fullmatch(host):
            raise ValueError("must be the name of the mail server alone, as in smtp.example.com")
        return host

    @field_validator("user")
    @classmethod
    def _can_sign_in(cls, user: str) -> str:
        if not user.isascii() or not (user.isprintable() or not user):
            raise ValueError("holds characters that mail servers do not take")
        return user

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        return _address(address)

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        if not addresses:
            raise ValueError("names nobody")
        if len(addresses) > _MOST_RECIPIENTS:
            raise ValueError(f"names more than {_MOST_RECIPIENTS}; use a mailing list")
        return tuple(_address(one) for one in addresses)

    @field_validator("security")
    @classmethod
    def _keeps_the_password(cls, security: Security, info: ValidationInfo) -> Security:
        if security == "none" and info.data.get("user") and info.data.get("host") not in _ON_THIS_MACHINE:
            raise ValueError("a password would travel readable; choose starttls or ssl")
        return security

    @property
    def at_port(self) -> int:
        return self.port or PORTS[self.security]


class WebhookChannel(BaseModel):
    """A signed request to an address. The signing key is a secret and stands elsewhere."""

    model_config = _FROZEN

    kind: Literal["webhook"]
    # Before the address, which it opens more to.
    allow_private: bool = False
    url: str

    @field_validator("url")
    @classmethod
    def _may_be_called(cls, url: str, info: ValidationInfo) -> str:
        if wrong := wrong_with_url(url, allow_private=info.data.get("allow_private", False)):
            raise ValueError(wrong)
        return url


class SlackChannel(BaseModel):
    """An incoming webhook of Slack, or of what takes the same. Its address is the secret."""

    model_config = _FROZEN

    kind: Literal["slack"]
    allow_private: bool = False


Channel = Annotated[MailChannel | WebhookChannel | SlackChannel, Field(discriminator="kind")]


def wrong_with_url(url: str, *, allow_private: bool) -> str:
    """Why this address cannot be called; nothing if it can. The address itself is not said."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "is no address"
    if not url.isprintable() or any(letter.isspace() for letter in url) or "\\" in url:
        return "holds characters that do not belong in an address"
    if parts.username is not None or parts.password is not None:
        return "holds a user or a password; the signature tells the receiver who calls"
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_is_fine:
        return "must be an address such as https://example.com/hook"
    if parts.scheme == "http" and not allow_private:
        return "must begin with https://; http:// is for the own network, with allow_private = true"
    return ""


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or not text.isprintable() or len(text) > 254:
        raise ValueError(f"{text[:60]!r} is no mail address; write it plain, as in ana@example.com")
    return text

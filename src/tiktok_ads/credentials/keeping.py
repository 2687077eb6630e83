"""Keeps secrets under a name: in the keyring, or in the private file where there is none."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from tiktok_ads.credentials import keychain, private_file

Kept = Literal["keyring", "file"]
_log = logging.getLogger(__name__)


def keep(owner: str, new: Mapping[str, SecretStr], *, path: Path | None, what: str) -> Kept:
    """Keep these secrets of an owner beside those that it has; says where.

    Args:
        owner: whose they are: a login, or something else whose name holds a slash.
        new: kind → secret.
        path: the private file; None takes the usual one.
        what: what a warning calls them.
    """
    place = path or private_file.default_path()
    owners = private_file.read(place)
    if all(keychain.write(f"{owner}/{kind}", secret) for kind, secret in new.items()):
        if owners.pop(owner, None) is not None:
            private_file.write(place, owners)
        return "keyring"
    for kind in new:
        keychain.delete(f"{owner}/{kind}")
    kept = {**owners.get(owner, {}), **{kind: one.get_secret_value() for kind, one in new.items()}}
    private_file.write(place, {**owners, owner: kept})
    _log.warning("There is no keyring on this machine: %s is kept in %s, readable by you alone.", what, place)
    return "file"


def kept(owner: str, kind: str, *, path: Path | None) -> tuple[SecretStr, Kept] | None:
    """A secret as it is kept, and where; None if there is none."""
    if found := keychain.read(f"{owner}/{kind}"):
        return found, "keyring"
    place = path or private_file.default_path()
    text = private_file.read(place).get(owner, {}).get(kind)
    return (SecretStr(text), "file") if text else None


def drop(owner: str, kinds: Iterable[str], *, path: Path | None) -> bool:
    """Delete what is kept of an owner; whether there was anything."""
    place = path or private_file.default_path()
    gone = [keychain.delete(f"{owner}/{kind}") for kind in kinds]
    owners = private_file.read(place)
    if owners.pop(owner, None) is not None:
        private_file.write(place, owners)
        return True
    return any(gone)

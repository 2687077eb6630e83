"""The operating system's keyring; whatever goes wrong in it means that there is none."""

from __future__ import annotations

import logging

from pydantic import SecretStr

SERVICE = "tiktok-ads-connector"
_log = logging.getLogger(__name__)


def read(name: str) -> SecretStr | None:
    try:
        import keyring

        found = keyring.get_password(SERVICE, name)
    # Backends raise what they like (D-Bus, Windows and macOS errors among it).
    except Exception as error:
        _log.debug("no keyring: %s", type(error).__name__)
        return None
    return SecretStr(found) if found else None


def write(name: str, secret: SecretStr) -> bool:
    """Whether the keyring holds the secret now. It is read back: some backends keep nothing or cut it."""
    try:
        import keyring

        keyring.set_password(SERVICE, name, secret.get_secret_value())
    except Exception as error:
        _log.debug("no keyring: %s", type(error).__name__)
        return False
    kept = read(name)
    if kept is not None and kept.get_secret_value() == secret.get_secret_value():
        return True
    delete(name)
    return False


def delete(name: str) -> bool:
    """Whether there was one to delete."""
    if read(name) is None:
        return False
    try:
        import keyring

        keyring.delete_password(SERVICE, name)
    except Exception as error:
        _log.debug("no keyring: %s", type(error).__name__)
        return False
    return True

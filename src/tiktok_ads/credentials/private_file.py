"""A file for its owner alone: mode 0600 in a folder of 0700, replaced whole, never through a link."""

from __future__ import annotations

import json
import logging
import os
import secrets
import stat
from pathlib import Path

import platformdirs

from tiktok_ads.errors import ConfigError

_log = logging.getLogger(__name__)
_POSIX = os.name == "posix"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# A pipe in the file's place must be refused, not waited for.
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


def default_path() -> Path:
    return Path(platformdirs.user_config_dir("tiktok-ads", appauthor=False)) / "credentials.json"


def read(path: Path) -> dict[str, dict[str, str]]:
    """Login → its secrets; nothing if there is no file.

    Raises:
        ConfigError: the file is a link, belongs to somebody else, or is not what we wrote.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NO_FOLLOW | _NO_WAIT)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be opened") from None
    try:
        _check(path, os.fstat(handle))
        if _POSIX and stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            os.fchmod(handle, 0o600)
            _log.warning(
                "%s could be read by others; its mode is 0600 again. Sign in anew if in doubt.", path
            )
        with os.fdopen(os.dup(handle), "rb") as file:
            content = file.read()
    finally:
        os.close(handle)
    try:
        found = json.loads(content)
    except ValueError:
        raise _refused(path, "it is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise _refused(path, "it does not hold logins")
    return found


def write(path: Path, logins: dict[str, dict[str, str]]) -> None:
    """Replace the file in one step; with no logins, delete it."""
    read(path)  # refuses what we must not replace
    if not logins:
        path.unlink(missing_ok=True)
        return
    _make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(logins, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be written") from None
    finally:
        beside.unlink(missing_ok=True)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "it is not a plain file")
    if found.st_nlink > 1:
        raise _refused(path, "it has a second name (hard link)")
    if _POSIX and found.st_uid != os.geteuid():
        raise _refused(path, "it belongs to another user")


def _make_folder(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise _refused(folder, error.strerror or "it cannot be made") from None
    if _POSIX and found.st_uid != os.geteuid():
        raise _refused(folder, "it belongs to another user")
    if _POSIX and stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
        _log.warning("%s was open to others; its mode is 0700 now.", folder)


def _refused(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"The credentials in {path} are not used: {why}.",
        "Move it away and run `tiktok-ads connect` again, or set TIKTOK_ADS_ACCESS_TOKEN.",
    )

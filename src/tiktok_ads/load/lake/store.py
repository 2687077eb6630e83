"""Files of a lake in an object store, by fsspec; and the store's errors in words."""

from __future__ import annotations

import importlib
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tiktok_ads.errors import ConfigError, LoadError, TikTokAdsError
from tiktok_ads.load.lake.urls import STORES, Where

_LOGIN = (
    *("credential", "forbidden", "access denied", "accessdenied", "signature", "invalidaccesskey"),
    *("unauthorized", "authentication", "permission", "403", "401", "anonymous"),
)
_NOWHERE = ("bucket does not exist", "nosuchbucket", "no such bucket", "container does not exist", "404")
_LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
_MOST_COPIED = 256 * 2**20
"""Bytes of files that are kept on this machine from one commit to the next."""
_VARIABLES = {
    "s3": "AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's role; "
    "AWS_ENDPOINT_URL for a store that is not Amazon's",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or the machine's service account",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and one of the ways in which adlfs signs in",
}


class Store:
    """A prefix of a bucket; see `Files` for what it does."""

    def __init__(self, place: Where, folder: str) -> None:
        self._scheme = place.store or ""
        self.name = f"{self._scheme}://{folder}"
        self._root = folder
        with explained(self.name, self._scheme):
            self._files = _file_system(self._scheme)
        self._folder = tempfile.TemporaryDirectory(prefix="tiktok_ads_")
        self.folder = Path(self._folder.name)
        self._copies: dict[str, Path] = {}

    def read(self, path: str) -> bytes | None:
        with explained(self.name, self._scheme):
            try:
                return bytes(self._files.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

    def put(self, path: str, data: bytes) -> None:
        with explained(self.name, self._scheme):
            self._files.pipe_file(self._at(path), data)

    def create(self, path: str, data: bytes) -> bool:
        with explained(self.name, self._scheme):
            try:
                # The store itself refuses the second of two writers (If-None-Match and its like).
                self._files.pipe_file(self._at(path), data, mode="create")
            except FileExistsError:
                return False
            except Exception as error:
                if not _is_taken(error):
                    raise
                # Our own request may have been sent twice, after an answer that was lost.
                return bool(self._files.cat_file(self._at(path)) == data)
        return True

    def making(self, path: str) -> Path:
        return self.folder / secrets.token_hex(8)

    def keep(self, made: Path, path: str) -> None:
        with explained(self.name, self._scheme):
            self._files.put_file(str(made), self._at(path))
        self._copies[path] = made

    def move(self, path: str, to: str) -> None:
        with explained(self.name, self._scheme), suppress(FileNotFoundError):
            # A copy takes the place of what was there at once: a reader sees the old file or the new one.
            self._drop(to)
            self._files.cp_file(self._at(path), self._at(to))
            self._files.rm_file(self._at(path))
            if path in self._copies:
                self._copies[to] = self._copies.pop(path)

    def delete(self, path: str) -> None:
        self._drop(path)
        with explained(self.name, self._scheme), suppress(FileNotFoundError):
            self._files.rm_file(self._at(path))

    def listed(self, folder: str) -> list[str]:
        with explained(self.name, self._scheme):
            try:
                found = self._files.ls(self._at(folder), detail=False, refresh=True)
            except FileNotFoundError:
                return []
        names = {str(one).rstrip("/").rpartition("/")[2] for one in found}
        return sorted(names - {self._at(folder).rstrip("/").rpartition("/")[2], ""})

    def prune(self, folder: str) -> None:
        """An object store has no folders."""

    def here(self, paths: Sequence[str]) -> list[Path]:
        # A file is fetched whole and once: DuckDB would ask the store a dozen times for each.
        lacking = {path: self.making(path) for path in paths if path not in self._copies}
        if lacking:
            with explained(self.name, self._scheme):
                self._files.get([self._at(path) for path in lacking], [str(one) for one in lacking.values()])
            self._copies.update(lacking)
        return [self._copies[path] for path in paths]

    def let_go(self) -> None:
        # What was just written or read is looked at again by the next commit, mostly.
        sizes = {path: copy.stat().st_size for path, copy in self._copies.items()}
        for path in self._copies if sum(sizes.values()) > _MOST_COPIED else ():
            self._copies[path].unlink()
        if sum(sizes.values()) > _MOST_COPIED:
            self._copies.clear()

    def close(self) -> None:
        self._folder.cleanup()

    def _drop(self, path: str) -> None:
        copy = self._copies.pop(path, None)
        if copy is not None:
            copy.unlink()

    @contextmanager
    def held(self, *, for_reading: bool) -> Iterator[bool]:
        """Nobody holds an object store: the second of two writers is refused when it commits."""
        yield not for_reading

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/")


def _file_system(scheme: str) -> Any:
    try:
        import fsspec  # type: ignore[import-untyped]

        importlib.import_module(_LIBRARIES[scheme])
    except ImportError:
        extra = STORES[scheme]
        raise ConfigError(
            f"{scheme}:// needs a library that is not installed.",
            f"Run pip install 'tiktok-ads-connector[{extra}]'.",
        ) from None
    return fsspec.get_filesystem_class(scheme)(use_listings_cache=False, skip_instance_cache=True)


def _is_taken(error: Exception) -> bool:
    return any(mark in f"{type(error).__name__} {error}" for mark in ("PreconditionFailed", "412", "Exists"))


@contextmanager
def explained(name: str, scheme: str) -> Iterator[None]:
    """Turn the store's errors into ours, with words that say what to do."""
    try:
        yield
    except TikTokAdsError:
        raise
    except FileNotFoundError as error:
        said = str(error).lower()
        if any(mark in said for mark in _NOWHERE):
            raise ConfigError(f"{name}: there is no such bucket.", "Make it, or name another.") from None
        raise
    except FileExistsError:
        raise
    except Exception as error:
        raise in_words(error, name, scheme) from None


def in_words(error: Exception, name: str, scheme: str) -> LoadError | ConfigError:
    """Our error for one of a store's; every library of a store has a tree of its own."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    plain = said.lower()
    if isinstance(error, PermissionError) or any(mark in plain for mark in _LOGIN):
        return ConfigError(
            f"{name} refused the login ({type(error).__name__}).", f"Set {_VARIABLES[scheme]}."
        )
    if any(mark in plain for mark in _NOWHERE):
        return ConfigError(f"{name}: there is no such bucket.", "Make it, or name another.")
    return LoadError(f"the object store cannot be reached or refused it ({said[:300]}).", name)

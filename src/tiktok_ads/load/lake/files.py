"""What a lake needs of the place where its files are: whole files, put there or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from tiktok_ads.errors import DestinationBusy


class Files(Protocol):
    """Files by their path below one root, with `/` between the parts."""

    @property
    def name(self) -> str:
        """How an error calls the root."""

    def read(self, path: str) -> bytes | None:
        """A whole file; None if there is none."""

    def put(self, path: str, data: bytes) -> None:
        """Put a whole file in place of any other."""

    def create(self, path: str, data: bytes) -> bool:
        """Put a whole file where none is; False if there is one, whoever put it there."""

    def making(self, path: str) -> Path:
        """Where to make a file of this machine that `keep` then takes in."""

    def keep(self, made: Path, path: str) -> None:
        """Take it in, safe from a loss of power."""

    def move(self, path: str, to: str) -> None:
        """Let a file take another's place at once; nothing happens if it is gone already."""

    def delete(self, path: str) -> None:
        """A file that is gone already is no error."""

    def listed(self, folder: str) -> list[str]:
        """The names in a folder, in order; none if it does not exist."""

    def prune(self, folder: str) -> None:
        """Take a folder away if nothing is in it, and those above it."""

    @property
    def folder(self) -> Path:
        """The folder of this machine that `here` gives files of."""

    def here(self, paths: Sequence[str]) -> list[Path]:
        """The files as ones of this machine; not to be written to."""

    def let_go(self) -> None:
        """Nothing that `here` gave is looked at any more."""

    def close(self) -> None:
        """Leave nothing of it on this machine."""

    def held(self, *, for_reading: bool) -> AbstractContextManager[bool]:
        """Hold the place for writing, against every other process, where that can be; tells whether it is.

        Raises:
            DestinationBusy: another process holds it, and it was to be written to.
        """


class Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = self.folder = root
        self.name = str(root)

    def read(self, path: str) -> bytes | None:
        try:
            return self._at(path).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, path: str, data: bytes) -> None:
        os.replace(self._written(path, data), self._at(path))

    def create(self, path: str, data: bytes) -> bool:
        written = self._written(path, data)
        try:
            os.link(written, self._at(path))
        except FileExistsError:
            return False
        except OSError:
            # A file system without links; the lock keeps other writers away.
            if self._at(path).exists():
                return False
            os.replace(written, self._at(path))
        finally:
            written.unlink(missing_ok=True)
        _safe(self._at(path).parent)
        return True

    def _written(self, path: str, data: bytes) -> Path:
        self._at(path).parent.mkdir(parents=True, exist_ok=True)
        written = self._at(f"{path}.writing")
        with written.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return written

    def making(self, path: str) -> Path:
        self._at(path).parent.mkdir(parents=True, exist_ok=True)
        return self._at(path)

    def keep(self, made: Path, path: str) -> None:
        _safe(made)

    def move(self, path: str, to: str) -> None:
        self._at(to).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.replace(self._at(path), self._at(to))

    def delete(self, path: str) -> None:
        self._at(path).unlink(missing_ok=True)

    def listed(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(self._at(folder)))
        except FileNotFoundError:
            return []

    def prune(self, folder: str) -> None:
        with suppress(OSError):
            while folder:
                self._at(folder).rmdir()
                folder = folder.rpartition("/")[0]

    def here(self, paths: Sequence[str]) -> list[Path]:
        return [self._at(path) for path in paths]

    def let_go(self) -> None:
        """They are where they were."""

    def close(self) -> None:
        """Nothing was copied."""

    def _at(self, path: str) -> Path:
        return self._root / path

    @contextmanager
    def held(self, *, for_reading: bool) -> Iterator[bool]:
        if for_reading and not self._at("").is_dir():
            yield False
            return
        is_new = not self._at("").is_dir()
        self._at("").mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._at(LOCK), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            if for_reading:
                yield False
                return
            raise DestinationBusy(
                "another process writes into it. Wait until it is done.", self.name
            ) from None
        except OSError:
            if not for_reading:
                raise
            yield False
            return
        try:
            yield True
        finally:
            if is_new and self.listed("") == [LOCK]:
                # Nothing was ever written, so nothing is left behind.
                self.delete(LOCK)
                self.prune(".")
            lock.release()


LOCK = "_lock"


def _safe(path: Path) -> None:
    """Let what was written outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Which lake a destination URL names: `parquet:///folder`, `delta+s3://bucket/prefix` and their like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from tiktok_ads.errors import ConfigError

Kind = Literal["parquet", "delta"]
KINDS: tuple[Kind, ...] = ("parquet", "delta")
STORES = {"s3": "s3", "gs": "gcs", "az": "azure"}
"""Object stores by the scheme that fsspec has for them, and the extra that reads them."""
_EXAMPLE = "Write {0}:///folder, {0}:////absolute/folder, {0}+s3://bucket/prefix, +gs:// or +az://."


@dataclass(frozen=True)
class Where:
    """A lake's place. `store` is None for a folder on this machine; `root` is without the scheme."""

    kind: Kind
    store: str | None
    root: str

    @property
    def shown(self) -> str:
        return f"{self.kind}+{self.store}://{self.root}" if self.store else f"{self.kind}:///{self.root}"

    def under(self, name: str) -> str:
        """A folder in it."""
        return f"{self.root.rstrip('/')}/{name}"


def is_lake(url: str) -> bool:
    scheme, mark, _ = url.partition("://")
    return bool(mark) and scheme.partition("+")[0] in KINDS


def where(url: str) -> Where:
    """Read the URL of a lake: three slashes begin a relative path, four an absolute one.

    Raises:
        ConfigError: it cannot be one, or it holds what may be a secret.
    """
    scheme, _, rest = url.partition("://")
    named, plus, store = scheme.partition("+")
    kind = cast(Kind, named)
    example = _EXAMPLE.format(kind)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigError(f"The destination is no URL of a folder of {kind}.", example) from None
    if "@" in parts.netloc or parts.query:
        raise ConfigError(
            "A destination URL of a folder holds neither login nor parameters: it ends up in logs.",
            "Set the store's own variables instead, such as AWS_PROFILE or AWS_ENDPOINT_URL.",
        )
    if plus:
        if store not in STORES:
            raise ConfigError(f"{store!r} is no object store that is known.", example)
        if not parts.netloc:
            raise ConfigError(f"{scheme}://{rest} names no bucket.", example)
        root = unquote(f"{parts.netloc}{parts.path}").rstrip("/")
        if not _is_plain(root):
            raise ConfigError(f"{scheme}://{root[:80]!r} names no folder.", example)
        return Where(kind, store, root)
    path = unquote(rest)
    if not path.startswith("/") or not path[1:].strip("/") or not _is_plain(path):
        raise ConfigError(f"{url[:80]!r} names no folder.", example)
    return Where(kind, None, str(Path(path[1:])))


def _is_plain(path: str) -> bool:
    """Whoever reads all files of a folder names them by a pattern, so its own name must be none."""
    return path.isprintable() and not {*"*?[]{}"} & {*path}

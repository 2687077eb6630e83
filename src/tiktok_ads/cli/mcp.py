"""The command that answers assistants over stdin and stdout."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from tiktok_ads.cli.boundary import COMPLETE
from tiktok_ads.cli.options import WHERE, with_settings
from tiktok_ads.errors import ConfigError

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings


@with_settings(*WHERE, takes_job=True)
def mcp(settings: Settings) -> int:
    """Answer an assistant's questions about what is loaded, over the Model Context Protocol on stdio.

    Assistants start it by themselves: docs/mcp.md says how. It only reads, asks TikTok nothing, and needs no
    login.

    \b
    Example:
      tiktok-ads mcp --destination duckdb:////data/ads.duckdb
    """
    if importlib.util.find_spec("mcp") is None:
        raise ConfigError("What assistants need is not installed.", "Install tiktok-ads-connector[mcp].")
    from tiktok_ads.mcp.server import make_server

    make_server(settings).run("stdio")
    return COMPLETE

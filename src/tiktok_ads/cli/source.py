"""The program `source-tiktok-ads-connector`: the Airbyte source, with the signals of our commands."""

from __future__ import annotations

import sys

from tiktok_ads.cli.boundary import guarded


def main() -> None:
    """Write Airbyte's messages to stdout, errors too."""
    from tiktok_ads.emit.airbyte.command import source

    said = sys.argv[1:]
    sys.exit(guarded(lambda: source(said), said))


if __name__ == "__main__":
    main()

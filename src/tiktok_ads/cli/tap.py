"""The program `tap-tiktok-ads-connector`: the Singer tap, with the errors and signals of our commands."""

from __future__ import annotations

import sys

from tiktok_ads.cli.boundary import guarded


def main() -> None:
    """Write Singer's messages to stdout, and everything else to stderr."""
    from tiktok_ads.emit.singer.command import tap

    said = sys.argv[1:]
    sys.exit(guarded(lambda: tap(said), said))


if __name__ == "__main__":
    main()

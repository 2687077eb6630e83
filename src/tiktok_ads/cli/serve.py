"""The command that runs the simulator on a port of this machine."""

from __future__ import annotations


def simulator() -> int:
    """Run a make-believe TikTok on this machine, for trying things out without an account.

    \b
    Example:
      tiktok-ads simulator --port 8390
    """
    return 0

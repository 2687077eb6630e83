"""The few paths that anything may be posted to: this program changes nothing at TikTok."""

from __future__ import annotations

TOKENS = frozenset({"oauth2/access_token", "oauth2/revoke_token"})
TASKS = frozenset({"report/task/create", "page/lead/task", "changelog/task/create"})
"""Each of them only has a file prepared that is then downloaded."""


def posting(path: str) -> str:
    """The path, if posting to it makes a token or a task and nothing else.

    Raises:
        ValueError: it might change something.
    """
    if path not in TOKENS | TASKS:
        raise ValueError(f"nothing is ever posted to {path}")
    return path

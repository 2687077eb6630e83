"""A notice as Slack's incoming webhooks take it, and what takes the same; text stays text there."""

from __future__ import annotations

import json

from tiktok_ads.jobs.notices.text import Notice

_MOST = 3_500
_NOTHING = "\u200b"
_AS_TEXT = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
# Mattermost and others read these although Slack is told not to: mentions, links, pictures.
_AS_NOTHING = (("@", f"@{_NOTHING}"), ("](", f"]{_NOTHING}("))


def slack_body(notice: Notice) -> bytes:
    """The JSON that is sent: no markup, no mention, no preview of a link."""
    told = {
        "text": _escaped(f"{notice.subject}\n{notice.text}"),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return json.dumps(told, ensure_ascii=True).encode("ascii")


def _escaped(text: str) -> str:
    short = text if len(text) <= _MOST else f"{text[:_MOST]} …"
    for said, instead in (*_AS_TEXT, *_AS_NOTHING):
        short = short.replace(said, instead)
    return short

"""A notice as a signed webhook, by the Standard Webhooks specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from datetime import datetime

from pydantic import SecretStr

from tiktok_ads.credentials.notice import signing_key
from tiktok_ads.jobs.notices.text import Notice


def webhook_body(notice: Notice) -> bytes:
    """The JSON that is sent, and signed byte by byte."""
    told = {
        "type": "test" if notice.event == "test" else f"run.{notice.event}",
        "timestamp": notice.at.isoformat(timespec="seconds"),
        "data": {
            "event": notice.event,
            "job": notice.job,
            "run": notice.run,
            "subject": notice.subject,
            "text": notice.text,
            "facts": [asdict(one) for one in notice.facts],
        },
    }
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def webhook_headers(notice: Notice, body: bytes, secret: SecretStr, *, now: datetime) -> dict[str, str]:
    """The headers by which the receiver knows who sent it, when, and that it was not sent before.

    Raises:
        ConfigError: the secret is no signing key.
    """
    message, moment = f"msg_{notice.id}", str(int(now.timestamp()))
    signed = b".".join((message.encode("ascii"), moment.encode("ascii"), body))
    mac = hmac.new(signing_key(secret), signed, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode('ascii')}",
    }

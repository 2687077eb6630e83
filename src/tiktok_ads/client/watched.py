"""What a call to TikTok tells those who watch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tiktok_ads.client.exchange import Question, Reply
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.telemetry import Span, add, begin, is_on


@dataclass
class WatchedCall:
    """A call that goes out now. Of the question only path and advertiser are told, of the answer its size."""

    question: Question
    attempt: int
    waited_seconds: float
    span: Span = field(init=False)
    begun: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.span = begin(
            "call",
            path=self.question.path,
            advertiser_id=self.question.advertiser_id or "",
            attempt=self.attempt,
            waited_seconds=round(self.waited_seconds, 3),
        )

    def ended(self, reply: Reply, error: TikTokAdsError | None = None) -> None:
        if not is_on():
            return
        path = self.question.path
        add("calls", path=path, outcome=type(error).__name__ if error else "ok")
        add("retries", int(self.attempt > 1), path=path)
        add("wait", self.waited_seconds, path=path)
        add("received", len(reply.body), path=path)
        add("call_time", time.monotonic() - self.begun, path=path)
        self.span.note(status=reply.status, received_bytes=len(reply.body))
        self.span.end(error)

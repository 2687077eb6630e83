"""What one process remembers of the book, so that a server that lost it hears it again."""

from __future__ import annotations

from dataclasses import dataclass, field

from tiktok_ads.client.shared.server import Answer, Request

DAY_MS = 86_400_000
_PENALTIES = ("day", "minute", "refused", "")


@dataclass
class Memory:
    """The book's life as last told, the app's pause, each scope's count, and the reports that timed out."""

    id: str = ""
    until: int = 0
    counts: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    timeouts: dict[str, int] = field(default_factory=dict)

    def of(self, scope: str) -> tuple[str, int, int]:
        """In which life of the book, of which day, and how many calls; blanks if nothing was told."""
        return self.counts.get(scope, ("", 0, 0))

    def calls_on(self, day: int, scope: str | None) -> int:
        """The calls of one scope or, with None, of all, on a day."""
        return sum(
            calls for name, (_, told, calls) in self.counts.items() if told == day and scope in (None, name)
        )

    def learn(self, request: Request, answer: Answer) -> None:
        self.id = answer.id
        counts = answer.counts if isinstance(answer.counts, tuple) else ()
        day = max(answer.now, answer.at if answer.kind == "slot" else 0) // DAY_MS
        for scope, calls in zip(request.scopes, counts, strict=False):
            self.counts[scope.name] = (answer.id, day, calls)
        if request.op in ("reserve", "claim") and answer.kind == "blocked" and answer.why in _PENALTIES:
            self.until = max(self.until, answer.at)

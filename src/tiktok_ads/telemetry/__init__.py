"""What a run tells those who watch it: spans, figures and log lines. Off unless a setting turns it on."""

from tiktok_ads.telemetry.watch import Span, add, begin, is_on, put, span

__all__ = ["Span", "add", "begin", "is_on", "put", "span"]

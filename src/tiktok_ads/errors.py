"""Every error that this package raises on purpose; its class says what the reader does next.

TikTokAdsError
├── ConfigError            change a setting (exit code 2)
│   ├── UnknownStream      pick another table name
│   ├── UnknownName        there is nothing of that name
│   └── InTheWay           something stands in the way: a run, a use, the same name
├── TransportError         no answer came; it was tried again, try later
│   └── ReportTimeout      the report was too slow: ask for less, never for the same again at once
├── ApiError               TikTok answered with a `code` other than 0
│   ├── AuthError          sign in again
│   ├── AccessDenied       this advertiser or this table is closed to the login
│   │   └── AdvertiserGone the advertiser is missing, deleted or not granted
│   ├── NotAvailable       the feature is not open to this account, region or host
│   ├── QuotaExceeded      wait
│   │   └── QuotaStoreLost  bring the store of the quota back; nothing was sent without it
│   ├── TooLarge           ask for less
│   ├── InvalidRequest     report it: we asked for something that TikTok refuses
│   ├── ServerFault        wait; TikTok's side failed although it was tried again
│   └── UnknownCode        a code that nobody documented: report it
├── TruncatedReport        TikTok cut the rows at 20,000 ads: split by campaign
├── InconsistentPages      rows moved between pages: read the window again
├── DecodeError            report it (stream, field, value)
└── LoadError              look at the destination
    ├── DestinationBusy    another process holds the file
    └── NotOurs            the file or schema belongs to something else (exit code 2)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


class TikTokAdsError(Exception):
    """Base of all; `args` hold every constructor argument in order, so each survives pickling."""


class ConfigError(TikTokAdsError):
    """A setting cannot be used as it is. Nothing was fetched or written."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UnknownStream(ConfigError):
    """No table of that name or pattern."""


class UnknownName(ConfigError):
    """There is nothing of that name."""


class InTheWay(ConfigError):
    """Something stands in the way: a run that goes on, a use of the thing, another one of that name."""


class TransportError(TikTokAdsError):
    """No usable answer came from TikTok, although it was asked several times."""

    def __init__(self, message: str, path: str, attempts: int = 1) -> None:
        super().__init__(message, path, attempts)
        self.message, self.path, self.attempts = message, path, attempts

    def __str__(self) -> str:
        times = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{self.path}: {self.message}{times}"


class ReportTimeout(TransportError):
    """A report took too long. TikTok blocks apps that repeat such a request unchanged."""


class ApiError(TikTokAdsError):
    """TikTok answered with a `code` other than 0."""

    def __init__(self, message: str, code: int, path: str, request_id: str) -> None:
        super().__init__(message, code, path, request_id)
        self.message, self.code, self.path, self.request_id = message, code, path, request_id

    def __str__(self) -> str:
        return f"{self.path}: {self.message} (code {self.code}, request {self.request_id or 'unknown'})"


class AuthError(ApiError):
    """The login does not work any more: sign in again."""


class AccessDenied(ApiError):
    """The login may not read this: a scope is missing, or the advertiser was removed."""


class AdvertiserGone(AccessDenied):
    """This advertiser is missing, deleted or no longer granted to the login."""


class NotAvailable(ApiError):
    """TikTok does not offer this to the account, region or host: skip the table."""


class QuotaExceeded(ApiError):
    """A limit of calls was reached: wait. `until` is when calls are allowed again (UTC), None if unknown."""

    def __init__(
        self, message: str, code: int, path: str, request_id: str, until: datetime | None = None
    ) -> None:
        super().__init__(message, code, path, request_id)
        self.args = (message, code, path, request_id, until)
        self.until = until


class QuotaStoreLost(QuotaExceeded):
    """The server on which machines share the quota stayed away, and nothing is sent without it."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class TooLarge(ApiError):
    """The report asks for too much at once: split it."""


class InvalidRequest(ApiError):
    """TikTok refuses the request as it stands."""


class ServerFault(ApiError):
    """TikTok's side failed, also when asked again."""


class UnknownCode(ApiError):
    """A code that no documentation names."""


class TruncatedReport(TikTokAdsError):
    """TikTok cut the rows at 20,000 ads; only a response header tells."""

    def __init__(self, path: str, request_id: str) -> None:
        super().__init__(path, request_id)
        self.path, self.request_id = path, request_id

    def __str__(self) -> str:
        return f"{self.path}: TikTok cut the rows at 20,000 ads (request {self.request_id or 'unknown'})"


class InconsistentPages(TikTokAdsError):
    """The pages of one list do not fit together, although it was read several times."""

    def __init__(self, message: str, path: str, request_id: str) -> None:
        super().__init__(message, path, request_id)
        self.message, self.path, self.request_id = message, path, request_id

    def __str__(self) -> str:
        return f"{self.path}: {self.message} (request {self.request_id or 'unknown'})"


class DecodeError(TikTokAdsError):
    """An answer has a shape that cannot be understood."""

    def __init__(self, message: str, stream: str, field: str = "", value: Any = None) -> None:
        super().__init__(message, stream, field, value)
        self.message, self.stream, self.field, self.value = message, stream, field, value

    def __str__(self) -> str:
        where = f"{self.stream}.{self.field}" if self.field else self.stream
        seen = "" if self.value is None else f": {str(self.value)[:80]!r}"
        return f"{where}: {self.message}{seen}"


class LoadError(TikTokAdsError):
    """The destination did not take the rows; it stands as it stood before."""

    def __init__(self, message: str, destination: str) -> None:
        super().__init__(message, destination)
        self.message, self.destination = message, destination

    def __str__(self) -> str:
        return f"{self.destination}: {self.message}"


class DestinationBusy(LoadError):
    """Another process has the file open."""


class NotOurs(LoadError):
    """The file or schema holds something that this package did not make."""

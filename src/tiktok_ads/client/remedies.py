"""Every return code of the API once: its error, what is done about it, and what the user can do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_ads.errors import (
    AccessDenied,
    AdvertiserGone,
    ApiError,
    AuthError,
    InvalidRequest,
    NotAvailable,
    QuotaExceeded,
    QuotaStoreLost,
    ReportTimeout,
    ServerFault,
    TikTokAdsError,
    TooLarge,
    TransportError,
    TruncatedReport,
    UnknownCode,
)

Remedy = Literal[
    "retry",  # the same request again, in place, after a growing pause
    "wait",  # a limit of calls: everybody who uses it pauses
    "split",  # ask for less: fewer days, then fewer campaigns
    "skip_advertiser",  # the other advertisers go on
    "skip_table",  # the other tables go on
    "settle",  # advertiser/info tells: it fails, skip the advertiser; it answers, skip the table
    "sign_in",  # stop: the login itself is at fault
    "report_bug",  # TikTok does not accept what we asked
]


@dataclass(frozen=True)
class Backoff:
    """Pauses before the same request goes out again: `first` seconds, doubled each time up to `most`.

    `attempts` caps how often it is sent at all; None leaves that to the client.
    """

    first: float
    most: float
    attempts: int | None = None


@dataclass(frozen=True)
class CodeRule:
    """What the codes from `first` to `last`, both included, mean and call for.

    `backoff` is None where sending the same again cannot help.
    """

    first: int
    last: int
    error: type[ApiError]
    remedy: Remedy
    meaning: str
    hint: str = ""
    backoff: Backoff | None = None


SOON = Backoff(1, 60)
FEW = Backoff(5, 30, attempts=3)
QUOTA = Backoff(1, 300)
MAINTENANCE = Backoff(5, 60)

_HINTS: dict[Remedy, str] = {
    "retry": "TikTok's side failed. Nothing is lost: run the sync again in some minutes.",
    "wait": "The calls that TikTok allows to this app are used up. Run the sync again later.",
    "split": "The report is too large. Choose fewer metrics or a later start date if it stays so.",
    "skip_advertiser": "Check in TikTok Ads Manager that the advertiser exists and this login may see it.",
    "skip_table": "This table is not open to the login. Leave it out, or ask TikTok for access.",
    "settle": "Check that the login may see this advertiser and the app has the scope for this table.",
    "sign_in": "Sign in again with `tiktok-ads connect`.",
    "report_bug": "Please report this with the request id.",
}
_SIGN_IN_APP = "Check App ID and secret on the TikTok app's page, then run `tiktok-ads connect` again."
_UPDATE = "Update this package; if it is the newest, report this with the request id."
_SANDBOX = "The sandbox does not offer this. Leave the table out, or use the production address."


def _one(
    code: int,
    error: type[ApiError],
    remedy: Remedy,
    meaning: str,
    hint: str = "",
    backoff: Backoff | None = None,
) -> CodeRule:
    return CodeRule(code, code, error, remedy, meaning, hint, backoff)


# Source: API reference v1.3, page of return codes, and the constants of TikTok's own SDK.
# The first rule that holds a code is the one that counts.
CODES: tuple[CodeRule, ...] = (
    _one(40000, InvalidRequest, "report_bug", "invalid parameters"),
    # Two meanings in one code: no scope for the path, or no such advertiser for this login.
    _one(40001, AccessDenied, "settle", "no permission for the action or the object, or the account is gone"),
    _one(40002, InvalidRequest, "report_bug", "parameter error, explained in the message"),
    _one(40003, AccessDenied, "settle", "forbidden"),
    _one(40006, InvalidRequest, "report_bug", "parameters do not fit the version", _UPDATE),
    _one(40007, InvalidRequest, "report_bug", "the object or address does not exist"),
    _one(40008, NotAvailable, "skip_table", "not implemented, or not in the sandbox", _SANDBOX),
    _one(40009, NotAvailable, "skip_table", "not supported in the sandbox", _SANDBOX),
    _one(
        40010,
        NotAvailable,
        "skip_table",
        "wrong domain for this version",
        "Check the API address: sandbox tokens work on the sandbox only.",
    ),
    _one(40011, TooLarge, "split", "too many ids in one request"),
    _one(40012, InvalidRequest, "report_bug", "nothing to update"),
    _one(
        40013,
        NotAvailable,
        "skip_table",
        "the sandbox account does not exist",
        "Make a sandbox account on the TikTok app's page, or use the production address.",
    ),
    _one(40014, NotAvailable, "skip_table", "the feature is not in the sandbox", _SANDBOX),
    _one(40016, QuotaExceeded, "wait", "too many calls of the app", backoff=QUOTA),
    _one(40050, InvalidRequest, "report_bug", "duplicate request"),
    _one(40051, InvalidRequest, "report_bug", "invalid API version", _UPDATE),
    CodeRule(40052, 40053, InvalidRequest, "report_bug", "automated creative exists, or bad video id"),
    CodeRule(40061, 40063, InvalidRequest, "report_bug", "batch size, unhashed personal data, partner name"),
    _one(40065, InvalidRequest, "report_bug", "targeting is not allowed for US ages 13 to 17"),
    _one(40067, TooLarge, "split", "the query is too large"),
    _one(40100, QuotaExceeded, "wait", "too many calls of the app", backoff=QUOTA),
    _one(40101, AuthError, "sign_in", "secret, app or code are wrong", _SIGN_IN_APP),
    _one(40102, AuthError, "sign_in", "the access token has expired"),
    _one(40103, AuthError, "sign_in", "the refresh token has expired"),
    _one(40104, AuthError, "sign_in", "the access token is missing"),
    _one(
        40105,
        AuthError,
        "sign_in",
        "the access token is wrong or was revoked",
        "Sign in again with `tiktok-ads connect`. A sandbox token works on the sandbox address only.",
    ),
    _one(40106, AuthError, "sign_in", "the user behind the token is not valid for this advertiser"),
    _one(40107, AuthError, "sign_in", "the refresh token is invalid"),
    _one(40108, InvalidRequest, "report_bug", "grant_type is not supported"),
    _one(40109, InvalidRequest, "report_bug", "decipher error"),
    _one(
        40110,
        AuthError,
        "sign_in",
        "the authorization code was cancelled, used or has expired",
        "A code works once and for one hour. Open the authorization link again and paste the new code.",
    ),
    _one(40112, InvalidRequest, "report_bug", "wrong password"),
    _one(
        40113,
        AuthError,
        "sign_in",
        "the app is blocked or missing, or App ID and secret do not belong together",
        _SIGN_IN_APP,
    ),
    _one(40114, AuthError, "sign_in", "the advertiser logged out"),
    _one(
        40115,
        AuthError,
        "sign_in",
        "the authorization time has passed, or the endpoint does not fit the code",
    ),
    CodeRule(40116, 40117, InvalidRequest, "report_bug", "bad signature, or method not allowed"),
    _one(40118, NotAvailable, "skip_table", "the account is not on the allowlist of this feature or region"),
    _one(40119, AuthError, "sign_in", "developer and advertiser do not match"),
    CodeRule(40120, 40122, NotAvailable, "skip_table", "creator login, marketplace or region"),
    _one(
        40124,
        AuthError,
        "sign_in",
        "the developer profile is not approved",
        "Finish the review of the developer profile on TikTok's portal, then sign in again.",
    ),
    _one(40125, AccessDenied, "skip_table", "the developer lacks the permission, or a field is unsupported"),
    CodeRule(40126, 40131, AccessDenied, "skip_table", "a scope or brand-safety permission is missing"),
    _one(40132, QuotaExceeded, "wait", "too many calls for one value of a field", backoff=QUOTA),
    _one(40133, QuotaExceeded, "wait", "too many calls for one advertiser on this path", backoff=QUOTA),
    _one(40200, ServerFault, "retry", "the asynchronous task failed", backoff=FEW),
    _one(40201, ServerFault, "retry", "the asynchronous task is not ready", backoff=MAINTENANCE),
    _one(40202, ServerFault, "retry", "write conflict", backoff=SOON),
    _one(40300, AdvertiserGone, "skip_advertiser", "the advertiser is missing or deleted"),
    _one(40301, AdvertiserGone, "skip_advertiser", "the advertiser does not match"),
    _one(40302, AdvertiserGone, "skip_advertiser", "the customer is missing"),
    _one(40309, AuthError, "sign_in", "login required"),
    _one(40400, InvalidRequest, "report_bug", "no such address", _UPDATE),
    _one(40502, InvalidRequest, "report_bug", "limit of the number of ads"),
    _one(40700, ServerFault, "retry", "internal validation failed", backoff=FEW),
    CodeRule(40902, 40903, ServerFault, "retry", "the file could not be fetched this time", backoff=FEW),
    _one(40910, InvalidRequest, "report_bug", "the file has expired", "Run the sync again."),
    _one(40913, ServerFault, "retry", "the file could not be fetched this time", backoff=FEW),
    CodeRule(40900, 40916, InvalidRequest, "report_bug", "a file is missing or unusable"),
    _one(
        41000,
        NotAvailable,
        "skip_table",
        "calls from this country are banned",
        "TikTok refuses the country of this machine's network address. Run from another network.",
    ),
    _one(41001, NotAvailable, "skip_table", "the endpoint is offline", _UPDATE),
    _one(41002, InvalidRequest, "report_bug", "fields that are no longer used", _UPDATE),
    _one(41013, InvalidRequest, "report_bug", "site-to-video service"),
    CodeRule(53102, 53103, ServerFault, "retry", "TikTok could not read or write a value", backoff=FEW),
    # Named internal services; new numbers appear every month, so the range counts, not a list.
    CodeRule(50000, 59999, ServerFault, "retry", "TikTok's side failed", backoff=SOON),
    _one(
        60001,
        ServerFault,
        "retry",
        "maintenance",
        "TikTok is under maintenance. Run the sync later.",
        MAINTENANCE,
    ),
    _one(61000, QuotaExceeded, "wait", "too many calls", backoff=QUOTA),
    _one(70001, InvalidRequest, "report_bug", "invalid business authorization type"),
)

# What answers without an envelope mean; their HTTP status stands in for the code.
STATUSES: tuple[CodeRule, ...] = (
    CodeRule(
        300,
        399,
        InvalidRequest,
        "report_bug",
        "a redirect, which is never followed",
        "Check the API address, and whether a proxy answers in TikTok's place.",
    ),
    _one(401, AuthError, "sign_in", "not authorized"),
    _one(403, AccessDenied, "settle", "forbidden"),
    _one(408, ServerFault, "retry", "time-out", backoff=SOON),
    _one(413, TooLarge, "split", "too large"),
    _one(429, QuotaExceeded, "wait", "too many calls", backoff=QUOTA),
    CodeRule(400, 499, InvalidRequest, "report_bug", "the request did not reach the API", _UPDATE),
    CodeRule(500, 599, ServerFault, "retry", "TikTok's side failed", backoff=SOON),
)

UNKNOWN = CodeRule(0, 0, UnknownCode, "report_bug", "a code that nobody documented")


def rule_of(code: int) -> CodeRule:
    """What a code means; codes below 1000 are HTTP statuses. Unknown ones are not sent again."""
    table = STATUSES if code < 1000 else CODES
    return next((rule for rule in table if rule.first <= code <= rule.last), UNKNOWN)


def error_for(code: int, message: str, path: str, request_id: str) -> ApiError:
    """The error that a non-zero code means."""
    rule = rule_of(code)
    return rule.error(message.strip() or rule.meaning, code, path, request_id)


def backoff_of(error: TikTokAdsError) -> Backoff | None:
    """How the same request may go out again, or None if that cannot help."""
    if isinstance(error, ReportTimeout):
        return None
    if isinstance(error, TransportError):
        return SOON
    return rule_of(error.code).backoff if isinstance(error, ApiError) else None


def remedy_kind(error: TikTokAdsError) -> Remedy:
    """What the sync does about an error."""
    if isinstance(error, AdvertiserGone):
        # Whoever settled 40001 as a missing advertiser raised this class with that code.
        return "skip_advertiser"
    if isinstance(error, ApiError):
        return rule_of(error.code).remedy
    if isinstance(error, (ReportTimeout, TruncatedReport)):
        return "split"
    return "retry" if isinstance(error, TransportError) else "report_bug"


def remedy_of(error: TikTokAdsError) -> str:
    """What the user can do about an error, in a sentence or two."""
    if isinstance(error, QuotaStoreLost):
        return "Bring the server back that the setting quota_store names, then run the sync again."
    if isinstance(error, ApiError) and not isinstance(error, AdvertiserGone):
        rule = rule_of(error.code)
        return rule.hint or _HINTS[rule.remedy]
    if isinstance(error, TransportError) and not isinstance(error, ReportTimeout):
        return "No answer came from TikTok. Check the network and the proxy, then run the sync again."
    return getattr(error, "hint", "") or _HINTS[remedy_kind(error)]

"""The table of return codes says of each code what TikTok's documentation says."""

from __future__ import annotations

import pickle

import pytest

from tiktok_ads.client.remedies import CODES, STATUSES, backoff_of, error_for, remedy_kind, remedy_of, rule_of
from tiktok_ads.errors import (
    AccessDenied,
    AdvertiserGone,
    ApiError,
    AuthError,
    InvalidRequest,
    NotAvailable,
    QuotaExceeded,
    ReportTimeout,
    ServerFault,
    TooLarge,
    TransportError,
    TruncatedReport,
    UnknownCode,
)

# The documentation's own column "retry": which codes it lists under which word.
AGAIN = [40200, 40202, 40700, 40902, 40903, 40913, 50000, 50002, 51001, 51002, 51010, 51039, 51067, 51099]
AGAIN += [51305, 52000, 52204, 53102, 53103]
WAIT = [40016, 40100, 40132, 40133, 61000]
WAIT_FOR_TIKTOK = [40201, 60001]
AUTH = [40101, 40102, 40103, 40104, 40105, 40106, 40107, 40110, 40113, 40114, 40115, 40119, 40309]
NO = [40000, 40001, 40002, 40003, 40006, 40007, 40008, 40009, 40010, 40011, 40012, 40013, 40014, 40050, 40051]
NO += [
    40052,
    40053,
    40061,
    40062,
    40063,
    40065,
    40067,
    40108,
    40109,
    40112,
    40116,
    40117,
    40118,
    40120,
    40121,
]
NO += [
    40122,
    40124,
    40125,
    40126,
    40131,
    40300,
    40301,
    40302,
    40400,
    40502,
    40900,
    40910,
    40916,
    41000,
    41001,
]
NO += [41002, 41013, 70001]

CLASSES: list[tuple[int, type[ApiError], str]] = [
    (40001, AccessDenied, "settle"),
    (40002, InvalidRequest, "report_bug"),
    (40008, NotAvailable, "skip_table"),
    (40011, TooLarge, "split"),
    (40067, TooLarge, "split"),
    (40118, NotAvailable, "skip_table"),
    (40125, AccessDenied, "skip_table"),
    (40300, AdvertiserGone, "skip_advertiser"),
    (40301, AdvertiserGone, "skip_advertiser"),
    (40302, AdvertiserGone, "skip_advertiser"),
    (41001, NotAvailable, "skip_table"),
]


@pytest.mark.parametrize("code", AGAIN)
def test_codes_of_a_failing_server_are_tried_again(code: int) -> None:
    """TikTok's own trouble does not end a sync at once."""
    error = error_for(code, "", "campaign/get", "r")
    assert isinstance(error, ServerFault)
    assert backoff_of(error) is not None


@pytest.mark.parametrize("code", WAIT)
def test_throttles_wait_for_the_quota(code: int) -> None:
    """Too many calls means: pause, and nobody is asked to sign in."""
    error = error_for(code, "", "campaign/get", "r")
    assert isinstance(error, QuotaExceeded)
    assert (remedy_kind(error), backoff_of(error) is not None) == ("wait", True)


@pytest.mark.parametrize("code", WAIT_FOR_TIKTOK)
def test_maintenance_is_waited_for_longer(code: int) -> None:
    """A busy task or a maintenance gets more time than a hiccup."""
    backoff = backoff_of(error_for(code, "", "campaign/get", "r"))
    assert backoff is not None
    assert backoff.first >= 5


@pytest.mark.parametrize("code", AUTH)
def test_login_trouble_asks_for_a_new_sign_in_and_is_never_repeated(code: int) -> None:
    """40101 and 40102 are logins, not throttles, whatever other connectors think."""
    error = error_for(code, "", "campaign/get", "r")
    assert isinstance(error, AuthError)
    assert (remedy_kind(error), backoff_of(error)) == ("sign_in", None)


@pytest.mark.parametrize("code", NO)
def test_what_cannot_get_better_is_not_repeated(code: int) -> None:
    """Asking the same again would only cost calls."""
    error = error_for(code, "", "campaign/get", "r")
    assert backoff_of(error) is None
    assert not isinstance(error, (UnknownCode, QuotaExceeded, ServerFault))


@pytest.mark.parametrize(("code", "kind", "remedy"), CLASSES)
def test_codes_have_the_class_and_remedy_of_their_meaning(
    code: int, kind: type[ApiError], remedy: str
) -> None:
    """What is skipped, split or reported depends on the code alone."""
    error = error_for(code, "", "campaign/get", "r")
    assert type(error) is kind
    assert remedy_kind(error) == remedy


@pytest.mark.parametrize("code", [50001, 51999, 54321, 59999])
def test_unknown_server_codes_are_transient(code: int) -> None:
    """A new number for TikTok's trouble is still TikTok's trouble."""
    assert isinstance(error_for(code, "", "p", "r"), ServerFault)


@pytest.mark.parametrize("code", [40999, 42000, 49999, 40004, 12345, 99999, -1, 77])
def test_other_unknown_codes_stop(code: int) -> None:
    """Nobody knows what it means, so nothing is repeated, and the user is told the number."""
    error = error_for(code, "", "p", "r")
    assert type(error) is UnknownCode
    assert backoff_of(error) is None
    assert str(code) in str(error)


@pytest.mark.parametrize(
    ("status", "kind", "again"),
    [
        (301, InvalidRequest, False),
        (400, InvalidRequest, False),
        (401, AuthError, False),
        (403, AccessDenied, False),
        (404, InvalidRequest, False),
        (408, ServerFault, True),
        (413, TooLarge, False),
        (429, QuotaExceeded, True),
        (500, ServerFault, True),
        (502, ServerFault, True),
        (503, ServerFault, True),
        (504, ServerFault, True),
    ],
)
def test_http_statuses_count_like_codes(status: int, kind: type[ApiError], again: bool) -> None:
    """A gateway answers in TikTok's place now and then."""
    error = error_for(status, "", "p", "")
    assert type(error) is kind
    assert (backoff_of(error) is not None) is again


def test_every_error_has_words_for_the_user_and_survives_pickling() -> None:
    """Whatever happens, the user reads what happened and what to do, also out of a worker process."""
    errors = [error_for(rule.first, "", "campaign/get", "r-1") for rule in CODES + STATUSES]
    for error in [*errors, TransportError("m", "p"), ReportTimeout("m", "p"), TruncatedReport("p", "r")]:
        assert remedy_of(error).endswith(".")
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))


def test_no_rule_is_hidden_by_an_earlier_one() -> None:
    """A line of the table that can never count would be a line that lies."""
    for table in (CODES, STATUSES):
        for rule in table:
            assert rule.first <= rule.last
            assert any(rule_of(code) is rule for code in range(rule.first, rule.last + 1)), rule

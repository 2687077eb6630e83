"""Bodies become data only if TikTok means them as data."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.client.envelope import Answer, read_envelope
from tiktok_ads.errors import ApiError, AuthError, QuotaExceeded, ServerFault, TikTokAdsError, TransportError

GOOD = b'{"code":0,"message":"OK","request_id":"r-1","data":{"list":[{"a":"1"},{"a":"2"}]}}'


def read(body: bytes, status: int = 200) -> Answer:
    return read_envelope(body, status=status, path="campaign/get")


def test_data_comes_raw_with_its_request_id() -> None:
    """The rows arrive as TikTok wrote them."""
    answer = read(GOOD)
    assert bytes(answer.data) == b'{"list":[{"a":"1"},{"a":"2"}]}'
    assert (answer.request_id, answer.partial) == ("r-1", False)


def test_partly_successful_answers_are_marked() -> None:
    """Code 20001 brings data, and says that not all of it is there."""
    assert read(GOOD.replace(b'"code":0', b'"code":20001')).partial


def test_absent_data_is_an_empty_object() -> None:
    """Some calls have nothing to say."""
    assert bytes(read(b'{"code":0,"request_id":"r"}').data) == b"{}"


def test_numbers_keep_every_digit() -> None:
    """Ids beyond 2^53 pass untouched."""
    body = b'{"code":0,"data":{"page_id":12345678901234567890}}'
    assert bytes(read(body).data) == b'{"page_id":12345678901234567890}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \n",
        b"<!DOCTYPE html><html>Bad gateway</html>",
        GOOD[:-1],
        GOOD[:40],
        GOOD + b"x",
        b"[]",
        b'"OK"',
        b"null",
        b"{}",
        b'{"message":"OK","data":{}}',
        b'{"code":null,"data":{}}',
        b'{"code":"0","data":{}}',
        b'{"code":true,"data":{}}',
        b'{"code":0.0,"data":{}}',
        b'{"code":0,"data":null}',
        b'{"code":0,"data":[]}',
        b'{"code":0,"data":"text"}',
        b'{"code":0,"data":{"spend":NaN}}',
        b'{"code":0,"data":{"spend":Infinity}}',
        b'{"code":0,"data":{"name":"\xff"}}',
        b'{"code":0,"message":"\xff","data":{}}',
        b'{"code":40105,"code":0,"data":{"a":1}}',
        b'{"code":0,"data":{"a":1},"data":{"a":2}}',
        b'{"data":{"a":1},"code":0,"data":{"a":1}}',
        b'{"code":0,"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_whatever_is_no_whole_envelope_is_refused(body: bytes) -> None:
    """Half an answer is no answer; it is asked for again, never loaded."""
    with pytest.raises(TransportError):
        read(body)


@pytest.mark.parametrize("status", [300, 301, 400, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", GOOD])
def test_a_failing_status_is_never_data(status: int, body: bytes) -> None:
    """Not even with a body that looks good."""
    with pytest.raises(ApiError) as caught:
        read(body, status)
    assert caught.value.code == status


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(200, 40100, QuotaExceeded), (401, 40105, AuthError), (500, 50000, ServerFault)],
)
def test_the_code_in_the_body_decides(status: int, code: int, kind: type[ApiError]) -> None:
    """TikTok answers nearly every error with status 200."""
    body = json.dumps({"code": code, "message": "told", "request_id": "r-9", "data": {}}).encode()
    with pytest.raises(kind) as caught:
        read(body, status)
    error = caught.value
    assert (error.message, error.code, error.path, error.request_id) == ("told", code, "campaign/get", "r-9")


@given(st.integers().filter(lambda code: code not in (0, 20001)), st.text(max_size=50))
def test_no_other_code_is_ever_taken_for_data(code: int, message: str) -> None:
    """A non-zero code is an error, known or not."""
    body = json.dumps({"code": code, "message": message, "data": {"list": []}}).encode()
    with pytest.raises(ApiError):
        read(body)


@given(st.data())
def test_damaged_bytes_end_in_our_errors_or_in_the_same_code(data: st.DataObject) -> None:
    """Whatever the network does to an answer, nothing but our own errors comes out."""
    body = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        answer = read(bytes(body))
    except TikTokAdsError:
        return
    kept = bytes(answer.data)
    assert kept.startswith(b"{")
    assert json.loads(bytes(body).replace(kept, b"{}"), strict=False)["code"] in (0, 20001)

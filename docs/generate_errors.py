"""The page of errors: each class, and every return code with what the sync does and what the user can do."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

import inspect
from collections.abc import Iterator

from tiktok_ads import errors
from tiktok_ads.cli.boundary import exit_code_of
from tiktok_ads.client.remedies import CODES, STATUSES, UNKNOWN, CodeRule, Remedy, error_for, remedy_of
from tiktok_ads.errors import TikTokAdsError

_INTRO = """
# Errors

An error says what happened, TikTok's `request_id` and what to do.
With `--json` it comes as one object: `{"error": {"kind": …, "message": …, "hint": …, "code": …, "request_id": …, "exit_code": …}}`.
`--debug` adds where in the program it came from.
Give TikTok's support the `request_id`; give us all of the message.

One broken thing does not stop the others.
What a sync leaves out for one advertiser, table or window stands under *Left out* with its remedy, and the sync ends with exit code 3.
The exit codes below are those of an error that ends the whole command; see [commands](commands.md) for all of them.

## By class

The class is the `kind` in JSON, and what Python code catches: `from tiktok_ads import AuthError`.
"""

_CODES = """
## By TikTok's return code

TikTok answers HTTP 200 nearly always; the code stands in the answer.
"""

_STATUSES = """
## By HTTP status

For answers without TikTok's envelope: a proxy, a load balancer, an address that is not TikTok's.
"""

_DONE: dict[Remedy, str] = {
    "retry": "asks again, with growing pauses",
    "wait": "all calls of the app pause, then go on",
    "split": "asks for fewer days, then for fewer campaigns",
    "skip_advertiser": "leaves the advertiser out, goes on with the others",
    "skip_table": "leaves the table out for that advertiser, goes on with the others",
    "settle": "asks `advertiser/info` which it is, then leaves out the advertiser or the table",
    "sign_in": "stops",
    "report_bug": "leaves the table out for that advertiser, goes on with the others",
}


def errors_page() -> str:
    return "".join(
        [
            _INTRO,
            *_classes(),
            _CODES,
            *_codes(CODES),
            f"\nAny other code is `{UNKNOWN.error.__name__}`: {_DONE[UNKNOWN.remedy]}. "
            "Please report it with the request id.\n",
            _STATUSES,
            *_codes(STATUSES),
        ]
    )


def _classes() -> Iterator[str]:
    yield "\n| class | is a | exit code | what it means |\n|---|---|---|---|\n"
    for name, one in vars(errors).items():
        if not (inspect.isclass(one) and issubclass(one, TikTokAdsError)) or one is TikTokAdsError:
            continue
        parent = one.__bases__[0].__name__
        yield f"| `{name}` | `{parent}` | {_exit_code(one)} | {_first_sentence(one)} |\n"


def _exit_code(kind: type[TikTokAdsError]) -> int:
    # The code depends on the class alone, so an instance without its arguments is enough.
    return exit_code_of(kind.__new__(kind))


def _first_sentence(kind: type[TikTokAdsError]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


def _codes(rules: tuple[CodeRule, ...]) -> Iterator[str]:
    yield "\n| code | means | class | the sync | you |\n|---|---|---|---|---|\n"
    for rule in rules:
        number = str(rule.first) if rule.first == rule.last else f"{rule.first} to {rule.last}"
        remedy = rule.hint or remedy_of(error_for(rule.first, "", "", ""))
        meaning, kind = rule.meaning, rule.error.__name__
        yield f"| {number} | {meaning} | `{kind}` | {_DONE[rule.remedy]} | {remedy} |\n"


PAGES = {"errors.md": errors_page}

"""The page of endpoints: each one that reads is a table, or stands here with the reason why it is not."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import yaml

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import EntityStream

LEFT_OUT = Path(__file__).parent / "endpoints.yaml"

_INTRO = """
# Endpoints

Each endpoint of TikTok's API that reads data is one of the [tables](tables.md), or stands at the end of this page with the reason why it is not.
This program only reads: it posts nothing but requests for tokens and for files (reports, leads, the change log), and no code can call an endpoint that writes.

## Lists

A list is read in full, and what it no longer holds is marked as deleted, or taken out where the row says *removed* below.
Lists that hardly ever change are read again after the hours that stand in the column *fresh*.
What happened on days (transactions, comments, the change log) is read window by window like a report, from the start date on, or for the last 30 days without one; each run reads the last days again.

Lists of Business Centers are read for all to which the login belongs; `business_centers` names them.

Some lists must be asked for once per campaign, catalog or form.
The ids come from the table that is named, which is read for that purpose if it was not chosen.
If TikTok refuses one of them the others are still read, what is stored of the refused one stays, and the run names it.

TikTok lists at most 100,000 pieces of music and as many products of a catalog; if there are more, the run says that the list could not be read.

*Calls* is what one advertiser or Business Center costs; a list longer than a page takes one more call per page.
`tiktok-ads plan` counts them beforehand.

## What an account does not have

Not every account has a shop, a catalog or Smart+ campaigns.
A list of which there is nothing is an empty table and no failure.
If TikTok says that a table is not open to the account or to the login's scopes, it depends on how the table was chosen:

- One that you named, or that was loaded before, is missed: the run ends *partial* and names it with its remedy.
- One that only a pattern such as `*` chose, and that was never loaded of this account, is a note in the run report; the run ends *complete*.

## Personal data

Leads, comments and people in a Business Center are read only if their table is named in full; no pattern chooses them.
"""


def endpoints_page() -> str:
    return "".join([_INTRO, *_lists(), *_reports(), *_left_out()])


def _lists() -> Iterator[str]:
    groups: dict[str, list[EntityStream]] = defaultdict(list)
    for stream in catalog().entities.values():
        groups[stream.group].append(stream)
    yield "\n## Tables of lists\n"
    for group, streams in groups.items():
        yield f"\n### {group[:1].upper()}{group[1:]}\n\n"
        yield "| table | endpoint | asked for with | calls | what is gone | fresh | scopes |\n|---|---|---|---|---|---|---|\n"
        for one in streams:
            parents = ", ".join(f"`{name}`" for name in one.parents)
            personal = " (personal data)" if one.personal_data else ""
            yield (
                f"| [`{one.name}`](tables.md#{one.name}){personal} | `{one.endpoint}` | {parents} | {cost_of(one)} "
                f"| {_gone(one)} | {f'{one.refresh_hours} h' if one.refresh_hours else ''} | {_scopes(one)} |\n"
            )


def _gone(stream: EntityStream) -> str:
    if stream.dated:
        return f"days replaced, {stream.dated.lookback_days} read again"
    if stream.marks_deleted:
        return "marked"
    return "removed" if stream.missing == "remove" else "kept"


def _scopes(stream: EntityStream) -> str:
    return ", ".join(stream.scopes) or "not known"


def _reports() -> Iterator[str]:
    tables: dict[str, int] = defaultdict(int)
    for stream in catalog().reports.values():
        tables[stream.endpoint] += 1
    yield "\n## Endpoints of reports\n\n| endpoint | tables |\n|---|---|\n"
    for endpoint, count in tables.items():
        yield f"| `{endpoint}` | {count} |\n"


def _left_out() -> Iterator[str]:
    yield "\n## Endpoints that are no tables\n"
    for kind in yaml.safe_load(LEFT_OUT.read_text(encoding="utf-8")).values():
        yield f"\n{kind['why']}\n\n| endpoint | what it does |\n|---|---|\n"
        for name, told in kind["endpoints"].items():
            yield f"| `{name}` | {told} |\n"


PAGES = {"endpoints.md": endpoints_page}

"""The page of wrong choices: each is run, and what the command answered stands below it."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import chdir
from tempfile import TemporaryDirectory
from unittest.mock import patch

from typer.testing import CliRunner

from tiktok_ads.builder import definition_notes
from tiktok_ads.cli.main import app
from tiktok_ads.reports.define import define

_INTRO = """
# Wrong choices

Not everything goes together in a report of TikTok's.
What does not is refused before any call, with the reason and the smallest change that helps; the exit code is 2.
Each answer on this page was given by the command above it.
"""

_CASES: tuple[tuple[str, str], ...] = (
    ("A breakdown of another report type", "--report basic --dimension ad_id,age --metric spend"),
    (
        "Two audience dimensions that do not go together",
        "--dimension campaign_id,age,platform --metric spend",
    ),
    ("An ID of another level", "--level campaign --dimension ad_id,stat_time_day --metric spend"),
    ("Two IDs", "--dimension ad_id,campaign_id --metric spend"),
    ("Two times", "--dimension ad_id,stat_time_day,stat_time_hour --metric spend"),
    ("Hours by country", "--dimension ad_id,country_code,stat_time_hour --metric spend"),
    (
        "A breakdown that cannot be split by time",
        "--dimension ad_id,device_brand_id,stat_time_day --metric spend",
    ),
    ("A lifetime by audience", "--dimension campaign_id,age --metric spend --dates lifetime"),
    ("Something is missing", "--dimension campaign_id,match_type --metric spend"),
    ("Two things at once", "--dimension ad_id,age,gender,country_code,platform --metric spend"),
    ("A breakdown that ads do not have", "--dimension ad_id,search_terms --metric spend"),
    ("Groupings that are fixed", "--report tt_shop --dimension campaign_id --metric spend"),
    ("An attribute of a lower level", "--dimension campaign_id,stat_time_day --metric spend,ad_name"),
    ("A metric that nobody knows", "--dimension ad_id,stat_time_day --metric spend,impresions"),
    ("A dimension that nobody knows", "--dimension add_id --metric spend"),
    ("A report type that there is not", "--report basics --dimension ad_id --metric spend"),
    ("A filter on a dimension", "--dimension ad_id --metric spend --filter 'country_code in DE'"),
    (
        "A status of another level",
        "--dimension ad_id --metric spend --filter 'campaign_status in STATUS_ALL'",
    ),
    ("A value that there is not", "--dimension ad_id --metric spend --filter 'ad_status in STATUS_DELETED'"),
    (
        "An operator that a filter does not take",
        "--dimension ad_id --metric spend --filter 'campaign_ids match 12'",
    ),
    ("An order by what is not measured", "--dimension ad_id --metric spend --order-by clicks"),
    ("Days that cannot be", "--dimension ad_id --metric spend --dates 5..10"),
    ("Days in words that are not understood", "--dimension ad_id --metric spend --dates 'lst week'"),
    ("A roll-up of a lifetime", "--dimension ad_id --metric spend --dates lifetime --roll-up week"),
    ("A window to replace without days", "--dimension ad_id --metric spend --update-method partition"),
    ("A name that a table has", "--dimension ad_id --metric spend --name campaigns"),
    ("A language that agreements do not have", "--report term --term-type LeadAds --language german"),
    ("GMV Max by what it is not split by", "--report gmv_max --dimension campaign_id,item_id --metric cost"),
)

_IN_PARTS = """
## Possible in parts

Some choices fit into no single question, but into several.
They are asked for one by one and joined; the plan, the preview and the run report say so in these words.

- More than 100 metrics go in several calls, and stand in one row.
- A metric that a breakdown refuses, or that only a level above has, is asked for without the breakdown or at that level. Its column is called `{metric}_of_{level}`, since it repeats on several rows and must not be added up; the comment of the column says so too.
"""

_PARTS: tuple[dict[str, str], ...] = (
    {"dimensions": "ad_id,age,stat_time_day", "metrics": "spend,complete_payment"},
    {"dimensions": "campaign_id,stat_time_day", "metrics": "spend,cash_spend"},
    {"dimensions": "campaign_id,search_terms", "metrics": "spend,reach"},
    {"dimensions": "ad_id,stat_time_day", "metrics": "page_browse_view"},
    {"dimensions": "ad_id,country_code,stat_time_day", "metrics": "page_browse_view"},
)

_FORCED = """
## Asked for all the same

TikTok adds metrics weekly, and the catalog may be wrong.
`--force-metric NAME` asks for a metric that the catalog does not know; its column is text.
`--force` asks for the whole report although something is known against it.
TikTok's own answer is then understood: where it lists invalid metrics, those are named in the run report and are NULL, and the rest still comes.
"""


def wrong_choices_page() -> str:
    return "".join([_INTRO, *_refused(), _IN_PARTS, "\n", *_split(), _FORCED])


def _refused() -> Iterator[str]:
    for title, said in _CASES:
        yield f"\n## {title}\n\n```\n$ tiktok-ads report {said}\n{answer(said)}```\n"


def answer(said: str) -> str:
    """What the command says, in an empty folder and without a login: it must not get so far as to need one."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TIKTOK_ADS_")}
    with TemporaryDirectory() as folder, chdir(folder), patch.dict(os.environ, bare, clear=True):
        result = CliRunner().invoke(app, ["report", *shlex.split(said)])
    if result.exit_code != 2 or "refuse" in result.stdout:
        raise ValueError(f"{said!r} was not refused: {result.output}")
    return result.stderr


def _split() -> Iterator[str]:
    yield "| dimensions | metrics | what is said |\n|---|---|---|\n"
    for said in _PARTS:
        notes = " ".join(definition_notes(define(**said)))
        yield f"| `{said['dimensions']}` | `{said['metrics']}` | {notes} |\n"


PAGES = {"wrong-choices.md": wrong_choices_page}

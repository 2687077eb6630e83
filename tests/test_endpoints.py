"""Every endpoint is a table or says why not, and nothing that writes can be called."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

import tiktok_ads
from tests.little_api import LittleApi
from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.client import Client
from tiktok_ads.client.book import LocalBook
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.ledger import Ledger
from tiktok_ads.client.posting import TASKS, TOKENS

DOCS = Path(__file__).parent.parent / "docs"
SOURCE = Path(tiktok_ads.__file__).parent
LEFT_OUT: dict[str, dict[str, Any]] = yaml.safe_load((DOCS / "endpoints.yaml").read_text("utf-8"))
REASONS = {name: kind for kind, said in LEFT_OUT.items() for name in said["endpoints"]}
READ = {stream.endpoint for stream in catalog().streams.values()}


@pytest.mark.parametrize("name", list(catalog().endpoints))
def test_an_endpoint_is_a_table_or_says_why_not(name: str) -> None:
    """Whatever TikTok can be asked for is either a table or stands in the docs with a reason."""
    assert (name in READ) != (name in REASONS)


def test_reasons_are_given_for_endpoints_that_exist() -> None:
    """No endpoint stands there twice, and none that does not exist."""
    assert REASONS.keys() <= catalog().endpoints.keys()
    assert len(REASONS) == sum(len(said["endpoints"]) for said in LEFT_OUT.values())
    assert all(said["why"] and all(said["endpoints"].values()) for said in LEFT_OUT.values())


def test_tables_named_in_reasons_exist() -> None:
    """A reason that points to another table points to one that there is."""
    said = " ".join(text for kind in LEFT_OUT.values() for text in kind["endpoints"].values())
    named = {word.split("`")[1] for word in said.split() if word.count("`") == 2}
    assert {name for name in named if "_" in name} - {"original_comment_id"} <= catalog().streams.keys()


def test_only_tokens_and_files_are_posted_for() -> None:
    """Of all that takes a POST, only what makes a token or a file is ever called."""
    posts = {name for name, one in catalog().endpoints.items() if one.method == "POST"}
    assert posts >= TOKENS | TASKS
    assert {"term/confirm", "subscription/subscribe", "report/task/cancel"} <= posts - TOKENS - TASKS
    for stream in catalog().streams.values():
        assert catalog().endpoints[stream.endpoint].method == "GET" or stream.endpoint in TASKS


@pytest.mark.parametrize(
    "path", ["term/confirm", "subscription/subscribe", "campaign/create", "tool/targeting/info/"]
)
def test_nothing_else_can_be_posted_to(path: str) -> None:
    """Even a mistake in our own code cannot change anything at TikTok."""
    api = LittleApi({})

    async def post() -> None:
        gate = QuotaGate(LocalBook(Ledger(None, "ultimate")), max_wait_seconds=1)
        async with Client(
            api_url="http://127.0.0.1:9999", token=SecretStr("token"), gate=gate, transport=api
        ) as client:
            await client.post(path, {"advertiser_id": "1"})

    with pytest.raises(ValueError, match="nothing is ever posted"):
        asyncio.run(post())
    assert api.asked == []


def test_requests_go_out_through_the_client_alone() -> None:
    """No file but the client's opens a connection to TikTok; few others open one to somebody else."""
    others = {
        "cli/demo.py": "signs in at its own simulator",
        "cli/handover.py": "hands a job over to the app on this machine",
    }
    for file in SOURCE.rglob("*.py"):
        inside = file.relative_to(SOURCE)
        if inside.parts[0] in ("client", "simulator") or inside.as_posix() in others:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                named = isinstance(node.value, ast.Name) and node.value.id == "httpx2"
                assert not (named and node.attr in ("AsyncClient", "Client", "request", "stream")), file


@pytest.mark.parametrize("name", list(catalog().entities))
def test_a_list_says_what_it_costs(name: str) -> None:
    """Calls stand beside each list before anybody chooses it."""
    assert cost_of(catalog().entities[name])[0].isdigit()


def test_costs_are_said_in_words() -> None:
    """Values multiply, ids of another table are named."""
    said = {name: cost_of(stream) for name, stream in catalog().entities.items()}
    assert said["advertisers"] == "1 per 100 advertisers"
    assert said["terms"] == "12"
    assert said["ad_reviews"] == "1 per 100 of `ads`"
    assert said["bc_partner_assets"] == "10 per row of `bc_partners`"
    assert said["comments"] == "1 per row of `adgroups`, for each 30 days"

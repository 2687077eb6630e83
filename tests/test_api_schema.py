"""Every call, with values right and wrong: no crash, and answers as the OpenAPI description says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api_world import Api, api_in, described
from tests.app_desk import URL

EXAMPLES = 300 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 8
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations() if isinstance(one, Ok)}
PLACES = {
    "connections": ["shop", "other"],
    "datasets": ["nine", "weekly"],
    "replications": ["nine"],
    "reports": ["weekly"],
    "tables": ["ads", "ad_insights"],
    "tokens": ["ci"],
}
"""What stands at an address, so that calls come further than «there is none»."""
VALUES: dict[str, list[Any]] = {
    "name": ["made", "nine", "weekly"],
    "new_name": ["made", "nine"],
    "pasted": ["code", "http://127.0.0.1:8321/oauth/callback?auth_code=code&state=x"],
    "table": ["campaigns", "ads", "campaign_insights"],
    "dataset": ["nine"],
    "sql": ["SELECT * FROM campaigns", "SELECT 1 AS one, NULL AS two", "DELETE FROM ads"],
    "connection": ["shop"],
    "to": ["other", "shop"],
    "schedule": ["weekdays at 6:00", "every 15 minutes", "manual", "when yesterday is final"],
    "zone": ["Europe/Berlin", "UTC"],
    "tables": [["core"], ["ad*"], ["ads", "campaigns"]],
    "advertisers": [["all"]],
    "destination": ["", "duckdb:///ads.duckdb"],
    "start_date": ["2026-01-01"],
    "app_secret": ["secret"],
    "app_id": ["7400000000000000001"],
    "report": [
        {"dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend"], "dates": "last 7 days"},
        {"dimensions": ["country_code"], "data_level": "AUCTION_CAMPAIGN"},
    ],
}
"""Values that mean something; what is made up is refused early nearly always."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as patch, api_in(tmp_path_factory.mktemp("api"), patch) as made:
        PLACES["runs"] = [made.run("nine"), made.run("nine")]
        known = made.ask("GET", "/query/databases").json()
        VALUES["database"] = [one["id"] for one in known]
        yield made


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_call_answers_as_described(api: Api, label: str) -> None:
    """Whatever a program sends, it is told in the one shape what came of it."""
    operation = OPERATIONS[label]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=right | wrong, data=st.data())
    def story(case: Any, data: st.DataObject) -> None:
        api.reset()
        known = next((names for part, names in PLACES.items() if f"/{part}/" in label), [])
        meant = {**VALUES, "id": known, "name": known} if known else VALUES
        if data.draw(st.booleans()):
            fill(case.path_parameters, meant, data)
        for said in (case.query, case.body):
            if data.draw(st.booleans()):
                fill(said, VALUES, data)
        case.call_and_validate(base_url=URL, headers=api.headers, checks=CHECKS, app=api.browser.app)

    story()


def fill(said: Any, meant: dict[str, list[Any]], data: st.DataObject) -> None:
    """Put values that mean something in the place of made-up ones."""
    if isinstance(said, dict):
        for name in sorted(said.keys() & meant.keys()):
            said[name] = data.draw(st.sampled_from(meant[name]))

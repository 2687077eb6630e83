"""Many accounts on a simulated clock: the arithmetic of the docs holds, and nobody is kept waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from benchmarks.fleet import ARITHMETIC, Account, fleet
from benchmarks.scale import NOW, Bookmarks, Run, loaded, run_once, settings_for, year

from tiktok_ads.plan import DAY, local_today
from tiktok_ads.sync.tables import tables_of

START = NOW.date() - 365 * DAY


def marks_of(accounts: Sequence[Account]) -> Bookmarks:
    """As yesterday's run left them."""
    return loaded(accounts, tables_of(settings_for(accounts, start=START)), start=START, at=NOW - DAY)


def run(accounts: Sequence[Account], *, broken: frozenset[str] = frozenset()) -> Run:
    return run_once(accounts, marks_of(accounts), start=START, broken=broken)


def small(count: int) -> list[Account]:
    return [replace(one, ads=10) for one in fleet(count)]


def last(found: Run, accounts: Sequence[Account]) -> float:
    """Seconds until the last of these accounts has everything."""
    chosen = {one.id for one in accounts}
    return max(at for (_, owner), at in found.finished.items() if owner in chosen)


def test_a_day_takes_the_calls_that_the_docs_work_out() -> None:
    """Who plans for a tier by docs/scale.md is not surprised by the bill."""
    accounts = fleet(36)
    marks = marks_of(accounts)
    found = run_once(accounts, marks, start=START)
    expected = sum(ARITHMETIC["daily_calls"](one.ads) for one in accounts)
    assert found.outcome == "complete"
    assert found.calls == pytest.approx(expected, rel=0.03)
    assert found.share > 0.95
    assert found.hours == pytest.approx(found.calls / ARITHMETIC["pace"]("basic") / 3600, rel=0.02)
    today = {one.id: local_today(one.advertiser.zone, NOW) for one in accounts}
    assert all(mark.days[-1].last == today[owner] for (_, owner), mark in marks.items() if mark.days)


def test_a_first_load_and_the_days_after_it_cost_what_the_docs_say() -> None:
    """The history is loaded once; then each day costs the same."""
    accounts = fleet(18)
    first, *days = [one.calls for one in year(accounts, days=6)]
    history = sum(ARITHMETIC["history_calls"](one.ads, 365) for one in accounts)
    daily = sum(ARITHMETIC["daily_calls"](one.ads) for one in accounts)
    assert first == pytest.approx(history, rel=0.03)
    assert days == [pytest.approx(daily, rel=0.03)] * 5


def test_a_giant_leaves_calls_to_the_others() -> None:
    """The first account of the list may have four thousand ads: the others come in meanwhile."""
    accounts = small(32)
    alone = last(run(accounts[1:]), accounts[1:])
    found = run([replace(accounts[0], ads=4_000), *accounts[1:]])
    assert last(found, accounts[1:]) < 3 * alone
    assert last(found, accounts[1:]) < last(found, accounts[:1])


def test_an_account_that_never_answers_does_not_delay_the_others() -> None:
    """Each of its calls hangs for a minute; the others are as fresh as without it."""
    accounts = small(32)
    others = accounts[1:]
    alone = last(run(others), others)
    found = run(accounts, broken=frozenset({accounts[0].id}))
    assert found.outcome == "complete"
    assert last(found, others) < 1.15 * alone
    assert {owner for _, owner in found.finished} == {one.id for one in others}


def test_a_run_that_is_cut_short_has_served_all_accounts_alike() -> None:
    """A day's quota that does not suffice takes the later tables from everybody, not everything from some."""
    accounts = small(16)
    found = run(accounts)
    by_table = {
        name: sorted(at for (table, _), at in found.finished.items() if table == name)
        for name in ("ads", "ad_insights", "ad_insights_by_country")
    }
    assert by_table["ads"][-1] <= by_table["ad_insights"][2] + 10
    assert by_table["ad_insights"][-1] < by_table["ad_insights_by_country"][0]

"""What the calls have in common: the desk, who asks, and bodies that take no unknown values."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict

from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.history import JobRun, RunOutcome
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.sessions import Caller

OnDesk = Annotated[Desk, Depends(desk_of)]


def caller_of(request: Request) -> Caller:
    """Who was let in; a FastAPI dependency."""
    caller = request.state.caller
    assert isinstance(caller, Caller)  # noqa: S101
    return caller


OnCaller = Annotated[Caller, Depends(caller_of)]
ConnectionName = Annotated[str, Path(alias="name", description="Name of a connection.")]
DatasetName = Annotated[str, Path(alias="name", description="Name of a dataset.")]


class Asked(BaseModel):
    """A body; a value that it does not have is refused, since it may be a misspelt one."""

    model_config = ConfigDict(extra="forbid")


def same_name(said: str | None, name: str) -> None:
    """Raise ConfigError unless a body means the dataset of its address."""
    if said is not None and said != name:
        raise ConfigError(f"name: a dataset keeps its name, here {name!r}.", "Duplicate it, then delete it.")


class Done(BaseModel):
    """What was done, in words."""

    said: str


class LastRun(BaseModel):
    """How a run went, without its report."""

    id: str
    outcome: RunOutcome
    started_at: datetime
    finished_at: datetime | None
    rows_read: int | None
    problem: str
    remedy: str


def last_run(run: JobRun) -> LastRun:
    return LastRun(
        id=run.id,
        outcome=run.outcome,
        started_at=run.started_at,
        finished_at=run.finished_at,
        rows_read=run.rows_read,
        problem=run.problem,
        remedy=run.remedy,
    )

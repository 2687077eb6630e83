"""Tasks that an endpoint creates and others ask about: leads, comments and change logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked

FIRST_ID = 7_499_000_000_000_000_000
LIVES = timedelta(days=30)


@dataclass
class Chore:
    id: str
    of: str
    owner: str
    token: str
    made: datetime
    given: Mapping[str, object]
    status: str
    region: str = ""
    polls: int = 0


def begin(asked: Asked, of: str, *, status: str) -> Chore:
    chores = asked.world.chores
    made = Chore(
        str(FIRST_ID + len(chores) + 1),
        of,
        asked.account.id,
        asked.login.token,
        asked.now,
        dict(asked.given),
        status,
        asked.region,
    )
    chores[made.id] = made
    return made


def chore(asked: Asked, of: str, task_id: str) -> Chore:
    """A task of this advertiser and login that is not forgotten yet."""
    found: Chore | None = asked.world.chores.get(task_id)
    known = (of, asked.account.id, asked.login.token)
    if found is None or (found.of, found.owner, found.token) != known or asked.now - found.made > LIVES:
        raise wrong("task_id: The task does not exist.")
    return found


def step(asked: Asked, known: Chore, statuses: Sequence[str]) -> None:
    """It was asked about: after some times it is done."""
    if known.status == statuses[-1]:
        return
    known.polls += 1
    done = known.polls > asked.options.task_polls
    known.status = statuses[-1] if done else statuses[min(known.polls - 1, len(statuses) - 2)]

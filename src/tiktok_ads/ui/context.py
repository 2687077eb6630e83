"""What every page and call works with: the settings file, the jobs, their history and what runs now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from tiktok_ads.config import Settings, load_settings
from tiktok_ads.config.kept import kept
from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.jobs.runner import JobRunning, Runner
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.ui.sessions import Doors
from tiktok_ads.ui.tokens import Tokens


@dataclass(frozen=True)
class Desk:
    """The app's open things. What a restart must not lose stands in the settings file or the history.

    `simulator` starts the simulator unless it runs already, and gives its address; None where there is none.
    `simulator_app` are the id and secret of its app. Whoever looks at the settings file and changes it then
    holds `changing`, so that nobody else does in between.
    """

    config: Path
    url: str
    doors: Doors
    history: History
    runner: Runner
    scheduler: Scheduler
    simulator: Callable[[], str] | None = None
    simulator_app: tuple[str, str] = field(default=("", ""), repr=False)
    changing: threading.RLock = field(default_factory=threading.RLock, repr=False)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def settings(self, **arguments: object) -> Settings:
        """The settings file as it stands now, with these values laid over it.

        Raises:
            ConfigError: it cannot be used; the text names each line that is wrong.
        """
        return self._read(arguments, new_login=False)

    def new_login(self, **arguments: object) -> Settings:
        """As `settings`, for a login that the file need not have yet."""
        return self._read(arguments, new_login=True)

    @property
    def tokens(self) -> Tokens:
        """The tokens of programs.

        Raises:
            ConfigError: this app has none.
        """
        if self.doors.tokens is None:
            raise ConfigError("This app has no tokens.")
        return self.doors.tokens

    async def start(self, job: str) -> JobRun:
        """Run a job now; its first try, once its history knows of it.

        Raises:
            JobRunning: it runs already.
            UnknownName: there is no such job.
            ConfigError: the settings file cannot be used.
        """
        await run_in_threadpool(self.scheduler.load)
        begun = await self.scheduler.run_now(job)
        if begun is None:
            raise JobRunning(job)
        return begun

    def jobs(self) -> Mapping[str, Settings]:
        """Each job with the settings of its runs. Raises like `settings`."""
        return self.scheduler.load()

    def _read(self, arguments: Mapping[str, object], *, new_login: bool) -> Settings:
        config = self.config if self.config.exists() else None
        name = ("settings", repr(sorted(arguments.items())), new_login)
        return kept(name, lambda: load_settings(arguments, config=config, new_login=new_login), config=config)


def desk_of(request: Request) -> Desk:
    """The desk of the app that got this request; a FastAPI dependency."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)  # noqa: S101
    return desk

"""The edge between commands and shell: however a command ends, one message and one exit code."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from typer import Abort, TyperException
from typer.core import TyperGroup

from tiktok_ads.cli import logs
from tiktok_ads.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    ConfigError,
    NotOurs,
    TikTokAdsError,
    TransportError,
)

COMPLETE, FAILED, BAD_USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130
_LOADING = frozenset({"sync", "backfill", "demo"})
JSON_OPTION = "--json"
DEBUG_OPTION = "--debug"


class Boundary(TyperGroup):
    """A group of commands whose errors end here, also under typer's test runner."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        said = list(sys.argv[1:] if args is None else args)

        def command() -> object:
            return super(Boundary, self).main(
                said, prog_name or "tiktok-ads", complete_var, False, windows_expand_args, **extra
            )

        sys.exit(guarded(command, said))


def guarded(command: Callable[[], object], said: Sequence[str]) -> int:
    """Run a command; give its exit code. Only errors that nobody expected leave a traceback, in a file.

    Args:
        command: the command.
        said: the arguments that it was called with.
    """
    as_json, debug = JSON_OPTION in said, DEBUG_OPTION in said
    logs.choose(said)
    _listen(debug)
    # Only the main thread may listen to signals; a command run in another one is stopped by its owner.
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _stop) if in_main else None
    # A script's background job is started deaf to SIGINT; without it SIGTERM could not end a run either.
    deaf = in_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if deaf:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = command()
        code = done if isinstance(done, int) else COMPLETE
        return interrupted(said, as_json=as_json) if code == INTERRUPTED else code
    except (Abort, KeyboardInterrupt):
        return interrupted(said, as_json=as_json)
    except TyperException as error:
        say_error(
            as_json,
            "UsageError",
            error.format_message(),
            "Add --help to see what may be said.",
            error.exit_code,
        )
        return error.exit_code
    except TikTokAdsError as error:
        code = exit_code_of(error)
        if debug:
            _print_masked(traceback.format_exc())
        message = error.message if isinstance(error, ConfigError) else str(error)
        told = {name: getattr(error, name, None) for name in ("code", "request_id")}
        say_error(as_json, type(error).__name__, message, remedy_of(error), code, **told)
        return code
    except Exception as error:  # the last resort, so that nobody meets a traceback unasked
        text = traceback.format_exc()
        if debug:
            _print_masked(text)
        place = _write_log(text)
        where = f"What happened stands in {place}." if place else "Add --debug to see where."
        say_error(as_json, type(error).__name__, "Something went wrong that should not have.", where, FAILED)
        return FAILED
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)
        if deaf:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def exit_code_of(error: TikTokAdsError) -> int:
    """2 where the user changes something before trying again, 1 where TikTok or the destination failed."""
    return exit_code_of_kind(type(error))


def exit_code_of_kind(kind: type[Exception]) -> int:
    """As `exit_code_of`, for an error of which only the class is known."""
    return BAD_USAGE if issubclass(kind, (ConfigError, AuthError, AccessDenied, NotOurs)) else FAILED


def remedy_of(error: TikTokAdsError) -> str:
    """What the user can do next."""
    if isinstance(error, ConfigError):
        return error.hint
    # Late, since the client takes long to import.
    from tiktok_ads.client import remedy_of

    return remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""


def interrupted(said: Sequence[str], *, as_json: bool) -> int:
    loads = not _LOADING.isdisjoint(said)
    message = "Stopped. What was committed stays; run again to go on." if loads else "Stopped."
    say_error(as_json, "Interrupted", message, "", INTERRUPTED)
    return INTERRUPTED


def print_json(value: object) -> None:
    """One JSON object on stdout, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def say_error(
    as_json: bool,
    kind: str,
    message: str,
    hint: str,
    exit_code: int,
    *,
    code: int | None = None,
    request_id: str | None = None,
) -> None:
    """How a command tells what went wrong: on stderr, and as JSON on stdout where that was asked for."""
    from tiktok_ads.credentials.masking import mask

    told = {
        "kind": kind,
        "message": mask(message),
        "hint": mask(hint),
        "code": code,
        "request_id": request_id,
        "exit_code": exit_code,
    }
    told = {name: value for name, value in told.items() if value not in (None, "")}
    if as_json:
        print_json({"error": told})
    if logs.is_json():
        logs.write("info" if exit_code == INTERRUPTED else "error", message, told)
        return
    for number, line in enumerate([*message.splitlines(), *hint.splitlines()]):
        prefix = "Error: " if number == 0 and exit_code != INTERRUPTED else ""
        _print_masked(f"{prefix}{line}\n")


def _print_masked(text: str) -> None:
    from tiktok_ads.credentials.masking import mask

    sys.stderr.write(mask(text))
    sys.stderr.flush()


def _stop(_number: int, _frame: FrameType | None) -> None:
    # SIGINT is what asyncio ends its tasks by; SIGTERM takes the same way out.
    signal.raise_signal(signal.SIGINT)


def _listen(debug: bool) -> None:
    # Our own logger alone: what HTTP libraries log holds addresses, and some addresses hold the app secret.
    log = logging.getLogger("tiktok_ads")
    log.handlers = [logs.ToStderr()]
    log.setLevel(logging.DEBUG if debug else logging.WARNING)
    log.propagate = False


def _write_log(text: str) -> Path | None:
    import platformdirs

    from tiktok_ads.credentials.masking import mask

    named = os.environ.get("TIKTOK_ADS_STATE_DIR")
    folder = Path(named) if named else Path(platformdirs.user_state_dir("tiktok-ads", appauthor=False))
    place = folder / "errors.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n{mask(text)}\n")
    except OSError:
        return None
    return place

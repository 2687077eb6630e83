"""Records the way from the first start to a chart of spend, with its times: `make tour`.

It starts the real `tiktok-ads serve` in an empty folder, walks through it in a real browser by the same steps
as the tests, and writes docs/tour.md and its pictures.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.browser.desk import chromium, launch, serving
from tests.browser.steps import walk_to_a_chart

HERE = Path(__file__).parent
FOLDER = HERE / "images" / "tour"
PAGE = HERE / "tour.md"
PORT = 8321
WIDE, TALL, QUALITY = 900, 700, 75
LONGEST_SECONDS = 120
HEAD = """<!-- Written by `make tour`; do not edit. -->
# From nothing to a chart of spend

What a new user sees who starts `tiktok-ads serve` in an empty folder and has no TikTok account.
A program pressed the buttons in a real browser, and the times are those of that run, pictures included.
It took {total:.0f} seconds, most of them for the load of 90 days.
`make tour` records it anew.

| step | seconds since the start |
|---|---:|
{rows}
"""


@dataclass
class Recorder:
    """Notes when each step was reached, and takes its picture, which takes a part of the time."""

    page: Page
    began: float = field(default_factory=time.monotonic)
    steps: list[tuple[str, float]] = field(default_factory=list)

    def at(self, step: str) -> None:
        self.steps.append((step, time.monotonic() - self.began))
        self.page.wait_for_load_state("networkidle")
        path = FOLDER / f"{len(self.steps)}.jpg"
        self.page.screenshot(path=path, type="jpeg", quality=QUALITY, scale="css", animations="disabled")


def write(steps: list[tuple[str, float]]) -> None:
    """The page of the tour."""
    rows = "\n".join(f"| {number}. {step} | {at:.1f} |" for number, (step, at) in enumerate(steps, 1))
    parts = [HEAD.format(total=steps[-1][1], rows=rows)]
    parts += [
        f"## {number}. {step}\n\n![{step.replace('*', '')}](images/tour/{number}.jpg)\n"
        for number, (step, _) in enumerate(steps, 1)
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    executable = chromium()
    if executable is None:
        raise SystemExit("Chromium is needed: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serving(Path(folder), port=PORT) as app,
    ):
        browser = launch(playwright, executable)
        page = browser.new_page(viewport={"width": WIDE, "height": TALL}, locale="en-GB", timezone_id="UTC")
        recorder = Recorder(page, began)
        walk_to_a_chart(page, app, recorder.at)
        browser.close()
    if recorder.steps[-1][1] > LONGEST_SECONDS:
        raise SystemExit(f"It took {recorder.steps[-1][1]:.0f} seconds.")
    write(recorder.steps)


if __name__ == "__main__":
    main()

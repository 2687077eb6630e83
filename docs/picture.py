"""Makes the README's picture: runs the demo and draws the end of what it really printed."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent / "images" / "demo.svg"
COLUMNS = 88
_BEGINS_WITH = " calls made, "
# A font from a far server would tell it who reads the page.
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def run_demo() -> str:
    """What `tiktok-ads demo` prints into a terminal of COLUMNS columns, colours included."""
    shown = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("tiktok-ads")), "demo"]
        done = subprocess.run(  # noqa: S603  (our own command)
            command, cwd=folder, env=shown, stdout=subprocess.PIPE, text=True, check=True
        )
    return done.stdout


def draw(printed: str) -> str:
    """The lines from the run's summary on, as SVG."""
    lines = printed.splitlines()
    first = next(number for number, line in enumerate(lines) if _BEGINS_WITH in line)
    console = Console(record=True, width=COLUMNS, force_terminal=True, file=io.StringIO())
    console.print("[bold]$ tiktok-ads demo[/]\n…", highlight=False)
    for line in lines[first:]:
        console.print(Text.from_ansi(line), highlight=False)
    svg = console.export_svg(title="tiktok-ads demo", unique_id="demo")
    return _FONT_FACE.sub("", svg)


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(run_demo()), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Documentation: generated pages are fresh, and every command and setting is described."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tiktok_ads.cli.main import app
from tiktok_ads.config import load_settings
from tiktok_ads.config.table import OF_A_CONNECTION, OF_A_TABLE, SETTINGS

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def generate() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "generate.py"))


def test_generated_pages_are_as_the_code_writes_them(generate: dict[str, Any]) -> None:
    """`make docs` would change nothing."""
    assert generate["stale"]() == []


def test_every_command_is_documented_and_shows_an_example() -> None:
    """The page and the help of each command have something to copy."""
    page = (DOCS / "commands.md").read_text(encoding="utf-8")

    def walk(group: Any, path: str) -> None:
        for name, command in group.commands.items():
            assert f"## `{path} {name}`" in page
            assert re.search(r"Example:\n\s+(\S+=\S+ )?tiktok-ads", command.help), name
            for one in command.params:
                assert one.help or one.name == "help", (name, one.name)
            if hasattr(command, "commands"):
                walk(command, f"{path} {name}")

    walk(typer.main.get_command(app), "tiktok-ads")


def test_every_setting_is_documented() -> None:
    """No setting that one must read the code to find."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for row in (*SETTINGS, *OF_A_TABLE, *OF_A_CONNECTION):
        if row.option or row not in SETTINGS:
            assert f"| `{row.name}` |" in page


def test_the_file_shown_on_the_page_works(tmp_path: Path) -> None:
    """What is copied from the page is accepted."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert example is not None
    file = tmp_path / "tiktok_ads.toml"
    file.write_text(example[1], encoding="utf-8")
    got = load_settings(config=file, needs_start_date=True)
    assert got.app_id == tomllib.loads(example[1])["connections"]["shop"]["app_id"]


def test_pages_link_to_pages_that_exist() -> None:
    """No link into nothing."""
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (DOCS / target).exists(), f"{page.name} → {target}"

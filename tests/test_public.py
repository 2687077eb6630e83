"""The public face: what `__all__` names is there, documented, and light to import."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tiktok_ads
from tiktok_ads import errors

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
HEAVY = {
    "dlt",
    "duckdb",
    "httpx2",
    "keyring",
    "mcp",
    "msgspec",
    "pyarrow",
    "pydantic",
    "pyspark",
    "rich",
    "typer",
    "uvicorn",
}


def test_all_is_what_the_package_shows() -> None:
    """`dir(tiktok_ads)` shows nothing that is not promised, and nothing twice."""
    assert dir(tiktok_ads) == sorted(set(tiktok_ads.__all__))


@pytest.mark.parametrize("name", tiktok_ads.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    """Whatever the list names can be imported."""
    assert getattr(tiktok_ads, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A typing mistake looks as it does with any other package."""
    with pytest.raises(AttributeError, match="run_snyc"):
        tiktok_ads.run_snyc  # noqa: B018  (asking is the test)


def test_every_error_is_public() -> None:
    """Whatever can be raised on purpose can be caught by its public name."""
    raised = {
        name
        for name, one in vars(errors).items()
        if inspect.isclass(one) and issubclass(one, errors.TikTokAdsError)
    }
    assert raised <= set(tiktok_ads.__all__)


@pytest.mark.parametrize("name", [name for name in tiktok_ads.__all__ if name != "__version__"])
def test_every_public_name_is_documented(name: str) -> None:
    """Each has a docstring, and stands on a page."""
    assert inspect.getdoc(getattr(tiktok_ads, name))
    pages = [ROOT / "README.md", *DOCS.glob("*.md")]
    assert any(f"`{name}`" in page.read_text(encoding="utf-8") for page in pages)


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import tiktok_ads` and catching its errors cost no more than Python itself."""
    code = (
        "import json, sys, tiktok_ads; from tiktok_ads import AuthError; "
        "print(json.dumps([name for name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded & HEAVY == set()


def test_the_version_is_that_of_the_project() -> None:
    """What the package says, what the project says and what the changelog says agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tiktok_ads.__version__ == project["version"]
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_package_says_that_it_is_typed() -> None:
    """Type checkers of users read our annotations."""
    home = importlib.import_module("tiktok_ads").__file__
    assert home is not None
    assert (Path(home).parent / "py.typed").exists()

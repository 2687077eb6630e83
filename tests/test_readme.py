"""README and docs: what they show runs, what they link to exists, what they say of tables is so."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import typer.main
import yaml
from _pytest.mark import ParameterSet
from typer.testing import CliRunner

from tests.worlds import FIRST, TOKEN, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import check_report
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.cli.main import app
from tiktok_ads.config import load_settings
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.faults import KINDS
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES_PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
PROMISE = (
    "Each slice is loaded in one transaction together with its bookmark. Killing the process at any instant "
    "leaves the old window or the new one. Running again changes nothing. When we are not sure that a window "
    "is complete we say so and do not advance."
)
# They ask somebody, serve until stopped, or install things.
NOT_RUN = {"connect", "simulator", "demo", "reset", "serve", "forget", "notices"}
MAY_BE_EMPTY = ("current_date", "'RUN_ID'", "_quality", "2026-09-01")
"""What asks about today, a run of the reader's own, or days that the loaded ones are not among."""
OURS = {"_deleted_at", "_synced_at", "_run_id"}


def blocks(language: str) -> list[ParameterSet]:
    """Every code block of a language, by page and number."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, body in enumerate(
            re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
        ):
            found.append(pytest.param(body, id=f"{page.stem}-{number}"))
    return found


def is_query(text: str) -> bool:
    """Whether a block asks; others grant rights or copy files, which concerns the reader's own servers."""
    return text.split(maxsplit=1)[0] in ("SELECT", "WITH")


def commands() -> Iterator[str]:
    """Every line of every shell block, continued lines joined."""
    for one in blocks("sh"):
        body = str(one.values[0])
        yield from (line.strip() for line in body.replace("\\\n", " ").splitlines() if line.strip())


def words_of(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables before a command, and the command."""
    words = shlex.split(line, comments=True)
    said = {}
    while words and re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        said[name] = value
    return said, words


OWN = [line for line in dict.fromkeys(commands()) if words_of(line)[1][:1] == ["tiktok-ads"]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Nine tables, loaded on Sunday and again on Tuesday, when an ad had been edited and another deleted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
        one = desk(tmp_path_factory.mktemp("readme"), store_changes="all")
        one.world.set_clock(datetime(2026, 9, 20, 15, 10, tzinfo=UTC))
        assert one.sync().exit_code == 0
        one.pass_days(2)
        ads = [ad for (ad,) in one.rows("SELECT ad_id FROM ads WHERE NOT is_deleted ORDER BY ad_id")]
        changes.edit(one.world, "ad", ads[0], {"ad_name": "New name"})
        one.delete("ad", ads[1])
        assert one.sync().exit_code == 0
        yield one


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Running]:
    with running("tiny", options=Options(tier=None)) as one:
        yield one


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiktok: Running) -> Path:
    """A folder of one's own, a login from the environment, and the simulator in TikTok's place."""
    for name in [name for name in os.environ if name.startswith("TIKTOK_ADS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    said = {"ACCESS_TOKEN": TOKEN, "API_URL": tiktok.url, "ADVERTISERS": FIRST, "STATE_DIR": str(tmp_path)}
    # Two tables show as much as nine; other tests load all of them.
    for name, value in {**said, "TIER": "ultimate", "TABLES": "ads,ad_insights"}.items():
        monkeypatch.setenv(f"TIKTOK_ADS_{name}", value)
    return tmp_path


@pytest.mark.parametrize("query", [one for one in blocks("sql") if is_query(str(one.values[0]))])
def test_every_query_runs(query: str, loaded: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied from a page answers; what asks for a day of September has an answer."""
    if "'lake/" in query:
        monkeypatch.chdir(tmp_path)
        assert loaded.sync(destination="parquet:///lake").exit_code == 0
    rows = loaded.rows(query)
    if "2026-09-21" in query or not any(one in query for one in MAY_BE_EMPTY):
        assert rows


def test_history_answers_what_stood_on_monday(loaded: Desk) -> None:
    """The page on changes asks for Monday, and gets Monday's names, not today's."""
    page = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
    query = next(body for body in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "ads__history" in body)
    then = {row[1] for row in loaded.rows(query)}
    now = {name for (name,) in loaded.rows("SELECT ad_name FROM ads")}
    assert "New name" in now
    assert "New name" not in then


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_settings_file_is_accepted(text: str, at_home: Path) -> None:
    """What is copied from a page works."""
    file = at_home / "tiktok_ads.toml"
    file.write_text(text, encoding="utf-8")
    assert load_settings(config=file, needs_start_date=True).first_day().year == 2026


# Those of Spark go on from each other in a session; tests/test_spark.py reads in one.
EXAMPLES = [one for one in blocks("python") if not str(one.id).startswith("spark-")]


@pytest.mark.parametrize("code", EXAMPLES)
def test_every_python_example_runs(code: str, at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is copied from a page loads the tables."""
    exec(compile(code, "example", "exec"), {"__name__": "__main__"})
    loaded = capsys.readouterr().out.startswith("complete")
    assert loaded or (at_home / "marketing.duckdb").exists()


def test_every_command_line_runs(at_home: Path, tiktok: Running) -> None:
    """The commands of the pages, one after the other in one folder, end as they should."""
    (jobs,) = [one.values[0] for one in blocks("toml") if one.id == "jobs-0"]
    (at_home / "tiktok_ads.toml").write_text(str(jobs), encoding="utf-8")
    # A server of the reader's own is not here.
    elsewhere = ("postgresql://", "dlt+", "s3://")
    own = [line for line in OWN if not any(one in line for one in elsewhere)]
    lines = [line for line in own if words_of(line)[1][1] not in NOT_RUN]
    # Whoever reads asks for what is there after loading it.
    lines.sort(key=lambda line: words_of(line)[1][1] in ("status", "runs"))
    assert {"check", "plan", "sync", "backfill", "status", "runs", "tables"} <= {
        words_of(line)[1][1] for line in lines
    }
    for line in lines:
        words = [word.replace("http://127.0.0.1:8390", tiktok.url) for word in words_of(line)[1][1:]]
        if words[0] in ("status", "runs") and "--destination" not in words:
            words += ["--destination", "duckdb:///ads.duckdb"]
        if "-o" in words and "--overwrite" not in words:
            # Two pages may write a file of the same name.
            words.append("--overwrite")
        done = CliRunner().invoke(app, words, env=words_of(line)[0])
        assert done.exit_code == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("line", OWN)
def test_every_option_shown_exists(line: str) -> None:
    """No page shows an option that the command does not have."""
    words = words_of(line)[1][1:]
    command = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    known = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_make_target_and_file_shown_exists() -> None:
    """Other commands of the pages name things that are there."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for shown in re.findall(r"(?:^|`)make ([a-z ]+?)(?:`|$)", text, re.MULTILINE):
            assert set(shown.split()) <= targets, f"{page.name}: make {shown}"
        for shown in re.findall(r"\.venv/bin/python (?:-m pytest )?((?:docs|tests)/\S+\.py)", text):
            assert (ROOT / shown).exists(), f"{page.name}: {shown}"


def test_pages_link_to_what_exists() -> None:
    """No link into nothing, pictures and headings of other pages included."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", text):
            there = page.parent / target if target else page
            assert there.exists(), f"{page.name} → {target}"
            if anchor:
                aim = there.read_text(encoding="utf-8")
                heads = re.findall(r"^#+ (.+)$", aim, re.MULTILINE)
                named = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
                assert anchor in [*named, *re.findall(r'<a id="(\w+)"></a>', aim)], f"{page.name} → {anchor}"


def test_the_promise_stands_in_the_readme() -> None:
    """In exactly these words."""
    assert PROMISE in README


def test_the_readme_begins_with_demo_and_test() -> None:
    """The two commands come before anything that needs an account."""
    assert README.index("make demo") < README.index("make test") < README.index("## Quick start")


def test_pages_name_no_registry_and_no_folder_of_a_machine() -> None:
    """Nothing on the pages depends on where they were written."""
    picture = ROOT / "docs" / "images" / "demo.svg"
    for page in [*PAGES, picture]:
        text = page.read_text(encoding="utf-8")
        for word in (
            "pypi",
            "python" + "hosted",
            "registry",
            "index-url",
            "/root/",
            "/home/",
            "/work/",
            "/tmp/",
            "cdnjs",
        ):
            assert word not in text.lower(), f"{page.name}: {word}"


def test_the_readme_says_the_keys_of_the_nine_tables() -> None:
    """The table of tables agrees with the catalog."""
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", README, re.MULTILINE))
    assert list(rows) == list(catalog().core)
    for name, told in rows.items():
        key = re.findall(r"`(\w+)`", told)
        if told.startswith("the same"):
            key = [*catalog().streams["ad_insights"].primary_key, *key]
        assert tuple(key) == catalog().streams[name].primary_key


def test_the_page_of_tables_says_of_each_what_one_must_know() -> None:
    """Key, what it is followed by, how it is updated and the scopes of every table that there is."""
    rows = {
        name: [cell.strip() for cell in rest.split("|")]
        for name, rest in re.findall(
            r"^\| (?:<a id=\"\w+\"></a>|\[)`(\w+)`(?:\]\(#\w+\))? \|(.*)\|$", TABLES_PAGE, re.MULTILINE
        )
    }
    assert rows.keys() == catalog().streams.keys()
    for name, (_, key, followed, method, calls, scopes) in rows.items():
        stream = catalog().streams[name]
        assert tuple(re.findall(r"`(\w+)`", key)) == stream.primary_key
        assert followed.strip("`") == stream.replication_key
        assert method == getattr(stream, "update_method", "merge")
        assert calls
        assert scopes == (", ".join(stream.scopes) or "not known")


@pytest.mark.parametrize("name", catalog().core)
def test_the_page_of_tables_agrees_with_catalog_and_file(name: str, loaded: Desk) -> None:
    """Key and replication key as the catalog says; columns and types as they stand in the file."""
    stream = catalog().streams[name]
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", TABLES_PAGE, re.DOTALL | re.MULTILINE)
    assert section is not None
    key = ", ".join(f"`{one}`" for one in stream.primary_key)
    assert f"\n- Key: {key}\n" in section[1]
    assert f"\n- Replication key: `{stream.replication_key}`\n" in section[1]

    told = dict(re.findall(r"^\| `(\w+)` \| ([A-Z]\S*) \|", section[1], re.MULTILINE))
    held = {
        column: "STRUCT[]" if kind.startswith("STRUCT") and kind.endswith("[]") else kind.partition("(")[0]
        for column, kind in loaded.rows(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", name
        )
        if column not in OURS | {"_extra"}
    }
    assert {column: kind.partition("(")[0] for column, kind in told.items()} == held


def test_what_must_not_be_added_up_is_marked() -> None:
    """Reach and rates say so, spend does not."""
    section = TABLES_PAGE.partition("\n## ad_insights\n")[2].partition("\n## ")[0]
    adds = dict(re.findall(r"^\| `(\w+)` \| \S+ \| [^|]* \| ([^|]*) \|", section, re.MULTILINE))
    assert (adds["reach"], adds["frequency"], adds["ctr"]) == ("**no**",) * 3
    assert (adds["spend"], adds["clicks"]) == ("yes", "yes")


def test_the_simulator_page_names_every_fault_and_every_control() -> None:
    """Whoever tests a pipeline finds all that can be asked for."""
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    assert {kind for kind in KINDS if f"`{kind}`" not in page} == set()
    paths = [getattr(route, "path", "") for route in create_app("tiny").routes]
    names = [path.removeprefix("/_simulator/") for path in paths if path.startswith("/_simulator/")]
    assert names
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_the_table_shown_to_contributors_may_be_asked_for() -> None:
    """The example of a new table is one that TikTok would answer."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example is not None
    (said,) = yaml.safe_load(example[1])["reports"]
    check_report(msgspec.convert(said, ReportStream))

"""What the app writes into the settings file leaves what people wrote there as it was."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tiktok_ads.config.write import delete_table, rename_table, write_table
from tiktok_ads.errors import ConfigError

BEFORE = """\
# mine, and it stays
start_date = 2026-01-01

[jobs.morning]
# before the team comes in
schedule = "daily at 06:00"
retries = 3

[connections.shop]
app_id = "1"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "tiktok_ads.toml"
    place.write_text(BEFORE, encoding="utf-8")
    return place


def test_a_new_table_is_added_and_nothing_else_changes(file: Path) -> None:
    write_table("jobs", "evening", {"schedule": "daily at 18:00", "tables": ("ads",)}, path=file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# mine, and it stays\nstart_date = 2026-01-01\n")
    assert '[jobs.evening]\nschedule = "daily at 18:00"\ntables = ["ads"]\n' in text
    assert "# before the team comes in" in text


def test_keys_are_set_one_by_one_or_as_a_whole(file: Path) -> None:
    write_table("jobs", "morning", {"retries": 5, "schedule": None}, path=file)
    assert "retries = 5" in file.read_text(encoding="utf-8")
    assert "schedule" not in file.read_text(encoding="utf-8")
    write_table("jobs", "morning", {"paused": True}, path=file, whole=True)
    assert "retries" not in file.read_text(encoding="utf-8")
    assert "# before the team comes in" in file.read_text(encoding="utf-8")


def test_a_table_is_renamed_with_all_that_stands_in_it(file: Path) -> None:
    rename_table("jobs", "morning", "early", path=file)
    text = file.read_text(encoding="utf-8")
    assert "[jobs.early]" in text
    assert "[jobs.morning]" not in text
    assert "# before the team comes in" in text
    assert "retries = 3" in text


def test_a_table_that_is_deleted_is_gone_and_others_stay(file: Path) -> None:
    delete_table("connections", "shop", path=file)
    assert file.read_text(encoding="utf-8").rstrip() == BEFORE.partition("[connections")[0].rstrip()


def test_names_that_are_missing_or_taken_are_refused(file: Path) -> None:
    """Nothing is written then."""
    write_table("jobs", "b", {}, path=file)
    before = file.read_bytes()
    with pytest.raises(ConfigError):
        delete_table("jobs", "nope", path=file)
    with pytest.raises(ConfigError):
        rename_table("jobs", "nope", "x", path=file)
    with pytest.raises(ConfigError):
        rename_table("jobs", "b", "morning", path=file)
    assert file.read_bytes() == before


def test_sections_that_people_wrote_in_turns_are_changed_too(file: Path) -> None:
    """A job, a report, another job: what belongs together need not stand together."""
    file.write_text(f'{BEFORE}\n# and late\n[jobs.night]\nschedule = "daily at 23:00"\n', encoding="utf-8")
    write_table("jobs", "night", {"paused": True}, path=file)
    write_table("jobs", "noon", {"schedule": "daily at 12:00"}, path=file)
    rename_table("jobs", "morning", "early", path=file)
    text = file.read_text(encoding="utf-8")
    found = tomllib.loads(text)["jobs"]
    assert {name: one["schedule"] for name, one in found.items()} == {
        "early": "daily at 06:00",
        "night": "daily at 23:00",
        "noon": "daily at 12:00",
    }
    assert found["night"]["paused"] is True
    assert "# and late" in text
    assert "# before the team comes in" in text
    for name in ("night", "noon", "early"):
        delete_table("jobs", name, path=file)
    assert "jobs" not in tomllib.loads(file.read_text(encoding="utf-8"))

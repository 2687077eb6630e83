"""The benchmarks run, and compare like with like."""

from __future__ import annotations

import pytest
from benchmarks.__main__ import main
from benchmarks.parts import Sizes, cpu


def test_the_floor_loads_the_same_rows_as_the_connector() -> None:
    """A floor that did less would make the ratio look better or worse than it is."""
    ours, floor, ratio = cpu(Sizes(rows=300, runs=1))
    assert float(ours.value.split()[0]) > 0
    assert float(floor.value.split()[0]) > 0
    assert ratio.bar == "≤ 1.30"


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A part that was mistyped is named together with those that there are."""
    with pytest.raises(SystemExit):
        main(["cpi"])
    said = capsys.readouterr().err
    assert "cpi" in said
    assert "cpu" in said

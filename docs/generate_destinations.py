"""Runs the tests that every destination must pass, and writes what came of it into docs/destinations.md.

`python docs/generate_destinations.py` takes some minutes and needs a Postgres server's programs;
TIKTOK_ADS_BATTERY=full does so at full size. A destination without a service here is named *untested*.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

FOLDER = Path(__file__).parent
SUITE = "tests/destinations/test_destinations.py"
NAMES = {
    "duckdb": "DuckDB",
    "postgres": "Postgres",
    "parquet": "Parquet",
    "parquet_s3": "Parquet on S3",
    "delta": "Delta",
    "dlt_duckdb": "DuckDB through dlt",
    "dlt_postgres": "Postgres through dlt",
}
"""Destinations by what the tests call them; one that is not named here stands under that."""
_BEGIN, _END = (
    "<!-- What follows was made by running the tests: docs/generate_destinations.py -->",
    "<!-- / -->",
)
_CASE = re.compile(r"test_(\w+)\[([a-z0-9_]+?)(?:-.*)?\]$")

Results = Mapping[str, Mapping[str, list[str]]]
"""By claim and destination, what came of each of its cases: passed, skipped or failed."""


def run() -> Results:
    """Run the suite, and give what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", SUITE, f"--junit-xml={told}"]
        subprocess.run(command, cwd=FOLDER.parent, check=False)  # noqa: S603  (our own tests)
        return read(told.read_text())


def read(told: str) -> Results:
    """What came of each case, out of pytest's own report."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for case in ElementTree.fromstring(told).iter("testcase"):  # noqa: S314  (written by pytest just now)
        named = _CASE.match(case.get("name", ""))
        if named:
            bad = case.find("failure") is not None or case.find("error") is not None
            left = case.find("skipped") is not None
            found[named[1]][named[2]].append("failed" if bad else "skipped" if left else "passed")
    return found


def table(results: Results) -> Iterator[str]:
    """One line for each claim, one column for each destination."""
    present = {place for cells in results.values() for place in cells}
    places = [*(one for one in NAMES if one in present), *sorted(present - NAMES.keys())]
    yield f"| | {' | '.join(NAMES.get(one, one) for one in places)} |"
    yield f"|---|{'---|' * len(places)}"
    for claim, cells in results.items():
        words = claim.replace("_", " ")
        yield f"| {words[0].upper()}{words[1:]} | {' | '.join(_cell(cells.get(one, [])) for one in places)} |"


def _cell(cases: list[str]) -> str:
    if not cases or set(cases) == {"skipped"}:
        return "not run"
    if "failed" in cases:
        return "**no**"
    return "yes" if len(cases) == 1 else f"yes, {cases.count('passed')} cases"


def main() -> None:
    page = FOLDER / "destinations.md"
    before, _, rest = page.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text("\n".join([before + _BEGIN, "", *table(run()), "", _END + after]))


if __name__ == "__main__":
    main()

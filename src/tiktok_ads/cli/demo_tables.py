"""What the demo loaded: rows by table, spend by advertiser, and a query to try next."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

_QUERY = """
      select stat_time_day, currency, sum(spend) as spend, sum(clicks) as clicks
      from tiktok_ads.ad_insights
      group by all
      order by all desc
      limit 7
  """


def rows(file: str) -> dict[str, int]:
    """Rows by table."""
    from tiktok_ads.catalog.lookup import catalog

    counted = " union all ".join(
        f"select '{name}', count(*) from tiktok_ads.{name}"  # noqa: S608 - names of our own catalog
        for name in catalog().core
    )
    return {str(name): int(str(count)) for name, count in _ask(file, counted)}


def spend(file: str) -> list[dict[str, object]]:
    """What each advertiser spent in the days loaded, in its own currency."""
    names = ("advertiser_id", "name", "currency", "spend")
    found = _ask(
        file,
        "select advertiser_id, name, currency, spend from tiktok_ads.advertisers left join "
        "(select advertiser_id, sum(spend) as spend from tiktok_ads.ad_insights group by all) "
        "using (advertiser_id) order by advertiser_id",
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def show(file: str) -> None:
    from rich.text import Text

    from tiktok_ads.cli.show import console, grid

    counts = grid("table", "rows", right=("rows",))
    for name, count in rows(file).items():
        counts.add_row(name, f"{count:,}")
    spent = grid("advertiser", "name", "currency", "spend", right=("spend",), wrap=("name",))
    for one in spend(file):
        amount = "–" if one["spend"] is None else f"{one['spend']:,.2f}"
        spent.add_row(str(one["advertiser_id"]), Text(str(one["name"])), str(one["currency"] or "–"), amount)
    out = console()
    out.print()
    out.print(counts)
    out.print()
    out.print(spent)
    typer.echo("\nAsk it something:\n")
    # Only what stands inside the quotes of the query may be indented.
    typer.echo(f"""  {_python()} -c "import duckdb; print(duckdb.connect('{file}').sql('''{_QUERY}'''))\"""")


def _ask(file: str, query: str) -> list[tuple[object, ...]]:
    import duckdb

    with duckdb.connect(file, read_only=True) as database:
        return database.execute(query).fetchall()


def _python() -> str:
    """The Python that has duckdb, as it is typed from this folder."""
    running = Path(sys.executable)
    return str(running.relative_to(Path.cwd())) if running.is_relative_to(Path.cwd()) else "python"

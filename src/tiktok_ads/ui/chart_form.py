"""The form beside the charts of a dataset: what they show, and what else they could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tiktok_ads.ui.data.chart import SPANS, Per
from tiktok_ads.ui.data.tables import USUAL, DataTable, charted, data_tables
from tiktok_ads.ui.datasets import Dataset

TOPS = (3, 5, 10, 20)


@dataclass(frozen=True)
class ChartForm:
    """What the charts show, and what else they could. A blank `table` is the first that can be drawn."""

    tables: Sequence[DataTable]
    table: DataTable | None
    metric: str
    by: str
    per: Per
    days: int
    top: int
    address: str

    @property
    def metrics(self) -> list[str]:
        """The figures that are drawn: the chosen one, or the usual ones that the table has."""
        if self.table is None:
            return []
        known = [one.name for one in self.table.figures]
        return [self.metric] if self.metric else [one for one in USUAL if one in known] or known[:1]

    def source(self, metric: str) -> str:
        """Where the figures of a chart come from."""
        asked = {"table": self.table.name if self.table else "", "metric": metric, "by": self.by}
        return f"/api/v1{self.address}/chart?" + urlencode(
            {**asked, "per": self.per, "days": self.days, "top": self.top}
        )

    def query(self) -> str:
        """The same choice in the address of the page."""
        said = {"table": self.table.name if self.table else "", "metric": self.metric, "by": self.by}
        return urlencode({**said, "per": self.per, "days": self.days, "top": self.top})


def chart_form(one: Dataset, table: str, metric: str, by: str, per: Per, days: int, top: int) -> ChartForm:
    """What was chosen, as far as the chosen table has it."""
    tables = charted(data_tables(one.settings))
    chosen = next((each for each in tables if each.name == table), tables[0] if tables else None)
    figures = {each.name for each in chosen.figures} if chosen else set()
    splits = {each.name for each in chosen.splits} if chosen else set()
    return ChartForm(
        tables,
        chosen,
        metric if metric in figures else "",
        by if by in splits else "",
        per,
        days if days in SPANS else 90,
        top if top in TOPS else 5,
        f"/datasets/{one.name}",
    )

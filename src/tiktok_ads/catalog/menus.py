"""What is chosen of a report so far, and the menus that answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

State = Literal["chosen", "open", "needs", "apart", "closed"]


@dataclass(frozen=True)
class SoFar:
    """What is chosen; None and nothing mean that it is still open. `filters` are names of fields."""

    report_type: str | None = None
    data_level: str | None = None
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lifetime: bool = False


class Choice(NamedTuple):
    """One thing that could be chosen.

    `open` goes with all that is chosen. `needs` does once what `reason` names is added. `apart` can be had,
    but some metric then stands in a column of its own that repeats (`reason` says which). `closed` does not
    go with what is chosen, and `reason` says why.
    """

    name: str
    state: State
    reason: str = ""

    @property
    def may_be_chosen(self) -> bool:
        return self.state != "closed"


@dataclass(frozen=True)
class Menus:
    """Everything that can be chosen for a report, by menu, in catalog order."""

    report_types: tuple[Choice, ...]
    data_levels: tuple[Choice, ...]
    ids: tuple[Choice, ...]
    times: tuple[Choice, ...]
    audiences: tuple[Choice, ...]
    others: tuple[Choice, ...]
    metrics: tuple[Choice, ...]
    attributes: tuple[Choice, ...]
    filters: tuple[Choice, ...]
    lifetime: Choice

    def all(self) -> Iterator[tuple[str, Choice]]:
        """Each choice with the name of its menu."""
        for menu in self.__dataclass_fields__:
            held = getattr(self, menu)
            yield from ((menu, one) for one in ((held,) if isinstance(held, Choice) else held))

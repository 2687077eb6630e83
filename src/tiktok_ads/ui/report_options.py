"""What the menus of the report form are made of, and what each thing in them means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.menus import State
from tiktok_ads.catalog.semantics import semantics
from tiktok_ads.catalog.special_rules import special_metrics
from tiktok_ads.catalog.streams import TIMES
from tiktok_ads.ui.report_form import FilterLine, WantedReport

TERM = "TERM"
GROUPS = {
    "core": "Basic figures",
    "clicks": "Clicks",
    "video": "Video",
    "social": "Likes, comments, follows",
    "attribution": "Attribution",
    "attribute": "Attributes: names, settings and states",
    "audience_attribute": "Attributes of the audience",
    "app_event": "In the app",
    "website_event": "On the website",
    "tiktok_onsite": "On TikTok itself",
    "shop": "TikTok Shop",
    "offline": "Offline",
    "skan": "SKAdNetwork",
    "native_growth": "Native Growth",
    "instant_experience": "Instant experience",
    "interactive_add_on": "Interactive add-ons",
    "messaging": "Messages",
    "live": "LIVE",
    "image": "Images",
    "business_center": "Business Center",
}
_METHODS = (
    (
        "partition",
        "Replace the days that were read",
        "Rows of the days that a run reads are replaced by what TikTok says now; rows of other days stay.",
    ),
    (
        "replace",
        "Replace all",
        "After a run the table holds what that run read: rows that did not come again are gone.",
    ),
    (
        "merge",
        "Merge by key",
        "Rows that come again are updated and new ones added; what does not come again stays for ever.",
    ),
    (
        "append",
        "Add a snapshot",
        "Each run adds all of its rows, stamped with the run, and changes none that are there: shows how "
        "figures grew. The table grows with each run.",
    ),
)


@dataclass(frozen=True)
class Option:
    """One thing to choose. `instead` is what goes when it is chosen; `tags` are a few words beside it."""

    name: str
    label: str = ""
    doc: str = ""
    state: State = "open"
    reason: str = ""
    tags: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def chosen(self) -> bool:
        return self.state == "chosen"

    @property
    def closed(self) -> bool:
        return self.state == "closed"


@dataclass(frozen=True)
class Group:
    """Options that belong together; `key` names them in the page."""

    key: str
    title: str
    options: tuple[Option, ...]

    @property
    def count_chosen(self) -> int:
        return sum(one.chosen for one in self.options)

    @property
    def count_open(self) -> int:
        return sum(not one.closed for one in self.options)


@dataclass(frozen=True)
class FilterRow:
    """A filter with its menus: fields, the operators of its field, and the values where they are known."""

    line: FilterLine
    fields: tuple[Option, ...]
    operators: tuple[str, ...]
    values: tuple[str, ...]
    doc: str


def type_names() -> tuple[str, ...]:
    return (*catalog().report_types, *catalog().special, TERM)


def type_option(name: str, state: State, reason: str = "") -> Option:
    docs = {known: one.doc for known, one in catalog().report_types.items()}
    docs |= {known: one.doc for known, one in catalog().special.items()}
    doc = docs.get(name, "Agreements for lead forms and the like, and their texts.")
    return Option(name, name, doc, state, reason)


@cache
def meaning(name: str, special: str) -> tuple[str, str, tuple[str, ...]]:
    """Group, meaning and a few words of a metric."""
    metric = special_metrics(special)[name] if special else catalog().metrics[name]
    means = semantics(metric)
    tags = [means.unit] if means.unit else []
    if means.adds_up is not None:
        tags.append("adds up" if means.adds_up else "does not add up")
    return metric.group, " ".join((metric.doc, *means.sentences())), tuple(tags)


def methods(wanted: WantedReport) -> Iterator[Option]:
    dated = bool(wanted.roll_up) or any(name in TIMES for name in wanted.dimensions)
    usual = "partition" if dated else "replace"
    for name, label, doc in _METHODS:
        chosen = name == (wanted.update_method or usual)
        closed = name == "partition" and not dated and not chosen
        state: State = "chosen" if chosen else "closed" if closed else "open"
        reason = "Rows have no day: there is none to replace." if closed else ""
        # What is usual is left out of the file, and follows when the dimensions change.
        said, tags = ("", ("usual here",)) if name == usual else (name, ())
        yield Option(said, label, doc, state, reason, tags)

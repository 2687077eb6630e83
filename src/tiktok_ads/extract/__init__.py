"""Slices in, rows out: whole, each once, cut where TikTok cannot give them at once."""

from tiktok_ads.extract.accounts import Accounts, advertisers_of, known_zone, read_accounts
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.entities import EntityQuestion, has_top_view, read_entities
from tiktok_ads.extract.lists import ListAnswer, ListQuestion, Row, columns_used, known_of, read_lists
from tiktok_ads.extract.memory import Room, Ticket
from tiktok_ads.extract.pages import PagedList, Rows, read_list
from tiktok_ads.extract.probe import CHECKED, Probe, advertiser_days, probe_calls
from tiktok_ads.extract.question import Cut, ReportAnswer, ReportQuestion, SliceTooLong, summed
from tiktok_ads.extract.reports import MOST_ROWS, ReportReader
from tiktok_ads.extract.requests import (
    CAMPAIGNS_PER_CALL,
    IDS_PER_FILTER,
    metric_calls,
    most_objects,
    own_ids,
    takes_campaigns,
    takes_top_view,
)
from tiktok_ads.extract.totals import read_totals

__all__ = [
    "CAMPAIGNS_PER_CALL",
    "CHECKED",
    "IDS_PER_FILTER",
    "MOST_ROWS",
    "Accounts",
    "Cut",
    "EntityQuestion",
    "ListAnswer",
    "ListQuestion",
    "PagedList",
    "Probe",
    "Reader",
    "ReportAnswer",
    "ReportQuestion",
    "ReportReader",
    "Room",
    "Row",
    "Rows",
    "SliceTooLong",
    "Tally",
    "Ticket",
    "advertiser_days",
    "advertisers_of",
    "columns_used",
    "has_top_view",
    "known_of",
    "known_zone",
    "metric_calls",
    "most_objects",
    "own_ids",
    "probe_calls",
    "read_accounts",
    "read_entities",
    "read_list",
    "read_lists",
    "read_totals",
    "summed",
    "takes_campaigns",
    "takes_top_view",
]

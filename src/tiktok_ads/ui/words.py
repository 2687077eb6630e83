"""Words that a page must not use without saying what they mean, and the names of fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word with the question that it raises, and the answer in plain sentences."""

    question: str
    answer: str


WORDS = {
    "core": Word(
        "Which nine?",
        "advertisers, campaigns, adgroups and ads, and five reports: ad_insights (each ad by day), the "
        "same by age and gender, by country and by platform, and campaigns by province. They are named "
        "core in the settings file. Most questions about spend and results need no other table.",
    ),
    "advertiser": Word(
        "What is an advertiser?",
        "An ad account at TikTok: it owns campaigns, and has one currency and one time zone. A connection"
        " can grant many.",
    ),
    "lookback": Word(
        "Why are days read again?",
        "Conversions are counted on the day of the ad, and arrive up to 28 days later, so TikTok goes on "
        "changing the figures of past days. Each run reads these days anew (the lookback). Fewer days "
        "take fewer calls, and leave late conversions out.",
    ),
    "attribution": Word(
        "What is attribution?",
        "The rule by which a purchase or another result counts for an ad: so many days after a click or a"
        " view. It is set at TikTok, for each ad group, not here.",
    ),
    "changes": Word(
        "What does keeping changes mean?",
        "Beside each such table stands a second one that keeps every former state of a row, with the time"
        " at which it changed. With it a table can be seen as it was at an earlier run. It takes more "
        "space.",
    ),
    "update": Word(
        "What happens to rows that are there?",
        "Reports: the days that a run reads are replaced by what TikTok says now, and other days stay "
        "(partition). Lists such as campaigns: rows that come again are updated, new ones added, and what"
        " is gone at TikTok is marked deleted or taken out (merge). A run that breaks off changes nothing"
        " of the part it was at.",
    ),
    "methods": Word(
        "Which of these is right?",
        "Leave what is usual, unless you know why. Partition exchanges whole days. Merge updates rows "
        "that have the same key, which are the columns that tell a row from all others. Append keeps what"
        " every run saw.",
    ),
    "level": Word(
        "What is a data level?",
        "Whose figures a row holds: those of a whole advertiser, of a campaign, of an ad group, or of a "
        "single ad. It follows from the id among the dimensions.",
    ),
    "dimension": Word(
        "What is a dimension?",
        "What the figures are split by. With campaign and day there is a row for each campaign on each "
        "day; add country, and there is one for each country of these.",
    ),
    "metric": Word(
        "What is a metric, and when does it not add up?",
        "A figure that is measured, such as spend. Counts and money can be added up over days. Rates and "
        "numbers of people cannot: somebody who saw an ad on two days is one person.",
    ),
    "term": Word(
        "What is a term type?",
        "The kind of agreement whose text is asked for, such as the one that lead forms need.",
    ),
    "roll_up": Word(
        "What does rolling up mean?",
        "One row for each week, month or quarter in place of one for each day.",
    ),
    "scope": Word(
        "What is a permission?",
        "TikTok calls it a scope. Your TikTok app asks for some, and whoever signs in grants them. A "
        "table whose permission is missing stays empty and says so; all others are loaded. To add one, "
        "tick it in your app on TikTok's developer portal, then connect again.",
    ),
    "calls": Word(
        "What is a call, and how many are there?",
        "A question to TikTok. An app may ask only so many in a second and in a day. Each table says how "
        "many it takes for one advertiser; runs wait by themselves where TikTok's limit is reached.",
    ),
    "destination": Word(
        "How is a destination written?",
        "duckdb:///tiktok.duckdb is a file in the folder where the app runs; four slashes begin an "
        "absolute path: duckdb:////data/tiktok.duckdb. A Postgres database is "
        "postgresql://user@host/database; its password stands in the environment, not here.",
    ),
    "retries": Word(
        "When does a run fail?",
        "When nothing could be loaded: TikTok cannot be reached, or does not take the login. A run that "
        "loads a part is not tried again at once; the next one makes it good.",
    ),
    "final": Word(
        "When is yesterday final?",
        "TikTok corrects a day's figures once more at 12:00 UTC on the next day, and counts of people "
        "take up to 16 hours. The run starts after both, for each time zone of the advertisers. Late "
        "conversions still come for weeks; the days that are read again catch those.",
    ),
    "cron": Word(
        "How is a line of cron written?",
        "Five fields: minute, hour, day of the month, month, day of the week. 0 6 * * mon-fri is 06:00 on"
        " weekdays; */15 8-18 * * * every quarter of an hour by day.",
    ),
    "required": Word(
        "What are filters that TikTok needs?",
        "TikTok answers this report for named shops, campaigns or products alone. Where no filter names "
        "them, each run looks for all that there are and asks for those, which takes more calls.",
    ),
}

LABELS = {
    "name": "Name",
    "description": "What it is for",
    "connection": "Connection",
    "advertisers": "Advertisers",
    "start_date": "First day",
    "tables": "Tables",
    "schedule": "Schedule",
    "zone": "Time zone",
    "lookback_days": "Days that each run reads again",
    "store_changes": "Keep every change",
    "include_deleted": "Deleted campaigns",
    "destination": "Destination",
    "retries": "Tries after a failure",
    "retry_minutes": "Minutes between them",
    "report_type": "Report type",
    "data_level": "Data level",
    "dimensions": "Dimensions",
    "metrics": "Metrics and attributes",
    "filters": "Filters",
    "order_by": "Order by",
    "dates": "Days",
    "roll_up": "Roll up",
    "update_method": "What a run does to the rows that are there",
    "force_metrics": "Metrics that are not listed",
    "term_type": "Term types",
    "language": "Languages",
    "app_id": "App ID",
    "secret": "Secret of the app",
    "token": "Access token",
    "pasted": "Address or code",
    "new_name": "New name",
    "to": "Connection that takes them over",
    "jobs": "Datasets",
    "host": "Mail server",
    "port": "Port",
    "user": "User",
    "security": "Encryption",
    "from": "From",
    "url": "Address",
    "allow_private": "The own network",
    "notices": "Notices",
    "notice_events": "Notices",
    "stale_after_hours": "Hours that are too long",
}
"""Fields as their forms call them, for the list of what is wrong above a form."""

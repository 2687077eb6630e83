"""The report builder: a definition, what is wrong with it, the questions it takes, the table it becomes."""

from tiktok_ads.builder.definition import ReportDefinition, completed
from tiktok_ads.builder.parts import Parts, definition_notes, parts
from tiktok_ads.builder.problems import Problem, check_definition, problems
from tiktok_ads.builder.streams import report_stream, stream_of
from tiktok_ads.builder.text import definition_from, definition_to

__all__ = [
    "Parts",
    "Problem",
    "ReportDefinition",
    "check_definition",
    "completed",
    "definition_from",
    "definition_notes",
    "definition_to",
    "parts",
    "problems",
    "report_stream",
    "stream_of",
]

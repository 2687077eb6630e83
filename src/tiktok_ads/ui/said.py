"""What a form of datasets says, as typed: one value, several, the schedule, and whose figures it is about."""

from __future__ import annotations

from starlette.datastructures import FormData, QueryParams

from tiktok_ads.ui.when import When, text_of

Form = FormData | QueryParams
ALL = "all"


def said(form: Form, field: str) -> str:
    """The one value of a field, without blanks around it; "" where there is none."""
    value = form.get(field, "")
    return value.strip() if isinstance(value, str) else ""


def many(form: Form, field: str) -> tuple[str, ...]:
    """Every value of a field that is not empty, each once."""
    values = [value.strip() for value in form.getlist(field) if isinstance(value, str)]
    return tuple(dict.fromkeys(value for value in values if value))


def when_said(form: Form) -> When | None:
    """The fields of the schedule; None where it was written as text alone."""
    kind = said(form, "when_kind")
    if not kind:
        return None
    return When(
        kind,
        said(form, "when_every"),
        said(form, "when_unit") or "hours",
        said(form, "when_begin"),
        said(form, "when_end"),
        many(form, "when_weekday"),
        said(form, "when_month_days"),
        bool(said(form, "when_last_day")),
        said(form, "when_nth"),
        said(form, "when_nth_weekday"),
        many(form, "when_time"),
        said(form, "when_since"),
        said(form, "when_cron"),
        said(form, "schedule"),
    )


def schedule_said(form: Form) -> str:
    """The schedule as text: as it was written, or as its fields mean it."""
    when = when_said(form)
    return text_of(when) if when else said(form, "schedule")


def advertisers_said(form: Form) -> str:
    """Ids and names with commas between, or `all`: those that are ticked, and those that are written."""
    if said(form, "whose") == ALL:
        return ALL
    written = [one.strip() for one in said(form, "advertisers").split(",")]
    ticked = many(form, "advertiser")
    if said(form, "whose"):
        # Whoever asks for some of them does not mean all, even where the field still says so.
        written = [one for one in written if one.lower() != ALL]
    return ", ".join(dict.fromkeys(one for one in (*ticked, *written) if one))

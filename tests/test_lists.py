"""Lists that behave oddly: parts refused, rows gone, shapes nobody wrote down, files, links that expire."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.little_api import (
    CENTER,
    NOW,
    OWNER,
    Answering,
    File,
    LittleApi,
    Loaded,
    Refusal,
    account,
    center,
    listed,
)

Folder = Callable[..., Loaded]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A user's folder, and a TikTok that answers as the test says."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "token")

    def made(answers: dict[str, Answering]) -> Loaded:
        usual: dict[str, Answering] = {
            "advertiser/info": account,
            "bc/get": center,
            "campaign/get": lambda _: listed(),
            "ad/get": lambda _: listed(),
        }
        return Loaded(tmp_path, LittleApi({**usual, **answers}))

    return made


def test_what_is_gone_is_marked(folder: Folder) -> None:
    """A video that the library no longer lists stays in the table, marked, and comes back when it does."""
    rows = [{"video_id": str(at), "file_name": f"{at}.mp4"} for at in range(3)]
    loaded = folder({"file/video/ad/search": lambda _: listed(*rows)})
    loaded.sync("videos")
    gone = rows.pop()
    report = loaded.sync("videos")
    assert report.lines[0].deleted == 1
    assert loaded.rows("SELECT video_id FROM videos WHERE is_deleted AND _deleted_at IS NOT NULL") == [("2",)]
    rows.append(gone)
    loaded.sync("videos")
    assert loaded.rows("SELECT count(*) FROM videos WHERE NOT is_deleted") == [(3,)]


def test_rows_of_lookups_that_are_gone_go(folder: Folder) -> None:
    """A language that TikTok no longer offers is no longer in the table."""
    rows = [{"code": code, "name": code.upper()} for code in ("en", "ja", "de")]
    loaded = folder({"tool/language": lambda _: {"languages": rows}})
    loaded.sync("languages")
    rows.pop()
    loaded.sync("languages", now=NOW + timedelta(days=8))
    assert loaded.rows("SELECT code FROM languages ORDER BY 1") == [("en",), ("ja",)]


def test_lists_that_hardly_change_are_asked_once_a_week(folder: Folder) -> None:
    """A run a day costs one call a week for languages, and a backfill asks whatever the age."""
    loaded = folder({"tool/language": lambda _: {"languages": [{"code": "en", "name": "English"}]}})
    for day in range(8):
        loaded.sync("languages", now=NOW + timedelta(days=day))
    assert len(loaded.api.calls("tool/language")) == 2


def test_a_list_that_lost_most_of_its_rows_is_asked_again(folder: Folder) -> None:
    """One empty answer marks nothing as deleted; the same answer twice does."""
    rows = [{"image_id": str(at)} for at in range(6)]
    empty = [True, False]

    def images(_: Mapping[str, Any]) -> dict[str, Any]:
        return listed(*([] if len(loaded.api.calls("file/image/ad/search")) == 2 and empty[0] else rows))

    loaded = folder({"file/image/ad/search": images})
    loaded.sync("images")
    report = loaded.sync("images")
    assert report.outcome == "failed"
    assert loaded.rows("SELECT count(*) FROM images WHERE is_deleted") == [(0,)]
    rows.clear()
    loaded.sync("images")
    assert loaded.rows("SELECT count(*) FROM images WHERE is_deleted") == [(6,)]


def test_one_refused_parent_leaves_the_others(folder: Folder) -> None:
    """A catalog that may not be read costs its own rows a run, and nobody else's."""
    refused: list[str] = []

    def products(params: Mapping[str, Any]) -> dict[str, Any]:
        if params["catalog_id"] in refused:
            raise Refusal(40001, "No permission for the catalog.")
        return listed({"product_id": params["catalog_id"] + "1"})

    catalogs = [{"catalog_id": "1"}, {"catalog_id": "2"}]
    loaded = folder({"catalog/get": lambda _: listed(*catalogs), "catalog/product/get": products})
    assert loaded.sync("catalog_products").outcome == "complete"
    refused.append("2")
    report = loaded.sync("catalog_products")
    assert report.outcome == "partial"
    assert "1 of 2 calls were refused" in report.skipped[0].what
    assert loaded.rows("SELECT product_id, is_deleted FROM catalog_products ORDER BY 1") == [
        ("11", False),
        ("21", False),
    ]


def test_what_an_account_does_not_have_is_no_failure_of_a_pattern(folder: Folder) -> None:
    """`*` loads what there is and notes what is closed; a table that was named is missed."""

    def closed(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Refusal(40118, "Not on the allowlist.")

    loaded = folder(
        {"saved": closed, "dmp/saved_audience/list": closed, "pixel/list": lambda _: listed(key="pixels")}
    )
    by_pattern = loaded.sync("saved_audience*", "pixels")
    assert by_pattern.outcome == "complete"
    assert [note.table for note in by_pattern.notes] == ["saved_audiences"]
    assert {line.table: line.outcome for line in by_pattern.lines}["saved_audiences"] == "skipped"
    named = loaded.sync("saved_audiences", "pixels")
    assert named.outcome == "partial"
    assert named.skipped[0].table == "saved_audiences"


def test_many_closed_tables_take_one_call_to_understand(folder: Folder) -> None:
    """A login without the scopes of many lists is told so for each, after one question for them all."""

    def closed(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Refusal(40001, "No permission.")

    paths = {"apps": "app/list", "stores": "store/list", "languages": "tool/language", "pixels": "pixel/list"}
    loaded = folder(
        {**dict.fromkeys(paths.values(), closed), "file/music/get": lambda _: listed(key="musics")}
    )
    report = loaded.sync(*paths, "music", concurrency=1)
    assert report.outcome == "partial"
    assert {one.table for one in report.skipped} == {*paths}
    assert report.made.by_purpose["settle"] == 1


def test_a_table_that_was_loaded_before_is_missed(folder: Folder) -> None:
    """What a pattern chose and was open yesterday is not left out in silence today."""
    open_today = [True]

    def audiences(_: Mapping[str, Any]) -> dict[str, Any]:
        if not open_today[0]:
            raise Refusal(40001, "No scope.")
        return listed({"saved_audience_id": "1"}, key="saved_audiences")

    loaded = folder({"dmp/saved_audience/list": audiences, "app/list": lambda _: {"apps": []}})
    loaded.sync("saved_audience*", "apps")
    open_today[0] = False
    assert loaded.sync("saved_audience*", "apps").outcome == "partial"


def test_an_account_without_a_shop_has_empty_tables(folder: Folder) -> None:
    """No shop: no call for its videos, no row, no complaint."""
    loaded = folder({"gmv_max/store/list": lambda _: {}})
    report = loaded.sync("gmv_max_stores", "gmv_max_videos")
    assert report.outcome == "complete"
    assert report.notes == ()
    assert loaded.api.calls("gmv_max/video/get") == []


def test_a_login_without_a_business_center_is_told_so(folder: Folder) -> None:
    """The tables of Business Centers stay empty, with one note and no failure."""
    loaded = folder({"bc/get": lambda _: listed(), "app/list": lambda _: {"apps": [{"app_id": "1"}]}})
    report = loaded.sync("apps", "bc_balances", "catalogs")
    assert report.outcome == "complete"
    assert ["Business Center" in note.text for note in report.notes] == [True]


def test_a_login_that_may_not_ask_for_business_centers_loads_the_rest(folder: Folder) -> None:
    """Without the scope of Business Centers the advertiser's own lists are loaded, and a note says why."""

    def closed(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Refusal(40001, "No scope.")

    loaded = folder({"bc/get": closed, "app/list": lambda _: {"apps": [{"app_id": "1"}]}})
    report = loaded.sync("apps", "catalogs")
    assert report.outcome == "complete"
    assert ["may not ask for its Business Centers" in note.text for note in report.notes] == [True]
    assert loaded.rows("SELECT app_id FROM apps") == [("1",)]


def test_chosen_columns_are_all_there_are(folder: Folder) -> None:
    """Whoever chooses columns of a list gets those, its key and nothing that TikTok adds beside them."""
    row = {"app_id": "1", "app_name": "A", "platform": "IOS", "something_new": 1}
    loaded = folder({"app/list": lambda _: {"apps": [row]}})
    loaded.sync("apps", table_settings={"apps": {"columns": ["app_name"]}})
    columns = loaded.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'apps'")
    assert {name for (name,) in columns if not name.startswith("_")} == {
        "advertiser_id",
        "app_id",
        "app_name",
        "is_deleted",
    }


def test_ids_come_from_the_list_that_is_read_anyway(folder: Folder) -> None:
    """A list that others are asked for with is read once a run, chosen or not."""

    def details(params: Mapping[str, Any]) -> dict[str, Any]:
        ids = params["custom_audience_ids"]
        return {"list": [{"audience_details": {"audience_id": one, "name": one}} for one in ids]}

    rows = [{"audience_id": str(at)} for at in range(3)]
    loaded = folder(
        {
            "dmp/custom_audience/list": lambda _: listed(*rows),
            "dmp/custom_audience/get": details,
            "dmp/custom_audience/share/log": lambda _: {"list": []},
        }
    )
    loaded.sync("custom_audiences", "custom_audience_details", "custom_audience_share_logs")
    assert len(loaded.api.calls("dmp/custom_audience/list")) == 1
    loaded.sync("custom_audience_details", "custom_audience_share_logs")
    assert len(loaded.api.calls("dmp/custom_audience/list")) == 2
    assert loaded.rows("SELECT audience_id, name FROM custom_audience_details ORDER BY 1") == [
        (str(at), str(at)) for at in range(3)
    ]


def test_accounts_of_a_business_center_are_found_through_ads(folder: Folder) -> None:
    """TikTok lists those identities only to who names their Business Center; ads that use them do."""

    def identities(params: Mapping[str, Any]) -> dict[str, Any]:
        if params.get("identity_type") == "BC_AUTH_TT":
            if params["identity_authorized_bc_id"] != CENTER:
                raise Refusal(40001, "No permission for this Business Center.")
            return listed({"identity_id": "2", "identity_type": "BC_AUTH_TT"}, key="identity_list")
        return listed({"identity_id": "1", "identity_type": "TT_USER"}, key="identity_list")

    ads = [
        {"ad_id": str(at), "identity_authorized_bc_id": bc}
        for at, bc in enumerate([CENTER, "999", CENTER, ""])
    ]
    loaded = folder({"identity/get": identities, "ad/get": lambda _: listed(*ads)})
    assert loaded.sync("identities").outcome == "complete"
    assert loaded.rows("SELECT identity_id FROM identities ORDER BY 1") == [("1",), ("2",)]
    assert len(loaded.api.calls("identity/get")) == 3


def test_a_list_that_fails_fails_its_children_and_nothing_else(folder: Folder) -> None:
    """Catalogs that TikTok cannot list leave out what is in them; the run goes on with the rest."""

    def down(_: Mapping[str, Any]) -> dict[str, Any]:
        raise Refusal(50000, "System error.")

    loaded = folder(
        {"catalog/get": down, "catalog/available_country/get": lambda _: {"region_codes": ["DE"]}}
    )
    of_catalogs = ("catalogs", "catalog_products", "catalog_product_sets", "catalog_feeds", "catalog_videos")
    report = loaded.sync(
        *of_catalogs, "catalog_overviews", "catalog_lexicons", "catalog_countries", concurrency=1
    )
    assert report.outcome == "partial"
    assert {one.table for one in report.skipped} == {*of_catalogs, "catalog_overviews", "catalog_lexicons"}
    assert loaded.rows("SELECT region_code FROM catalog_countries") == [("DE",)]


def test_rows_without_ids_are_counted(folder: Folder) -> None:
    """Two equal lines of a log are two rows, today and tomorrow."""
    line = {"adgroup_id": "5", "action": "APPLY"}
    loaded = folder(
        {
            "dmp/custom_audience/list": lambda _: listed({"audience_id": "1"}),
            "dmp/custom_audience/apply/log": lambda _: listed(line, line, {**line, "action": "CANCEL"}),
        }
    )
    loaded.sync("custom_audience_apply_logs")
    again = loaded.sync("custom_audience_apply_logs")
    assert (again.lines[0].inserted, again.lines[0].updated, again.lines[0].deleted) == (0, 0, 0)
    assert loaded.rows(
        "SELECT action, count(*), count(DISTINCT row_id) FROM custom_audience_apply_logs GROUP BY 1 "
        "ORDER BY 1"
    ) == [("APPLY", 2, 2), ("CANCEL", 1, 1)]


def test_links_that_expire_change_no_row(folder: Folder) -> None:
    """New links to the same video are kept with their expiry, and count as no change."""
    hour = [0]

    def videos(_: Mapping[str, Any]) -> dict[str, Any]:
        hour[0] += 1
        link = f"https://example.com/v.jpg?x-expires={1_790_000_000 + 3600 * hour[0]}&x-signature={hour[0]}"
        expiry = (NOW + timedelta(hours=hour[0])).strftime("%Y-%m-%d %H:%M:%S")
        return listed(
            {"video_id": "1", "video_cover_url": link, "preview_url": link, "preview_url_expire_time": expiry}
        )

    loaded = folder({"file/video/ad/search": videos})
    loaded.sync("videos")
    first = loaded.rows("SELECT _synced_at FROM videos")
    report = loaded.sync("videos", now=NOW + timedelta(hours=1))
    assert (report.lines[0].inserted, report.lines[0].updated) == (0, 0)
    assert loaded.rows("SELECT _synced_at FROM videos") == first
    assert loaded.rows(
        "SELECT epoch(video_cover_url_expire_time), video_cover_url LIKE '%=2' FROM videos"
    ) == [(1_790_000_000 + 7200, True)]


def test_a_cursor_is_followed_to_the_end(folder: Folder) -> None:
    """Posts come twenty at a time until there are no more."""

    def posts(params: Mapping[str, Any]) -> dict[str, Any]:
        at = int(params.get("cursor", 0))
        rows = [
            {"item_info": {"item_id": f"{params['item_type']}{one}"}} for one in range(at, min(at + 20, 45))
        ]
        return {"video_list": rows, "cursor": str(at + 20), "has_more": at + 20 < 45}

    identities = [
        {"identity_id": "1", "identity_type": "TT_USER"},
        {"identity_id": "2", "identity_type": "UNSET"},
    ]
    loaded = folder(
        {
            "identity/get": lambda _: listed(*identities, key="identity_list"),
            "identity/video/get": posts,
        }
    )
    assert loaded.sync("identity_videos").outcome == "complete"
    assert loaded.rows("SELECT item_type, count(*) FROM identity_videos GROUP BY 1 ORDER BY 1") == [
        ("CAROUSEL", 45),
        ("VIDEO", 45),
    ]
    assert {params["identity_id"] for params in loaded.api.calls("identity/video/get")} == {"1"}


def test_a_cursor_that_stands_still_is_refused(folder: Folder) -> None:
    """A list that would never end does not go on forever, and nothing of it is loaded."""
    loaded = folder(
        {
            "identity/get": lambda _: listed(
                {"identity_id": "1", "identity_type": "TT_USER"}, key="identity_list"
            ),
            "identity/video/get": lambda _: {"video_list": [], "cursor": "7", "has_more": True},
        }
    )
    report = loaded.sync("identity_videos")
    assert report.outcome == "failed"
    assert "the cursor does not move" in report.skipped[0].what


@pytest.mark.parametrize(
    "answer", [{"campaign_labels": [{"campaign_label_id": "1"}]}, {"list": [{"campaign_label_id": "1"}]}]
)
def test_a_list_under_another_name_is_found(folder: Folder, answer: dict[str, Any]) -> None:
    """Where a list stands is not certain for every endpoint; the only list in the answer is it."""
    info = {"page_info": {"page": 1, "page_size": 10, "total_number": 1, "total_page": 1}}
    loaded = folder({"campaign_label/get": lambda _: {**answer, **info}})
    assert loaded.sync("campaign_labels").outcome == "complete"
    assert loaded.rows("SELECT campaign_label_id FROM campaign_labels") == [("1",)]


@pytest.mark.parametrize("answer", [{}, {"event_set_list": []}, {"event_set_list": None}, {"list": []}])
def test_an_empty_list_is_empty_whatever_it_is_called(folder: Folder, answer: dict[str, Any]) -> None:
    """An account without such things is complete, although the answer names its list as it likes."""
    loaded = folder({"crm/list": lambda _: answer})
    assert loaded.sync("crm_event_sets").outcome == "complete"
    assert loaded.rows("SELECT * FROM crm_event_sets") == []


def test_an_answer_that_is_no_list_empties_no_table(folder: Folder) -> None:
    """An answer that nobody understands is told with its request id; what is stored stays."""
    answers: list[dict[str, Any]] = [{"apps": [{"app_id": "1"}]}, {"surprise": {"app_id": "1"}}]
    loaded: Loaded = folder({"app/list": lambda _: answers[min(len(loaded.api.calls("app/list")), 2) - 1]})
    loaded.sync("apps")
    report = loaded.sync("apps")
    assert report.outcome == "failed"
    assert "request r" in report.skipped[0].what
    assert loaded.rows("SELECT count(*) FROM apps WHERE NOT is_deleted") == [(1,)]


def test_rows_of_somebody_else_are_refused(folder: Folder) -> None:
    """A row that names another advertiser never lands under this one."""
    loaded = folder({"app/list": lambda _: {"apps": [{"app_id": "1", "advertiser_id": "999"}]}})
    report = loaded.sync("apps")
    assert report.outcome == "failed"
    assert "another owner" in report.skipped[0].what


def test_fields_of_which_nobody_wrote_are_columns(folder: Folder) -> None:
    """A list whose fields are not documented keeps all of them, and makes no news of it."""
    person = {"user_id": "1", "user_role": "ADMIN", "relations": [{"a": 1}]}
    loaded = folder({"bc/member/get": lambda _: listed(person)})
    report = loaded.sync("bc_members")
    assert report.notes == ()
    assert loaded.rows("SELECT bc_id, user_id, user_role, relations::VARCHAR FROM bc_members") == [
        (CENTER, "1", "ADMIN", '[{"a":1}]')
    ]


def test_contacts_of_balances_are_left_out(folder: Folder) -> None:
    """Names and addresses of people come only into tables that are named for it."""
    row = {"advertiser_id": OWNER, "contact_name": "Somebody", "contact_email": "a@example.com", "budget": 5}
    loaded = folder({"advertiser/balance/get": lambda _: listed(row, key="advertiser_account_list")})
    assert loaded.sync("advertiser_balances").outcome == "complete"
    columns = {name for (name,) in loaded.rows("SELECT column_name FROM duckdb_columns()")}
    assert not columns & {"contact_name", "contact_email"}
    assert loaded.rows("SELECT budget FROM advertiser_balances") == [(5,)]


def test_days_are_replaced_and_looked_back_on(folder: Folder) -> None:
    """Transactions of a window become what TikTok says of it; those of other days stay."""
    made = {"1": "2026-09-01 10:00:00", "2": "2026-09-20 23:30:00"}

    def transactions(params: Mapping[str, Any]) -> dict[str, Any]:
        first, last = params["filtering"]["start_time"], params["filtering"]["end_time"]
        rows = [{"transaction_id": one, "create_time": at} for one, at in made.items() if first <= at <= last]
        return listed(*(rows if params["transaction_level"] == "BC" else []), key="transaction_list")

    loaded = folder({"bc/account/transaction/get": transactions})
    loaded.sync("bc_account_transactions", start_date=date(2026, 8, 1))
    del made["2"]
    made["3"] = "2026-09-21 01:00:00"
    later = loaded.sync("bc_account_transactions", start_date=date(2026, 8, 1), now=NOW + timedelta(days=1))
    assert loaded.rows("SELECT transaction_id FROM bc_account_transactions ORDER BY 1") == [("1",), ("3",)]
    asked = loaded.api.calls("bc/account/transaction/get")[-1]["filtering"]
    assert asked == {"start_time": "2026-09-07 00:00:00", "end_time": "2026-09-23 23:59:59"}
    assert later.lines[0].complete_to == date(2026, 9, 23)


def test_costs_are_asked_day_by_day(folder: Folder) -> None:
    """TikTok sums the days of a call, so each is asked for by itself and written on its rows."""

    def costs(params: Mapping[str, Any]) -> dict[str, Any]:
        assert params["filtering"]["start_date"] == params["filtering"]["end_date"]
        return listed({"advertiser_id": OWNER, "amount": "1.5"}, key="cost_list")

    loaded = folder({"bc/account/cost/get": costs})
    loaded.sync("bc_account_costs", start_date=date(2026, 9, 20))
    assert loaded.rows("SELECT stat_time_day, amount FROM bc_account_costs ORDER BY 1") == [
        (date(2026, 9, day), "1.5") for day in (20, 21, 22)
    ]


def _csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _zip(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("leads.csv", content)
    return out.getvalue()


@pytest.mark.parametrize("pack", [bytes, _zip])
def test_leads_come_from_every_region(folder: Folder, pack: Callable[[bytes], bytes]) -> None:
    """Leads of Europe and the United States are kept apart by TikTok; all of them are read, each once."""
    waits: dict[str, int] = {}

    def region() -> str:
        return loaded.api.headers[-1].get("x-lead-region", "")

    def task(params: Mapping[str, Any]) -> dict[str, Any]:
        if region() == "us":
            raise Refusal(40002, "No leads there.")
        if "task_id" not in params:
            return {"task_id": region() or "all", "status": "CREATED"}
        waits[region()] = waits.get(region(), 0) + 1
        return {"task_id": params["task_id"], "status": "SUCCEED" if waits[region()] > 2 else "RUNNING"}

    def download(params: Mapping[str, Any]) -> File:
        row = {
            "Lead ID": f"9{region()}",
            "Created Time": "2026-09-01 10:00:00",
            "Ad ID": "5",
            "Your name?": "Ü, \n",
        }
        return File(pack(_csv([row])))

    forms = [{"page_id": "1", "title": "Form"}]
    loaded = folder(
        {
            "page/get": lambda params: listed(*(forms if params["business_type"] == "LEAD_GEN" else [])),
            "page/lead/task": task,
            "page/lead/task/download": download,
        }
    )
    assert loaded.sync("leads").outcome == "complete"
    assert loaded.rows(
        "SELECT lead_id, ad_id, page_id, lead_region, lead_data::VARCHAR FROM leads ORDER BY 1"
    ) == [
        ("9", "5", "1", None, '{"Your name?":"Ü, \\n"}'),
        ("9eu", "5", "1", "eu", '{"Your name?":"Ü, \\n"}'),
    ]


def test_a_change_log_is_unpacked(folder: Folder) -> None:
    """The log comes as the printed form of a file; its lines are rows, two equal ones too."""
    text = (
        "Total logs,2\nExported logs,2\n\n"
        "Time,log_object_type,Object ID,Object,Operator,Source,App ID,Activity details\n"
        + 2
        * "2026-09-20 10:15,CAMPAIGN,17,«A»,User,API,,\"[{'action': 'UPDATE', 'name': 'Budget'}]\"\n"
    )
    statuses = iter(["PROCESSING", "SUCCESS"])
    loaded = folder(
        {
            "changelog/task/create": lambda _: {"task_id": "1"},
            "changelog/task/check": lambda _: {"status": next(statuses)},
            "changelog/task/download": lambda _: {"changelog": repr({"changelog": text.encode()})},
        }
    )
    assert loaded.sync("change_log", start_date=date(2026, 9, 1)).outcome == "complete"
    assert loaded.rows("SELECT time::VARCHAR, object, activity_details::VARCHAR FROM change_log") == 2 * [
        ("2026-09-20 10:15:00", "«A»", '[{"action":"UPDATE","name":"Budget"}]')
    ]


def test_personal_data_is_read_only_when_it_is_named(folder: Folder) -> None:
    """No pattern chooses leads, comments or members."""
    loaded = folder(
        {"bc/partner/get": lambda _: listed(), "bc/member/get": lambda _: listed({"user_id": "1"})}
    )
    report = loaded.sync("bc_[pm]*rs")
    assert [line.table for line in report.lines] == ["bc_partners"]
    assert loaded.api.calls("bc/member/get") == []
    loaded.sync("bc_members")
    assert loaded.rows("SELECT user_id FROM bc_members") == [("1",)]

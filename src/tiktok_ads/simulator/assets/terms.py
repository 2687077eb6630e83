"""Terms that must be agreed to: their text by kind and language, whether an account has agreed, agreeing."""

from __future__ import annotations

from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Json
from tiktok_ads.simulator.assets.serve import serves

TEXTS = {
    "EN": "<p>Terms for {what}: 1. You agree. 2. “Data” means data.</p>\n",
    "JA": "<p>{what}に関する利用規約:第1条 本規約に同意します。第2条 「データ」とは…</p>\n",
    "ZH": "<p>{what}条款:一、您同意。二、“数据”指数据。</p>\n",
}
NAMES = {
    "LeadAds": {"EN": "lead ads", "JA": "リード獲得広告", "ZH": "线索广告"},
    "InstantPage": {"EN": "instant pages", "JA": "インスタントページ", "ZH": "即时页面"},
    "Pixel": {"EN": "pixels", "JA": "ピクセル", "ZH": "像素代码"},
    "ReachFrequency": {"EN": "Reach & Frequency", "JA": "リーチ&フリークエンシー", "ZH": "覆盖与频次"},
}


@serves("term/get")
def terms(asked: Asked) -> Json:
    """The text in one language: the name of the language is upper-case here, unlike elsewhere."""
    language, type_ = asked.text("lang", "EN"), asked.text("term_type")
    return {"terms": TEXTS.get(language, TEXTS["EN"]).format(what=NAMES[type_].get(language, type_))}


@serves("term/check")
def agreed(asked: Asked) -> Json:
    return {"confirmed": _agreed(asked)}


def _agreed(asked: Asked) -> bool:
    type_ = asked.text("term_type")
    by_itself = (asked.account.number + list(NAMES).index(type_)) % 2 == 0
    return by_itself or (asked.account.id, type_) in asked.world.agreed


@serves("term/confirm")
def confirm(asked: Asked) -> Json:
    """A change: whoever only reads never calls this, and `counters` tells of it as a violation."""
    asked.world.agreed.add((asked.account.id, asked.text("term_type")))
    return {}

"""Countries, provinces, cities and languages that the simulator's lookups know."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = {"en": "English", "de": "German", "ja": "Japanese", "ar": "Arabic", "zh": "Chinese «简体»"}
COUNTRIES = {
    "US": "United States",
    "DE": "Germany",
    "JP": "Japan",
    "CA": "Canada",
    "EG": "Egypt",
    "NP": "Nepal",
}


@dataclass(frozen=True)
class Region:
    """A place; `parent` is the id of the one that holds it, "" for a country."""

    id: str
    name: str
    japanese: str
    level: str
    country: str
    parent: str = ""


PLACES = (
    Region("6252001", "United States", "アメリカ合衆国", "COUNTRY", "US"),
    Region("5332921", "California", "カリフォルニア州", "PROVINCE", "US", "6252001"),
    Region("5368361", "Los Angeles", "ロサンゼルス", "CITY", "US", "5332921"),
    Region("2921044", "Germany", "ドイツ", "COUNTRY", "DE"),
    Region("2951839", "Bavaria", "バイエルン州", "PROVINCE", "DE", "2921044"),
    Region("2867714", "München", "ミュンヘン", "CITY", "DE", "2951839"),
    Region("1861060", "Japan", "日本", "COUNTRY", "JP"),
    Region("1850144", "Tokyo", "東京都", "PROVINCE", "JP", "1861060"),
    Region("6251999", "Canada", "カナダ", "COUNTRY", "CA"),
    Region("357994", "Egypt", "エジプト", "COUNTRY", "EG"),
    Region("1282988", "Nepal", "ネパール", "COUNTRY", "NP"),
)

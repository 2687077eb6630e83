"""One request in, one answer out."""

from tiktok_ads.client.envelope import Answer
from tiktok_ads.client.gate import Gate, open_gate
from tiktok_ads.client.http import Client, Meter
from tiktok_ads.client.remedies import remedy_kind, remedy_of

__all__ = ["Answer", "Client", "Gate", "Meter", "open_gate", "remedy_kind", "remedy_of"]

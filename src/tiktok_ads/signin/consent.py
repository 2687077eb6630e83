"""TikTok's page where advertisers are ticked: the link to it, and the code in what it sends back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pydantic import SecretStr

from tiktok_ads.client.oauth import consent_url, new_state, read_code
from tiktok_ads.config.api_url import PRODUCTION, SANDBOX
from tiktok_ads.credentials import clean_secret
from tiktok_ads.errors import ConfigError

STATE_SECONDS = 600.0
_LONGEST_PASTE = 16_384


@dataclass(frozen=True)
class Consent:
    """A link to TikTok's page, and the state that only its answer can know. Good for ten minutes."""

    link: str
    state: str = field(repr=False)
    made_at: float


def ask_consent(api_url: str, app_id: str, redirect_uri: str) -> Consent:
    """The link to TikTok's page where advertisers are ticked."""
    # The portal is at the production address, for the sandbox too.
    portal = PRODUCTION if api_url == SANDBOX else api_url
    state = new_state()
    link = consent_url(app_id, redirect_uri=redirect_uri, state=state, api_url=portal)
    return Consent(link, state, time.monotonic())


def read_pasted(pasted: str, consent: Consent) -> SecretStr:
    """The code in what was pasted: the address that TikTok sent the browser to, or the bare code.

    Raises:
        ConfigError: there is no code in it, or it answers another link than the one just shown.
    """
    if time.monotonic() - consent.made_at > STATE_SECONDS:
        raise ConfigError("The link was shown more than ten minutes ago.", "Connect again for a new one.")
    return clean_secret(read_code(pasted[:_LONGEST_PASTE], state=consent.state), "pasted code")

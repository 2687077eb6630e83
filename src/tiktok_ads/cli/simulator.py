"""The command that runs the simulator on a port of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import AsJson

PRESETS = ("tiny", "demo", "agency", "big", "bulk")


def simulator(
    *,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = 8390,
    preset: Annotated[
        str, typer.Option("--preset", help=f"Size of the world: {', '.join(PRESETS)}.", metavar="NAME")
    ] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same world.")] = 1,
    latency_ms: Annotated[
        float, typer.Option("--latency-ms", min=0, max=60_000, help="How long each answer takes.")
    ] = 0,
    tier: Annotated[
        str, typer.Option("--tier", help="Quota to enforce; `none` enforces none.", metavar="TIER")
    ] = "basic",
    assets: Annotated[
        int | None,
        typer.Option("--assets", min=0, max=100_000, help="Videos, pixels and so on of each advertiser."),
    ] = None,
    hostile_names: Annotated[
        bool | None,
        typer.Option(
            "--hostile-names/--plain-names",
            help="Whether their names break files and pages.",
            show_default=False,
        ),
    ] = None,
    control: Annotated[
        bool, typer.Option("--control/--no-control", help="Whether /_simulator/ moves clock and faults.")
    ] = True,
    json: AsJson = False,
) -> int:
    """Run a make-believe TikTok on this machine, for trying things out without an account.

    It keeps to the documented rules: permissions, pages, quotas, time zones, deletions, sign-in. Only this
    machine can reach it. Ctrl-C ends it.

    \b
    Example:
      tiktok-ads simulator --port 8390
      TIKTOK_ADS_ACCESS_TOKEN=simulator-token tiktok-ads sync --api-url http://127.0.0.1:8390 \\
          --advertiser 7000000000000000001 --start-date 2026-01-01
    """
    from tiktok_ads.config.values import nearest
    from tiktok_ads.errors import ConfigError
    from tiktok_ads.simulator import logins, server
    from tiktok_ads.simulator.options import TIERS

    if preset not in PRESETS:
        raise ConfigError(
            f"There is no preset {preset!r}; there are {', '.join(PRESETS)}.", nearest(preset, PRESETS)
        )
    if tier not in (*TIERS, "none"):
        raise ConfigError(
            f"There is no tier {tier!r}; there are {', '.join(TIERS)} and none.", nearest(tier, TIERS)
        )
    url = f"http://{server.HOST}:{port}"
    about = {"url": url, "preset": preset, "seed": seed, "app_id": logins.APP_ID}
    if json:
        print_json({**about, "access_token": logins.TOKEN, "app_secret": logins.APP_SECRET})
    else:
        typer.echo(f"Simulator at {url} (preset {preset}, seed {seed}). Ctrl-C ends it.")
        typer.echo(f"App ID {logins.APP_ID}, app secret {logins.APP_SECRET}, access token {logins.TOKEN}")
    try:
        server.run(
            port,
            preset,
            seed=seed,
            latency_ms=latency_ms,
            tier=None if tier == "none" else tier,
            control=control,
            assets=assets,
            hostile_names=hostile_names,
        )
    except OSError as error:
        raise ConfigError(
            f"Port {port} cannot be used: {error.strerror}.", "Choose another with --port."
        ) from None
    return COMPLETE

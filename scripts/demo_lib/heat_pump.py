"""The demo's heat pump, which was at work long before Home Assistant was there."""

import asyncio
from contextlib import AsyncExitStack
import time
from typing import Any

from simulators.weheat import Account, Cloud, HeatPump

from .home import Home, HomeError
from .started import Started

WRITTEN_TIMEOUT_S = 60
DASHBOARD = "heat-pump"


# It's in the house's meters too.
HEAT_PUMP = HeatPump(cooling=True, name="Heat pump", history_days=400)


async def start(stack: AsyncExitStack) -> Started:
    """Start the vendor's cloud with an account of the demo's, and one for visitors."""
    cloud = Cloud(
        [
            Account(
                "home@example.com",
                "demo",
                pumps=[HEAT_PUMP],
            ),
            # For people who try the flow by hand, and for pictures of it.
            Account(
                "you@example.com",
                "demo",
                pumps=[
                    HeatPump(name="Cellar", seed=2),
                    HeatPump(name="Workshop", seed=3),
                ],
                user_id=2,
            ),
        ]
    )
    await stack.enter_async_context(cloud)
    return Started(
        steps=[
            {"next_step_id": "weheat"},
            {"next_step_id": "weheat_password"},
            {"username": "home@example.com", "password": "demo"},
        ],
        environment={
            "SUNBRIDGE_WEHEAT_API_URL": cloud.url,
            "SUNBRIDGE_WEHEAT_AUTH_URL": cloud.auth_url,
        },
        after=_show,
    )


async def _show(home: Home, entry_id: str) -> None:
    """Put the hours of before into the energy dashboard, and into one of its own."""
    series = await _written(home)
    await home.ask(
        "energy/save_prefs",
        device_consumption=[
            {"stat_consumption": series["electricity"], "name": "Heat pump"}
        ],
    )
    await home.ask(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Heat pump",
        icon="mdi:heat-pump",
        mode="storage",
    )
    await home.ask(
        "lovelace/config/save", url_path=DASHBOARD, config=_dashboard(series)
    )


async def _written(home: Home) -> dict[str, str]:
    """Wait for the hours in the statistics; return their ids by name."""
    deadline = time.monotonic() + WRITTEN_TIMEOUT_S
    while time.monotonic() < deadline:
        found = {
            item["name"].removeprefix("Heat pump "): item["statistic_id"]
            for item in await home.ask("recorder/list_statistic_ids")
            if item["source"] == "sunbridge"
        }
        if {"electricity", "heat"} <= found.keys():
            return found
        await asyncio.sleep(1)
    raise HomeError("no hours in the statistics")


def _dashboard(series: dict[str, str]) -> dict[str, Any]:
    graph = {
        "type": "statistics-graph",
        "chart_type": "bar",
        "period": "hour",
        "stat_types": ["change"],
        "days_to_show": 2,
        "entities": [
            {"entity": series["electricity"], "name": "Electricity"},
            {"entity": series["heat"], "name": "Heat"},
        ],
        "title": "Each hour, also those when Home Assistant wasn't there",
    }
    return {
        "views": [
            {"title": "Heat pump", "type": "panel", "cards": [graph]},
        ]
    }

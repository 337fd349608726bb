"""A Home Assistant that can be killed, starved of disk space, and started again."""

import asyncio
from collections.abc import Collection, Mapping
import contextlib
import json
from pathlib import Path
import time
from typing import Any, Final, override

import aiohttp

from scripts.demo_lib.home import CONFIGURATION, Home, HomeError

from .clock import HOME, Clock

_PROBE: Final = Path(__file__).parent / "probe"
STARTED_TIMEOUT_S: Final = 180
_LONG_AGO_S: Final = 2 * 86_400.0
_TOKEN: Final = "auth/long_lived_access_token"

# The demo commits each second, which says more of the pace than of Home Assistant.
_MORE: Final = """\
  logs:
    custom_components.sunbridge: info
chaos_probe:
"""


class ChaosHome(Home):
    """The demo's Home Assistant on its own machine: its wall clock may be wrong.

    Each start has a log of its own, ``logs``; ``starts_s`` is how long each took, real
    seconds until Home Assistant said that it's started, which the last time was at
    ``started_at_s`` (monotonic clock).
    """

    def __init__(
        self, folder: Path, logs: Path, port: int, clock: Clock, zone: str
    ) -> None:
        """Prepare a configuration in an empty folder; logs are kept elsewhere."""
        environment = Clock.environment(HOME) | {
            # The integration is the folder's, and not that of the working directory.
            "PYTHONSAFEPATH": "1",
            "PYTHONPATH": "",
        }
        super().__init__(folder, port, environment)
        self.clock = clock
        self.logs: list[Path] = []
        self.starts_s: list[float] = []
        self.started_at_s = 0.0
        self._logs = logs
        self._token: str | None = None
        (folder / "configuration.yaml").write_text(
            CONFIGURATION.replace("commit_interval: 1", "commit_interval: 5").replace(
                "Europe/Vienna", zone
            )
            + _MORE
        )
        (folder / "custom_components" / "chaos_probe").symlink_to(_PROBE)

    @property
    def is_up(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def know(self, environment: Mapping[str, str]) -> None:
        """Take what the next start has to know."""
        self._environment |= environment

    async def start(self, *, is_new: bool = False) -> None:
        """Start at the real pace, and wait until it's started."""
        self.clock.waits_for_home = False
        self.log_file = self._logs / f"home-{len(self.logs) + 1}.log"
        self.logs.append(self.log_file)
        with self.clock.slow():
            await self._start(is_new=is_new)
            self.clock.waits_for_home = True

    async def _start(self, *, is_new: bool) -> None:
        if is_new:
            # A token of the future isn't taken, and the clock will be set back.
            self.clock.set_ahead(-_LONG_AGO_S)
        began_s = time.monotonic()
        await self.__aenter__()
        if is_new:
            await self.onboard()
            self._token = await self.ask(_TOKEN, client_name="chaos", lifespan=3650)
            self.clock.set_ahead(0.0)
        assert self._session is not None
        self._session.headers["Authorization"] = f"Bearer {self._token}"
        self.started_at_s = await self._started_s()
        self.starts_s.append(self.started_at_s - began_s)

    async def _started_s(self) -> float:
        """Return when Home Assistant said that it's started (monotonic clock)."""
        end_s = time.monotonic() + STARTED_TIMEOUT_S
        while time.monotonic() < end_s:
            # The web server is there before the probe.
            with contextlib.suppress(HomeError):
                found: float | None = (await self.inside())["started_s"]
                if found is not None:
                    return found
            await asyncio.sleep(0.1)
        raise HomeError(f"Home Assistant hasn't started:\n{self.log_tail()}")

    async def kill(self) -> None:
        """End it at once, as a power cut does."""
        assert self._process is not None
        self.clock.waits_for_home = False
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._stop()

    async def stop(self) -> None:
        """Stop it in order."""
        self.clock.waits_for_home = False
        with self.clock.slow():
            await self._stop()

    def enable_entries(self, enabled: Collection[str]) -> None:
        """Set up these entries of Sunbridge at the next start, and no others.

        Home Assistant has to be stopped.
        """
        file = Path(self._folder) / ".storage" / "core.config_entries"
        stored = json.loads(file.read_text())
        for entry in stored["data"]["entries"]:
            if entry["domain"] == "sunbridge":
                is_enabled = entry["entry_id"] in enabled
                entry["disabled_by"] = None if is_enabled else "user"
        file.write_text(json.dumps(stored))

    async def inside(self, *, deep: bool = False) -> dict[str, Any]:
        """Return what the probe counts; ``deep`` takes seconds of real time."""
        with self.clock.slow():
            found: dict[str, Any] = await self.get(
                f"/api/chaos_probe{'?deep' if deep else ''}"
            )
        return found

    async def entries(self) -> dict[str, dict[str, Any]]:
        """Return Sunbridge's entries by id."""
        found = await self.get("/api/config/config_entries/entry?domain=sunbridge")
        return {entry["entry_id"]: entry for entry in found}

    async def device(self, name: str) -> str:
        """Return the registry's id of a device of Sunbridge."""
        for device in await self.registry("device"):
            if device["name"] == name and any(
                domain == "sunbridge" for domain, _ in device["identifiers"]
            ):
                found: str = device["id"]
                return found
        raise HomeError(f"there's no device {name}")

    async def reload(self, entry_id: str) -> None:
        """Unload an entry and set it up again."""
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})

    async def change_options(self, entry_id: str, options: dict[str, Any]) -> None:
        """Set an entry's options as the UI does."""
        path = "/api/config/config_entries/options/flow"
        result = await self.post(path, {"handler": entry_id})
        result = await self.post(f"{path}/{result['flow_id']}", options)
        if result["type"] != "create_entry":
            raise HomeError(f"the options flow says {result.get('errors')}")

    async def finish_flow(self, entry_id: str, steps: list[dict[str, Any]]) -> bool:
        """Answer the question for new credentials; tell whether there was one."""
        for flow in await self.ask("config_entries/flow/progress"):
            context = flow["context"]
            if (context.get("source"), context.get("entry_id")) != ("reauth", entry_id):
                continue
            path = f"/api/config/config_entries/flow/{flow['flow_id']}"
            result = await self.get(path)
            for step in steps:
                result = await self.post(path, step)
                if result.get("errors"):
                    raise HomeError(f"the flow says {result['errors']}")
            return bool(result["type"] == "abort")
        return False

    @override
    async def _wait_until_up(self) -> None:
        """Wait for the web server; what the demo asks for is there once only."""
        assert self._session is not None
        end_s = time.monotonic() + STARTED_TIMEOUT_S
        while self.is_up and time.monotonic() < end_s:
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get("/auth/providers"):
                    return
            await asyncio.sleep(0.1)
        raise HomeError(f"Home Assistant isn't there:\n{self.log_tail()}")

    @override
    async def get(self, path: str) -> Any:
        """Get JSON; once more where the machine that was killed hung up."""
        try:
            return await super().get(path)
        except aiohttp.ClientError:
            return await super().get(path)

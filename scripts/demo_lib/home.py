"""A Home Assistant in a process of its own, driven by its web API as a browser does."""

import asyncio
from collections.abc import Mapping
import os
from pathlib import Path
import sys
from types import TracebackType
from typing import Any, Self

import aiohttp

REPOSITORY = Path(__file__).parents[2]
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30

# default_config has parts that need hardware or the internet.
CONFIGURATION = """\
homeassistant:
  name: Sunbridge demo
  unit_system: metric
  time_zone: Europe/Vienna
  country: AT
  currency: EUR
  latitude: 48.21
  longitude: 16.37
config:
energy:
frontend:
history:
logbook:
my:
recorder:
  commit_interval: 1
system_health:
logger:
  default: warning
"""


class HomeError(Exception):
    """Home Assistant didn't do what was asked; the text says what."""


class Home:
    """A Home Assistant with Sunbridge, from nothing; a context manager stops it."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        """Prepare a configuration in an empty folder."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = folder / "demo.log"
        self._folder = folder
        # Not in YAML: there another port is on trial for five minutes only.
        self._environment = {**os.environ, **environment, "SETUP_PORT": str(port)}
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        (folder / "configuration.yaml").write_text(CONFIGURATION)
        (folder / "custom_components").mkdir()
        (folder / "custom_components" / "sunbridge").symlink_to(
            REPOSITORY / "custom_components" / "sunbridge"
        )

    async def __aenter__(self) -> Self:
        """Start the process and wait until it answers."""
        with self.log_file.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "homeassistant",
                "--config",
                str(self._folder),
                "--skip-pip",
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the demo, which then stops Home Assistant in order.
                start_new_session=True,
            )
        self._session = aiohttp.ClientSession(self.url)
        try:
            await self._wait_until_up()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the process."""
        await self._stop()

    async def onboard(self) -> None:
        """Create the user demo with the password demo, and log in."""
        client_id = f"{self.url}/"
        user = await self.post(
            "/api/onboarding/users",
            {
                "client_id": client_id,
                "name": "Demo",
                "username": "demo",
                "password": "demo",
                "language": "en",
            },
        )
        form = {
            "grant_type": "authorization_code",
            "code": user["auth_code"],
            "client_id": client_id,
        }
        assert self._session is not None
        async with self._session.post("/auth/token", data=form) as response:
            token = (await response.json())["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        await self.post("/api/onboarding/core_config", {})
        await self.post("/api/onboarding/analytics", {})
        await self.post(
            "/api/onboarding/integration",
            {"client_id": client_id, "redirect_uri": f"{client_id}?auth_callback=1"},
        )

    async def remove_failed_entries(self) -> None:
        """Remove what Home Assistant added by itself and can't load without internet."""
        entries = "/api/config/config_entries/entry"
        assert self._session is not None
        for entry in await self.get(entries):
            if entry["state"] == "setup_error" and entry["domain"] != "sunbridge":
                await self._session.delete(f"{entries}/{entry['entry_id']}")

    async def add_entry(
        self, steps: list[dict[str, Any]], integration: str = "sunbridge"
    ) -> str:
        """Walk through an integration's flow as the UI does; return the entry's id."""
        flow = "/api/config/config_entries/flow"
        result = await self.post(flow, {"handler": integration})
        for step in steps:
            result = await self.post(f"{flow}/{result['flow_id']}", step)
            if result.get("errors"):
                raise HomeError(f"the flow says {result['errors']}")
        if result["type"] != "create_entry":
            raise HomeError(f"the flow ends with {result['type']}")
        entry_id: str = result["result"]["entry_id"]
        return entry_id

    async def add_part(
        self, entry_id: str, kind: str, steps: list[dict[str, Any]]
    ) -> None:
        """Walk through the flow of a part of an entry (a subentry)."""
        flow = "/api/config/config_entries/subentries/flow"
        result = await self.post(flow, {"handler": [entry_id, kind]})
        for step in steps:
            result = await self.post(f"{flow}/{result['flow_id']}", step)
            if result.get("errors"):
                raise HomeError(f"the flow says {result['errors']}")
        if result["type"] != "create_entry":
            raise HomeError(f"the flow ends with {result['type']}")

    async def wait_for(self, entity_id: str) -> None:
        """Wait until an entity has a number."""
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                state = (await self.states()).get(entity_id, {}).get("state", "")
                if state.replace(".", "").removeprefix("-").isdecimal():
                    return
                await asyncio.sleep(0.5)

    async def entry_state(self, entry_id: str) -> str:
        """Return the state of an entry, as the UI has it."""
        entries = await self.get("/api/config/config_entries/entry?domain=sunbridge")
        for entry in entries:
            if entry["entry_id"] == entry_id:
                return str(entry["state"])
        return "missing"

    async def coordinators(self, entry_id: str) -> list[dict[str, Any]]:
        """Return what the entry's diagnostics tell of its devices."""
        diagnostics = await self.get(f"/api/diagnostics/config_entry/{entry_id}")
        found: list[dict[str, Any]] = diagnostics["data"]["coordinators"]
        return found

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states by entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def registry(self, name: str) -> list[dict[str, Any]]:
        """Return the registry of entities or devices."""
        found: list[dict[str, Any]] = await self.ask(f"config/{name}_registry/list")
        return found

    async def ask(self, question: str, **more: Any) -> Any:
        """Ask by the websocket, as the frontend does, and return the result."""
        assert self._session is not None
        token = self._session.headers["Authorization"].removeprefix("Bearer ")
        async with self._session.ws_connect("/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": question, **more})
            answer = await socket.receive_json()
        if not answer["success"]:
            raise HomeError(f"{question}: {answer['error']['message']}")
        return answer["result"]

    async def get(self, path: str) -> Any:
        """Get JSON."""
        assert self._session is not None
        async with self._session.get(path) as response:
            return await self._json(path, response)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Post JSON and return what comes."""
        assert self._session is not None
        async with self._session.post(path, json=body) as response:
            return await self._json(path, response)

    async def _json(self, path: str, response: aiohttp.ClientResponse) -> Any:
        if response.status >= 400:
            text = (await response.text())[:300]
            raise HomeError(f"{path} answers {response.status}: {text}")
        return await response.json()

    def problems(self) -> list[str]:
        """Return the warnings and errors that concern Sunbridge in the log."""
        lines = self.log_file.read_text(errors="replace").splitlines()
        return [
            line
            for line in lines
            if ("WARNING" in line or "ERROR" in line)
            and "sunbridge" in line
            and "not been tested by Home Assistant" not in line
        ]

    def log_tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        return "\n".join(
            self.log_file.read_text(errors="replace").splitlines()[-lines:]
        )

    async def _wait_until_up(self) -> None:
        assert self._process is not None and self._session is not None
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                if self._process.returncode is not None:
                    raise HomeError(f"Home Assistant ended:\n{self.log_tail()}")
                try:
                    async with self._session.get("/api/onboarding") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)

    async def _stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

"""Tells by HTTP what there is inside Home Assistant's process; for tests only."""

import asyncio
from collections import Counter
import gc
import mmap
import os
from pathlib import Path
import struct
import threading
import time
from typing import Any

from aiohttp import web

from homeassistant.components.http import HomeAssistantView
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType

DOMAIN = "chaos_probe"
# As in clock.py, whose folder isn't there.
_BEAT = struct.Struct("=q")
_BEAT_AT = 136
_BEAT_EVERY_S = 0.25
# Whose objects are counted: ours, and those of the libraries that we alone use.
_PACKAGES = ("custom_components.sunbridge", "aiomqtt", "aiormq", "aio_pika", "pamqp")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Answer from now on."""
    view = _Inside(hass)

    @callback
    def started(_: Event) -> None:
        view.started_s = time.monotonic()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, started)
    hass.http.register_view(view)
    await hass.async_add_executor_job(_beat, hass.loop)
    return True


def _beat(loop: asyncio.AbstractEventLoop) -> None:
    """Let the event loop tell when it turned; the clock waits for it (``clock.py``)."""
    with Path(os.environ["CHAOS_CLOCK"]).open("r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)

    @callback
    def beat() -> None:
        # From one moment: were the next one later than told here, because the machine
        # lets others run in between, the clock would wait for it for ever.
        now_s = loop.time()
        _BEAT.pack_into(memory, _BEAT_AT, int(now_s * 1e9))
        loop.call_at(now_s + _BEAT_EVERY_S, beat)

    loop.call_soon_threadsafe(beat)


class _Inside(HomeAssistantView):
    """Counts of what could be left over. Times are of the monotonic clock."""

    url = "/api/chaos_probe"
    name = "api:chaos_probe"
    requires_auth = False

    def __init__(self, hass: HomeAssistant) -> None:
        self.started_s: float | None = None
        self._hass = hass

    async def get(self, request: web.Request) -> web.Response:
        """Answer; with ``deep`` garbage is collected and objects are counted."""
        found: dict[str, Any] = {
            "started_s": self.started_s,
            "rss_kb": await self._hass.async_add_executor_job(_rss_kb),
            "tasks": _counted(_name(task) for task in asyncio.all_tasks()),
            "timers": _counted(_timers(self._hass.loop)),
            "threads": _counted(
                thread.name
                for thread in threading.enumerate()
                if not thread.name.startswith("SyncWorker")
            ),
            "files": await self._hass.async_add_executor_job(_files),
        }
        if "deep" in request.query:
            for _ in range(3):
                gc.collect()
            found["objects"] = _counted(_objects())
            found["all_objects"] = len(gc.get_objects())
        return self.json(found)


def _counted(names: Any) -> dict[str, int]:
    return dict(Counter(names))


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "?")


def _timers(loop: Any) -> list[str]:
    return [
        getattr(timer._callback, "__qualname__", type(timer._callback).__name__)
        for timer in loop._scheduled
        if not timer.cancelled()
    ]


def _files() -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        kinds[target.partition(":")[0] if ":" in target else "file"] += 1
    return dict(kinds)


def _objects() -> list[str]:
    found = []
    for one in gc.get_objects():
        kind = type(one)
        module = getattr(kind, "__module__", "")
        if isinstance(module, str) and module.startswith(_PACKAGES):
            found.append(f"{module}.{kind.__qualname__}")
    return found


def _rss_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0

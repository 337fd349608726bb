"""A Home Assistant with simulated vendors, for a browser that visits it.

Their loop runs in a thread of its own, since Playwright's calls wait.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from functools import cache
import itertools
import json
from pathlib import Path
import socket
import threading
from typing import Any, Final

from scripts.demo_lib import house
from scripts.demo_lib.home import Home, HomeError
from simulators import easee, weheat
from simulators.certificates import Authority
from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront
from simulators.household import BatteryTraits, Household, Traits
from simulators.household.mqtt import PREFIX, MqttHouse
from simulators.mosquitto import Mosquitto
from simulators.mqtt_client import Client
from simulators.nrgkick import INFO_PATH
from simulators.rabbitmq import RabbitMQ

TOKEN: Final = "goe-cloud-token"
PASSWORD: Final = "the right one"

_TIMEOUT_S: Final = 240.0
_REAUTH_TIMEOUT_S: Final = 120.0
_LOAD_TIMEOUT_S: Final = 30.0
# What flows in the house: too much sun, of which the battery takes its part all day.
_PV_W: Final = 6200.0
_LOAD_W: Final = 600.0
_BATTERY: Final = BatteryTraits(capacity_wh=90_000.0, power_w=2000.0)
# What a meter says that takes feed-in for consumption.
_TURNED_W: Final = 1234.0

# What another vendor's wallbox and boiler are commanded by, by topic. They obey.
_OTHERS: Final[dict[str, dict[str, Any]]] = {
    "number/old_wallbox": {
        "name": "Old wallbox current",
        "unit_of_measurement": "A",
        "device_class": "current",
        "min": 6,
        "max": 16,
        "command_topic": "old_wallbox/current",
        "unique_id": "old_wallbox_current",
    },
    "select/old_wallbox": {
        "name": "Old wallbox phases",
        "options": ["1p", "3p", "auto"],
        "command_topic": "old_wallbox/phases",
        "unique_id": "old_wallbox_phases",
    },
    "switch/old_wallbox": {
        "name": "Old wallbox switch",
        "command_topic": "old_wallbox/switch",
        "unique_id": "old_wallbox_switch",
    },
    "number/boiler": {
        "name": "Boiler temperature",
        "unit_of_measurement": "°C",
        "command_topic": "boiler/temperature",
        "unique_id": "boiler_temperature",
    },
    "switch/boiler": {
        "name": "Boiler switch",
        "command_topic": "boiler/switch",
        "unique_id": "boiler_switch",
    },
}


class Stage:
    """Simulators and Home Assistant; ``run`` does something in their loop.

    The clouds are there from the beginning, what needs a broker when it's asked for.
    """

    home: Home

    def __init__(self) -> None:
        """Build the vendors' clouds and what they know."""
        self.goe = charger("012345", "Garage")
        self.goe_cloud = CloudFront([self.goe])
        self.goe_local = LocalFront(charger("023456", "Carport"))
        self.easee = easee.Cloud(
            [
                easee.Account(
                    "you@example.com",
                    PASSWORD,
                    chargers=[easee.Charger("EH300001", name="Carport")],
                    equalizers=[easee.Equalizer("QP300001", name="Meter cupboard")],
                ),
                easee.Account(
                    "partner@example.com",
                    PASSWORD,
                    chargers=[easee.Charger("EH100001", name="Bay 1")],
                    integration=True,
                    user_id=2,
                ),
            ],
            # It doesn't run: it's enough to be told where it would be.
            broker=RabbitMQ(authority=Authority()),
        )
        self.weheat = weheat.Cloud(
            [
                weheat.Account(
                    "you@example.com",
                    PASSWORD,
                    pumps=[
                        weheat.HeatPump(name="Cellar", seed=2),
                        weheat.HeatPump(name="Workshop", seed=3),
                    ],
                ),
                weheat.Account(
                    "partner@example.com",
                    PASSWORD,
                    pumps=[weheat.HeatPump(name="Attic", seed=4)],
                    user_id=2,
                ),
            ]
        )
        self.weheat.keycloak.browser = "page"
        # Each journey logs in anew; the hour's limit isn't what is looked at here.
        self.weheat.faults.limit = None
        self._broker: Mosquitto | None = None
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT_S)

    @contextmanager
    def there[T](self, thing: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Let something be there for a while."""
        entered = self.run(_entered(thing))
        try:
            yield entered
        finally:
            self.run(thing.__aexit__(None, None, None))

    @contextmanager
    def started(self, folder: Path) -> Iterator[None]:
        """Run all of it, with Home Assistant's configuration in an empty folder."""
        thread = threading.Thread(target=self._loop.run_forever, name="stage")
        thread.start()
        try:
            self.run(self._start(folder))
            yield
        finally:
            self.run(self._stack.aclose())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    @property
    def broker(self) -> Mosquitto:
        """Home Assistant's broker, which the house's meters speak on."""
        if self._broker is None:
            self._broker = self.run(self._with_broker())
        return self._broker

    def speak(self, language: str) -> None:
        """Let house and user have a language, as somebody sets up who speaks it."""
        self.run(self.home.ask("config/core/update", language=language))
        mine = {"language": language, "number_format": "language"}
        self.run(self.home.ask("frontend/set_user_data", key="language", value=mine))

    def clear(self) -> None:
        """Remove all that was added of ours."""
        self.run(self._clear())

    def energy_dashboard(self, *, knows: bool) -> None:
        """Let the energy dashboard know the house, or nothing."""
        assert self.broker
        if knows:
            self.run(house._know(self.home))
        else:
            self.run(self.home.ask("energy/save_prefs", energy_sources=[]))

    def ask_in_vain(self) -> None:
        """Ask for the house's numbers as a wallbox does that may not."""
        try:
            self.run(self.home.get(INFO_PATH))
        except HomeError:
            return
        raise AssertionError("nobody may ask, and got an answer")

    def answered(self) -> None:
        """Wait until who asks is answered."""
        self.run(self._answered())

    def add(self, *steps: dict[str, Any]) -> str:
        """Add an entry without a browser; return its id."""
        return self.run(self.home.add_entry(list(steps)))

    def reload(self, entry_id: str) -> None:
        """Load an entry anew, as a restart of Home Assistant does."""
        path = f"/api/config/config_entries/entry/{entry_id}/reload"
        self.run(self.home.post(path, {}))

    def asked_again(self) -> None:
        """Wait until Home Assistant asks for a log-in."""
        self.run(self._asked_again())

    def forget_applications(self) -> None:
        """Delete all application credentials."""
        self.run(self._forget_applications())

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return our entries as the UI has them, by title."""
        path = "/api/config/config_entries/entry?domain=sunbridge"
        return {one["title"]: one for one in self.run(self.home.get(path))}

    def log_size(self) -> int:
        """Return how much Home Assistant has logged, bytes."""
        return self.home.log_file.stat().st_size

    def logged_since(self, size: int) -> str:
        """Return what was logged since there were so many bytes."""
        with self.home.log_file.open("rb") as log:
            log.seek(size)
            return log.read().decode(errors="replace")

    async def _answered(self) -> None:
        async with asyncio.timeout(_LOAD_TIMEOUT_S):
            while True:
                try:
                    await self.home.get(INFO_PATH)
                except HomeError:
                    await asyncio.sleep(0.5)
                else:
                    return

    async def _asked_again(self) -> None:
        async with asyncio.timeout(_REAUTH_TIMEOUT_S):
            while not any(
                flow["context"]["source"] == "reauth"
                for flow in await self.home.ask("config_entries/flow/progress")
            ):
                await asyncio.sleep(0.5)

    async def _forget_applications(self) -> None:
        for one in await self.home.ask("application_credentials/list"):
            await self.home.ask(
                "application_credentials/delete",
                application_credentials_id=one["id"],
            )

    async def _clear(self) -> None:
        entries = "/api/config/config_entries/entry"
        session = self.home._session
        assert session is not None
        for entry in await self.home.get(f"{entries}?domain=sunbridge"):
            async with session.delete(f"{entries}/{entry['entry_id']}") as response:
                response.raise_for_status()
        for flow in await self.home.ask("config_entries/flow/progress"):
            path = f"/api/config/config_entries/flow/{flow['flow_id']}"
            async with session.delete(path) as response:
                response.raise_for_status()
        for kind in ("device", "entity"):
            for one in await self.home.registry(kind):
                assert "sunbridge" not in (
                    one.get("platform"),
                    *(domain for domain, _ in one.get("identifiers", ())),
                ), f"a {kind} of ours is left: {one}"

    async def _start(self, folder: Path) -> None:
        enter = self._stack.enter_async_context
        self.goe_local.charger.set("hai", True)
        for front in (self.goe_cloud, self.goe_local, self.easee, self.weheat):
            await enter(front)
        home = Home(
            folder,
            _free_port(),
            {
                "SUNBRIDGE_GOE_CLOUD_URL": self.goe_cloud.url + "/{serial}",
                "SUNBRIDGE_EASEE_API_URL": self.easee.url,
                "SUNBRIDGE_EASEE_STREAMS_URL": self.easee.streams_url,
                "SUNBRIDGE_WEHEAT_API_URL": self.weheat.url,
                "SUNBRIDGE_WEHEAT_AUTH_URL": self.weheat.auth_url,
            },
        )
        # My Home Assistant is in the internet. Where a house doesn't use it, vendors'
        # pages lead back without it.
        configuration = folder / "configuration.yaml"
        configuration.write_text(configuration.read_text().replace("my:\n", ""))
        self.home = await enter(home)
        await self.home.onboard()
        await self.home.remove_failed_entries()
        # Without an answer to this one the browser shows nothing but a logo.
        await self.home.ask("get_services")

    async def _with_broker(self) -> Mosquitto:
        enter = self._stack.enter_async_context
        broker = await enter(Mosquitto())
        await enter(
            MqttHouse(
                Household(
                    Traits(battery=_BATTERY),
                    pv=itertools.repeat(_PV_W),
                    load=itertools.repeat(_LOAD_W),
                ),
                broker.host,
                broker.port,
                username=broker.username,
                password=broker.password,
                more={
                    "Turned meter": lambda: _TURNED_W,
                    "Boiler power": lambda: 0.0,
                },
            )
        )
        async with Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
        ) as client:
            for topic, config in _OTHERS.items():
                await client.publish(
                    f"{PREFIX}/{topic}/config", json.dumps(config), retain=True
                )
        access = {
            "broker": broker.host,
            "port": broker.port,
            "username": broker.username,
            "password": broker.password,
            "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
        }
        await self.home.add_entry([access], "mqtt")
        await self.home.wait_for("sensor.battery_level")
        return broker


@cache
def charger(serial: str, name: str) -> Charger:
    """Return a go-e charger with a car that wants to charge.

    It's the same one in all journeys: another one's counter would begin anew, and the
    recorder would warn of that when it happens to make its statistics.
    """
    built = Charger(serial, TOKEN, name=name, seed=int(serial))
    built.plug_in(Car(max_current_a=16))
    return built


def on_broker(broker: Mosquitto, charger: Charger) -> MqttFront:
    """Return what lets a charger speak on a broker."""
    return MqttFront(
        charger,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        tls=None if broker.authority is None else broker.tls_with(),
    )


async def _entered[T](thing: AbstractAsyncContextManager[T]) -> T:
    return await thing.__aenter__()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

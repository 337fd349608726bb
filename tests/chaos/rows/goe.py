"""go-e chargers by each of the ways to them."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
import random
from typing import Any, Final, override

from custom_components.sunbridge.vendors.goe.keys import DATA_AGE, KEYS
from custom_components.sunbridge.vendors.goe.status import Status
from custom_components.sunbridge.vendors.goe.tables import DESCRIPTIONS
from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront
from simulators.goe.http import Faults, HttpFront
from simulators.mosquitto import Mosquitto

from ..home import ChaosHome
from ..truth import Watched
from .brokers import deaths, hangs
from .row import GARBAGE, Fault, Row

# Slower than in reality, for days in minutes.
TELL_EVERY_S: Final = 5.0
# What may be shown of a charger that isn't heard any more, and some seconds on top.
HORIZON_S: Final = 30.0 + 10.0

# By name: what is set in the faults, and to what.
_HTTP: Final[dict[str, dict[str, Any]]] = {
    "answers 500": {"status_code": 500},
    "answers 503": {"status_code": 503},
    "answers 429": {"rate_limit": True, "retry_after_s": 40.0},
    "answers 429 without a wait": {"rate_limit": True},
    **GARBAGE,
    "answers {}": {"garbage": "empty_object"},
    "is slow": {"delay_s": 7.0},
}
_CLOUD: Final[dict[str, dict[str, Any]]] = _HTTP | {
    "has no charger": {"offline": True},
    "is switched off": {"cloud_off": True},
}


class _Still(random.Random):
    """No noise: a meter's would make each reading another one."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class GoeRow(Row):
    """A charger; a subclass knows the way."""

    def __init__(self, name: str, serial: str, title: str) -> None:
        """Make the charger, which has a car."""
        super().__init__(f"goe {name}", recovers_s=150.0)
        self.charger = Charger(serial, "demo-token", name=title, seed=int(serial))
        self.charger._random = _Still()
        self.charger.plug_in(Car(max_current_a=16))
        self.watched = [
            Watched(
                f"goe_{serial}",
                DESCRIPTIONS,
                self.charger.status,
                lambda raw, at_s: Status.of(KEYS).merge(raw, at_s).status,
                HORIZON_S,
                skipped=frozenset({"data_age"}),
            )
        ]
        assert DATA_AGE.name.startswith("_")

    @override
    def live(self, chance: random.Random) -> None:
        """Let a car come or go, or somebody turn a knob."""
        charger = self.charger
        match chance.randrange(4):
            case 0:
                charger.unplug()
            case 1:
                charger.plug_in(Car(max_current_a=chance.choice((10, 16, 32))))
            case 2:
                charger.set("amp", chance.randint(6, 16))
            case _:
                charger.set("frc", chance.choice((0, 1, 2)))

    @override
    async def start(self, stack: AsyncExitStack) -> None:
        """Serve the charger."""
        await self.serve(stack)

    @abstractmethod
    async def serve(self, stack: AsyncExitStack) -> None:
        """Start what stands in front of the charger."""

    def reboots(self) -> Fault:
        """Return the fault that the charger starts again."""

        def begin() -> None:
            self.charger.set("rst", True)

        return Fault("reboots", begin, lambda: None, "charger", (10.0, 30.0))


class HttpRow(GoeRow):
    """A charger that is asked."""

    front: HttpFront

    @property
    @override
    def faults(self) -> list[Fault]:
        """What may go wrong with the answers, and with the charger."""
        names = _CLOUD if isinstance(self.front, CloudFront) else _HTTP
        found = [
            Fault(name, partial(self._set, change), partial(self._set, {}), "http")
            for name, change in names.items()
        ]
        return [*found, self.reboots()]

    @property
    @override
    def away(self) -> Mapping[str, Fault]:
        """Nobody listens, or nobody answers."""
        return {
            "dead": Fault("is gone", self.front.__aexit__, self._return, "http"),
            "hanging": Fault(
                "hangs",
                partial(self._set, {"hang": True}),
                partial(self._set, {}),
                "http",
            ),
        }

    async def _return(self) -> None:
        await self.front.__aenter__()

    def _set(self, change: dict[str, Any]) -> None:
        self.front.faults[self.charger.serial] = Faults(**change)


class CloudRow(HttpRow):
    """By the vendor's cloud."""

    @override
    async def serve(self, stack: AsyncExitStack) -> None:
        self.front = await stack.enter_async_context(CloudFront([self.charger]))
        self.environment["SUNBRIDGE_GOE_CLOUD_URL"] = self.front.url + "/{serial}"

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        return [
            {"next_step_id": "goe"},
            {"next_step_id": "goe_cloud"},
            {"serial": self.charger.serial, "token": self.charger.token},
        ]

    @override
    async def after(self, home: ChaosHome) -> None:
        """Ask less often, for days in minutes."""
        await home.change_options(
            self.entry_id, {"interval_s": TELL_EVERY_S, "max_age_s": 30}
        )

    @property
    @override
    def credentials(self) -> list[dict[str, Any]]:
        """The token of now."""
        return [{"token": self.charger.token}]

    @property
    @override
    def faults(self) -> list[Fault]:
        """What may go wrong; the owner may also have made another token."""

        def revoke() -> None:
            self.charger.set("cak", True)

        return [
            *super().faults,
            Fault("has another token", revoke, lambda: None, "http", (60.0, 300.0)),
        ]


class LocalRow(HttpRow):
    """In the local network."""

    @override
    async def serve(self, stack: AsyncExitStack) -> None:
        self.charger.set("hai", True)
        self.front = await stack.enter_async_context(LocalFront(self.charger))

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        return [
            {"next_step_id": "goe"},
            {"next_step_id": "goe_local"},
            {"host": self.front.url.removeprefix("http://")},
        ]


class MqttRow(GoeRow):
    """By a broker, Home Assistant's or one of its own (``is_own``)."""

    def __init__(
        self,
        name: str,
        serial: str,
        title: str,
        broker: Callable[[], Mosquitto],
        *,
        is_own: bool,
    ) -> None:
        """Prepare to speak on a broker that is started before."""
        super().__init__(name, serial, title)
        self._broker = broker
        self._is_own = is_own
        self._front: MqttFront | None = None

    @override
    async def serve(self, stack: AsyncExitStack) -> None:
        broker = self._broker()
        self._front = await stack.enter_async_context(
            MqttFront(
                self.charger,
                broker.host,
                broker.port,
                username=broker.username,
                password=broker.password,
                tick_s=TELL_EVERY_S,
            )
        )
        if not self._is_own:
            self.before["mqtt"] = [
                {
                    "broker": broker.host,
                    "port": broker.port,
                    "username": broker.username,
                    "password": broker.password,
                    "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
                }
            ]

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        serial = {"charger": str(int(self.charger.serial))}
        if not self._is_own:
            return [{"next_step_id": "goe"}, {"next_step_id": "goe_mqtt"}, serial]
        broker = self._broker()
        access = {
            "host": broker.host,
            "port": broker.port,
            "username": broker.username,
            "password": broker.password,
            "tls": False,
        }
        return [
            {"next_step_id": "goe"},
            {"next_step_id": "goe_broker"},
            access,
            serial,
        ]

    @property
    @override
    def faults(self) -> list[Fault]:
        """What may go wrong with the broker and the charger."""
        front = self._front
        assert front is not None

        def silent(is_silent: bool) -> None:
            front.silent = is_silent

        async def lose() -> None:
            await front.__aexit__()

        async def find() -> None:
            await front.__aenter__()

        found = [
            Fault(
                "is silent", partial(silent, True), partial(silent, False), "charger"
            ),
            Fault("loses power", lose, find, "charger"),
            self.reboots(),
        ]
        # Home Assistant's own broker is the house's.
        return [*found, deaths(self._broker(), "the broker")] if self._is_own else found

    @property
    @override
    def away(self) -> Mapping[str, Fault]:
        """The broker is dead, or hangs."""
        if not self._is_own:
            return {}
        broker = self._broker()
        return {"dead": deaths(broker, "the broker"), "hanging": hangs(broker)}

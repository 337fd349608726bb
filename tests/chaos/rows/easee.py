"""Easee by AMQP and by SignalR: one cloud, an account each."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
import math
from pathlib import Path
import random
import tempfile
import time
from typing import Any, Final, override

import certifi

from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.equalizer import SURPLUS, EqualizerState
from custom_components.sunbridge.vendors.easee.own_keys import LATEST_FIRMWARE
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.tables import (
    CHARGER_DESCRIPTIONS,
    EQUALIZER_DESCRIPTIONS,
)
from simulators import easee
from simulators.certificates import Authority
from simulators.easee.product import Product

from ..truth import UNAVAILABLE, Watched
from .brokers import WarpedRabbitMQ, deaths
from .row import GARBAGE, Fault, Row

# What may be shown when neither the stream nor REST brings anything, and how long a
# product may be silent; some seconds on top.
HORIZON_S: Final = 180.0 + 1200.0 + 60.0
# What the stream tells is shown at once.
CALM_HORIZON_S: Final = 30.0
_OWN: Final = frozenset({"delay_charger", "delay_cloud", "energy_total"})

_REST: Final[dict[str, dict[str, Any]]] = {
    "answers 500": {"status": 500},
    "answers 503": {"status": 503},
    "answers 429": {"status": 429, "retry_after_s": 120.0},
    "answers 429 without a wait": {"status": 429},
    "has its firewall refuse": {"gateway_403": True},
    "answers 502": {"html_502": True},
    **GARBAGE,
    "answers nothing": {"garbage": "empty"},
    "answers null": {"garbage": "null"},
    "is gone": {"rest_down": True},
    "has no hub": {"hub_down": True},
    "is gone with its hub": {"rest_down": True, "hub_down": True},
    "has a hub that hangs": {"hang": True, "only_paths": "/hubs"},
    "has a hub that answers 503": {"status": 503, "only_paths": "/hubs"},
}


class EaseeWorld:
    """The cloud with its accounts, and the broker of one of them."""

    def __init__(self) -> None:
        """Make the accounts."""
        self.partner = easee.Account(
            "partner@example.com",
            "demo",
            chargers=[
                easee.Charger("EH100001", name="Bay 1"),
                easee.Charger("EH100002", name="Bay 2", node_master=False),
            ],
            integration=True,
        )
        self.annex = easee.Account(
            "annex@example.com",
            "demo",
            chargers=[easee.Charger("EH300001", name="Shed")],
            user_id=3,
        )
        self.home = easee.Account(
            "home@example.com",
            "demo",
            chargers=[easee.Charger("EH200001", name="Easee")],
            equalizers=[easee.Equalizer("QP200001", name="Equalizer")],
            user_id=2,
        )
        self.environment: dict[str, str] = {}
        self._begun = False

    async def start(self, stack: AsyncExitStack) -> None:
        """Start all, once."""
        if self._begun:
            return
        self._begun = True
        authority = Authority()
        self.broker = await stack.enter_async_context(
            WarpedRabbitMQ(authority=authority)
        )
        self.cloud = await stack.enter_async_context(
            easee.Cloud([self.partner, self.home, self.annex], broker=self.broker)
        )
        await stack.enter_async_context(easee.Publisher(self.cloud, self.broker))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-ca-"))
        bundle = Path(folder) / "ca.pem"
        bundle.write_text(f"{certifi.contents()}\n{authority.pem}")
        self.environment = {
            "SUNBRIDGE_EASEE_API_URL": self.cloud.url,
            "SUNBRIDGE_EASEE_STREAMS_URL": self.cloud.streams_url,
            "REQUESTS_CA_BUNDLE": str(bundle),
        }


class EaseeRow(Row):
    """An account."""

    def __init__(self, name: str, world: EaseeWorld, account: easee.Account) -> None:
        """Watch the account's products."""
        super().__init__(f"easee {name}", recovers_s=1800.0)
        self._world = world
        self._account = account
        self._ticked_s = 0.0
        self.titles = tuple(item.name for item in account.products.values())
        self.watched = [_watched(item) for item in account.products.values()]
        for charger in account.chargers:
            charger.plug_in(easee.Car())

    @override
    async def start(self, stack: AsyncExitStack) -> None:
        """Start the cloud."""
        await self._world.start(stack)
        self.environment = self._world.environment

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        way = {"transport": "amqp"} if self._account.integration else {}
        account = self._account
        return [
            {"next_step_id": "easee"},
            {"username": account.username, "password": account.password},
            {"chosen": list(account.products), "add_new": True, **way},
        ]

    @property
    @override
    def credentials(self) -> list[dict[str, Any]]:
        """The password of now."""
        return [{"password": self._account.password}]

    @property
    @override
    def faults(self) -> list[Fault]:
        """The account's own; those of the cloud are with one of the accounts."""
        world = self._world
        if self._account is world.partner:
            return [*self._offline(), deaths(world.broker, "the broker")]
        if self._account is world.annex:
            return self._offline()
        cloud = [
            Fault(name, partial(self._set, change), partial(self._set, None), "cloud")
            for name, change in _REST.items()
        ]

        def mute(is_mute: bool) -> None:
            world.cloud.hub.mute = is_mute
            if not is_mute:
                # What was lost is lost: no such connection comes to life again.
                world.cloud.hub.drop_connections()

        def revoke() -> None:
            world.cloud.expire_tokens()
            world.cloud.revoke_refresh()

        return [
            *self._offline(),
            *cloud,
            Fault("has a mute hub", partial(mute, True), partial(mute, False), "hub"),
            Fault(
                "lets tokens expire", world.cloud.expire_tokens, lambda: None, "tokens"
            ),
            Fault("revokes all tokens", revoke, lambda: None, "tokens"),
        ]

    def _offline(self) -> list[Fault]:
        return [
            Fault(
                f"has {charger.serial} offline",
                partial(charger.set_online, False),
                partial(charger.set_online, True),
                charger.serial,
            )
            for charger in self._account.chargers
        ]

    @property
    @override
    def away(self) -> Mapping[str, Fault]:
        """The cloud is dead, or hangs; it's the same for all accounts."""
        world = self._world
        if self._account is world.partner:
            return {"dead": deaths(world.broker, "the broker")}
        if self._account is world.annex:
            return {}
        return {
            "dead": Fault("is gone", world.cloud.stop, world.cloud.start, "cloud"),
            "hanging": Fault(
                "hangs",
                partial(self._set, {"hang": True}),
                partial(self._set, None),
                "cloud",
            ),
        }

    @override
    def live(self, chance: random.Random) -> None:
        """Let a car come or go, or somebody change a setting."""
        charger = chance.choice(self._account.chargers)
        match chance.randrange(4):
            case 0 if charger.car is not None:
                charger.unplug()
            case 1 if charger.car is None:
                charger.plug_in(easee.Car(max_current_a=chance.choice((10.0, 16.0))))
            case 2:
                charger.set_setting("maxChargerCurrent", chance.randint(6, 16))
            case _:
                charger.set_setting("ledStripBrightness", chance.randint(0, 100))

    @override
    def tick(self) -> None:
        """Let the time pass."""
        now_s = time.monotonic()
        for charger in self._account.chargers:
            charger.tick()
        if now_s - self._ticked_s >= 20.0:
            self._ticked_s = now_s
            wave = math.sin(now_s / 200)
            for charger in self._account.chargers:
                if charger.online:
                    for number in (194, 195, 196):
                        volts = round(231 + wave + number / 100, 1)
                        charger.observe(number, volts)
            for equalizer in self._account.equalizers:
                equalizer.set_grid(-2500 * wave)

    @override
    async def wrong(self, home: Any, states: Any, *, strict: bool) -> list[str]:
        """Compare the totals, which are our own arithmetic; look who takes messages."""
        found = []
        if strict and self._account is self._world.partner:
            found += await self._unheard()
        for charger in self._account.chargers:
            name = charger.name.lower().replace(" ", "_")
            shown = states.get(f"sensor.{name}_total_energy", {}).get("state")
            if shown is None:
                found.append(f"{name} has no total energy")
            elif shown not in {UNAVAILABLE, "unknown"}:
                found += wrong_total(
                    name, float(shown), charger.lifetime_kwh, is_calm=strict
                )
        return found

    async def _unheard(self) -> list[str]:
        """Return why messages don't come, which reads would hide for a while."""
        broker = self._world.broker
        if (died := broker.died) is not None:
            return [died]
        consumers, messages = await broker.consumers(), await broker.ready()
        found = [] if consumers == 1 else [f"the queue has {consumers} consumers"]
        return found + ([f"{messages} messages wait"] if messages > 100 else [])

    def _set(self, change: dict[str, Any] | None) -> None:
        faults = self._world.cloud.faults
        # The commands have the same object.
        for key, value in vars(easee.Faults(**(change or {}))).items():
            setattr(faults, key, value)


def wrong_total(
    name: str, shown_kwh: float, true_kwh: float, *, is_calm: bool
) -> list[str]:
    """Return what is wrong with a charger's total: it may be late, and never ahead."""
    # Its power is known up to two minutes late: 11 kW are 0.4 kWh.
    late_kwh = 0.4 if is_calm else math.inf
    behind_kwh = true_kwh - shown_kwh
    if -0.05 <= behind_kwh <= late_kwh:
        return []
    return [f"{name}'s total is {behind_kwh:.3f} kWh behind"]


def _watched(product: Product) -> Watched:
    is_equalizer = isinstance(product, easee.Equalizer)

    def sample() -> dict[int, tuple[Any, float]]:
        return {
            number: (seen.value, seen.at_s)
            for number, seen in product.observations.items()
        }

    def state_of(raw: dict[int, tuple[Any, float]], at_s: float) -> Any:
        state = EqualizerState() if is_equalizer else ChargerState()
        for number, (value, seen_s) in raw.items():
            state.take(Observed(product.serial, number, value, seen_s), at_s)
        state.put(LATEST_FIRMWARE, product.latest_firmware)
        if isinstance(product, easee.Equalizer):
            state.put(SURPLUS, product.surplus)
        return state

    return Watched(
        f"easee_{product.serial}",
        EQUALIZER_DESCRIPTIONS if is_equalizer else CHARGER_DESCRIPTIONS,
        sample,
        state_of,
        HORIZON_S,
        CALM_HORIZON_S,
        is_online=lambda raw: state_of(raw, time.time()).is_online,
        skipped=_OWN,
    )

"""A process with all the vendors' clouds, brokers and chargers of a fleet."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from multiprocessing.connection import Connection
import random
import signal
import time
from typing import Any, Final

from simulators import easee, weheat
from simulators.certificates import Authority
from simulators.easee import Id
from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront
from simulators.mosquitto import Mosquitto
from simulators.rabbitmq import RabbitMQ

from .fleet import Kind, Place, fleet, of_kind

TOKEN: Final = "token"
PASSWORD: Final = "marked-password"
# Accounts of Easee and of Weheat.
AMQP_USER, SIGNALR_USER, WEHEAT_USER = "company", "home", "house"

# An Easee's powers, currents and voltages: nobody documents how often they come.
_CHARGING_EVERY_S: Final = 5.0
_IDLE_EVERY_S: Final = 60.0
_AMPS, _VOLTS = 16.0, 230.0


def _goe(place: Place) -> Charger:
    charger = Charger(
        place.serial, TOKEN, name=f"Bench {place.number}", seed=place.number
    )
    charger.set("hai", True)
    if place.charges:
        charger.plug_in(Car())
    return charger


async def _goes(stack: AsyncExitStack, places: list[Place]) -> dict[str, Any]:
    front = CloudFront(map(_goe, of_kind(places, Kind.CLOUD)))
    await stack.enter_async_context(front)
    hosts = {}
    for place in of_kind(places, Kind.LOCAL):
        local = await stack.enter_async_context(LocalFront(_goe(place)))
        hosts[place.serial] = local.url.removeprefix("http://")
    broker = await stack.enter_async_context(Mosquitto())
    access: dict[str, Any] = {
        "host": broker.host,
        "port": broker.port,
        "username": broker.username,
        "password": broker.password,
    }
    for place in of_kind(places, Kind.BROKER):
        await stack.enter_async_context(MqttFront(_goe(place), **access))
    return {"goe_cloud": front.url, "hosts": hosts, "broker": access}


async def _easees(stack: AsyncExitStack, places: list[Place]) -> dict[str, Any]:
    authority = Authority()
    broker = await stack.enter_async_context(RabbitMQ(authority=authority))
    accounts = []
    for number, (user, kind) in enumerate(
        ((AMQP_USER, Kind.AMQP), (SIGNALR_USER, Kind.SIGNALR)), 1
    ):
        own = of_kind(places, kind)
        chargers = [
            easee.Charger(
                place.serial, name=f"Bench {place.number}", circuit_id=place.number
            )
            for place in own
        ]
        for place, charger in zip(own, chargers, strict=True):
            if place.charges:
                charger.plug_in(easee.Car())
            task = asyncio.create_task(_live(place, charger))
            stack.callback(task.cancel)
        accounts.append(
            easee.Account(
                user,
                PASSWORD,
                chargers=chargers,
                integration=kind is Kind.AMQP,
                user_id=number,
            )
        )
    cloud = await stack.enter_async_context(easee.Cloud(accounts, broker=broker))
    await stack.enter_async_context(easee.Publisher(cloud, broker))
    return {
        "api": cloud.url,
        "streams": cloud.streams_url,
        "authority": authority.pem,
    }


async def _live(place: Place, charger: easee.Charger) -> None:
    """Let an Easee say what it measures."""
    chance = random.Random(place.number)
    every_s = _CHARGING_EVERY_S if place.charges else _IDLE_EVERY_S
    await asyncio.sleep(chance.uniform(0, every_s))
    for turn in range(1_000_000):
        if turn % round(_IDLE_EVERY_S / every_s) == 0:
            charger.tick()
        amps = _AMPS + chance.uniform(-0.1, 0.1)
        volts = _VOLTS + chance.uniform(-1.5, 1.5)
        if place.charges:
            charger.observe(Id.POWER, round(3 * volts * amps / 1000, 3))
            for phase in range(3):
                charger.observe(Id.CURRENT_L1 + phase, round(amps + phase / 10, 2))
        for phase in range(3):
            charger.observe(Id.VOLTAGE_L1 + phase, round(volts + phase, 1))
        await asyncio.sleep(every_s)


async def _weheat(stack: AsyncExitStack) -> dict[str, Any]:
    pump = weheat.HeatPump(name="Heat pump", history_days=2)
    account = weheat.Account(WEHEAT_USER, PASSWORD, pumps=[pump])
    cloud = await stack.enter_async_context(weheat.Cloud([account]))
    return {"weheat_api": cloud.url, "weheat_auth": cloud.auth_url}


async def _run(pipe: Connection, places: Iterable[Place]) -> None:
    task = asyncio.current_task()
    assert task is not None
    # The brokers end with this process in any case.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    places = list(places)
    async with AsyncExitStack() as stack:
        pipe.send(
            await _goes(stack, places)
            | await _easees(stack, places)
            | await _weheat(stack)
        )
        while True:
            try:
                await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            pipe.send(time.process_time())


def serve(pipe: Connection, count: int) -> None:
    """Be the vendors of so many chargers until the pipe is closed.

    The first message is how to reach them; each that comes is answered with the
    processor time of this process (s).
    """
    with suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(_run(pipe, fleet(count)))

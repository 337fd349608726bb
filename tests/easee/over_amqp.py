"""What tests over AMQP look at: a value, the log, and whether the queue is empty."""

import asyncio
import logging

import pytest

from homeassistant.core import HomeAssistant
from simulators.easee import Charger, Id, Publisher
from simulators.rabbitmq import RabbitMQ

from .conftest import state, until

POWER = "sensor.garage_power"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return our log's lines about the stream."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("custom_components", "aiormq", "aio_pika"))
        and record.levelno >= logging.INFO
    ]


async def until_shown(
    hass: HomeAssistant, partner: Publisher, charger: Charger, power_kw: float
) -> None:
    """Let a charger report its power, and wait until it's shown."""
    charger.observe(Id.POWER, power_kw)
    await partner.flush()
    await until(lambda: state(hass, POWER) == str(power_kw))


async def until_empty(rabbit: RabbitMQ) -> None:
    """Wait until nothing waits in the queue, acknowledged or not."""
    async with asyncio.timeout(50):
        while await rabbit.depth():
            await asyncio.sleep(0.05)

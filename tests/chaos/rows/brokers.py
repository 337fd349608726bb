"""Brokers that are killed and come back."""

from typing import Any, override

from simulators.mosquitto import Mosquitto
from simulators.rabbitmq import RabbitMQ

from ..clock import WORLD, Clock
from .row import Fault


class WarpedRabbitMQ(RabbitMQ):
    """One whose processes have the run's clock too."""

    @override
    def _environment(self, folder: Any) -> dict[str, str]:
        return super()._environment(folder) | Clock.environment(WORLD)


def deaths(broker: Mosquitto | RabbitMQ, name: str) -> Fault:
    """Return the fault that a broker is killed, and started again later."""

    async def begin() -> None:
        await broker.stop(kill=True)

    return Fault(f"{name} is killed", begin, broker.start, "broker")


def hangs(broker: Mosquitto) -> Fault:
    """Return the fault that a broker takes connections and says nothing."""
    return Fault("the broker hangs", broker.freeze, broker.thaw, "broker")

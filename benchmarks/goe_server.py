"""A process with go-e chargers behind a cloud, that tells what it was asked."""

import asyncio
import itertools
from multiprocessing.connection import Connection
import time
from typing import Any, override

from simulators.goe import Charger, CloudFront

TOKEN = "token"


class Restless(Charger):
    """A charger of which each answer changes the same ten values and no others.

    Power in sum and by phase, currents and voltages; all else stands still, so that
    the cost of a poll doesn't depend on what the car does.
    """

    def __init__(self, serial: str) -> None:
        """Take one status of a charger that charges."""
        super().__init__(serial, TOKEN, name=f"Bench {serial}", seed=int(serial))
        self.plug_in()
        self._still = super().status()
        self._since_s = time.monotonic()
        self._beat = itertools.count()

    @override
    def status(self) -> dict[str, Any]:
        """Return all keys; the caller doesn't change them."""
        beat = 1 + next(self._beat) % 50
        uptime_ms = self._still["rbt"] + int(1000 * (time.monotonic() - self._since_s))
        currents = [10 + beat / 10, 10 + beat / 20, 10 + beat / 25]
        powers = [230 * current for current in currents]
        volts = [230 + beat / 10, 231 + beat / 10, 232 + beat / 10]
        factors = [99, 99, 99, 0]
        nrg = [*volts, 1, *currents, *powers, 0, sum(powers), *factors]
        return {**self._still, "nrg": nrg, "rbt": uptime_ms}


def serials(count: int) -> list[str]:
    """Return the serial numbers of so many chargers."""
    return [f"{number:06}" for number in range(1, count + 1)]


async def _serve(pipe: Connection, count: int) -> None:
    async with CloudFront([Restless(serial) for serial in serials(count)]) as front:
        pipe.send(front.url)
        while True:
            try:
                command, value = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            match command:
                case "delay_s":
                    for faults in front.faults.values():
                        faults.delay_s = value
                case "forget":
                    front.requests.clear()
            pipe.send(
                [
                    (request.serial, request.raw_query, request.at_s)
                    for request in front.requests
                ]
            )


def serve(pipe: Connection, count: int) -> None:
    """Serve until the pipe is closed; the first message is the address.

    Each command, a name and a value, is answered with the requests since the last
    ``forget``: serial, query and time of a monotonic clock.
    """
    asyncio.run(_serve(pipe, count))

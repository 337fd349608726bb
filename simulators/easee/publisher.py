"""Publishes observations to the broker, in forms that the vendor's could have.

The vendor documents that observations come, and their header ``ArrivalTime``; not what
they look like. The forms are those of the platform that its cloud grew from, and that
of its other stream.
"""

import asyncio
from collections.abc import Iterable
import contextlib
from datetime import UTC, datetime
import gzip
import json
from typing import Any, Self

from aiormq.exceptions import AMQPError

from simulators.rabbitmq import RabbitMQ

from .accounts import Account
from .cloud import Cloud
from .product import Observation, Product
from .wire import as_text, precise, ticks, timestamp

SHAPES = (
    "expanded",
    "pascal",
    "masterloop",
    "package",
    "lines",
    "list",
    "scalar",
    "gzip",
)
ARRIVALS = ("datetime", "epoch_s", "epoch_ms", "ticks", "iso")
RETRY_S = 0.1
MOST_AT_ONCE = 1000

type Item = tuple[str, Observation]
type Body = tuple[str, bytes]


class Publisher:
    """Listens to products and publishes what they say; a context manager.

    ``shape`` is one of ``SHAPES``, ``arrival`` the form of the header, one of
    ``ARRIVALS``; both may change while it runs.
    """

    def __init__(
        self,
        source: Cloud | Iterable[Account],
        broker: RabbitMQ,
        *,
        shape: str = "expanded",
        arrival: str = "datetime",
    ) -> None:
        """Take the products of a cloud's partner accounts, or of some accounts."""
        self.broker = broker
        self.shape = shape
        self.arrival = arrival
        self.published = 0
        accounts = (
            [account for account in source.accounts if account.integration]
            if isinstance(source, Cloud)
            else source
        )
        self.products: dict[str, Product] = {}
        for account in accounts:
            self.products |= account.products
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._ends = [product.listen(self._hear) for product in self.products.values()]
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start to publish."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop to publish."""
        for end in self._ends:
            end()
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def flush(self) -> None:
        """Wait until the broker has all that was said."""
        await self._items.join()

    async def publish_all(self) -> None:
        """Publish all that the products know, as after a pause of the vendor's."""
        for product in self.products.values():
            for seen in list(product.observations.values()):
                self._hear(product, seen)
        await self.flush()

    async def poison(self, serial: str = "EH123456") -> int:
        """Publish messages that nobody can read; return their count."""
        headers = self._headers(0.0)
        good = f"{serial}.O.120"
        messages: list[tuple[str, bytes, str | None]] = [
            (good, b"\xff\xfe\x00\x01", None),
            (good, b'{"mid": "' + serial.encode(), None),
            ("nothing", b'{"value": "1"}', None),
            ("nothing", b"null", None),
            ("", b"", None),
            ("nothing", b'{"huge": "' + b"x" * 2_000_000 + b'"}', None),
            # Deep enough for a parser that calls itself.
            (good, b"[" * 100_000, None),
            (good, b"not gzip at all", "gzip"),
            (good, b'{"id": "abc", "mid": 7, "value": {}, "timestamp": []}', None),
            (good, b'{"id": 120, "value": "NaN", "timestamp": "yesterday"}', None),
            (good, b'{"Observations": [null, 1, {"ObservationId": null}]}', None),
        ]
        for key, body, encoding in messages:
            await self.broker.publish(
                key, body, headers=headers, content_encoding=encoding
            )
        return len(messages)

    def _hear(self, product: Product, seen: Observation) -> None:
        self._items.put_nowait((product.serial, seen))

    async def _run(self) -> None:
        while True:
            items = [await self._items.get()]
            while not self._items.empty() and len(items) < MOST_AT_ONCE:
                items.append(self._items.get_nowait())
            await self._hand_over(items)
            for _ in items:
                self._items.task_done()

    async def _hand_over(self, items: list[Item]) -> None:
        headers = self._headers(items[-1][1].at_s)
        bodies = _bodies(items, self.shape)
        while True:
            while not self.broker.running:
                await asyncio.sleep(RETRY_S)
            try:
                if self.shape == "gzip":
                    for key, body in bodies:
                        await self.broker.publish(
                            key, body, headers=headers, content_encoding="gzip"
                        )
                else:
                    await self.broker.publish_many(
                        (key, body, headers) for key, body in bodies
                    )
            except AMQPError, OSError, TimeoutError, RuntimeError:
                # The broker is away; the vendor's keeps its messages too.
                await asyncio.sleep(RETRY_S)
            else:
                self.published += len(bodies)
                return

    def _headers(self, at_s: float) -> dict[str, Any]:
        match self.arrival:
            case "epoch_s":
                return {"ArrivalTime": int(at_s)}
            case "epoch_ms":
                return {"ArrivalTime": int(at_s * 1000)}
            case "ticks":
                return {"ArrivalTime": ticks(at_s)}
            case "iso":
                return {"ArrivalTime": precise(at_s)}
        return {"ArrivalTime": datetime.fromtimestamp(at_s, UTC)}


def _bodies(items: list[Item], shape: str) -> list[Body]:
    """Return routing keys and bodies; packages take what is of one product."""
    if shape in {"package", "lines", "list"}:
        return [
            (f"{serial}.OP.1", _package(serial, seen, shape))
            for serial, seen in _runs(items)
        ]
    return [
        (f"{serial}.O.{seen.id}", _single(serial, seen, shape))
        for serial, seen in items
    ]


def _runs(items: list[Item]) -> list[tuple[str, list[Observation]]]:
    """Join what follows each other of one product, in order."""
    runs: list[tuple[str, list[Observation]]] = []
    for serial, seen in items:
        if not runs or runs[-1][0] != serial:
            runs.append((serial, []))
        runs[-1][1].append(seen)
    return runs


def _single(serial: str, seen: Observation, shape: str) -> bytes:
    at = timestamp(seen.at_s)
    match shape:
        case "pascal":
            value = {"Mid": serial, "Id": seen.id, "Value": seen.value}
            return _dumps(value | {"Timestamp": at, "DataType": seen.data_type})
        case "masterloop":
            return _dumps({"Timestamp": at, "Value": seen.value})
        case "scalar":
            return _dumps(seen.value)
        case "gzip":
            return gzip.compress(_dumps(_expanded(serial, seen)))
    return _dumps(_expanded(serial, seen))


def _package(serial: str, seen: list[Observation], shape: str) -> bytes:
    match shape:
        case "lines":
            lines = [
                f"{item.id},{timestamp(item.at_s)},{as_text(item.value, 'word')}"
                for item in seen
            ]
            return "\r\n".join(lines).encode()
        case "list":
            return _dumps([_expanded(serial, item) for item in seen])
    inner: dict[int, list[dict[str, Any]]] = {}
    for item in seen:
        value = {"Timestamp": timestamp(item.at_s), "Value": item.value}
        inner.setdefault(item.id, []).append(value)
    listed = [{"ObservationId": k, "Observations": v} for k, v in inner.items()]
    return _dumps({"Observations": listed})


def _expanded(serial: str, seen: Observation) -> dict[str, Any]:
    return {
        "mid": serial,
        "dataType": seen.data_type,
        "id": seen.id,
        "timestamp": timestamp(seen.at_s),
        "value": as_text(seen.value, "word"),
    }


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()

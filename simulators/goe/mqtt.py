"""A charger as a client of an MQTT broker (reference 3).

At each connection it publishes all of its topics, afterwards what changes, each kept
by the broker. It answers settings by a message that isn't kept.
"""

import asyncio
import contextlib
import json
import ssl
from typing import Any, Self

import aiomqtt

from simulators.mqtt_client import Client

from .charger import Charger

# Firmware 56.9 has these by HTTP and not by MQTT.
NOT_BY_MQTT = frozenset(
    [
        "fna",
        "sse",
        "host",
        "lse",
        "loe",
        "lof",
        "log",
        "lop",
        "lot",
        "loty",
        "map",
        "su",
        "sua",
        "sch_week",
        "sch_satur",
        "sch_sund",
        "pnp",
        "pwm",
        "ffb",
        "lck",
        "upo",
        "sdp",
        "mci",
        "mcpd",
        "mcpea",
        "mmp",
        "wst",
        "wsms",
        "inva",
        "lpsc",
        "lfspt",
        "fsptws",
        "ct",
        "cco",
        "cwe",
        "wda",
        "simo",
        "isgo",
        "aus",
        "pvopt_averagePGrid",
        "pvopt_averagePPv",
        "pvopt_averagePAkku",
        "rdbs",
        "rdes",
        "rdbf",
        "rdef",
        "rdre",
        "rdpl",
        "rdbse",
        "rdese",
        "rdbfe",
        "rdefe",
        "rdree",
        "rdple",
        "tab",
        "tof",
        "tds",
        "tzt",
        "tse",
        "tsss",
    ]
)
_PREFIXES_NOT_BY_MQTT = ("ocpp", "mc", "mq")
TICK_S = 1.0


class MqttFront:
    """Connects a charger to a broker; a context manager starts and ends it.

    ``prefix`` is what stands before the serial number. ``answers`` is false for
    firmware before 051.5, ``writable`` is what the owner allows in the app.
    """

    def __init__(
        self,
        charger: Charger,
        host: str,
        port: int,
        *,
        username: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        prefix: str = "go-eCharger/",
        tick_s: float = TICK_S,
    ) -> None:
        """Prepare to connect."""
        self.charger = charger
        self.prefix = prefix
        self.answers = True
        self.writable = True
        self.silent = False
        self.last_will = True
        self._tick_s = tick_s
        self._broker: dict[str, Any] = {
            "hostname": host,
            "port": port,
            "username": username,
            "password": password,
            "tls_context": tls,
            "identifier": f"go-echarger_{charger.serial}",
            "keepalive": 120,
        }
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._client: aiomqtt.Client | None = None

    @property
    def base(self) -> str:
        """The topic that all others begin with."""
        return f"{self.prefix}{self.charger.serial}/"

    async def __aenter__(self) -> Self:
        """Connect, and publish all topics."""
        self._task = asyncio.create_task(self._run())
        await self._connected.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Lose power."""
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish anything, as a charger that has gone mad."""
        assert self._client is not None
        await self._client.publish(topic, payload, retain=retain)

    async def move(self, prefix: str) -> None:
        """Take another prefix: publish all topics there, leave the old ones behind."""
        self.prefix = prefix
        assert self._client is not None
        await self._client.subscribe(f"{self.base}+/set")
        for key, value in self._topics().items():
            await self._publish_key(self._client, key, value)

    def _topics(self) -> dict[str, Any]:
        return {
            key: value
            for key, value in self.charger.status().items()
            if key not in NOT_BY_MQTT and not key.startswith(_PREFIXES_NOT_BY_MQTT)
        }

    async def _run(self) -> None:
        while True:
            base = self.base
            will = aiomqtt.Will(f"{base}mcc", "false", retain=True)
            with contextlib.suppress(aiomqtt.MqttError):
                async with Client(
                    **self._broker, will=will if self.last_will else None
                ) as client:
                    await self._serve(client)
            self._client = None
            await asyncio.sleep(0.2)

    async def _serve(self, client: aiomqtt.Client) -> None:
        await client.subscribe(f"{self.base}+/set")
        sent: dict[str, Any] = {}
        ticking = asyncio.create_task(self._tick(client, sent))
        try:
            async for message in client.messages:
                await self._on_set(client, message, sent)
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await ticking

    async def _tick(self, client: aiomqtt.Client, sent: dict[str, Any]) -> None:
        if self.last_will:
            await client.publish(f"{self.base}mcc", "true", retain=True)
        while True:
            if not self.silent:
                await self._publish_changes(client, sent)
            self._client = client
            self._connected.set()
            await asyncio.sleep(self._tick_s)

    async def _publish_changes(
        self, client: aiomqtt.Client, sent: dict[str, Any]
    ) -> None:
        for key, value in self._topics().items():
            if key not in sent or sent[key] != value:
                sent[key] = value
                await self._publish_key(client, key, value)

    async def _publish_key(self, client: aiomqtt.Client, key: str, value: Any) -> None:
        body = json.dumps(value, separators=(",", ":"))
        await client.publish(f"{self.base}{key}", body, retain=True)

    async def _on_set(
        self, client: aiomqtt.Client, message: aiomqtt.Message, sent: dict[str, Any]
    ) -> None:
        key = message.topic.value.split("/")[-2]
        if not self.writable:
            answer = "api key is not allowed from mqtt"
        else:
            try:
                assert isinstance(message.payload, bytes)
                result = self.charger.set(key, json.loads(message.payload))
                answer = "success" if result is True else str(result)
            except ValueError:
                answer = "invalid json IncompleteInput"
        if self.silent:
            return
        if self.answers:
            await client.publish(f"{self.base}{key}/result", answer)
        await self._publish_changes(client, sent)

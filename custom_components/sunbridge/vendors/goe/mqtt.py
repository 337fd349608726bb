"""A go-e charger on an MQTT broker (reference 3): what it publishes, how it's set.

Topics are ``<base><key>``, ``<base><key>/set`` and ``<base><key>/result``; the base has
the charger's serial number as its last level, mostly after ``go-eCharger/``.
"""

import asyncio
from collections.abc import Iterable, Mapping
import re
from typing import Final, Protocol

import orjson

from ..json import JsonValue
from .broker import Broker
from .errors import GoeNoAnswerError, GoeRejectedError

# Firmware before 054.6 began its topics with a slash.
DEFAULT_PREFIXES: Final = ("go-eCharger/", "/go-eCharger/")

RESULT_TIMEOUT_S: Final = 5.0

# What the broker kept comes in one flood; it's over when nothing came for so long.
_QUIET_S: Final = 0.005
_FLOOD_MAX_S: Final = 1.0

# Live values are passed on at once, but no more often than this: what comes in between
# is put together.
_PACE_S: Final = 0.01

# Somebody may copy a charger's topics to other ones; it has moved only when nothing came
# from where it was for so long. In that time after a start it's heard from there.
SILENT_S: Final = 2.0

# The largest value of a charger has some kB.
_MAX_PAYLOAD: Final = 65_536
_MAX_KEYS: Final = 1000
# All values of a charger have some ten kB; who else writes to its topics may have more.
_MAX_BYTES: Final = 1_000_000
# What is kept of where it may have moved to.
_MAX_BASES: Final = 4
_MAX_BYTES_ELSEWHERE: Final = 200_000
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


class Ear(Protocol):
    """Whoever listens to a charger."""

    def wants(self, key: str) -> bool:
        """Tell whether anybody wants to know the key's value."""

    def heard(self, values: Mapping[str, JsonValue]) -> None:
        """Take values by key that arrived together."""

    def alive(self) -> None:
        """Note that the charger said something just now."""

    def linked(self, up: bool) -> None:
        """Note that the broker is there, or is lost."""

    def moved(self, base: str) -> None:
        """Note that the charger publishes under another base now."""

    def malformed(self, key: str) -> None:
        """Note a payload that is no JSON."""

    def bug(self, err: Exception) -> None:
        """Note an error of our own, which mustn't end the connection."""


class MqttLink:
    """One charger over a broker.

    A key's first value is always passed on, later ones only while somebody wants
    them: many keys change each second and are shown nowhere. Values that arrive
    together are passed on together, the newest of each key.
    """

    def __init__(self, broker: Broker, base: str, ear: Ear) -> None:
        """Prepare to listen below the base, which ends with a slash."""
        self.base = base
        self._broker = broker
        self._ear = ear
        self._known: set[str] = set()
        self._pending: dict[str, JsonValue] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0
        self._elsewhere: dict[str, dict[str, bytes]] = {}
        self._size_elsewhere = 0
        self._alive_at_s = 0.0
        self._flush_later: asyncio.TimerHandle | None = None
        self._flushed_at_s = 0.0
        self._flood: asyncio.TimerHandle | None = None
        self._flood_since_s = 0.0
        self._last_kept_s = 0.0
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._is_over = False
        self.unread = 0

    async def start(self) -> None:
        """Listen."""
        self._alive_at_s = asyncio.get_running_loop().time()
        await self._broker.start(
            topics_of(self.base),
            self._on_message,
            self._on_link,
            # Who may read below one prefix only can't follow the charger elsewhere.
            instead=_topics_below(self.base),
        )

    async def stop(self) -> None:
        """Listen no more, from this moment on."""
        self._is_over = True
        await self._broker.stop()
        for timer in (self._flush_later, self._flood):
            if timer is not None:
                timer.cancel()
        self._flush_later = self._flood = None

    async def set(
        self, values: Mapping[str, JsonValue], *, answers: bool = True
    ) -> None:
        """Set keys, one after the other; ``answers`` tells that the firmware answers.

        Raises ``GoeRejectedError`` with the charger's text, ``GoeNoAnswerError`` and
        ``GoeBrokerError``.
        """
        for key, value in values.items():
            async with self._turns.setdefault(key, asyncio.Lock()):
                await self._set(key, orjson.dumps(value), answers=answers)

    async def _set(self, key: str, payload: bytes, *, answers: bool) -> None:
        answer = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        try:
            await self._broker.publish(f"{self.base}{key}/set", payload)
            if not answers:
                return
            async with asyncio.timeout(RESULT_TIMEOUT_S):
                text = await answer
        except TimeoutError:
            raise GoeNoAnswerError("no answer to the setting") from None
        finally:
            del self._answers[key]
        if text != "success":
            raise GoeRejectedError({key: text})

    def _on_link(self, up: bool) -> None:
        if self._is_over:
            return
        self._alive_at_s = asyncio.get_running_loop().time()
        try:
            self._ear.linked(up)
        except Exception as err:  # noqa: BLE001
            self._ear.bug(err)

    def _on_message(self, topic: str, payload: bytes, kept: bool) -> None:
        if self._is_over:
            return
        try:
            self._hear(topic, payload, kept)
        except Exception as err:  # noqa: BLE001
            # It would go through the MQTT client, which then has half a packet left.
            self._ear.bug(err)

    def _hear(self, topic: str, payload: bytes, kept: bool) -> None:
        base, _, key = topic.rpartition("/")
        if key == "result":
            base, _, key = base.rpartition("/")
            # A charger's answers aren't kept; one that is was another's, or an old one.
            if not kept:
                self._on_result(f"{base}/", key, payload)
            return
        base += "/"
        if base != self.base and not self._follow(base, key, payload, kept):
            return
        # Before its word is taken: that may be a good-bye.
        if not kept:
            self._alive_at_s = asyncio.get_running_loop().time()
            self._ear.alive()
        self._take(key, payload, kept)

    def _take(self, key: str, payload: bytes, kept: bool) -> None:
        if key not in self._known:
            if len(self._known) >= _MAX_KEYS or not _KEY.fullmatch(key):
                return
            self._known.add(key)
        elif not self._ear.wants(key):
            self.unread += 1
            return
        self._pending[key] = self._parsed(key, payload)
        self._schedule(kept)

    def _parsed(self, key: str, payload: bytes) -> JsonValue:
        """Return the value, None (unknown) for what isn't JSON, or is too large."""
        size = len(payload)
        grown = self._size + size - self._sizes.get(key, 0)
        if size <= _MAX_PAYLOAD and grown <= _MAX_BYTES:
            self._sizes[key], self._size = size, grown
            try:
                value: JsonValue = orjson.loads(payload)
            except orjson.JSONDecodeError:
                pass
            else:
                return value
        self._ear.malformed(key)
        return None

    def _follow(self, base: str, key: str, payload: bytes, kept: bool) -> bool:
        """Tell whether the charger has another base now.

        The prefix changes with firmware and by the user. Kept messages may be left
        over from before; what's said now is from where the charger is, unless it's
        still heard where it was.
        """
        if not _KEY.fullmatch(key):
            return False
        self._put_aside(base, key, payload)
        now_s = asyncio.get_running_loop().time()
        if kept or now_s < self._alive_at_s + SILENT_S or not self._ear.wants(key):
            return False
        found = self._elsewhere.get(base, {})
        self.base = base
        self._elsewhere, self._size_elsewhere = {}, 0
        self._ear.moved(base)
        for name, body in found.items():
            self._take(name, body, True)
        return True

    def _put_aside(self, base: str, key: str, payload: bytes) -> None:
        """Keep a value for when it turns out that the charger is there."""
        if base not in self._elsewhere and len(self._elsewhere) >= _MAX_BASES:
            return
        found = self._elsewhere.setdefault(base, {})
        self._size_elsewhere -= len(found.pop(key, b""))
        grown = self._size_elsewhere + len(payload)
        if len(found) < _MAX_KEYS and grown <= _MAX_BYTES_ELSEWHERE:
            found[key], self._size_elsewhere = payload, grown

    def _on_result(self, base: str, key: str, payload: bytes) -> None:
        answer = self._answers.get(key)
        if base == self.base and answer is not None and not answer.done():
            answer.set_result(payload[:200].decode(errors="replace").strip(' "\n'))

    def _schedule(self, kept: bool) -> None:
        loop = asyncio.get_running_loop()
        if not kept:
            if self._flush_later is None:
                next_s = self._flushed_at_s + _PACE_S
                if loop.time() >= next_s:
                    self._flush()
                else:
                    self._flush_later = loop.call_at(next_s, self._flush)
            return
        self._last_kept_s = loop.time()
        if self._flood is None:
            self._flood_since_s = self._last_kept_s
            self._flood = loop.call_later(_QUIET_S, self._check_flood)

    def _check_flood(self) -> None:
        """Pass the flood on when it's over, or has lasted long."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        over = now_s - self._last_kept_s >= _QUIET_S
        if over or now_s - self._flood_since_s >= _FLOOD_MAX_S:
            self._flood = None
            self._flush()
        else:
            self._flood = loop.call_at(self._last_kept_s + _QUIET_S, self._check_flood)

    def _flush(self) -> None:
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        self._flushed_at_s = asyncio.get_running_loop().time()
        if self._pending:
            values, self._pending = self._pending, {}
            try:
                self._ear.heard(values)
            except Exception as err:  # noqa: BLE001
                self._ear.bug(err)


def topics_of(base: str) -> list[str]:
    """Return what to subscribe to for a charger.

    A base of a prefix and a serial number is followed through other prefixes.
    """
    lead, _, serial = base.strip("/").rpartition("/")
    if lead and "/" not in lead:
        bases = [f"+/{serial}/", f"/+/{serial}/"]
    else:
        bases = [base]
    return [topic for one in bases for topic in _topics_below(one)]


def _topics_below(base: str) -> list[str]:
    """Return what to subscribe to for all that is published below a base."""
    return [f"{base}+", f"{base}+/result"]


def base_of(prefix: str, serial: str) -> str:
    """Return the base of a charger below a prefix."""
    return f"{prefix}{serial}/"


def parsed_topics(
    topics: Iterable[tuple[str, bytes]],
) -> dict[str, dict[str, JsonValue]]:
    """Return the values by base and key of what was heard, without what's no JSON."""
    found: dict[str, dict[str, JsonValue]] = {}
    for topic, payload in topics:
        base, _, key = topic.rpartition("/")
        if _KEY.fullmatch(key) and len(payload) <= _MAX_PAYLOAD:
            try:
                found.setdefault(f"{base}/", {})[key] = orjson.loads(payload)
            except orjson.JSONDecodeError:
                continue
    return found

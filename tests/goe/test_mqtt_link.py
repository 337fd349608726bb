"""A charger's link alone: no broker, no Home Assistant."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.goe import mqtt
from custom_components.sunbridge.vendors.goe.broker import OnLink, OnMessage
from custom_components.sunbridge.vendors.goe.errors import (
    GoeBrokerError,
    GoeRejectedError,
)
from custom_components.sunbridge.vendors.goe.mqtt import (
    MqttLink,
    parsed_topics,
    topics_of,
)

BASE = "go-eCharger/012345/"


class Wire:
    """A broker that does what a test says."""

    error: GoeBrokerError | None = None

    def __init__(self) -> None:
        """Start with nothing."""
        self.published: list[tuple[str, bytes]] = []
        self.topics: list[str] = []
        self.say: OnMessage = lambda *_: None
        self.answer = b"success"

    async def start(
        self,
        topics: Collection[str],
        on_message: OnMessage,
        on_link: OnLink,
        *,
        instead: Collection[str] = (),
    ) -> None:
        """Be connected at once."""
        self.topics, self.say = list(topics), on_message
        on_link(True)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Answer each setting."""
        self.published.append((topic, payload))
        self.say(topic.removesuffix("/set") + "/result", self.answer, False)

    async def stop(self) -> None:
        """Say nothing more."""


class Listener:
    """Notes all that it hears."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.wanted = {"amp", "nrg"}
        self.reports: list[dict[str, Any]] = []
        self.bases: list[str] = []
        self.bad: list[str] = []
        self.bugs: list[str] = []
        self.words = 0

    def wants(self, key: str) -> bool:
        """Want some keys."""
        return key in self.wanted

    def heard(self, values: Mapping[str, Any]) -> None:
        """Note a report."""
        self.reports.append(dict(values))

    def alive(self) -> None:
        """Count what's said now."""
        self.words += 1

    def linked(self, up: bool) -> None:
        """Be connected."""

    def moved(self, base: str) -> None:
        """Note another base."""
        self.bases.append(base)

    def malformed(self, key: str) -> None:
        """Note what is no JSON."""
        self.bad.append(key)

    def bug(self, err: Exception) -> None:
        """Note an error of our own."""
        self.bugs.append(type(err).__name__)


@pytest.fixture
def wire() -> Wire:
    """Return a broker."""
    return Wire()


@pytest.fixture
def ear() -> Listener:
    """Return a listener."""
    return Listener()


@pytest.fixture
async def link(wire: Wire, ear: Listener) -> MqttLink:
    """Return a link that listens."""
    link = MqttLink(wire, BASE, ear)
    await link.start()
    return link


async def test_flood(link: MqttLink, wire: Wire, ear: Listener) -> None:
    """What the broker kept is one report, even when it comes in pieces."""
    for part in range(3):
        for number in range(150):
            wire.say(f"{BASE}k{part}_{number}", b"1", True)
        await asyncio.sleep(0)
    assert not ear.reports
    await asyncio.sleep(0.03)
    assert [len(report) for report in ear.reports] == [450]
    assert ear.words == 0


async def test_live_messages(link: MqttLink, wire: Wire, ear: Listener) -> None:
    """The first is passed on at once, what follows is put together; the newest counts."""
    for amperes in (6, 7, 8):
        wire.say(f"{BASE}amp", b"%d" % amperes, False)
    wire.say(f"{BASE}utc", b'"x"', False)
    assert ear.reports == [{"amp": 6}]
    await asyncio.sleep(0.03)
    assert ear.reports == [{"amp": 6}, {"amp": 8, "utc": "x"}]
    assert ear.words == 4
    wire.say(f"{BASE}utc", b'"y"', False)
    await asyncio.sleep(0.03)
    # Known, and nobody wants it.
    assert len(ear.reports) == 2
    assert link.unread == 1


async def test_set(link: MqttLink, wire: Wire) -> None:
    """Values are JSON; an answer that isn't success is the charger's reason."""
    await link.set({"amp": 10, "fna": "My car", "dwo": None})
    assert wire.published == [
        (f"{BASE}amp/set", b"10"),
        (f"{BASE}fna/set", b'"My car"'),
        (f"{BASE}dwo/set", b"null"),
    ]
    wire.answer = b"value must be string\n"
    with pytest.raises(GoeRejectedError) as raised:
        await link.set({"amp": 10})
    assert raised.value.reasons == {"amp": "value must be string"}


async def test_old_words_dont_move_it(
    link: MqttLink, wire: Wire, ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept messages of another prefix, or of no key, are left-overs."""
    monkeypatch.setattr(mqtt, "SILENT_S", 0.0)
    other = "home/012345/"
    wire.say(f"{other}amp", b"6", True)
    wire.say(f"{other}status", b"1", False)
    assert link.base == BASE
    wire.say(f"{other}amp", b"7", False)
    await asyncio.sleep(0.03)
    assert (link.base, ear.bases) == (other, [other])
    assert ear.reports[-1]["amp"] == 7


async def test_copied_topics(
    link: MqttLink, wire: Wire, ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who copies a charger's topics doesn't move it, until it's silent where it was."""
    copy = "copy/012345/"
    for amps in range(6, 17):
        for base in (copy, BASE):
            wire.say(f"{base}amp", b"%d" % amps, False)
    assert (link.base, ear.bases, ear.words) == (BASE, [], 11)
    monkeypatch.setattr(mqtt, "SILENT_S", 0.02)
    await asyncio.sleep(0.03)
    wire.say(f"{copy}amp", b"9", False)
    assert (link.base, ear.bases) == (copy, [copy])
    await asyncio.sleep(0.03)
    assert ear.reports[-1] == {"amp": 9}


async def test_many_bases(
    link: MqttLink, wire: Wire, ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left-overs of many prefixes fill no memory, and hide nobody who speaks."""
    monkeypatch.setattr(mqtt, "SILENT_S", 0.0)
    for number in range(100):
        wire.say(f"p{number}/012345/amp", b"6", True)
        for key in range(8):
            wire.say(f"p0/012345/k{number}_{key}", b'"%s"' % (b"x" * 1000), True)
    assert len(link._elsewhere) <= 4
    kept = [body for base in link._elsewhere.values() for body in base.values()]
    assert sum(map(len, kept)) < 250_000
    wire.say("new/012345/amp", b"7", False)
    assert ear.bases == ["new/012345/"]


async def test_an_error_of_our_own(
    link: MqttLink, wire: Wire, ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It doesn't go through the client that brings the messages."""

    def broken(*_: Any) -> None:
        raise LookupError("marked")

    with monkeypatch.context() as patched:
        for name in ("heard", "alive", "linked"):
            patched.setattr(ear, name, broken)
        wire.say(f"{BASE}amp", b"6", False)
        link._on_link(True)
        link._take("nrg", b"[]", False)
        await asyncio.sleep(0.03)
    assert ear.bugs == ["LookupError"] * 3
    wire.say(f"{BASE}amp", b"7", False)
    await asyncio.sleep(0.03)
    assert ear.reports == [{"amp": 7}]


def test_topics() -> None:
    """A prefix is followed; topics of one's own are heard as they are."""
    assert topics_of(BASE) == [
        "+/012345/+",
        "+/012345/+/result",
        "/+/012345/+",
        "/+/012345/+/result",
    ]
    assert topics_of("/go-eCharger/012345/") == topics_of(BASE)
    assert topics_of("a/b/012345/") == ["a/b/012345/+", "a/b/012345/+/result"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["go-eCharger/012345/amp", "x", "/", "a/012345/nrg"])
            | st.text(max_size=30),
            st.binary(max_size=40) | st.sampled_from([b"1", b'"a"', b"null", b"NaN"]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_anything(messages: list[tuple[str, bytes, bool]]) -> None:
    """No topic and no payload raises."""

    async def run() -> None:
        wire, ear = Wire(), Listener()
        link = MqttLink(wire, BASE, ear)
        await link.start()
        link._alive_at_s = float("-inf")  # so that another base is followed at once
        for message in messages:
            wire.say(*message)
        await asyncio.sleep(0.007)
        await link.stop()

    asyncio.run(run())
    parsed_topics([(topic, payload) for topic, payload, _ in messages])

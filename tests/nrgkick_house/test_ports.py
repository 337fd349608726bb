"""The wallbox asks over real sockets, at Home Assistant's port and at our own."""

import asyncio
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.sunbridge.vendors.nrgkick import server as server_module
from homeassistant.core import HomeAssistant
from simulators.nrgkick import (
    INFO_PATH,
    MANNERS,
    MISCHIEF,
    VALUES_PATH,
    Failure,
    Manner,
    Poll,
    sample_info,
    sample_values,
)

from .conftest import (
    HOST,
    WHOLE,
    Way,
    coordinator_of,
    new_entry,
    set_up,
    status_at,
    until,
    wallbox_at,
)

SEED = Path(__file__).parents[3] / "shared/seeds/001_e94386fe712ba13c.txt"

# What becomes of mischief: no answer, or a status.
ENDS: dict[str, Failure | int] = {
    "query": 200,
    "slow_to_ask": 200,
    "no_host": 400,
    "head": 500,
    "post": 500,
    "put": 500,
    "unknown_method": 400,
    "half_then_close": Failure.GAVE_UP,
    "half_then_hang": Failure.TIMEOUT,
    "nothing_then_hang": Failure.TIMEOUT,
    "hang_up": Failure.GAVE_UP,
    "tls": 400,
    "garbage": 400,
    "garbage_before": 400,
    "endless_line": 400,
}


@pytest.fixture
async def port(hass: HomeAssistant, way: Way) -> int:
    """Serve the vendor's example; return the port."""
    await set_up(hass, new_entry(hass, **way.settings))
    return way.port


def is_golden(poll: Poll, document: Any) -> bool:
    """Tell whether a document is this one, with its order and its types."""
    assert poll.violations == ()
    assert poll.doubts == ()
    return json.dumps(poll.document) == json.dumps(document)


async def test_golden(port: int) -> None:
    """The vendor's example comes out when entities hold its numbers."""
    async with wallbox_at(port) as wallbox:
        assert is_golden(await wallbox.scan(), sample_info())
        assert is_golden(await wallbox.poll(), sample_values())


@pytest.mark.skipif(not SEED.is_file(), reason="the vendor's document isn't here")
async def test_vendors_document(hass: HomeAssistant, way: Way) -> None:
    """So does the very text; his four serial numbers are one, and ours differ."""
    values, info = (
        json.loads(re.sub(r"#.*", "", block).replace("True", "true"))
        for block in re.findall(r"```\njson\n(.*?)```", SEED.read_text(), re.DOTALL)
    )
    names = {
        kind: {key: devices["0"][key] for key in ("name", "model")}
        for kind, devices in info["device_info"].items()
    }
    parts = [
        (kind, {**part, **described})
        for (kind, part), described in zip(WHOLE, names.values(), strict=True)
    ]
    await set_up(hass, new_entry(hass, parts, **way.settings))
    for number, devices in enumerate(info["device_info"].values()):
        assert devices["0"]["serial"] == "0123456789"
        devices["0"]["serial"] = f"0{number}"
    async with wallbox_at(way.port) as wallbox:
        assert is_golden(await wallbox.scan(), info)
        assert is_golden(await wallbox.poll(), values)


@pytest.mark.parametrize("manner", MANNERS)
async def test_manners(port: int, manner: str) -> None:
    """In whatever way it's asked for, the same comes, and the connection ends."""
    async with wallbox_at(port) as wallbox:
        for path, document in (
            (INFO_PATH, sample_info()),
            (VALUES_PATH, sample_values()),
        ):
            first, *others = await wallbox.ask(path, MANNERS[manner])
            assert first.failure is None
            assert is_golden(first, document)
            assert first.headers is not None
            assert first.headers["content-type"] == "application/json"
            assert first.headers["connection"] == "close"
            assert first.headers["cache-control"] == "no-store"
            assert int(first.headers["content-length"]) > 0
            # Each connection is for one request.
            assert {poll.failure for poll in others} <= {Failure.CLOSED}


@pytest.mark.parametrize("manner", MISCHIEF)
async def test_mischief(port: int, way: Way, manner: str) -> None:
    """Whatever comes, the wallbox gets its answer afterwards, and meanwhile."""
    expected = ENDS[manner]
    if manner == "endless_line" and not way.is_own:
        # Home Assistant takes longer ones.
        expected = 200
    patience_s = 0.3 if expected is Failure.TIMEOUT else 5.0
    async with wallbox_at(port, timeout_s=patience_s) as mischief:
        asking = asyncio.create_task(mischief.ask(VALUES_PATH, MISCHIEF[manner]))
        async with wallbox_at(port) as wallbox:
            assert is_golden(await wallbox.poll(), sample_values())
        (poll,) = await asking
    assert expected in (poll.status, poll.failure)
    assert poll.violations == ()
    async with wallbox_at(port) as wallbox:
        assert is_golden(await wallbox.poll(), sample_values())


async def test_only_get(port: int) -> None:
    """Other methods get what the vendor's server answers."""
    async with wallbox_at(port) as wallbox:
        for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD"):
            for path in (VALUES_PATH, INFO_PATH):
                (poll,) = await wallbox.ask(path, Manner(method=method))
                assert poll.status == 500, method


async def test_unknown_path(port: int) -> None:
    """There are two paths, and no others."""
    for path in ("/", "/api/v1/", "/api/v1/values", "/api/v1/x.json", "//", "/%00"):
        assert await status_at(port, path) == 404, path


async def test_stuck_connections_are_closed(
    hass: HomeAssistant, ha_port: int, own_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends half a request, or nothing, doesn't stay for ever at our own port."""
    monkeypatch.setattr(server_module, "DEADLINE_S", 1.0)
    await set_up(hass, new_entry(hass, transport="own", port=own_port))
    for manner in ("half_then_hang", "nothing_then_hang"):
        async with wallbox_at(own_port, timeout_s=20) as wallbox:
            (poll,) = await wallbox.ask(VALUES_PATH, MISCHIEF[manner])
            assert poll.failure is Failure.CLOSED
    # It goes on to look, and to serve.
    for _ in range(3):
        assert await status_at(own_port) == 200
        await asyncio.sleep(0.6)


async def test_garbage_is_told_once(
    hass: HomeAssistant,
    ha_port: int,
    own_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What isn't HTTP is counted, and is in the log once, without what was sent."""
    entry = new_entry(hass, transport="own", port=own_port)
    coordinator = await set_up(hass, entry)
    bad = ("tls", "garbage", "garbage_before", "endless_line", "no_host")
    for manner in bad:
        async with wallbox_at(own_port) as wallbox:
            (poll,) = await wallbox.ask(VALUES_PATH, MISCHIEF[manner])
            assert poll.status == 400
    assert coordinator.answers[400] == len(bad)
    told = [record for record in caplog.records if "HTTP" in record.getMessage()]
    assert [record.levelname for record in told] == ["INFO"]
    assert not any(record.exc_info for record in caplog.records)


async def test_own_error_is_told(
    hass: HomeAssistant,
    ha_port: int,
    own_port: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error of ours isn't taken for garbage."""
    entry = new_entry(hass, transport="own", port=own_port)
    coordinator = await set_up(hass, entry)

    def fail(*_: object) -> None:
        raise RuntimeError("marked")

    monkeypatch.setattr(coordinator, "_answer", fail)
    assert await status_at(own_port) == 500
    assert any(
        record.exc_info and "marked" in str(record.exc_info[1])
        for record in caplog.records
    )
    assert coordinator.answers[400] == 0


async def test_a_state_of_now_is_served(hass: HomeAssistant, port: int) -> None:
    """Each state that was written is in the next answer."""
    async with wallbox_at(port) as wallbox:
        for power_w in range(-5, 5):
            hass.states.async_set(
                "sensor.grid", str(power_w), {"unit_of_measurement": "W"}
            )
            poll = await wallbox.poll()
            found = poll.document["device_values"]["energy_meters"]["0"]
            assert found == {"grid_power_w": power_w}


async def test_who_asks(hass: HomeAssistant, way: Way) -> None:
    """It's known who asked, and what the answer was."""
    entry = new_entry(hass, **way.settings)
    await set_up(hass, entry)
    await status_at(way.port)
    found = coordinator_of(entry).diagnostics()
    assert list(found["asked_by"]) == [HOST]
    assert found["last_answer"]["document"] == sample_values()
    await until(lambda: coordinator_of(entry).data.asking)

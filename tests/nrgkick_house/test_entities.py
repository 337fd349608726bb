"""What the user sees of the serving: entities that write only news, and diagnostics."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.nrgkick.access import Rate
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulators.nrgkick import INFO_PATH, VALUES_PATH

from .conftest import (
    HOST,
    WHOLE,
    after_a_look,
    coordinator_of,
    new_entry,
    register,
    say,
    set_up,
    shown,
)

pytestmark = pytest.mark.usefixtures("house")

ASKS = "binary_sensor.nrgkick_custom_api_wallbox_asks"
ANSWER = "sensor.nrgkick_custom_api_answer"
LAST = "sensor.nrgkick_custom_api_last_request"
REFUSED = "sensor.nrgkick_custom_api_requests_refused"
SERVE = "switch.nrgkick_custom_api_serve_numbers"


@pytest.fixture
async def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """Serve from a whole minute on, while time goes only when it's told to."""
    freezer.move_to("2026-11-21 12:00:00+00:00")
    say(hass, "sensor.grid", -542)
    found = new_entry(hass)
    await set_up(hass, found)
    return found


@pytest.fixture
def written(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Return our entities that write a state, as they do."""
    found: list[str] = []

    @callback
    def is_ours(data: Any) -> bool:
        return "nrgkick_custom_api" in data["entity_id"]

    @callback
    def note(event: Event[Any]) -> None:
        found.append(event.data["entity_id"])

    for kind in ("state_changed", "state_reported"):
        hass.bus.async_listen(kind, note, is_ours)
    return found


def poll(entry: MockConfigEntry, remote: str = HOST) -> int:
    """Ask once, however often; return the status."""
    coordinator = coordinator_of(entry)
    coordinator.access.rate = Rate(burst=1_000_000)
    return coordinator.reply("GET", VALUES_PATH, remote).status


async def test_at_the_start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Before anybody asks, it's said what he would get."""
    assert {
        entity_id: shown(hass, entity_id) for entity_id in (ASKS, ANSWER, LAST)
    } == {
        ASKS: "off",
        ANSWER: "serving",
        LAST: "unknown",
    }
    assert shown(hass, REFUSED) == "0.0"
    assert shown(hass, SERVE) == "on"
    registry = er.async_get(hass)
    ours = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert {one.entity_id for one in ours} == {ASKS, ANSWER, LAST, REFUSED, SERVE}
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert {one.device_id for one in ours} == {device.id}


async def test_asks_and_falls_silent(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    written: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    """That a wallbox asks is seen at once, and that it doesn't any more after a minute."""
    assert poll(entry) == 200
    assert shown(hass, ASKS) == "on"
    assert shown(hass, LAST) == "2026-11-21T12:00:00+00:00"
    assert sorted(written) == [ASKS, LAST]
    # Each further request of the minute is no news.
    for _ in range(9):
        freezer.tick(4)
        assert poll(entry) == 200
    assert sorted(written) == [ASKS, LAST]
    freezer.tick(24)
    assert poll(entry) == 200
    assert written[2:] == [LAST]
    assert shown(hass, LAST) == "2026-11-21T12:01:00+00:00"
    await after_a_look(hass, freezer)
    assert shown(hass, ASKS) == "on"
    await after_a_look(hass, freezer)
    assert shown(hass, ASKS) == "off"
    before = list(written)
    for _ in range(5):
        await after_a_look(hass, freezer)
    assert written == before
    assert poll(entry) == 503
    assert shown(hass, ASKS) == "on"


async def test_only_news_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    written: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    """What comes of the answer is written when it's another; numbers never are."""
    poll(entry)
    written.clear()
    for power_w in range(20):
        say(hass, "sensor.grid", power_w)
        poll(entry)
    assert not written
    for _ in range(3):
        say(hass, "sensor.grid", "unavailable")
        poll(entry)
    assert written == [ANSWER]
    assert shown(hass, ANSWER) == "not_trustworthy"
    say(hass, "sensor.grid", 5)
    poll(entry)
    assert written == [ANSWER] * 2
    assert shown(hass, ANSWER) == "serving"


async def test_pause(
    hass: HomeAssistant, entry: MockConfigEntry, written: list[str]
) -> None:
    """Paused, nothing is served, and the switch says so."""
    for service, state, answer, status in (
        ("turn_off", "off", "paused", 503),
        ("turn_on", "on", "serving", 200),
    ):
        for _ in range(2):
            await hass.services.async_call(
                "switch", service, {"entity_id": SERVE}, blocking=True
            )
        assert shown(hass, SERVE) == state
        assert shown(hass, ANSWER) == answer
        assert poll(entry) == status
    # The wallbox was seen once.
    assert [one for one in written if one not in {ASKS, LAST}] == [SERVE, ANSWER] * 2


async def test_pause_hides_no_trouble(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """After a pause it's said at once whether the numbers can be trusted."""
    switch = {"entity_id": SERVE}
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    say(hass, "sensor.grid", "unavailable")
    assert shown(hass, ANSWER) == "paused"
    await hass.services.async_call("switch", "turn_on", switch, blocking=True)
    assert shown(hass, ANSWER) == "not_trustworthy"


async def test_refused_do_not_ask(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Who is refused isn't a wallbox that asks."""
    assert poll(entry, "192.168.1.66") == 403
    assert shown(hass, ASKS) == "off"
    assert shown(hass, LAST) == "unknown"
    assert shown(hass, REFUSED) == "1.0"


async def test_some_are_remembered(hass: HomeAssistant) -> None:
    """Of a network full of devices only the newest are remembered."""
    entry = new_entry(hass, allowed=["192.168.0.0/16"])
    await set_up(hass, entry)
    for number in range(300):
        assert poll(entry, f"192.168.{number % 2}.{number % 200}") == 200
        assert poll(entry, f"10.0.0.{number % 200}") == 403
    found = coordinator_of(entry).diagnostics()
    assert len(found["asked_by"]) == 8
    assert len(found["refused"]) == 16
    assert found["answers"] == {"200": 300, "403": 300}


async def test_diagnostics(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """They tell the last answer and who asked, and nobody's names or serial numbers."""
    freezer.move_to("2026-11-21 12:00:00+00:00")
    grid = register(hass, "sensor.grid").id
    named = [
        (
            kind,
            {
                **part,
                "name": f"marked-name-{kind}",
                "model": f"marked-model-{kind}",
                **({"power": [grid]} if kind == "energy_meter" else {}),
            },
        )
        for kind, part in WHOLE
    ]
    for entity_id in ("grid", "roof", "battery", "rod", "load"):
        state: Any = hass.states.get(f"sensor.{entity_id}")
        hass.states.async_set(state.entity_id, state.state, state.attributes)
    entry = new_entry(hass, named)
    await set_up(hass, entry)
    coordinator = coordinator_of(entry)
    assert coordinator.diagnostics()["last_answer"] is None
    poll(entry)
    coordinator.reply("GET", INFO_PATH, HOST)
    found: Any = await async_get_config_entry_diagnostics(hass, entry)
    assert "marked" not in str(found)
    (serving,) = found["coordinators"]
    assert serving["available"]
    assert serving["last_answer"]["status"] == 200
    assert serving["last_answer"]["time"] == "2026-11-21T12:00:00+00:00"
    meter = serving["last_answer"]["document"]["device_values"]["energy_meters"]
    assert meter == {"0": {"grid_power_w": -542}}
    assert serving["asked_by"] == {HOST: "2026-11-21T12:00:00+00:00"}
    assert serving["fault"] is None
    assert serving["left_out"] == []
    assert serving["info"]["device_info"]["inverters"]["0"] == {
        "name": "**REDACTED**",
        "model": "**REDACTED**",
        "serial": "00",
        "max_dc_w": 5500,
        "max_ac_w": 5000,
    }
    # What can't be served has no document.
    say(hass, "sensor.grid", "unknown")
    poll(entry)
    last = coordinator.diagnostics()["last_answer"]
    assert (last["status"], last["document"]) == (503, None)


async def test_nothing_is_fetched(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What a user can ask of any device of ours fits this one, too."""
    coordinator = coordinator_of(entry)
    await coordinator.async_refresh()
    assert coordinator.last_update_success
    assert coordinator.available

"""The dynamic current: it lives for a while, and is renewed while it's ours."""

from dataclasses import replace
import time

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import control
from custom_components.sunbridge.vendors.easee.stored import Kept
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulators.clock import Clock
from simulators.easee import Car, Charger, Cloud, Id

from .commands import DYNAMIC, call, sent, set_current
from .conftest import set_up, state, until


async def test_dynamic_current(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """It's written with a time to live, and confirmed by the observation."""
    await set_up(hass, entry)
    charger.plug_in(Car())
    await set_current(hass, 10)
    assert state(hass, DYNAMIC) == "10.0"
    assert sent(cloud, "set_dynamic_charger_current") == [{"amps": 10.0, "minutes": 15}]
    # Nobody had to ask for the result.
    assert not cloud.asked("/api/commands")
    await set_current(hass, 0)
    await until(
        lambda: state(hass, "sensor.garage_reason") == "charger_dynamic_too_low"
    )


@pytest.mark.parametrize("amps", [1, 3, 5])
async def test_no_car_charges_with_less(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, amps: float
) -> None:
    """Between 0 and 6 A is refused with an explanation, and not sent."""
    await set_up(hass, entry)
    with pytest.raises(ServiceValidationError) as raised:
        await set_current(hass, amps)
    assert raised.value.translation_key == "easee_below_six"
    assert not sent(cloud, "set_dynamic_charger_current")


async def test_limit(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """No more than the charger may offer can be asked for."""
    await set_up(hass, entry)
    found = hass.states.get(DYNAMIC)
    assert found is not None
    assert found.attributes["max"] == 16
    charger.observe(Id.MAX_CURRENT, 20)

    def most() -> float:
        shown = hass.states.get(DYNAMIC)
        assert shown is not None
        return float(shown.attributes["max"])

    await until(lambda: most() == 20)


async def test_same_value(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A value that is reported already is no failure."""
    await set_up(hass, entry)
    await set_current(hass, 16)
    assert sent(cloud, "set_dynamic_charger_current")


async def test_renewal(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """It's sent again before its life ends, until it's another one's."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 10)
    kept = coordinator.kept
    assert kept is not None
    assert kept.until_s - kept.renew_at_s == pytest.approx(450, abs=2)
    coordinator.async_keep_on(Kept(10, hass.loop.time() + 0.1, hass.loop.time() + 60))
    await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 2)
    await until(lambda: coordinator.counters["renewals"] == 1)
    # Somebody else takes over in the app.
    charger.observe(Id.DYNAMIC_CURRENT, 13)
    await until(lambda: state(hass, DYNAMIC) == "13.0")
    coordinator.async_keep_on(Kept(10, hass.loop.time() + 0.1, hass.loop.time() + 60))
    await until(lambda: coordinator.kept is None)
    assert len(sent(cloud, "set_dynamic_charger_current")) == 2


async def test_renewal_by_a_clock_that_jumps(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The charger counts the life of a current, whatever the time of day is said to be."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    monkeypatch.setattr(coordinator, "ttl_min", 2 / 60)
    await set_current(hass, 10)
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 86_400)
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert coordinator.kept is not None


async def test_renewal_is_tried_again(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An outage is waited for while the current lives, and not beyond."""
    monkeypatch.setattr(control, "RENEW_RETRY_S", 0.2)
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 10)
    cloud.faults.rest_down = True
    coordinator.async_keep_on(Kept(10, hass.loop.time(), hass.loop.time() + 60))
    await until(lambda: coordinator.counters["EaseeConnectionError"] >= 2)
    cloud.faults.rest_down = False
    await until(lambda: coordinator.counters["renewals"] == 1)
    cloud.faults.rest_down = True
    coordinator.async_keep_on(Kept(10, hass.loop.time(), hass.loop.time() + 0.5))
    await until(lambda: coordinator.kept is None)


async def test_box_falls_back_without_us(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """When nobody renews it, the charger goes back to its other limits."""
    await set_up(hass, entry)
    await set_current(hass, 10)
    await hass.config_entries.async_unload(entry.entry_id)
    clock.advance(16 * 60)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 16


async def test_renewal_goes_on_after_a_restart(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A current that lives on in the charger is taken up again."""
    await set_up(hass, entry)
    await set_current(hass, 10)
    kept = entry.runtime_data.coordinators[0].kept
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    again = entry.runtime_data.coordinators[0].kept
    assert kept is not None
    assert again is not None
    assert again.amps == kept.amps
    assert again.until_s == pytest.approx(kept.until_s, abs=2)


async def test_no_time_to_live(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """0 minutes keep it for ever, and nothing is renewed."""
    await set_up(hass, entry, ttl_min=0)
    await set_current(hass, 8)
    assert sent(cloud, "set_dynamic_charger_current") == [{"amps": 8.0, "minutes": 0}]
    assert entry.runtime_data.coordinators[0].kept is None


@pytest.mark.parametrize("unconfirmed", [True, False])
async def test_failure_keeps_the_old_current_alive(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    unconfirmed: bool,
) -> None:
    """A command that fails mustn't let the charger fall back to full power."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 6)
    cloud.faults.ignore_commands = cloud.faults.no_result = unconfirmed
    cloud.faults.rest_down = not unconfirmed
    with monkeypatch.context() as patch:
        patch.setattr(control, "CONFIRM_TIMEOUT_S", 0.5)
        with pytest.raises(HomeAssistantError):
            await set_current(hass, 10)
    assert coordinator.kept is not None
    cloud.faults.ignore_commands = cloud.faults.no_result = False
    cloud.faults.rest_down = False
    coordinator.async_keep_on(replace(coordinator.kept, renew_at_s=hass.loop.time()))
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert sent(cloud, "set_dynamic_charger_current")[-1]["amps"] == 6
    assert coordinator.kept.amps == 6


@pytest.mark.parametrize(
    ("asked", "amps"),
    [(10.333, 10.33), (10.339, 10.33), (8.2, 8.2), (15.9999, 15.99), (10, 10)],
)
async def test_fractions(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    asked: float,
    amps: float,
) -> None:
    """What a charger can't report isn't sent, and no more than was asked for."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, asked)
    assert sent(cloud, "set_dynamic_charger_current")[-1]["amps"] == amps
    await until(lambda: state(hass, DYNAMIC) == str(float(amps)))
    coordinator.async_keep_on(replace(coordinator.kept, renew_at_s=hass.loop.time()))
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert coordinator.kept.amps == amps


async def test_no_renewal_of_what_isnt_known(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """After a restart the charger's own value is awaited; it may be another one's."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    coordinator.data.values["dynamicChargerCurrent"] = None
    coordinator.async_keep_on(Kept(10, hass.loop.time() - 1, hass.loop.time() + 60))
    await until(lambda: coordinator.kept is not None and coordinator.kept.amps == 10)
    assert not sent(cloud, "set_dynamic_charger_current")


@pytest.mark.parametrize("button", ["pause_charging", "resume_charging"])
async def test_buttons_end_the_renewal(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    button: str,
) -> None:
    """A pause isn't ended by an old current, and a current not by an old pause."""
    await set_up(hass, entry)
    charger.plug_in(Car())
    await set_current(hass, 10)
    await call(hass, "press", f"button.garage_{button}")
    assert entry.runtime_data.coordinators[0].kept is None

"""An Easee charger under the surplus: what it's told, and what isn't sent."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee.coordinator import EaseeCoordinator
from custom_components.sunbridge.vendors.easee.stored import Kept
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from simulators.clock import Clock
from simulators.easee import Account, Car, Charger, Cloud, Id

from .conftest import EQUALIZER, SERIAL, account_of, set_up, until
from .surplus import coordinator, of, of_serial, report

__all__ = ["coordinator"]


def sent(cloud: Cloud) -> list[tuple[str, Any]]:
    """Return what was sent to chargers and circuits: the path's end, the body."""
    return [
        (request.path.rpartition("/")[2], json.loads(request.body or b"null"))
        for request in cloud.requests
        if request.method == "POST"
        and ("/commands/" in request.path or request.path.endswith("/settings"))
    ]


def circuit(one: float, two: float, three: float) -> dict[str, float]:
    """Return a circuit's currents as they're sent."""
    return {
        f"dynamicCircuitCurrentP{phase}": amps
        for phase, amps in enumerate((one, two, three), 1)
    }


async def test_regulated(
    hass: HomeAssistant,
    coordinator: EaseeCoordinator,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
) -> None:
    """A current lives for a while, a pause for good; the report shows both."""
    charging = of(coordinator)
    news: list[None] = []
    unlisten = charging.listen(lambda: news.append(None))
    charger.plug_in(Car())
    await until(lambda: report(coordinator).is_plugged is True)
    await charging.async_set(9.0, 3)
    await until(lambda: report(coordinator).set_a == 9)
    await until(lambda: report(coordinator).power_w == pytest.approx(6214, abs=1))
    found = report(coordinator)
    assert (found.phases, found.current_a, found.blocked_until_s) == (3, 9, None)
    assert 0 <= hass.loop.time() - found.at_s < 20
    assert news

    await charging.async_set(0, 3)
    await until(lambda: report(coordinator).set_a == 0)
    await until(lambda: report(coordinator).power_w == 0)
    assert sent(cloud) == [
        ("set_dynamic_charger_current", {"amps": 9, "minutes": 15}),
        ("set_dynamic_charger_current", {"amps": 0, "minutes": 0}),
    ]
    assert charger.flash_writes == 0
    # A pause is none that ends by itself.
    clock.advance(3600)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 0

    unlisten()
    count = len(news)
    charger.unplug()
    await until(lambda: report(coordinator).is_plugged is False)
    assert len(news) == count


async def test_nobody_renews(
    hass: HomeAssistant,
    coordinator: EaseeCoordinator,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
) -> None:
    """Without a controller the current ends, and the pause before it is back."""
    charging = of(coordinator)
    charger.plug_in(Car())
    await charging.async_set(0, 3)
    await charging.async_set(12, 3)
    assert coordinator.kept is None
    await until(lambda: report(coordinator).set_a == 12)
    clock.advance(14 * 60)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 12
    # The controller repeats it at half of its life.
    assert charging.traits.refresh_s == 450
    await charging.async_set(12, 3)
    clock.advance(14 * 60)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 12
    clock.advance(2 * 60)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 0
    await until(lambda: report(coordinator).set_a == 0)


async def test_no_time_to_live(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """An owner who wants none gets none, and nothing is repeated."""
    await set_up(hass, entry, ttl_min=0)
    charging = of(of_serial(entry, SERIAL))
    assert charging.traits.refresh_s is None
    await charging.async_set(9, 3)
    assert sent(cloud) == [("set_dynamic_charger_current", {"amps": 9, "minutes": 0})]


async def test_takes_over(
    hass: HomeAssistant, coordinator: EaseeCoordinator, cloud: Cloud
) -> None:
    """A current that was set by hand isn't renewed against the controller's."""
    kept = Kept(10, hass.loop.time() + 300, hass.loop.time() + 600)
    coordinator.async_keep_on(kept)
    # What failed has changed nothing.
    cloud.faults.rest_down = True
    with pytest.raises(HomeAssistantError) as raised:
        await of(coordinator).async_set(8, 3)
    assert raised.value.translation_key == "easee_cannot_connect"
    assert coordinator.kept == kept
    cloud.faults.rest_down = False
    await of(coordinator).async_set(8, 3)
    assert coordinator.kept is None


@pytest.mark.parametrize("amps", [0.0, 1.0, 5.9])
async def test_no_car_charges_with_less(
    coordinator: EaseeCoordinator, cloud: Cloud, amps: float
) -> None:
    """Less than 6 A is a pause."""
    await of(coordinator).async_set(amps, 3)
    assert sent(cloud) == [("set_dynamic_charger_current", {"amps": 0, "minutes": 0})]


async def test_phases(
    hass: HomeAssistant,
    coordinator: EaseeCoordinator,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
) -> None:
    """They are switched by the circuit's volatile currents, and given back."""
    charging = of(coordinator)
    charger.plug_in(Car())
    await until(lambda: report(coordinator).is_plugged is True)
    assert charging.traits.phases == (1, 3)
    await charging.async_set(0, 3)
    await until(lambda: report(coordinator).set_a == 0)
    cloud.requests.clear()
    # A power is only believed when the 0 before it was some seconds ago.
    clock.advance(5)

    await charging.async_set(14, 1)
    await until(
        lambda: (report(coordinator).set_a, report(coordinator).phases) == (14, 1)
    )
    await until(lambda: report(coordinator).power_w == pytest.approx(3234, abs=1))
    assert charging.traits.phases == (1, 3)
    await charging.async_set(15, 1)
    await until(lambda: report(coordinator).set_a == 15)
    # The smaller current comes before the phases that it's for.
    await charging.async_set(6, 3)
    await until(
        lambda: (report(coordinator).set_a, report(coordinator).phases) == (6, 3)
    )
    await charging.async_set(9, 1)
    await until(
        lambda: (report(coordinator).set_a, report(coordinator).phases) == (9, 1)
    )
    await charging.async_set(0, 1)
    await until(
        lambda: (report(coordinator).set_a, report(coordinator).phases) == (0, 3)
    )

    def current(amps: float, minutes: int = 15) -> tuple[str, dict[str, float]]:
        return "set_dynamic_charger_current", {"amps": amps, "minutes": minutes}

    assert sent(cloud) == [
        ("settings", circuit(16, 0, 0)),
        current(14),
        current(15),
        current(6),
        ("settings", circuit(16, 16, 16)),
        ("settings", circuit(16, 0, 0)),
        current(9),
        current(0, 0),
        ("settings", circuit(16, 16, 16)),
    ]
    assert charger.flash_writes == 0


async def test_circuit_of_two(
    hass: HomeAssistant,
    cloud: Cloud,
    user: Account,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """A circuit of several chargers is left alone, chosen or not."""
    user.chargers.append(Charger("EH777777", clock=clock, node_master=False))
    await set_up(hass, entry)
    charging = of(of_serial(entry, SERIAL))
    assert charging.traits.phases == (3,)
    await charging.async_set(9, 3)
    assert sent(cloud) == [("set_dynamic_charger_current", {"amps": 9, "minutes": 15})]
    assert of(of_serial(entry, "EH777777")).traits.phases == (3,)


async def test_somebody_else(
    coordinator: EaseeCoordinator, cloud: Cloud, charger: Charger
) -> None:
    """What is changed in the app shows up in the report, and isn't undone."""
    await of(coordinator).async_set(10, 3)
    await until(lambda: report(coordinator).set_a == 10)
    charger.command(48, {"amps": 13})
    await until(lambda: report(coordinator).set_a == 13)
    assert len(sent(cloud)) == 1


async def test_blocked(
    hass: HomeAssistant, coordinator: EaseeCoordinator, cloud: Cloud
) -> None:
    """While Easee wants no requests the report says until when."""
    cloud.faults.status = 429
    cloud.faults.retry_after_s = 600
    with pytest.raises(HomeAssistantError) as raised:
        await of(coordinator).async_set(10, 3)
    assert raised.value.translation_key == "easee_rate_limited"
    blocked_s = report(coordinator).blocked_until_s
    assert blocked_s is not None
    assert blocked_s - hass.loop.time() == pytest.approx(600, abs=10)


async def test_budget(
    hass: HomeAssistant, coordinator: EaseeCoordinator, entry: MockConfigEntry
) -> None:
    """So it does when our own budget is used up."""
    writes = account_of(entry).api.rest.gate.writes
    writes.calls = 2
    await of(coordinator).async_set(10, 3)
    assert report(coordinator).blocked_until_s is None
    await of(coordinator).async_set(11, 3)
    blocked_s = report(coordinator).blocked_until_s
    assert blocked_s is not None
    assert 0 < blocked_s - hass.loop.time() <= 60


async def test_cannot_be_fed(
    hass: HomeAssistant, coordinator: EaseeCoordinator, entry: MockConfigEntry
) -> None:
    """It has no logic for that, and an Equalizer isn't even a charger."""
    with pytest.raises(ServiceValidationError) as raised:
        await of(coordinator).async_feed(-2000, None, None)
    assert raised.value.translation_key == "cannot_feed"
    assert of_serial(entry, EQUALIZER).charging is None
    for serial in (SERIAL, EQUALIZER):
        device = dr.async_get(hass).async_get_device_by_identifier(
            ("sunbridge", f"easee_{serial}"), entry.entry_id
        )
        assert device is not None
        with pytest.raises(ServiceValidationError) as raised:
            await hass.services.async_call(
                "sunbridge",
                "feed_pv",
                {"device_id": device.id, "grid_w": -2000},
                blocking=True,
            )
        assert raised.value.translation_key == "cannot_feed"

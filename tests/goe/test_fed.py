"""A go-e charger that is fed with the powers of the house, and follows by itself."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.surplus.model import ChargerReport
from custom_components.sunbridge.vendors.goe import charging as charging_module, poll
from custom_components.sunbridge.vendors.goe.coordinator import GoeCoordinator
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.clock import Clock
from simulators.goe import Car, Charger, CloudFront, LocalFront

from ..conftest import SERIAL
from .conftest import set_up, set_up_polled, until
from .surplus import charger, clock, coordinator, of, quick, report, sets
from .test_config_flow import INPUT, reconfigure
from .test_local import host

__all__ = ["charger", "clock", "coordinator", "quick"]


@pytest.mark.usefixtures("quick")
async def test_fed(
    hass: HomeAssistant, coordinator: GoeCoordinator, charger: Charger
) -> None:
    """It's told the powers of the house with the vendor's signs."""
    charging = of(coordinator)
    await charging.async_feed(-2300.4, 4800, -1200)
    found = charger.status()
    assert (found["pgrid"], found["ppv"], found["pakku"]) == (-2300, 4800, -1200)
    charging._fed_at_s = float("-inf")  # type: ignore[attr-defined]
    # 0 W might be taken for no surplus; what's unknown isn't told.
    await charging.async_feed(0.2, -5, None)
    found = charger.status()
    assert (found["pgrid"], found["ppv"], found["pakku"]) == (-1, 0, None)


@pytest.mark.usefixtures("quick")
async def test_eco(
    hass: HomeAssistant,
    hass_local: GoePollCoordinator,
    charger: Charger,
    clock: Clock,
) -> None:
    """In the eco mode it starts by what it's fed, follows, and stops without it."""
    for key in ("fmt", "mpwst", "mptwt"):
        charger.set(key, 0)
    charger.set("lmo", 4)
    charger.set("fup", True)
    charger.plug_in(Car())
    charging = of(hass_local)

    async def live(seconds: int, sun_w: float | None) -> ChargerReport:
        for _ in range(seconds // 5):
            if sun_w is not None:
                grid_w = charger.status()["nrg"][11] - sun_w
                await charging.async_feed(grid_w, sun_w, None)
            clock.advance(5)
        await hass_local.async_refresh()
        return report(hass_local)

    idle = await live(60, None)
    # It isn't forced off, and may begin at any time.
    assert (idle.power_w, idle.set_a, idle.is_plugged) == (0, None, True)
    assert (await live(30, 500)).power_w == 0
    following = await live(90, 3000)
    assert following.power_w is not None
    assert 2400 < following.power_w <= 3000
    assert following.phases == 1
    assert following.set_a == following.current_a
    more = await live(120, 7500)
    assert more.power_w is not None
    assert 6500 < more.power_w <= 7500
    assert more.phases == 3
    # Silence is how it learns of a lost meter.
    silent = await live(60, None)
    assert silent.power_w == 0
    assert silent.session_wh is not None
    assert silent.session_wh > 150


@pytest.mark.usefixtures("quick")
async def test_its_own_power_is_fresh(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it's fed it's asked often, and afterwards as often as before."""
    monkeypatch.setattr(poll, "HURRY_INTERVAL_S", 0.02)
    monkeypatch.setattr(charging_module, "FEED_EVERY_S", 0.25)
    coordinator = await set_up(hass, local_entry)

    def asked() -> int:
        return sum(request.path.endswith("/status") for request in local.requests)

    before = asked()
    await of(coordinator).async_feed(-2000, None, None)
    await until(lambda: asked() >= before + 5)
    await asyncio.sleep(0.6)
    before = asked()
    await asyncio.sleep(0.3)
    assert asked() <= before + 1


@pytest.fixture
async def hass_local(
    hass: HomeAssistant, local: LocalFront, local_entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set the charger up in the local network, polled only when a test asks."""
    return await set_up_polled(hass, local_entry)


@pytest.mark.usefixtures("quick")
async def test_given_back(
    hass: HomeAssistant, coordinator: GoeCoordinator, charger: Charger
) -> None:
    """What was set from here is taken back by the next feed, also after a restart."""
    for key, value in (("lmo", 4), ("fup", True), ("amp", 14)):
        charger.set(key, value)
    await until_reported(coordinator, charger, "amp", "lmo", "fup")
    await of(coordinator).async_set(6, 3)
    await until_reported(coordinator, charger, "amp", "psm", "frc")
    assert (charger.status()["frc"], charger.status()["psm"]) == (2, 2)
    entry = coordinator.config_entry
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    again = entry.runtime_data.coordinators[0]
    assert isinstance(again, GoeCoordinator)
    await until(lambda: again.available)
    # That isn't somebody else.
    assert of(again).problems(is_fed=True) == frozenset()
    await of(again).async_feed(-2000, None, None)
    found = charger.status()
    assert [found[key] for key in ("frc", "amp", "psm", "pgrid")] == [0, 14, 0, -2000]
    # From now on it's the user's.
    charger.set("frc", 2)
    await until_reported(again, charger, "frc")
    assert of(again).problems(is_fed=True) == {"goe_forced"}
    of(again)._fed_at_s = float("-inf")  # type: ignore[attr-defined]
    await of(again).async_feed(-2100, None, None)
    assert charger.status()["frc"] == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("way", ["goe_cloud", "goe_local"])
async def test_given_back_by_another_way(
    hass: HomeAssistant,
    cloud: CloudFront,
    local: LocalFront,
    charger: Charger,
    entry: MockConfigEntry,
    way: str,
) -> None:
    """Who changes the way to it meanwhile gets back what it had before all the same."""
    first = await set_up(hass, entry)
    charger.set("amp", 14)
    await until_reported(first, charger, "amp")
    await of(first).async_set(6, 1)
    await until_reported(first, charger, "amp", "psm", "frc")
    form = await reconfigure(hass, entry, way)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], INPUT if way == "goe_cloud" else {"host": host(local)}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    again = entry.runtime_data.coordinators[0]
    assert isinstance(again, GoePollCoordinator)
    await of(again).async_set(8, 1)
    await of(again).async_feed(-2000, None, None)
    found = charger.status()
    assert [found[key] for key in ("frc", "amp", "psm")] == [0, 14, 0]
    assert "before_surplus" not in entry.data


async def until_reported(
    coordinator: GoeCoordinator, charger: Charger, *names: str
) -> None:
    """Wait until the coordinator knows what the charger has."""

    def is_known() -> bool:
        now = charger.status()
        return all(coordinator.data.raw.get(name) == now[name] for name in names)

    if isinstance(coordinator, GoePollCoordinator):
        coordinator._settings_due_at = 0.0
        coordinator._wake.set()
    await until(is_known)


@pytest.mark.parametrize(("asked_s", "spared_s"), [(300, 300), (10**9, 3600)])
async def test_spared(
    hass: HomeAssistant,
    polled: GoePollCoordinator,
    cloud: CloudFront,
    asked_s: int,
    spared_s: int,
) -> None:
    """A cloud that wants fewer requests isn't sent any for an hour at the most."""
    charging = of(polled)
    cloud.faults[SERIAL].rate_limit = True
    cloud.faults[SERIAL].retry_after_s = asked_s
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_set(10, 3)
    assert raised.value.translation_key == "goe_rate_limited"
    blocked_s = report(polled).blocked_until_s
    assert blocked_s is not None
    assert blocked_s - hass.loop.time() == pytest.approx(spared_s, abs=5)
    count = len(cloud.requests)
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_feed(-2000, None, None)
    assert raised.value.translation_key == "goe_waits"
    assert len(cloud.requests) == count


async def test_reads_that_fail(
    hass: HomeAssistant, polled: GoePollCoordinator, cloud: CloudFront
) -> None:
    """One hiccup costs no feed; a server in trouble isn't fed."""
    charging = of(polled)
    cloud.faults[SERIAL].status_code = 502
    await polled.async_refresh()
    assert report(polled).blocked_until_s is not None
    cloud.faults[SERIAL].status_code = None
    await charging.async_feed(-2000, None, None)
    cloud.faults[SERIAL].status_code = 502
    for _ in range(4):
        await polled.async_refresh()
    count = len(cloud.requests)
    charging._fed_at_s = float("-inf")  # type: ignore[attr-defined]
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_feed(-2000, None, None)
    assert raised.value.translation_key == "goe_waits"
    assert len(cloud.requests) == count
    cloud.faults[SERIAL].status_code = None
    await polled.async_refresh()
    assert report(polled).blocked_until_s is None
    await charging.async_feed(-2000, None, None)
    assert len(cloud.requests) == count + 2


async def test_cloud_is_fed_no_faster(
    hass: HomeAssistant, polled: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Whoever feeds each second over the cloud has most of it left out."""
    for watts in range(1, 6):
        await of(polled).async_feed(-watts * 1000, None, None)
    assert sets(cloud) == [{"ids": {"pGrid": -1000}}]

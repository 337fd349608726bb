"""A go-e charger under the surplus: what it's told, fed and says, over each way."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.charging import Charging
from custom_components.sunbridge.surplus.model import ChargerReport
from custom_components.sunbridge.vendors.goe import charging as charging_module
from custom_components.sunbridge.vendors.goe.coordinator import GoeCoordinator
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from custom_components.sunbridge.vendors.goe.regulated import (
    READ_KEYS,
    Session,
    choices,
    in_force,
    is_plugged,
    max_a,
    set_a,
)
from custom_components.sunbridge.vendors.goe.status import Status
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.clock import Clock
from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront

from ..conftest import SERIAL, TOKEN


@pytest.fixture
def clock() -> Clock:
    """Return the charger's clock."""
    return Clock()


@pytest.fixture
def charger(clock: Clock) -> Charger:
    """Return a charger whose time can be turned."""
    return Charger(
        serial=SERIAL,
        token=TOKEN,
        name="Garage",
        seed=1,
        reaction_s=0,
        clock=clock.monotonic,
        wall_clock=clock.time,
    )


@pytest.fixture(params=["cloud", "local", "broker"])
async def coordinator(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    charger: Charger,
    cloud: CloudFront,
    local: LocalFront,
    on_broker: MqttFront,
    entry: MockConfigEntry,
    local_entry: MockConfigEntry,
    broker_entry: MockConfigEntry,
) -> GoeCoordinator:
    """Set the charger up over each way to it."""
    entries = {"cloud": entry, "local": local_entry, "broker": broker_entry}
    return await set_up(hass, entries[request.param])


@pytest.fixture
async def polled(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set the charger up over the cloud; it's polled only when a test asks."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    coordinator = await set_up(hass, entry)
    assert isinstance(coordinator, GoePollCoordinator)
    return coordinator


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let feeds follow each other as fast as a test's clock is turned."""
    for way, slow in charging_module._WAYS.items():
        monkeypatch.setitem(
            charging_module._WAYS,
            way,
            charging_module._Way(slow.reply_s, slow.delay_s, 0.0),
        )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> GoeCoordinator:
    """Set an entry up; return its coordinator when the charger is heard."""
    if entry.entry_id not in {e.entry_id for e in hass.config_entries.async_entries()}:
        entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator: GoeCoordinator = entry.runtime_data.coordinators[0]
    await until(lambda: coordinator.available)
    return coordinator


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def of(coordinator: GoeCoordinator) -> Charging:
    """Return how the surplus sees a charger."""
    found = coordinator.charging
    assert found is not None
    return found


def report(coordinator: GoeCoordinator) -> ChargerReport:
    """Return what the charger says; it has to say something."""
    found = of(coordinator).report()
    assert found is not None
    return found


def told(coordinator: GoeCoordinator) -> tuple[float | None, int | None]:
    """Return what the charger says that it was told: A and phases."""
    found = report(coordinator)
    return found.set_a, found.phases


def status(**values: Any) -> Status:
    """Return the status of a charger that reports these values."""
    return Status.of(KEYS).merge(values, 0.0).status


def sets(front: CloudFront | LocalFront) -> list[dict[str, Any]]:
    """Return what was set, a request each."""
    found = []
    for request in front.requests:
        if request.path.endswith("/set"):
            pairs = (pair.split("=") for pair in request.raw_query.split("&"))
            found.append({key: _json(value) for key, value in pairs})
    return found


def _json(text: str) -> Any:
    # By hand, since the charger's side is what is tested.
    for code, sign in (
        ("%7B", "{"), ("%7D", "}"), ("%22", '"'), ("%3A", ":"), ("%2C", ","),
    ):  # fmt: skip
        text = text.replace(code, sign)
    return orjson.loads(text)


async def test_regulated(
    hass: HomeAssistant, coordinator: GoeCoordinator, charger: Charger, clock: Clock
) -> None:
    """It takes current and phases, and a pause; its reports say so, soon."""
    charging = of(coordinator)
    news: list[None] = []
    unlisten = charging.listen(lambda: news.append(None))
    charger.plug_in(Car(start_delay_s=0, ramp_a_per_s=1000))
    await charging.async_set(9, 1)
    assert {key: charger.status()[key] for key in ("frc", "amp", "psm")} == {
        "frc": 2,
        "amp": 9,
        "psm": 1,
    }
    clock.advance(60)
    await until(lambda: report(coordinator).power_w == 9 * 230)
    # By MQTT each value is a message of its own.
    await until(lambda: told(coordinator) == (9, 1))
    found = report(coordinator)
    assert found.current_a == 9
    assert found.is_plugged is True
    assert found.blocked_until_s is None
    assert 0 <= hass.loop.time() - found.at_s < 20
    assert news

    await charging.async_set(12, 3)
    clock.advance(60)
    await until(lambda: report(coordinator).power_w == 3 * 12 * 230)
    await until(lambda: told(coordinator) == (12, 3))

    await charging.async_set(0, 3)
    assert charger.status()["frc"] == 1
    clock.advance(5)
    await until(lambda: report(coordinator).power_w == 0)
    await until(lambda: report(coordinator).set_a == 0)

    unlisten()
    count = len(news)
    charger.unplug()
    await until(lambda: report(coordinator).is_plugged is False)
    assert len(news) == count


async def test_one_request(
    polled: GoePollCoordinator, cloud: CloudFront, charger: Charger
) -> None:
    """All that's needed goes in one request, and nothing else is written."""
    charging = of(polled)
    await charging.async_set(10, 3)
    await charging.async_set(0, 3)
    await polled.async_refresh()
    await charging.async_set(11.0, 3)
    await polled.async_refresh()
    await charging.async_set(8, 3)
    # Only the current is another one.
    assert sets(cloud) == [
        {"psm": 2, "amp": 10, "frc": 2},
        {"frc": 1},
        {"amp": 11, "frc": 2},
        {"amp": 8},
    ]
    # What is on its way counts: the last report is of before.
    await charging.async_set(11, 3)
    assert sets(cloud)[-1] == {"amp": 11}
    assert charger.status()["amp"] == 11
    # Asked for again it's sent again, whatever the reports say.
    await polled.async_refresh()
    await charging.async_set(11, 3)
    assert sets(cloud)[-1] == {"psm": 2, "amp": 11, "frc": 2}


@pytest.mark.parametrize("amps", [0.0, 1.0, 5.9])
async def test_no_car_charges_with_less(
    polled: GoePollCoordinator, cloud: CloudFront, amps: float
) -> None:
    """Less than 6 A is a pause."""
    await of(polled).async_set(amps, 3)
    assert sets(cloud) == [{"frc": 1}]


async def test_confirmed_soon(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
) -> None:
    """A command is seen long before the next poll, and nobody waits for it."""
    local_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(local_entry, options={"interval_s": 60})
    coordinator = await set_up(hass, local_entry)
    await of(coordinator).async_set(7, 3)
    await until(lambda: report(coordinator).set_a == 7)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not coordinator.confirmations.keys
    # One that is never seen is given up by the next one.
    local.faults[SERIAL].ignore_sets = True
    await of(coordinator).async_set(8, 3)
    await asyncio.sleep(0)
    assert coordinator.confirmations.keys
    local.faults[SERIAL].ignore_sets = False
    await of(coordinator).async_set(9, 3)
    await until(lambda: report(coordinator).set_a == 9)
    await until(lambda: not coordinator.confirmations.keys)


async def test_somebody_else(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """What is changed in the app shows up in the report."""
    await of(polled).async_set(10, 3)
    await polled.async_refresh()
    assert told(polled) == (10, 3)
    charger.set("amp", 14)
    charger.set("psm", 1)
    await polled.async_refresh()
    assert told(polled) == (14, 1)
    charger.set("frc", 1)
    await polled.async_refresh()
    assert report(polled).set_a == 0


async def test_all_is_asked_for(
    hass: HomeAssistant, polled: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Who listens gets what it reads, also where no entity is enabled for it."""
    unlisten = of(polled).listen(lambda: None)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    query = dict(pair.split("=") for pair in cloud.requests[-1].raw_query.split("&"))
    assert set(query["filter"].split(",")) >= READ_KEYS
    unlisten()


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


@pytest.fixture
async def hass_local(
    hass: HomeAssistant, local: LocalFront, local_entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set the charger up in the local network, polled only when a test asks."""
    local_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(local_entry, pref_disable_polling=True)
    coordinator = await set_up(hass, local_entry)
    assert isinstance(coordinator, GoePollCoordinator)
    return coordinator


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


@pytest.mark.parametrize(
    ("values", "fed", "regulated"),
    [
        ({"lmo": 4, "fup": True}, set(), {"goe_own_logic"}),
        ({"lmo": 5, "fup": True}, set(), {"goe_own_logic"}),
        ({"lmo": 5, "fup": False}, {"goe_pv_off"}, {"goe_own_logic"}),
        ({"lmo": 4, "fup": False}, {"goe_pv_off"}, set()),
        ({"lmo": 4, "fup": False, "awe": True}, {"goe_pv_off"}, {"goe_own_logic"}),
        ({"lmo": 3, "fup": True}, {"goe_basic_mode"}, set()),
        ({"lmo": 4, "fup": True, "acp": False}, {"goe_no_pauses"}, {"goe_own_logic"}),
        ({"lmo": 4, "fup": True, "frc": 1}, {"goe_forced"}, {"goe_own_logic"}),
        ({"lmo": 3, "fup": False, "frc": 2}, {"goe_basic_mode", "goe_forced", "goe_pv_off"}, set()),
    ],
)  # fmt: skip
async def test_problems(
    hass: HomeAssistant,
    polled: GoePollCoordinator,
    charger: Charger,
    values: dict[str, Any],
    fed: set[str],
    regulated: set[str],
) -> None:
    """Settings in the way are found, and each can be mended."""
    for key, value in values.items():
        charger.set(key, value)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    charging = of(polled)
    assert charging.problems(is_fed=True) == fed
    assert charging.problems(is_fed=False) == regulated
    for is_fed in (True, False):
        for problem in charging.problems(is_fed=is_fed):
            await charging.async_mend(problem)
        assert charging.problems(is_fed=is_fed) == frozenset()


async def test_problems_unknown(
    hass: HomeAssistant, polled: GoePollCoordinator
) -> None:
    """Of what isn't known nothing is said."""
    polled.data = status()
    assert of(polled).problems(is_fed=True) == frozenset()
    assert of(polled).problems(is_fed=False) == frozenset()


async def test_away(
    hass: HomeAssistant,
    polled: GoePollCoordinator,
    cloud: CloudFront,
    charger: Charger,
) -> None:
    """Offline it has no report, no problems, and an error for who sends."""
    charger.set("frc", 2)
    await polled.async_refresh()
    cloud.faults[SERIAL].offline = True
    await polled.async_refresh()
    assert of(polled).report() is None
    assert of(polled).problems(is_fed=True) == frozenset()
    with pytest.raises(HomeAssistantError) as raised:
        await of(polled).async_set(10, 3)
    assert raised.value.translation_key == "goe_offline"
    with pytest.raises(HomeAssistantError) as raised:
        await of(polled).async_feed(-2000, None, None)
    assert raised.value.translation_key in {"goe_offline", "goe_waits"}
    await asyncio.sleep(0)
    assert not polled.confirmations.keys
    cloud.faults[SERIAL].offline = False
    await polled.async_refresh()
    assert report(polled).set_a == 16


async def test_old_report(hass: HomeAssistant, polled: GoePollCoordinator) -> None:
    """A charger that isn't heard any more has a report that gets old."""
    polled.async_data_from(100)
    assert not polled.available
    assert hass.loop.time() - report(polled).at_s == pytest.approx(100, abs=5)
    polled._data_at = None
    assert of(polled).report() is None


async def test_spared(
    hass: HomeAssistant, polled: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A cloud that wants fewer requests isn't sent any for as long as it says."""
    charging = of(polled)
    cloud.faults[SERIAL].rate_limit = True
    cloud.faults[SERIAL].retry_after_s = 300
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_set(10, 3)
    assert raised.value.translation_key == "goe_rate_limited"
    blocked_s = report(polled).blocked_until_s
    assert blocked_s is not None
    assert blocked_s - hass.loop.time() == pytest.approx(300, abs=5)
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


async def test_rejected(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """What the charger refuses is an error with its reason."""
    charging = of(polled)
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_set(99, 3)
    assert raised.value.translation_key == "goe_rejected"
    await asyncio.sleep(0)
    assert not polled.confirmations.keys


async def test_traits(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """They follow the charger's settings."""
    unlisten = of(polled).listen(lambda: None)
    traits = of(polled).traits
    assert (traits.min_a, traits.max_a, traits.step_a) == (6, 32, 1)
    assert traits.phases == (1, 3)
    assert (traits.feed_every_s, traits.refresh_s) == (5, None)
    assert traits.switch_pause_s == 20
    for key, value in (("ama", 20), ("mca", 8), ("psmd", 30_000)):
        charger.set(key, value)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    traits = of(polled).traits
    assert (traits.min_a, traits.max_a, traits.switch_pause_s) == (8, 20, 40)
    unlisten()


@pytest.mark.parametrize(
    ("values", "most_a"),
    [
        ({}, 32),
        ({"var": 11}, 16),
        ({"var": 22, "ama": 25, "cbl": 20}, 20),
        ({"cbl": None}, 32),
        # PRO and CORE always report an adapter; the limits in force tell.
        ({"adi": True, "la3": 16, "cll": {"cableCurrentLimit": 20}}, 20),
        ({"adi": True, "la3": 16, "cll": {"adapterCurrentLimit": 16}}, 16),
        ({"adi": True, "la3": 16}, 16),
        ({"adi": True, "la1": 10, "la3": 16, "fsp": True}, 10),
        # What is regulated by, or goes by itself, is no limit of the charger's.
        ({"cll": {"requestedCurrent": 6, "pvSurplus": 7, "loadLimit": 8}}, 32),
    ],
)
def test_max_a(values: dict[str, Any], most_a: float) -> None:
    """The lowest of what charger, cable and adapter allow."""
    assert max_a(status(**values)) == most_a


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({"frc": 1, "amp": 16}, 0),
        ({"frc": 2, "amp": 10, "lmo": 4, "alw": False, "acu": None}, 10),
        ({"frc": 0, "amp": 10, "lmo": 3, "alw": False, "acu": None}, 10),
        ({"frc": 0, "amp": 16, "lmo": 4, "alw": True, "acu": 9}, 9),
        ({"frc": 0, "amp": 16, "lmo": 5, "alw": False, "acu": None}, None),
        ({"frc": 0}, None),
    ],
)
def test_set_a(values: dict[str, Any], found: float | None) -> None:
    """It's what the charger was told, or what its own logic offers."""
    assert set_a(status(**values)) == found


@pytest.mark.parametrize(
    ("values", "may", "has"),
    [
        ({}, (3,), 3),
        ({"psm": 0, "fsp": False}, (1, 3), 3),
        ({"psm": 0, "fsp": True}, (1, 3), 1),
        ({"psm": 1}, (1, 3), 1),
        # Firmware before 051.8 has no choice.
        ({"fsp": True}, (1,), 1),
        ({"psm": 2, "pha": [False] * 3 + [True, True, False]}, (1, 2), 2),
        ({"psm": 2, "pha": [False] * 3 + [True, False, False]}, (1,), 1),
        ({"psm": 2, "pha": [False] * 6}, (1, 3), 3),
    ],
)
def test_phases(values: dict[str, Any], may: tuple[int, ...], has: int) -> None:
    """They are those that are connected, and that can be switched."""
    assert choices(status(**values)) == may
    assert in_force(status(**values)) == has


@pytest.mark.parametrize(
    ("car", "found"),
    [(0, None), (1, False), (2, True), (3, True), (4, True), (5, None), (6, None), (None, None)],
)  # fmt: skip
def test_is_plugged(car: int | None, found: bool | None) -> None:
    """An error tells nothing of the car."""
    assert is_plugged(status(car=car)) is found


def test_session() -> None:
    """The counter falls to 0 at a switch of phases, which is no new session."""
    session = Session()
    assert session.see(0, 5000, False) == 5000
    # Plugged in; the counter falls a little later.
    assert session.see(10, 5000, True) == 5000
    assert session.see(12, 0, True) == 0
    assert session.see(600, 2000, True) == 2000
    assert session.see(610, None, True) is None
    assert session.see(620, 0, True) == 2000
    assert session.see(1200, 1500, None) == 3500
    assert session.see(1300, 1500, False) == 1500
    assert session.see(1310, 0, True) == 0
    # After a restart amid a session it goes on from what is counted.
    assert Session().see(0, 700, True) == 700

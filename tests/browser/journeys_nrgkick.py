"""What an NRGkick is served of the house."""

from typing import Any, Final

from .looks import looks
from .meters import turn_meter
from .stage import Stage
from .visitor import Visitor

_TITLE: Final = "NRGkick Custom API"
_ROOT: Final = "config.step"
_PARTS: Final = "config_subentries"
_GRID: Final = "House Grid power"


def _add(stage: Stage, *allowed: str) -> str:
    """Add a house that has a grid meter and nothing else."""
    stage.energy_dashboard(knows=False)
    steps: tuple[dict[str, Any], ...] = (
        {"next_step_id": "nrgkick"},
        {"grid": ["sensor.grid_power"]},
        {"inverted": False},
        {"allowed": [*allowed], "transport": "shared", "port": 8099},
    )
    return stage.add(*steps)


@looks("en-light-phone", "de-dark-desktop", "nl-dark-phone")
def test_nrgkick_energy(visitor: Visitor) -> None:
    """From the energy dashboard; addresses and port are wrong at first."""
    stage = visitor.stage
    stage.energy_dashboard(knows=True)
    visitor.begin("nrgkick", "nrgkick_energy")
    form = visitor.form(f"{_ROOT}.nrgkick_energy")
    assert form.data["soc"] == "sensor.battery_level"
    form.pick("grid_reverse", "Grid power").fails("same_source")
    form.clear("grid_reverse").submit()
    visitor.sign(f"{_ROOT}.nrgkick_grid_feed_in", "3600 W").submit()
    visitor.sign(f"{_ROOT}.nrgkick_battery_charge", "2000 W").submit()

    form = visitor.form(f"{_ROOT}.nrgkick_access")
    form.own("allowed", "192.168.1.300").fails("nrgkick_not_an_address")
    form.without("allowed").own("allowed", "192.168.1.20")
    own = visitor.says("selector.nrgkick_transport.options.own")
    form.choose("transport", own).fill(port=str(stage.home.port))
    form.fails("nrgkick_port")
    shared = visitor.says("selector.nrgkick_transport.options.shared")
    form.choose("transport", shared).submit()
    visitor.finish()
    visitor.device(_TITLE, _TITLE)
    visitor.remove(_TITLE)


@looks("nl-dark-phone", "de-light-desktop", "en-dark-desktop")
def test_nrgkick_by_hand(visitor: Visitor) -> None:
    """By hand, with a meter whose sign has to be turned around."""
    turn_meter(visitor, "nrgkick")
    visitor.form(f"{_ROOT}.nrgkick_access").submit()
    visitor.finish()


@looks("de-light-phone", "en-dark-desktop", "nl-light-desktop")
def test_nrgkick_parts(visitor: Visitor) -> None:
    """Parts of the house are added, changed and removed."""
    _add(visitor.stage, "192.168.1.20")
    visitor.add_part(_TITLE, "inverter")
    form = visitor.form(f"{_PARTS}.inverter.step.user")
    form.fill(name="Roof").pick("power", "PV power").turn("pv_only")
    form.fails("nrgkick_no_battery_to_add")
    form.turn("pv_only").submit()
    visitor.sign(f"{_PARTS}.inverter.step.production", "6200 W").submit()
    visitor.finish()

    visitor.add_part(_TITLE, "battery")
    form = visitor.form(f"{_PARTS}.battery.step.user")
    form.fill(name="Cellar").pick("power", "Battery power").pick("soc", "Battery level")
    form.submit()
    visitor.sign(f"{_PARTS}.battery.step.charge", "2000 W").submit()
    visitor.finish()
    visitor.add_part(_TITLE, "battery")
    visitor.aborted(f"{_PARTS}.battery.abort.nrgkick_one_only")

    visitor.add_part(_TITLE, "smart_load")
    form = visitor.form(f"{_PARTS}.smart_load.step.user")
    form.fill(name="Heating rod").pick("power", "Boiler power").submit()
    visitor.form(f"{_PARTS}.smart_load.step.idle").submit()
    visitor.finish()

    visitor.change(_TITLE, "Roof")
    form = visitor.form(f"{_PARTS}.inverter.step.reconfigure")
    form.fill(name="South roof").submit()
    visitor.sign(f"{_PARTS}.inverter.step.production", "6200 W").submit()
    visitor.stored()
    visitor.remove_part(_TITLE, "South roof")


@looks("nl-dark-desktop", "en-light-phone", "de-dark-phone")
def test_nrgkick_reconfigure(visitor: Visitor) -> None:
    """The house load is from a sensor now, and another address may ask."""
    _add(visitor.stage, "192.168.1.20")
    visitor.reconfigure(_TITLE)
    visitor.choose(f"{_ROOT}.nrgkick_reconfigure", "nrgkick_load")
    form = visitor.form(f"{_ROOT}.nrgkick_load")
    form.choose("load", visitor.says("selector.nrgkick_load.options.sensor"))
    form.fails("no_source")
    form.pick("load_power", "House load").submit()
    visitor.stored()

    visitor.reconfigure(_TITLE)
    visitor.choose(f"{_ROOT}.nrgkick_reconfigure", "nrgkick_access")
    form = visitor.form(f"{_ROOT}.nrgkick_access")
    form.own("allowed", "wallbox").fails("nrgkick_not_an_address")
    form.without("allowed").own("allowed", "192.168.1.0/24").submit()
    visitor.stored()


@looks("de-dark-phone", "nl-light-desktop", "en-dark-desktop")
def test_nrgkick_options(visitor: Visitor) -> None:
    """Options are stored, and shown the next time."""
    _add(visitor.stage, "192.168.1.20")
    visitor.options(_TITLE)
    visitor.form("options.step.nrgkick").fill(minimum_s="90").submit()
    visitor.finish()
    visitor.options(_TITLE)
    assert visitor.form("options.step.nrgkick").data["minimum_s"] == 90


@looks("en-dark-phone", "de-light-desktop", "nl-light-phone")
def test_nrgkick_stranger(visitor: Visitor) -> None:
    """A device asks that may not, and is let in by a repair."""
    stage = visitor.stage
    _add(stage)
    stage.ask_in_vain()
    issue = "issues.nrgkick_stranger"
    visitor.repair(f"{issue}.title")
    visitor.mend(f"{issue}.fix_flow.step.confirm")
    stage.answered()

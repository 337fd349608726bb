"""Loads that follow the sun."""

from typing import Any, Final

from .looks import looks
from .meters import turn_meter
from .stage import Stage
from .visitor import Visitor

_ROOT: Final = "config.step"
_PARTS: Final = "config_subentries"


def _title(visitor: Visitor) -> str:
    """Return what entry and device are called in the visitor's language."""
    return visitor.says("device.surplus.name")


def _add(stage: Stage) -> str:
    """Add a house with a battery, and without loads."""
    stage.energy_dashboard(knows=False)
    steps: tuple[dict[str, Any], ...] = (
        {"next_step_id": "surplus"},
        {
            "grid": ["sensor.grid_power"],
            "battery": ["sensor.battery_power"],
            "soc": "sensor.battery_level",
        },
        {"inverted": False},
        {"inverted": False},
    )
    return stage.add(*steps)


def _add_carport(stage: Stage) -> None:
    """Add a charger that can follow."""
    stage.add(
        {"next_step_id": "goe"},
        {"next_step_id": "goe_local"},
        {"host": stage.goe_local.url},
    )


@looks("de-light-phone", "nl-dark-desktop", "en-light-desktop")
def test_surplus_energy(visitor: Visitor) -> None:
    """From the energy dashboard, and something is chosen twice at first."""
    visitor.stage.energy_dashboard(knows=True)
    visitor.begin("surplus", "surplus_energy")
    form = visitor.form(f"{_ROOT}.surplus_energy")
    assert form.data["soc"] == "sensor.battery_level"
    form.pick("battery_reverse", "Battery power").fails("same_source")
    form.clear("battery_reverse").submit()
    visitor.sign(f"{_ROOT}.surplus_grid_feed_in", "3600 W").submit()
    visitor.sign(f"{_ROOT}.surplus_battery_charge", "2000 W").submit()
    visitor.finish()
    visitor.device(_title(visitor), _title(visitor))
    visitor.remove(_title(visitor))


@looks("en-light-desktop", "nl-dark-phone", "de-dark-desktop")
def test_surplus_by_hand(visitor: Visitor) -> None:
    """By hand, with a meter whose sign has to be turned around."""
    turn_meter(visitor, "surplus")
    visitor.finish()


@looks("en-dark-desktop", "de-light-phone", "nl-light-desktop")
def test_surplus_reconfigure(visitor: Visitor) -> None:
    """There's another meter now."""
    _add(visitor.stage)
    visitor.reconfigure(_title(visitor))
    form = visitor.form(f"{_ROOT}.surplus_reconfigure")
    form.clear("grid").clear("battery").fails("no_source")
    form.pick("grid", "Turned meter").pick("battery", "Battery power").submit()
    form = visitor.sign(f"{_ROOT}.surplus_grid_consumption", "1234 W")
    form.turn("inverted").submit()
    visitor.sign(f"{_ROOT}.surplus_grid_feed_in", "1234 W").submit()
    visitor.sign(f"{_ROOT}.surplus_battery_charge", "2000 W").submit()
    visitor.stored()


@looks("nl-light-phone", "en-dark-desktop", "de-dark-phone")
def test_surplus_options(visitor: Visitor) -> None:
    """A band that is upside down is refused."""
    _add(visitor.stage)
    visitor.options(_title(visitor))
    form = visitor.form("options.step.surplus")
    form.fill(max_import_w="3000", band_low="90").fails("surplus_band")
    form.fill(band_low="40").submit()
    visitor.finish()
    visitor.options(_title(visitor))
    assert visitor.form("options.step.surplus").data == {
        "max_import_w": 3000,
        "band_low": 40,
        "band_high": 80,
    }


@looks("de-dark-desktop", "en-light-phone", "nl-dark-phone")
def test_surplus_charger(visitor: Visitor) -> None:
    """A charger of Sunbridge is added, changed and removed; there's no second one."""
    stage = visitor.stage
    _add(stage)
    visitor.add_part(_title(visitor), "charger")
    visitor.aborted(f"{_PARTS}.charger.abort.surplus_no_charger")
    _add_carport(stage)
    visitor.add_part(_title(visitor), "charger")
    visitor.form(f"{_PARTS}.charger.step.user").submit()
    visitor.form(f"{_PARTS}.charger.step.settings").submit()
    visitor.finish()
    visitor.add_part(_title(visitor), "charger")
    visitor.aborted(f"{_PARTS}.charger.abort.surplus_all_taken")

    visitor.change(_title(visitor), "Carport")
    form = visitor.form(f"{_PARTS}.charger.step.settings")
    form.choose("how", visitor.says("selector.surplus_how.options.regulate")).submit()
    visitor.stored()
    visitor.device(_title(visitor), "Carport")
    visitor.remove_part(_title(visitor), "Carport")


@looks("nl-dark-phone", "de-light-desktop", "en-light-phone")
def test_surplus_any_charger(visitor: Visitor) -> None:
    """Another vendor's charger by its entities, and all of them wrong at first."""
    kind = f"{_PARTS}.any_charger"
    _add(visitor.stage)
    visitor.add_part(_title(visitor), "any_charger")
    form = visitor.form(f"{kind}.step.user")
    form.fill(name="Old wallbox").pick("current", "Boiler temperature")
    form.pick("switch", "Old wallbox switch").pick("power", "Boiler power")
    form.fails("surplus_not_amperes")
    form.pick("current", "Old wallbox current")
    form.clear("switch").fails("surplus_no_pause")
    form.pick("switch", "Old wallbox switch").clear("power")
    form.fails("surplus_not_measured")
    form.pick("power", "Turned meter").submit()
    visitor.choose(f"{kind}.step.consumption", "again")
    form = visitor.form(f"{kind}.step.user")
    form.clear("power").pick("power", "Boiler power").submit()
    visitor.choose(f"{kind}.step.idle", "finish")
    visitor.finish()

    visitor.change(_title(visitor), "Old wallbox")
    visitor.form(f"{kind}.step.reconfigure").fill(max_a="10").submit()
    visitor.choose(f"{kind}.step.idle", "finish")
    visitor.stored()
    visitor.remove_part(_title(visitor), "Old wallbox")


@looks("de-dark-phone", "en-light-desktop", "nl-light-phone")
def test_surplus_phases(visitor: Visitor) -> None:
    """Phases are switched by a select, and one option is chosen twice at first."""
    kind = f"{_PARTS}.any_charger"
    _add(visitor.stage)
    visitor.add_part(_title(visitor), "any_charger")
    form = visitor.form(f"{kind}.step.user")
    form.fill(name="Old wallbox").pick("current", "Old wallbox current")
    form.pick("switch", "Old wallbox switch").pick("power", "Boiler power")
    form.pick("phases_entity", "Old wallbox phases")
    one = visitor.says("selector.surplus_connected_phases.options.1")
    form.choose("connected_phases", one).fails("surplus_one_phase_only")
    three = visitor.says("selector.surplus_connected_phases.options.3")
    form.choose("connected_phases", three).submit()
    form = visitor.form(f"{kind}.step.phases")
    form.drop("one_phase", "3p").drop("three_phases", "3p")
    form.fails("surplus_same_option")
    form.drop("one_phase", "1p").submit()
    visitor.choose(f"{kind}.step.idle", "finish")
    visitor.finish()

    visitor.change(_title(visitor), "Old wallbox")
    visitor.form(f"{kind}.step.reconfigure").submit()
    form = visitor.form(f"{kind}.step.phases")
    assert form.data == {"one_phase": "1p", "three_phases": "3p"}
    form.submit()
    visitor.choose(f"{kind}.step.idle", "finish")
    visitor.stored()
    visitor.device(_title(visitor), "Old wallbox")


@looks("en-dark-phone", "nl-light-desktop", "de-light-phone")
def test_surplus_switched_load(visitor: Visitor) -> None:
    """A load that is on or off; a second one with the same switch is refused."""
    kind = f"{_PARTS}.switched_load"
    _add(visitor.stage)
    visitor.add_part(_title(visitor), "switched_load")
    form = visitor.form(f"{kind}.step.user")
    form.fill(name="Boiler", power_w="1800").pick("switch", "Boiler switch").submit()
    visitor.finish()
    visitor.add_part(_title(visitor), "switched_load")
    form = visitor.form(f"{kind}.step.user")
    form.fill(name="Another").pick("switch", "Boiler switch").fails("surplus_taken")
    form.pick("switch", "Old wallbox switch").submit()
    visitor.finish()

    visitor.change(_title(visitor), "Boiler")
    visitor.form(f"{kind}.step.reconfigure").fill(power_w="2100").submit()
    visitor.stored()
    visitor.device(_title(visitor), "Boiler")
    visitor.remove_part(_title(visitor), "Another")


@looks("nl-light-desktop", "de-dark-phone", "en-light-phone")
def test_surplus_repair(visitor: Visitor) -> None:
    """A setting of the charger's keeps it from following, and a repair changes it."""
    stage = visitor.stage
    charger = stage.goe_local.charger
    charger.set("fup", False)
    _add(stage)
    _add_carport(stage)
    visitor.add_part(_title(visitor), "charger")
    visitor.form(f"{_PARTS}.charger.step.user").submit()
    visitor.form(f"{_PARTS}.charger.step.settings").submit()
    visitor.finish()
    issue = "issues.surplus_goe_pv_off"
    visitor.repair(f"{issue}.title")
    visitor.mend(f"{issue}.fix_flow.step.confirm")
    assert charger.status()["fup"] is True

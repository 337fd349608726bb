"""Heat pumps as the vendor lists them."""

from typing import Any

from hypothesis import given, strategies as st

from custom_components.sunbridge.vendors.weheat import enums
from custom_components.sunbridge.vendors.weheat.pump import Pump
from custom_components.sunbridge.vendors.weheat.rows import Row

from .conftest import needs_payloads, payload
from .test_rows import JSON, LOGS

PUMPS = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "name",
            "serialNumber",
            "model",
            "firmwareVersion",
            "dhwType",
            "boilerType",
            "state",
            "status",
        ]
    ),
    JSON,
)


def known(**values: Any) -> Pump:
    """Return a heat pump with some values."""
    pump = Pump.from_json({"id": "marked-id"} | values)
    assert pump is not None
    return pump


@needs_payloads
def test_payloads() -> None:
    """The reference's heat pumps are read, of the list and alone."""
    one, two = map(Pump.from_json, payload("schema_heat_pumps_list.json")["data"])
    assert one is not None
    assert two is not None
    assert (one.name, one.serial, one.model) == ("Test heat pump", "SYN000000001", 2)
    assert one.model_name == "Sparrow P60 brown"
    assert one.firmware == "0.0.0-synthetic"
    assert (one.dhw, one.boiler, one.is_hybrid) == (True, "none", False)
    assert (one.has_air_out, one.cooling) == (True, None)
    assert (two.name, two.firmware) == ("Blackbird P80", None)
    assert (two.dhw, two.boiler, two.is_hybrid) == (False, "opentherm", True)
    assert two.has_opentherm_boiler is True
    detail = Pump.from_json(payload("schema_heat_pump.json"))
    assert detail is not None
    assert (detail.id, detail.firmware) == (one.id, None)
    assert "SYN0" not in repr((one, two, detail))


def test_unknown() -> None:
    """What isn't said, or means nothing yet, is unknown."""
    pump = known()
    assert pump == Pump("marked-id", "Weheat")
    for value in (
        pump.model_name,
        pump.boiler,
        pump.is_hybrid,
        pump.has_opentherm_boiler,
        pump.has_air_out,
    ):
        assert value is None
    pump = known(model=17, dhwType=0, boilerType=0)
    assert (pump.model, pump.model_name) == (17, None)
    assert (pump.dhw, pump.boiler_type, pump.is_hybrid) == (None, None, None)
    assert known(boilerType=4).is_hybrid is True
    assert known(boilerType=4).boiler is None
    assert known(model=5).has_air_out is False
    body: Any
    for body in (None, [], {}, {"id": None}, {"id": 5}, {"id": " "}):
        assert Pump.from_json(body) is None


def test_names_without_serials() -> None:
    """A name that tells the serial number isn't used."""
    pump = known(serialNumber="SYN5", name="Pump syn5", model=5)
    assert pump.name == "Flint P40"
    assert known(serialNumber="SYN5", name=" Attic ").name == "Attic"


def test_cooling() -> None:
    """Logs tell whether it's able to cool."""

    def after(*logs: dict[str, Any], state: int | None = None) -> bool | None:
        pump = known()
        for values in logs:
            pump = pump.noticed(Row(0.0, state=state, values=values))
        return pump.cooling

    assert after({"t1": 50}) is None
    assert after({"coolingPauseReason": None}) is False
    assert after({"coolingPauseReason": None}, {"coolingPauseReason": 0}) is True
    assert after({"coolingPauseReason": 0}, {"coolingPauseReason": None}) is True
    assert after({}, state=132) is True
    pump = known()
    assert pump.noticed(Row(0.0)) is pump


@given(JSON | PUMPS | PUMPS.map(lambda body: body | {"id": "marked-id"}), LOGS)
def test_any_json(body: Any, values: dict[str, Any]) -> None:
    """Nothing that is listed raises anything."""
    pump = Pump.from_json(body)
    if pump is not None:
        assert pump.id
        assert pump.name
        pump = pump.noticed(Row(0.0, values=values))
        assert pump.cooling in {None, False, True}
        assert (pump.model_name is None) == (pump.model not in enums.MODEL)

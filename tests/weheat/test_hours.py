"""Energies: by kind and mode, with the vendor's signs, and sums of what there is."""

import contextlib
import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat.errors import WeheatResponseError
from custom_components.sunbridge.vendors.weheat.hours import (
    Energy,
    Mode,
    hours_in,
    total_in,
)

from .conftest import needs_payloads, payload
from .test_rows import JSON

BUCKET = "2026-11-20T10:00:00Z"
KINDS = ("totalEIn", "totalEInIU", "totalEOut")
MODES = ("Heating", "Standby", "Dhw", "HeatingDefrost", "DhwDefrost", "Cooling")
BODIES = st.dictionaries(
    st.sampled_from([f"{kind}{mode}" for kind in KINDS for mode in MODES])
    | st.sampled_from(["timeBucket", "interval"]),
    JSON | st.just(BUCKET),
)


@needs_payloads
def test_payloads() -> None:
    """The reference's energies are read."""
    (hour,) = hours_in(payload("schema_energy_logs_hour.json"))
    assert hour.start_s == 1_795_168_800
    assert hour.electric[Mode.HEATING] == 0.912
    assert hour.heat[Mode.HEATING_DEFROST] == -0.113
    assert Mode.STANDBY not in hour.heat
    assert hour.electric_kwh == pytest.approx(0.937)
    assert set(hour.indoor.values()) == {0}
    assert hour.output_kwh == pytest.approx(3.688)
    total = total_in(payload("schema_energy_total.json"))
    assert total.electric_kwh == pytest.approx(1380.875)
    assert sum(kwh or 0 for kwh in total.indoor.values()) == 65
    assert total.heat_kwh == pytest.approx(5070)
    assert total.cold_kwh == 220
    assert total.output_kwh == pytest.approx(5290)
    real = total_in(payload("real_energy_total_2026-09_values.json"))
    assert real.electric[Mode.DHW_DEFROST] == 0.045924444
    indoor_kwh = sum(kwh or 0 for kwh in real.indoor.values())
    assert indoor_kwh == pytest.approx(1041.756, abs=1e-3)
    assert (real.heat_kwh, real.cold_kwh, real.output_kwh) == (None,) * 3
    assert hours_in(payload("real_energy_log_hour_2026-08_fragments.json")) == ()


def test_missing() -> None:
    """What is missing is None, and sums are of the rest."""
    (hour,) = hours_in(
        [{"timeBucket": BUCKET, "totalEInHeating": 1, "totalEInDhw": None}]
    )
    assert hour.electric == {
        **dict.fromkeys(Mode),
        Mode.HEATING: 1,
    }
    assert hour.electric_kwh == 1
    assert (hour.heat_kwh, hour.cold_kwh, hour.output_kwh) == (None, None, None)
    assert str(total_in({"totalEOutCooling": 0.0}).cold_kwh) == "0.0"


def test_signs() -> None:
    """Cold counts, and what a defrost takes back doesn't."""
    total = total_in(
        {"totalEInCooling": 2, "totalEOutCooling": -8, "totalEOutDhwDefrost": -1}
    )
    assert total.heat[Mode.COOLING] == -8
    assert (total.heat_kwh, total.cold_kwh, total.output_kwh) == (-1, 8, 7)


def test_order() -> None:
    """Hours are in order and none comes twice; what isn't one is left out."""
    body = [
        {"timeBucket": "2026-11-20T11:00:00Z", "totalEInHeating": 1},
        {"timeBucket": BUCKET, "totalEInHeating": 2},
        {"timeBucket": "2026-11-20T11:00:00Z", "totalEInHeating": 3},
        {"totalEInHeating": 4},
        None,
        [],
    ]
    found = hours_in(body)
    assert [hour.electric[Mode.HEATING] for hour in found] == [2, 3]
    assert found[1].start_s - found[0].start_s == 3600


@given(JSON | BODIES | st.lists(BODIES))
def test_any_json(body: Any) -> None:
    """No answer raises anything but our errors."""
    found: list[Energy] = []
    with contextlib.suppress(WeheatResponseError):
        found += hours_in(body)
    with contextlib.suppress(WeheatResponseError):
        found.append(total_in(body))
    for energy in found:
        for kwh in (energy.electric_kwh, energy.output_kwh):
            assert kwh is None or math.isfinite(kwh)

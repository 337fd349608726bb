"""COP: of energies, of a day and of all; None where nothing was taken."""

import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    HourRow,
    Ledger,
    Mode,
    Sample,
    cop,
    metered,
)

H0 = 1_768_348_800


def test_energies() -> None:
    """Defrosts take from the heat, cold adds to it; the indoor unit makes it less."""
    kwh = metered(
        {Mode.HEATING: 8, Mode.HEATING_DEFROST: 1, Mode.STANDBY: 1},
        {Mode.HEATING: 36, Mode.HEATING_DEFROST: -2, Mode.COOLING: -6},
        {Mode.HEATING: 2},
    )
    assert cop.of_energies(kwh, indoor_unit=False) == 4
    assert cop.of_energies(kwh, indoor_unit=True) == pytest.approx(40 / 12)
    bare = metered({Mode.HEATING: 8}, {Mode.HEATING: 32}, {})
    assert cop.of_energies(bare, indoor_unit=True) is None
    assert cop.of_energies({}, indoor_unit=False) is None
    assert (
        cop.of_energies(metered({Mode.HEATING: 8}, {}, {}), indoor_unit=False) is None
    )
    idle = metered({Mode.HEATING: 0}, {Mode.HEATING: 0}, {})
    assert cop.of_energies(idle, indoor_unit=False) is None


def test_day_and_lifetime() -> None:
    """A day has hours of the vendor, and of rows where these aren't there yet."""
    ledger = Ledger()
    now_s = H0 + 2 * 3600 + 1800.0
    assert cop.between(ledger, H0, now_s) is None
    assert cop.lifetime(ledger) is None
    kwh = metered({Mode.HEATING: 1}, {Mode.HEATING: 3}, {Mode.HEATING: 0.5})
    ledger.add_hours([HourRow(H0, kwh)], H0, now_s, now_s)
    rows = [Sample(H0 + 7200 + n * 15, 15, 70, 2000, 10_000) for n in range(121)]
    ledger.add_rows(rows, now_s)
    assert cop.between(ledger, H0, now_s) == pytest.approx(8 / 2)
    assert cop.between(ledger, H0, now_s, indoor_unit=True) == 2
    assert cop.between(ledger, H0 + 7200, now_s) == pytest.approx(5)
    total = metered({Mode.HEATING: 100}, {Mode.HEATING: 400}, {Mode.HEATING: 25})
    ledger.add_total(total, now_s)
    assert cop.lifetime(ledger) == 4
    assert cop.lifetime(ledger, indoor_unit=True) == 3.2

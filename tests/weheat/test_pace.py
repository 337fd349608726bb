"""How often a heat pump is read."""

from custom_components.sunbridge.vendors.weheat.pace import Pace


def test_pace() -> None:
    """The night is from 23 to 6 o'clock, and has a pace of its own."""
    pace = Pace.of({"day_s": 200, "night_s": 900})
    by_hour = [pace.every_s(hour) for hour in range(24)]
    assert by_hour == [900.0] * 6 + [200.0] * 17 + [900.0]
    assert pace.slowest_s == 900


def test_default() -> None:
    """Who sets nothing leaves room in the budget for what was missed."""
    assert Pace.of({}) == Pace(150, 300)

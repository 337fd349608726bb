"""What diagnostics show of a log."""

from typing import Any

from hypothesis import given, strategies as st

from custom_components.sunbridge.vendors.weheat.keys import KEYS
from custom_components.sunbridge.vendors.weheat.redact import (
    MAX_NAMES,
    known_values,
    other_names,
)

from .test_rows import JSON, LOGS


def test_known_values() -> None:
    """Numbers, times and words of known keys are shown as they came."""
    log: dict[str, Any] = {
        "timestamp": "2026-11-20T10:00:05.1234567Z",
        "lastCoolingTime": "0001-01-01T00:00:00",
        "state": 70,
        "rpm": "2400",
        "tRoom": -1,
        "isOnline": "True",
        "error": None,
        "centralHeatingFlow": 255,
    }
    assert known_values(log) == log
    assert not other_names(log)


def test_secrets() -> None:
    """What the vendor adds some day may name somebody, wherever it's put."""
    log: dict[str, Any] = {
        "heatPumpId": "marked-id",
        "serialNumber": "marked-serial",
        "heatPump": {"id": "marked-nested"},
        "marked-key": 1,
        "x" * 61: 1,
        "state": {"id": "marked-value"},
        "rpm": ["marked-list"],
        "error": "marked-text",
        "timestamp": "marked-time",
    }
    shown = known_values(log)
    assert shown == {
        "state": "<dict>",
        "rpm": "<list>",
        "error": "<str>",
        "timestamp": "<str>",
    }
    names = other_names(log)
    assert names == ["heatPump", "heatPumpId", "serialNumber"]
    assert "marked" not in f"{shown}{names}"


def test_many_names() -> None:
    """However many keys there are, some names are enough."""
    assert len(other_names({f"key{number}": number for number in range(1000)})) == (
        MAX_NAMES
    )


@given(LOGS | st.dictionaries(st.text(), JSON))
def test_any_log(values: dict[str, Any]) -> None:
    """No JSON raises, and no object or list is shown."""
    shown = known_values(values)
    known = {key.wire or key.name for key in KEYS.values()}
    assert shown.keys() == values.keys() & known
    assert not any(isinstance(value, (dict, list)) for value in shown.values())
    assert not known & set(other_names(values))

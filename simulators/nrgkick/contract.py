"""What the two documents may hold: the vendor's document, and reference 1.2 to 1.4.

A violation contradicts the vendor: another key, another type, too many devices, a
number that can't be. A doubt is what nobody is known to have served, so that only a
real wallbox could tell.
"""

import json
import math
from typing import Any

from .fields import INFO, LOAD, VALUES, Category, Field, Kind, Missing
from .findings import Findings

INFO_PATH = "/api/v1/info.json"
VALUES_PATH = "/api/v1/values.json"


def parse_json(body: bytes) -> Any:
    """Return what JSON says; keys twice, NaN and a byte order mark are none.

    Raises:
        ValueError: It isn't strict JSON in UTF-8.
    """
    try:
        return json.loads(
            body.decode("utf-8", "strict"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def check_info(document: Any) -> Findings:
    """Check an ``info.json``."""
    checked = _Check()
    content = checked.root(document, "device_info")
    if content is not None:
        checked.device_maps(content, INFO)
        checked.only(content, "device_info", INFO.keys())
        for category in INFO.keys() & content.keys():
            checked.contiguous(content[category], category)
            checked.serials(content[category], category)
    return checked.findings


def check_values(document: Any) -> Findings:
    """Check a ``values.json``."""
    checked = _Check()
    content = checked.root(document, "device_values")
    if content is not None:
        checked.device_maps(content, VALUES)
        checked.only(content, "device_values", VALUES.keys() | LOAD.keys())
        checked.fields(content, "device_values", LOAD)
        if not content.get("energy_meters"):
            checked.findings.doubts.append("energy_meters: none")
    return checked.findings


def check_both(info: Any, values: Any) -> Findings:
    """Check whether two documents, each by itself right, are of the same devices."""
    findings = Findings()
    there, now = info["device_info"], values["device_values"]
    for category in VALUES:
        known = there.get(category, {}).keys()
        seen = now.get(category, {}).keys()
        findings.violations += [
            f"{category}.{index}: has values and no info"
            for index in sorted(seen - known)
        ]
        findings.doubts += [
            f"{category}.{index}: has info and no values"
            for index in sorted(known - seen)
        ]
    inverters = now.get("inverters", {}).values()
    connected = any(inverter.get("battery_connected") for inverter in inverters)
    if connected and not there.get("batteries"):
        findings.doubts.append("inverters: a battery is connected, and there's none")
    return findings


def imbalance_w(values: Any) -> int | None:
    """Return by how much (W) the house load is above what flows into the house.

    That is inverters and grid, and a battery that hangs on no inverter (reference
    1.4, for the latter an inference). None where a part is missing.
    """
    content = values["device_values"]
    load_w = content.get("load_power_w")
    inverters = content.get("inverters", {}).values()
    meters = content.get("energy_meters", {}).values()
    if load_w is None or not inverters or not meters:
        return None
    inflow_w = sum(one["inv_power_ac_w"] for one in inverters)
    inflow_w += sum(one["grid_power_w"] for one in meters)
    if not any(one.get("battery_connected") for one in inverters):
        batteries = content.get("batteries", {}).values()
        inflow_w += sum(one["bat_power_w"] for one in batteries)
    return int(load_w - inflow_w)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


class _Check:
    """A document that is being checked."""

    def __init__(self) -> None:
        self.findings = Findings()

    def _violation(self, where: str, what: str) -> None:
        self.findings.violations.append(f"{where}: {what}")

    def _doubt(self, where: str, what: str) -> None:
        self.findings.doubts.append(f"{where}: {what}")

    def root(self, document: Any, name: str) -> dict[str, Any] | None:
        """Return what is below the root, None where that isn't what it has to be."""
        if not isinstance(document, dict):
            self._violation("root", "isn't an object")
            return None
        self.only(document, "root", {name})
        content = document.get(name)
        if not isinstance(content, dict):
            self._violation(name, "isn't an object")
            return None
        if not content:
            self._doubt(name, "empty")
        return content

    def only(self, found: Any, where: str, known: Any) -> None:
        """Find keys that the vendor doesn't know."""
        for key in found:
            if key not in known:
                self._violation(where, f"unknown key {key!r}")

    def device_maps(
        self, content: dict[str, Any], categories: dict[str, Category]
    ) -> None:
        """Check the devices of all categories that are there."""
        for name, category in categories.items():
            if name not in content:
                continue
            devices = content[name]
            if not isinstance(devices, dict):
                self._violation(name, "isn't an object")
                continue
            if not devices:
                self._doubt(name, "empty")
            indices = [str(index) for index in range(category.most)]
            self.only(devices, name, indices)
            for index in devices.keys() & set(indices):
                self._device(devices[index], f"{name}.{index}", category.fields)

    def _device(self, device: Any, where: str, fields: dict[str, Field]) -> None:
        if not isinstance(device, dict):
            self._violation(where, "isn't an object")
            return
        self.only(device, where, fields)
        self.fields(device, where, fields)

    def fields(
        self, found: dict[str, Any], where: str, fields: dict[str, Field]
    ) -> None:
        """Check the values of keys, and which are missing."""
        for key, field in fields.items():
            place = f"{where}.{key}"
            if key in found:
                self._value(found[key], place, field)
            elif field.missing is Missing.VIOLATION:
                self._violation(place, "missing")
            elif field.missing is Missing.DOUBT:
                self._doubt(place, "missing")

    def _value(self, value: Any, where: str, field: Field) -> None:
        if not _of_kind(value, field.kind):
            what = f"{field.kind.name.lower()} expected, not {type(value).__name__}"
            self._violation(where, what)
        elif field.kind is Kind.TEXT:
            if not value.strip() or not value.isprintable():
                self._doubt(where, "blank, or has control characters")
        elif field.kind is not Kind.BOOL:
            if not field.allowed[0] <= value <= field.allowed[1]:
                self._violation(where, f"{value} is out of range")
            elif not field.proven[0] <= value <= field.proven[1]:
                self._doubt(where, f"{value} was never published")

    def contiguous(self, devices: Any, category: str) -> None:
        """Doubt gaps: nobody knows whether they're taken (reference 1.4)."""
        if isinstance(devices, dict):
            expected = {str(index) for index in range(len(devices))}
            if devices.keys() != expected:
                self._doubt(category, "indices have a gap")

    def serials(self, devices: Any, category: str) -> None:
        """Doubt devices of a kind that can't be told apart."""
        if isinstance(devices, dict):
            known = [
                device.get("serial")
                for device in devices.values()
                if isinstance(device, dict)
            ]
            if any(known.count(serial) > 1 for serial in known):
                self._doubt(category, "a serial number is there twice")


def _of_kind(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.BOOL:
            return isinstance(value, bool)
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.INT:
            return isinstance(value, int) and not isinstance(value, bool)
    # JSON knows one kind of number, and whole ones are served for these, too.
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )

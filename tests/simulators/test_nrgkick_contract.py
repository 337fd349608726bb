"""The validator takes what the vendor shows, and nothing that contradicts him."""

from collections.abc import Callable
import json
from pathlib import Path
import re
from typing import Any

import pytest

from simulators.nrgkick import (
    Findings,
    check_both,
    check_info,
    check_values,
    imbalance_w,
    sample_info,
    sample_values,
)
from simulators.nrgkick.contract import parse_json

SEED = Path(__file__).parents[3] / "shared/seeds/001_e94386fe712ba13c.txt"
BIG = 2**31

needs_seed = pytest.mark.skipif(
    not SEED.is_file(), reason="the vendor's document isn't here"
)


def vendors() -> tuple[Any, Any]:
    """Return the vendor's two examples, which are written in Python with comments."""
    found = re.findall(r"```\s*json\s(.*?)```", SEED.read_text(), re.DOTALL)
    values, info = (
        parse_json(re.sub(r"#[^\n]*", "", text).replace("True", "true").encode())
        for text in found
    )
    return info, values


def numbers(found: Any) -> Any:
    """Return a document without its texts."""
    if isinstance(found, dict):
        kept = {key: numbers(value) for key, value in found.items()}
        return {key: value for key, value in kept.items() if value is not None}
    return None if isinstance(found, str) else found


def changed(document: Any, path: str, value: Any) -> Any:
    """Return a document with another value below its root, or without for ``...``."""
    *way, key = path.split("/")
    (place,) = document.values()
    for step in way:
        place = place[step]
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return document


@needs_seed
def test_vendors_examples() -> None:
    """The vendor's examples are right, and without doubt."""
    info, values = vendors()
    assert check_info(info) == Findings()
    assert check_values(values) == Findings()
    assert check_both(info, values) == Findings()
    assert imbalance_w(values) == 0


@needs_seed
def test_samples_are_the_vendors() -> None:
    """The samples have the vendor's keys and figures."""
    info, values = vendors()
    assert sample_values() == values
    assert numbers(sample_info()) == numbers(info)
    for category, devices in info["device_info"].items():
        sample = sample_info()["device_info"][category]
        assert sample["0"].keys() == devices["0"].keys()


def test_published_flow() -> None:
    """What the public Node-RED flow serves is right: no counters and no smart load."""
    values = sample_values()
    content = values["device_values"]
    del content["smart_loads"]
    del content["inverters"]["0"]["pv_energy_day_wh"]
    del content["inverters"]["0"]["pv_energy_total_wh"]
    content["inverters"]["0"]["inv_power_ac_w"] = 4869
    content["energy_meters"]["0"]["grid_power_w"] = -4151
    content["batteries"]["0"]["soc"] = 78
    content["load_power_w"] = 718
    assert check_values(values) == Findings()
    assert imbalance_w(values) == 0


def test_as_many_as_may_be() -> None:
    """Five inverters and five meters are right; a sixth has no index."""
    info, values = sample_info(), sample_values()
    for category in ("inverters", "energy_meters"):
        there, now = info["device_info"][category], values["device_values"][category]
        for index in range(1, 5):
            there[str(index)] = there["0"] | {"serial": f"1{index}"}
            now[str(index)] = dict(now["0"])
    assert check_info(info) == Findings()
    assert check_values(values) == Findings()
    assert check_both(info, values) == Findings()
    info["device_info"]["inverters"]["5"] = {}
    values["device_values"]["inverters"]["5"] = {}
    assert check_info(info).violations == ["inverters: unknown key '5'"]
    assert check_values(values).violations == ["inverters: unknown key '5'"]


INV = "inverters/0"
METER = "energy_meters/0"
BATTERY = "batteries/0"
SMART = "smart_loads/0"

WRONG_VALUES: list[tuple[str, Any]] = [
    ("wallboxes", {}),
    ("load_power_w", 1683.0),
    ("load_power_w", None),
    ("load_power_w", "1683"),
    ("load_power_w", True),
    ("load_power_w", BIG),
    ("inverters", []),
    ("inverters", None),
    ("inverters/-1", {}),
    ("inverters/00", {}),
    ("batteries/1", {"bat_power_w": 0, "soc": 5.0, "mode": 0}),
    ("smart_loads/1", {"sl_power_w": 0, "temp": 5.0, "mode": 1}),
    (INV, None),
    (INV, 2225),
    (f"{INV}/name", "Roof"),
    (f"{INV}/inv_power_ac_w", ...),
    (f"{INV}/inv_power_ac_w", None),
    (f"{INV}/inv_power_ac_w", 2225.5),
    (f"{INV}/inv_power_ac_w", False),
    (f"{INV}/pv_energy_day_wh", -1),
    (f"{INV}/pv_energy_day_wh", 8750.0),
    (f"{INV}/pv_energy_total_wh", -1),
    (f"{INV}/battery_connected", 1),
    (f"{INV}/battery_connected", "true"),
    (f"{INV}/battery_connected", None),
    (f"{METER}/grid_power_w", ...),
    (f"{METER}/grid_power_w", "-542"),
    (f"{METER}/grid_power_w", -542.0),
    (f"{METER}/grid_power_w", None),
    (f"{METER}/grid_power_w", -BIG - 1),
    (f"{METER}/location", 1),
    (f"{BATTERY}/bat_power_w", ...),
    (f"{BATTERY}/bat_power_w", -749.5),
    (f"{BATTERY}/soc", None),
    (f"{BATTERY}/soc", True),
    (f"{BATTERY}/soc", "78.2"),
    (f"{BATTERY}/soc", -0.1),
    (f"{BATTERY}/soc", 100.1),
    (f"{BATTERY}/soc", float("nan")),
    (f"{BATTERY}/mode", "normal"),
    (f"{BATTERY}/mode", 0.0),
    (f"{BATTERY}/capacity_wh", 4700),
    (f"{SMART}/sl_power_w", ...),
    (f"{SMART}/sl_power_w", 1.5),
    (f"{SMART}/temp", None),
    (f"{SMART}/temp", float("inf")),
    (f"{SMART}/mode", True),
]

DOUBTFUL_VALUES: list[tuple[str, Any]] = [
    ("load_power_w", ...),
    ("load_power_w", -1),
    ("energy_meters", ...),
    ("energy_meters", {}),
    (f"{INV}/inv_power_ac_w", -5),
    (f"{INV}/pv_energy_total_wh", BIG),
    (f"{INV}/battery_connected", ...),
    (f"{BATTERY}/soc", ...),
    (f"{BATTERY}/mode", 1),
    (f"{SMART}/mode", 0),
    (f"{SMART}/temp", ...),
    (f"{SMART}/sl_power_w", -1),
]

WRONG_INFO: list[tuple[str, Any]] = [
    ("load_power_w", 1683),
    ("inverters", []),
    ("energy_meters", None),
    ("batteries/1", {}),
    (f"{INV}/name", None),
    (f"{INV}/name", ...),
    (f"{INV}/model", 1),
    (f"{INV}/serial", 123456789),
    (f"{INV}/max_dc_w", 5500.0),
    (f"{INV}/max_ac_w", -1),
    (f"{INV}/max_ac_w", None),
    (f"{INV}/inv_power_ac_w", 1),
    (f"{METER}/location", ...),
    (f"{METER}/location", 6),
    (f"{METER}/location", -1),
    (f"{METER}/location", "grid"),
    (f"{METER}/location", True),
    (f"{BATTERY}/capacity_wh", "4700"),
    (f"{BATTERY}/capacity_wh", 4.7),
]

DOUBTFUL_INFO: list[tuple[str, Any]] = [
    ("inverters", {}),
    (f"{INV}/name", ""),
    (f"{INV}/name", "Ro\x00of"),
    (f"{INV}/max_dc_w", ...),
    (f"{INV}/max_ac_w", 0),
    (f"{METER}/location", 0),
    (f"{METER}/location", 2),
    (f"{BATTERY}/capacity_wh", ...),
]


def named(rows: list[tuple[str, Any]]) -> list[Any]:
    """Return rows as parameters with readable names."""
    return [pytest.param(*row, id=f"{row[0]}={row[1]!r}") for row in rows]


def in_its_place(found: Findings, path: str) -> bool:
    """Tell whether one violation was found, at a path."""
    (text,) = found.violations
    text = re.sub(r"^device_(values|info)[.:] ?", "", text)
    parent, _, key = path.replace("/", ".").rpartition(".")
    unknown = f"{parent}: unknown key {key!r}".removeprefix(": ")
    return text == unknown or text.startswith(f"{parent}.{key}: ".removeprefix("."))


@pytest.mark.parametrize(("path", "value"), named(WRONG_VALUES))
def test_wrong_values(path: str, value: Any) -> None:
    """Each of these is one mistake, and is found where it is."""
    found = check_values(changed(sample_values(), path, value))
    assert in_its_place(found, path)


@pytest.mark.parametrize(("path", "value"), named(DOUBTFUL_VALUES))
def test_doubtful_values(path: str, value: Any) -> None:
    """These are no mistakes, and nobody is known to serve them."""
    found = check_values(changed(sample_values(), path, value))
    assert found.violations == []
    assert found.doubts


@pytest.mark.parametrize(("path", "value"), named(WRONG_INFO))
def test_wrong_info(path: str, value: Any) -> None:
    """So it is with the other document."""
    found = check_info(changed(sample_info(), path, value))
    assert in_its_place(found, path)


@pytest.mark.parametrize(("path", "value"), named(DOUBTFUL_INFO))
def test_doubtful_info(path: str, value: Any) -> None:
    """And with its doubts."""
    found = check_info(changed(sample_info(), path, value))
    assert found.violations == []
    assert found.doubts


@pytest.mark.parametrize(
    ("name", "check"),
    [("device_values", check_values), ("device_info", check_info)],
)
def test_root(name: str, check: Callable[[Any], Findings]) -> None:
    """There's one key at the root, and an object below it."""
    broken = [f"{name}: isn't an object"]
    assert check({}).violations == broken
    assert check({name: None}).violations == broken
    assert check({name: []}).violations == broken
    empty = check({name: {}})
    assert (empty.violations, f"{name}: empty" in empty.doubts) == ([], True)
    assert check({name: {}, "version": 1}).violations == ["root: unknown key 'version'"]


@pytest.mark.parametrize("check", [check_values, check_info])
@pytest.mark.parametrize("document", [None, True, 1, 1.5, "text", [], [{}]])
def test_no_object(check: Callable[[Any], Findings], document: Any) -> None:
    """A document is an object."""
    assert check(document).violations == ["root: isn't an object"]


def test_gap_and_twins() -> None:
    """Gaps and devices that can't be told apart are doubtful."""
    inverter = sample_info()["device_info"]["inverters"]["0"]
    gap = changed(sample_info(), "inverters/2", inverter | {"serial": "x"})
    assert check_info(gap).doubts == ["inverters: indices have a gap"]
    twins = changed(sample_info(), "inverters/1", inverter)
    assert check_info(twins).doubts == ["inverters: a serial number is there twice"]


def test_both() -> None:
    """Values need an info; an info without values is doubtful."""
    values = sample_values()
    lonely = changed(sample_info(), "smart_loads", ...)
    assert check_both(lonely, values).violations == [
        "smart_loads.0: has values and no info"
    ]
    silent = changed(sample_values(), "batteries", {})
    assert check_both(sample_info(), silent) == Findings(
        doubts=["batteries.0: has info and no values"]
    )
    without = changed(sample_info(), "batteries", ...)
    assert check_both(without, silent).doubts == [
        "inverters: a battery is connected, and there's none"
    ]


def test_balance() -> None:
    """A battery counts unless it hangs on an inverter; nothing is guessed."""
    values = sample_values()
    values["device_values"]["load_power_w"] += 100
    assert imbalance_w(values) == 100
    values["device_values"]["inverters"]["0"]["battery_connected"] = False
    assert imbalance_w(values) == 100 + 749
    for path in ("load_power_w", "inverters", "energy_meters"):
        assert imbalance_w(changed(sample_values(), path, ...)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": True}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": 01}',
        b'{"a": 1,}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1} x',
        b"[" * 100_000,
    ],
)
def test_no_json(body: bytes) -> None:
    """JSON is taken strictly."""
    with pytest.raises(ValueError):
        parse_json(body)


def test_json() -> None:
    """A document survives the wire."""
    assert parse_json(json.dumps(sample_values()).encode()) == sample_values()

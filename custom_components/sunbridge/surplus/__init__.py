"""Charging from the surplus of the sun: what each load shall do, and why.

Nothing here does I/O or has a clock, and nothing knows Home Assistant or a vendor.
``Controller.decide`` takes what is known at a time and returns commands.
"""

from .controller import Controller
from .model import (
    AtStop,
    BatteryRule,
    BatterySample,
    Charger,
    ChargerReport,
    Command,
    Decision,
    Eagerness,
    Feed,
    House,
    Inputs,
    Issue,
    Load,
    LoadDay,
    LoadView,
    Mode,
    Reason,
    Report,
    Sample,
    SetCharger,
    SetSwitch,
    Switch,
    SwitchReport,
)
from .temper import TEMPERS, Temper

__all__ = [
    "TEMPERS",
    "AtStop",
    "BatteryRule",
    "BatterySample",
    "Charger",
    "ChargerReport",
    "Command",
    "Controller",
    "Decision",
    "Eagerness",
    "Feed",
    "House",
    "Inputs",
    "Issue",
    "Load",
    "LoadDay",
    "LoadView",
    "Mode",
    "Reason",
    "Report",
    "Sample",
    "SetCharger",
    "SetSwitch",
    "Switch",
    "SwitchReport",
    "Temper",
]

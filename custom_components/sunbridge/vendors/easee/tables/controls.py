"""What can be set, pressed or updated at a charger, and what it tells of itself."""

from collections.abc import Callable
import hmac
from typing import Any, Final

from homeassistant.components.button import ButtonDeviceClass
from homeassistant.components.number import NumberDeviceClass, NumberMode
from homeassistant.components.update import UpdateDeviceClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent
from homeassistant.exceptions import ServiceValidationError

from ....button import SunbridgeButtonDescription
from ....const import DOMAIN
from ....entity import Reading
from ....event import Happening, SunbridgeEventDescription
from ....number import SunbridgeNumberDescription
from ....select import SunbridgeSelectDescription
from ....switch import SunbridgeSwitchDescription
from ....update import Firmware, SunbridgeUpdateDescription
from ...json import JsonValue
from ...rows import derived, of, option
from .. import charger_keys as keys, own_keys
from ..charger import ChargerState
from ..commands import (
    MAX_CURRENT_A,
    Command,
    EaseeUnusableCurrentError,
    circuit_setting,
    dynamic_current,
    press,
    setting,
)
from ..decode import Key
from ..enums import OFFLINE_MODE, ONE_PHASE_GRIDS, PHASE_MODE

# What a circuit says when its limits aren't used.
_NO_LIMIT_A: Final = 80.0
_SESSION: Final = ("started", "finished")
_TAG: Final = "scanned"


def _dynamic_current(_: ChargerState, amps: float) -> Command:
    try:
        return dynamic_current(amps)
    except EaseeUnusableCurrentError:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="easee_below_six"
        ) from None


def _most(state: ChargerState) -> float | None:
    """Return what the charger may offer at all."""
    limit = state[keys.MAX_CHARGER_CURRENT]
    return None if limit is None else min(MAX_CURRENT_A, limit)


def _used(amps: float | None) -> float | None:
    """Return a limit, None where it isn't used."""
    return None if amps is None or amps > _NO_LIMIT_A else amps


def _current(
    key: str,
    source: Key[float],
    command_fn: Callable[[ChargerState, float], Command],
    *,
    limit_a: float = MAX_CURRENT_A,
    config: bool = True,
    enabled: bool = False,
    **more: Any,
) -> SunbridgeNumberDescription[ChargerState, Command]:
    return SunbridgeNumberDescription(
        key=key,
        translation_key=key,
        reading=derived(
            lambda state: _used(state[source]), source, also=(keys.MAX_CHARGER_CURRENT,)
        ),
        command_fn=command_fn,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        native_max_value=limit_a,
        native_step=1,
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
        **more,
    )


def _circuit(
    key: str, name: str, sources: tuple[Key[float], ...], *, stored: bool
) -> tuple[SunbridgeNumberDescription[ChargerState, Command], ...]:
    """Describe a limit of a circuit, a number a phase; the others stay as they are."""

    def command(phase: int) -> Callable[[ChargerState, float], Command]:
        def of_phase(state: ChargerState, amps: float) -> Command:
            now = [state[source] for source in sources]
            now[phase] = amps
            one, two, three = (amps if value is None else value for value in now)
            return circuit_setting(name, (one, two, three), sources, stored)

        return of_phase

    return tuple(
        _current(f"{key}_l{phase + 1}", source, command(phase), limit_a=_NO_LIMIT_A)
        for phase, source in enumerate(sources)
    )


NUMBERS: Final = (
    _current(
        "dynamic_current",
        keys.DYNAMIC_CHARGER_CURRENT,
        _dynamic_current,
        config=False,
        enabled=True,
        max_fn=_most,
        mode=NumberMode.SLIDER,
    ),
    _current(
        "charger_max_current",
        keys.MAX_CHARGER_CURRENT,
        lambda _, amps: setting(
            "maxChargerCurrent", keys.MAX_CHARGER_CURRENT, amps, stored=True
        ),
    ),
    *_circuit(
        "circuit_dynamic",
        "dynamicCircuitCurrent",
        (
            keys.DYNAMIC_CIRCUIT_CURRENT_P1,
            keys.DYNAMIC_CIRCUIT_CURRENT_P2,
            keys.DYNAMIC_CIRCUIT_CURRENT_P3,
        ),
        stored=False,
    ),
    *_circuit(
        "circuit_max",
        "maxCircuitCurrent",
        (
            keys.CIRCUIT_MAX_CURRENT_P1,
            keys.CIRCUIT_MAX_CURRENT_P2,
            keys.CIRCUIT_MAX_CURRENT_P3,
        ),
        stored=True,
    ),
    *_circuit(
        "circuit_offline",
        "offlineMaxCircuitCurrent",
        (
            keys.OFFLINE_MAX_CIRCUIT_CURRENT_P1,
            keys.OFFLINE_MAX_CIRCUIT_CURRENT_P2,
            keys.OFFLINE_MAX_CIRCUIT_CURRENT_P3,
        ),
        stored=True,
    ),
    SunbridgeNumberDescription(
        key="light_brightness",
        translation_key="light_brightness",
        reading=of(keys.LED_STRIP_BRIGHTNESS),
        command_fn=lambda _, value: setting(
            "ledStripBrightness", keys.LED_STRIP_BRIGHTNESS, round(value)
        ),
        native_unit_of_measurement=PERCENTAGE,
        native_min_value=0,
        native_max_value=100,
        native_step=1,
        entity_category=EntityCategory.CONFIG,
    ),
)


def _switch(
    key: str,
    source: Key[bool],
    command_fn: Callable[[Any, bool], Command] | None = None,
    *,
    config: bool = True,
    enabled: bool = False,
) -> SunbridgeSwitchDescription[ChargerState, Command]:
    return SunbridgeSwitchDescription(
        key=key,
        translation_key=key,
        reading=of(source),
        command_fn=command_fn or (lambda _, on: setting(source.name, source, on)),
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


SWITCHES: Final = (
    _switch(
        "charger_enabled",
        keys.IS_ENABLED,
        lambda _, on: setting("enabled", keys.IS_ENABLED, on),
        enabled=True,
    ),
    _switch("smart_charging", keys.SMART_CHARGING, config=False, enabled=True),
    _switch(
        "cable_locked_always",
        keys.LOCK_CABLE_PERMANENTLY,
        lambda _, on: Command(
            "commands/lock_state",
            {"state": on},
            {keys.LOCK_CABLE_PERMANENTLY.name: on},
        ),
        enabled=True,
    ),
    _switch("smart_button", keys.SMART_BUTTON_ENABLED),
    _switch("idle_current", keys.ENABLE_IDLE_CURRENT),
    _switch("authorization_required", keys.AUTHORIZATION_REQUIRED),
    _switch("local_pre_authorize", keys.LOCAL_PRE_AUTHORIZE_ENABLED),
    _switch("local_authorize_offline", keys.LOCAL_AUTHORIZE_OFFLINE_ENABLED),
    _switch("unknown_tags_offline", keys.ALLOW_OFFLINE_TX_FOR_UNKNOWN_ID),
)

_PHASE_NUMBERS: Final = {name: value for value, name in PHASE_MODE.items()}
_OFFLINE_NUMBERS: Final = {name: value for value, name in OFFLINE_MODE.items()}

SELECTS: Final = (
    SunbridgeSelectDescription[ChargerState, Command](
        key="phase_mode",
        translation_key="easee_phase_mode",
        reading=option(keys.PHASE_MODE, PHASE_MODE),
        command_fn=lambda _, name: Command(
            "commands/set_phase_mode",
            {"phaseMode": _PHASE_NUMBERS[name]},
            {keys.PHASE_MODE.name: _PHASE_NUMBERS[name]},
        ),
        options=list(PHASE_MODE.values()),
        entity_category=EntityCategory.CONFIG,
        exists_fn=lambda state: (
            state[keys.DETECTED_POWER_GRID_TYPE] not in ONE_PHASE_GRIDS
        ),
    ),
    SunbridgeSelectDescription[ChargerState, Command](
        key="offline_mode",
        translation_key="offline_mode",
        reading=option(keys.OFFLINE_CHARGING_MODE, OFFLINE_MODE),
        command_fn=lambda _, name: setting(
            "offlineChargingMode", keys.OFFLINE_CHARGING_MODE, _OFFLINE_NUMBERS[name]
        ),
        options=list(OFFLINE_MODE.values()),
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
)


def _button(
    key: str,
    command: Command,
    *,
    config: bool = False,
    enabled: bool = True,
    device_class: ButtonDeviceClass | None = None,
) -> SunbridgeButtonDescription[ChargerState, Command]:
    return SunbridgeButtonDescription(
        key=key,
        translation_key=key,
        reading=Reading(frozenset({keys.CHARGER_OP_MODE.name}), lambda _: None),
        command_fn=lambda _: command,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


BUTTONS: Final = (
    _button(
        "pause_charging",
        press(
            "pause_charging",
            {keys.DYNAMIC_CHARGER_CURRENT.name: 0},
            moves_current=True,
        ),
    ),
    _button("resume_charging", press("resume_charging", moves_current=True)),
    _button("override_schedule", press("override_schedule")),
    # They only mean something where charging has to be authorized.
    _button("start_charging", press("start_charging"), enabled=False),
    _button("stop_charging", press("stop_charging"), enabled=False),
    _button(
        "restart",
        press("reboot"),
        config=True,
        device_class=ButtonDeviceClass.RESTART,
    ),
)


def _firmware(state: ChargerState) -> Firmware | None:
    installed = state[keys.CHARGER_FIRMWARE]
    latest = state[own_keys.LATEST_FIRMWARE]
    if installed is None:
        return None
    # Betas are newer than what is offered to all.
    if latest is not None:
        latest = max(latest, installed)
    return Firmware(str(installed), None if latest is None else str(latest))


UPDATES: Final = (
    SunbridgeUpdateDescription[ChargerState, Command](
        key="firmware",
        reading=derived(
            _firmware, keys.CHARGER_FIRMWARE, also=(own_keys.LATEST_FIRMWARE,)
        ),
        command_fn=lambda _, __: press("update_firmware"),
        device_class=UpdateDeviceClass.FIRMWARE,
        entity_category=EntityCategory.CONFIG,
    ),
)


def _tag(state: ChargerState, token: JsonValue) -> str | None:
    """Tell tags apart without telling which they are.

    A card's number is short: without the entry's salt, all there are could be tried.
    """
    if not isinstance(token, str) or not token:
        return None
    salted = hmac.new(state.tag_salt.encode(), token.encode(), "sha256")
    return salted.hexdigest()[:8]


def _mark(session: dict[str, JsonValue], at_s: float) -> str:
    """Return what tells a session's beginning or end from those of others.

    The same may come again with another time: REST may have fractions of a second.
    """
    told = [session.get(name) for name in ("Id", "Start", "Stop")]
    return str(told if any(told) else int(at_s))


def _session(state: ChargerState) -> Happening | None:
    """Return the last beginning or end of a session."""
    begun_s = state.at_s(keys.CHARGING_SESSION_START) or 0.0
    ended_s = state.at_s(keys.CHARGING_SESSION) or 0.0
    begun, ended = state[keys.CHARGING_SESSION_START], state[keys.CHARGING_SESSION]
    if ended is not None and ended_s >= begun_s:
        return Happening(
            "finished",
            _mark(ended, ended_s),
            (
                ("energy_kwh", ended.get("EnergyKwh")),
                ("start", ended.get("Start")),
                ("stop", ended.get("Stop")),
                ("tag", _tag(state, ended.get("Auth"))),
            ),
        )
    if begun is None:
        return None
    return Happening(
        "started",
        _mark(begun, begun_s),
        (("start", begun.get("Start")), ("tag", _tag(state, begun.get("Auth")))),
    )


def _scanned(state: ChargerState) -> Happening | None:
    token, at_s = state[keys.USER_ID_TOKEN], state.at_s(keys.USER_ID_TOKEN)
    if not token or at_s is None:
        return None
    tag = _tag(state, token)
    # Times are whole seconds, and two may be held to it in one.
    return Happening(_TAG, (at_s, tag), (("tag", tag),))


EVENTS: Final = (
    SunbridgeEventDescription[ChargerState](
        key="session",
        translation_key="charging_session",
        reading=derived(
            _session, keys.CHARGING_SESSION_START, also=(keys.CHARGING_SESSION,)
        ),
        event_types=list(_SESSION),
    ),
    SunbridgeEventDescription[ChargerState](
        key="tag",
        translation_key="tag",
        reading=derived(_scanned, keys.USER_ID_TOKEN),
        event_types=[_TAG],
        entity_registry_enabled_default=False,
    ),
)

"""Payloads as they should be: those of the simulators, and real ones where they are.

The real ones were seen in the wild and are no part of this repository.
"""

import json
from pathlib import Path
from typing import Any, Final

from simulators.easee import Account, Charger as EaseeCharger, Equalizer
from simulators.easee.shapes import charger_of, observation_of, site_of
from simulators.goe import Charger as GoeCharger

SEEN: Final = Path(__file__).parents[3] / "shared/reference/payloads"

GOE_SERIAL: Final = "012345"
EASEE_SERIAL: Final = "EH123456"
EQUALIZER: Final = "QP123456"
AT: Final = "2026-11-20T10:00:00Z"
# 2026-11-20 10:00 UTC.
NOW_S: Final = 1_795_168_800.0
_PART: Final = 12


def _json(name: str) -> Any:
    file = SEEN / name
    return json.loads(file.read_text()) if file.is_file() else None


def _seen(vendor: str) -> list[Any]:
    """Return all real payloads of a vendor, those of a collection one by one."""
    found: list[Any] = []
    for file in sorted((SEEN / vendor).glob("*.json")):
        body = json.loads(file.read_text())
        found.append(body)
        if isinstance(body, dict):
            found += [item for item in body.values() if isinstance(item, (dict, list))]
    return found


def _parts(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a status in parts, as filters ask for it: small ones are quick to spoil."""
    items = list(status.items())
    return [dict(items[at : at + _PART]) for at in range(0, len(items), _PART)]


def _goe() -> list[Any]:
    charger = GoeCharger(serial=GOE_SERIAL, token="", name="Garage", reaction_s=0)
    charger.plug_in()
    found = [charger.status()]
    if (real := _json("goe/01_gemini_v4_11kw_fw055.7_http_status.json")) is not None:
        found.append(real)
    fragments = (_json("goe/06_fragments_from_threads.json") or {}).values()
    bodies = (item.get("body") for item in fragments if isinstance(item, dict))
    found += [body for body in bodies if isinstance(body, dict)]
    return [part for status in found for part in _parts(status)]


GOE: Final = _goe()
GOE_TOPICS: Final = sorted({key for part in GOE for key in part})


def _easee_account() -> Account:
    charger, other = EaseeCharger(EASEE_SERIAL), EaseeCharger("EH000002")
    equalizer = Equalizer(EQUALIZER)
    return Account("user", "", chargers=[charger, other], equalizers=[equalizer])


def _easee_observations() -> list[Any]:
    account = _easee_account()
    charger = account.chargers[0]
    charger.plug_in()
    charger.scan()
    return [
        {"mid": product.serial, **observation_of(seen, form)}
        for product in (charger, *account.equalizers)
        for seen in product.observations.values()
        for form in ("native", "text")
    ]


EASEE_OBSERVATIONS: Final = _easee_observations()
EASEE_MESSAGES: Final = [
    *EASEE_OBSERVATIONS,
    [EASEE_OBSERVATIONS[0], EASEE_OBSERVATIONS[1]],
    {"Mid": EASEE_SERIAL, "Id": 120, "Value": 7.2, "Timestamp": AT, "DataType": 3},
    {"Timestamp": AT, "Value": 7.2},
    {"Observations": [{"ObservationId": 120, "Observations": [{"Value": 1}]}]},
    {"id": 120, "observations": [{"id": 109, "timestamp": AT, "value": "3"}]},
    {
        "serialNumber": EASEE_SERIAL,
        "id": 48,
        "timestamp": AT,
        "wasAccepted": True,
        "resultCode": 0,
        "ticks": 638605514168533970,
    },
    "7.2",
]
EASEE_LISTS: Final = [
    [charger_of(one) for one in _easee_account().chargers],
    [site_of(_easee_account())],
    [],
]
EASEE_ANSWERS: Final = [
    *EASEE_LISTS,
    {"accessToken": "a.b.c", "expiresIn": 3600.0, "refreshToken": "d", "tokenType": ""},
    {
        "server": "amqp.example.invalid",
        "port": 5671,
        "useSsl": True,
        "virtualHost": "/",
        "queueName": "q",
        "exchangeName": "e",
        "username": "u",
        "password": "p",
    },
    {"observations": EASEE_OBSERVATIONS[:4]},
    {"latestFirmware": 328},
    {"device": EASEE_SERIAL, "commandId": 48, "ticks": 638605514168533970},
    [{"device": EASEE_SERIAL, "commandId": 48, "ticks": 1, "wasAccepted": True}],
    {"resultCode": 3},
    {"errorCode": 100, "title": "InvalidUserPassword", "status": 400},
    {"title": "Forbidden", "status": 403},
    {"enabled": True, "surplusEnergyLimit": 1.4, "maximumCurrent": 6},
    *_seen("easee"),
]
EASEE_FRAMES: Final = [
    {"type": 1, "target": target, "arguments": [item]}
    for target, item in (
        ("ProductUpdate", EASEE_OBSERVATIONS[0]),
        ("ChargerUpdate", EASEE_OBSERVATIONS[2]),
        ("CommandResponse", EASEE_MESSAGES[-2]),
    )
] + [
    {"type": 6},
    {"type": 3, "invocationId": "0", "result": None},
    {"type": 3, "invocationId": "0", "error": "no"},
    {"type": 7, "error": "closed", "allowReconnect": True},
    {},
]

WEHEAT_LOG: Final = {
    "heatPumpId": "00000000-0000-4000-8000-000000000001",
    "timestamp": AT,
    "state": 70,
    "controlBridgeStatus": 1,
    "controlBridgeStatusDecodedWaterPump": True,
    "t1": 52.1,
    "tRoom": 20.4,
    "tThermostatSetpoint": 36.0,
    "rpm": 2400,
    "cmMassPowerIn": 900,
    "cmMassPowerOut": 3900,
    "centralHeatingFlow": 40,
    "dhwFlow": 2,
    "interval": 15,
    "coolingStartConditions": 2043,
    "coolingPauseReason": 0,
    "lastCoolingTime": "2026-08-29T08:32:28Z",
    "onOffThermostatState": 1,
    "isOnline": True,
}
_MODES: Final = (
    "Heating", "Standby", "Dhw", "HeatingDefrost", "DhwDefrost", "Cooling",
)  # fmt: skip
_ENERGIES: Final = {
    f"{kind}{mode}": 0.5
    for kind in ("totalEIn", "totalEInIU", "totalEOut")
    for mode in _MODES
}
WEHEAT_HOUR: Final = {"interval": "Hour", "timeBucket": AT, **_ENERGIES}
WEHEAT_TOTAL: Final = {"heatPumpId": WEHEAT_LOG["heatPumpId"], **_ENERGIES}
WEHEAT_PUMP: Final = {
    "id": WEHEAT_LOG["heatPumpId"],
    "name": "Cellar",
    "model": 2,
    "dhwType": 1,
    "boilerType": 3,
    "status": 70,
    "serialNumber": "SYN000000001",
    "state": 3,
    "firmwareVersion": "1.2",
}
WEHEAT_ANSWERS: Final = [
    WEHEAT_LOG,
    [WEHEAT_LOG, {**WEHEAT_LOG, "timestamp": "2026-11-20T10:00:15Z"}],
    [WEHEAT_HOUR],
    WEHEAT_TOTAL,
    {"metadata": {"totalPages": 2, "currentPage": 1}, "data": [WEHEAT_PUMP]},
    {"id": "00000000-0000-4000-8000-0000000000aa", "email": "a@b", "role": 7},
    *_seen("weheat"),
]
WEHEAT_TOKENS: Final = [
    {
        "access_token": "a.b.c",
        "expires_in": 300,
        "refresh_expires_in": 0,
        "refresh_token": "d.e.f",
        "token_type": "Bearer",
    },
    {"error": "invalid_grant", "error_description": "Session not active"},
    {"error": "unauthorized_client"},
]

"""What the vendor's REST API says of accounts, sites and chargers."""

from typing import Any

from .accounts import Account
from .charger import Charger
from .equalizer import Equalizer
from .observations import Id
from .product import Observation
from .wire import as_text, timestamp

CREATED = "2024-03-06T08:52:52.512105"
PRODUCTS = {
    1: "Easee Home",
    2: "Charge Lite",
    3: "Charge Max",
    4: "Charge Up",
    100: "Charge",
    102: "Charge Core",
    103: "Charge Pro",
    400: "Charge One",
}


def charger_of(charger: Charger, master: str | None = None) -> dict[str, Any]:
    """Return a charger as in a list; ``master``: the back plate of its circuit's."""
    master = master or (charger.backplate if charger.node_master else "marked-master")
    return {
        "id": charger.serial,
        "name": charger.name,
        "color": 1,
        "createdOn": CREATED,
        "updatedOn": CREATED,
        "backPlate": {"id": charger.backplate, "masterBackPlateId": master},
        "levelOfAccess": 1,
        "productCode": charger.product_code,
        "userRole": 1,
    }


def site_of(
    account: Account, *, nulls: bool = False, details: bool = True
) -> dict[str, Any]:
    """Return the account's site; ``nulls``: null in place of empty lists."""
    circuits = [
        circuit_of(account, number, chargers, nulls=nulls)
        for number, chargers in account.circuits.items()
    ]
    equalizers = [equalizer_of(account, item) for item in account.equalizers]
    site: dict[str, Any] = {
        "id": account.site_id,
        "siteKey": "marked-site-key",
        "name": account.site_name,
        "levelOfAccess": 1,
        "address": {
            "street": "marked-street",
            "buildingNumber": "0",
            "zip": "00000",
            "area": "marked-area",
            "country": {"id": "SE", "name": "Sweden", "phonePrefix": 46},
            "latitude": None,
            "longitude": None,
            "altitude": None,
        },
        "createdOn": CREATED,
        "updatedOn": CREATED,
    }
    if details:
        site |= {
            "contactInfo": {
                "installerName": None,
                "installerPhoneNumber": None,
                "ownerName": "marked-owner",
                "ownerPhoneNumber": "marked-phone",
                "company": None,
            },
            "costPerKWh": 0,
            "vat": 0,
            "costPerKwhExcludeVat": 0,
            "currencyId": "SEK",
            "partnerId": 1,
            "siteType": 1,
            "ratedCurrent": 20,
            "useDynamicMaster": False,
            "circuits": circuits or (None if nulls else []),
            "equalizers": equalizers or (None if nulls else []),
        }
    return site


def circuit_of(
    account: Account, number: int, chargers: list[Charger], *, nulls: bool = False
) -> dict[str, Any]:
    """Return a circuit with its chargers."""
    master = next((item.backplate for item in chargers if item.node_master), None)
    return {
        "id": number,
        "siteId": account.site_id,
        "circuitPanelId": 1,
        "panelName": "1",
        "ratedCurrent": chargers[0].rated_current_a if chargers else 16,
        "chargers": [charger_of(item, master) for item in chargers]
        or (None if nulls else []),
        "masterBackplate": None,
        "useDynamicMaster": False,
        "parentCircuitId": None,
    }


def equalizer_of(account: Account, equalizer: Equalizer) -> dict[str, Any]:
    """Return an Equalizer as in a list."""
    return {
        "id": equalizer.serial,
        "name": equalizer.name,
        "siteId": account.site_id,
        "circuitPanelId": 1,
        "masterBackPlateId": equalizer.backplate,
        "createdOn": CREATED,
    }


def details_of(charger: Charger) -> dict[str, Any]:
    """Return a charger's details."""
    return {
        "id": charger.serial,
        "serialNumber": charger.serial,
        "name": charger.name,
        "product": PRODUCTS.get(charger.product_code, "Easee"),
        "productCode": charger.product_code,
        "partner": None,
    }


def config_of(charger: Charger) -> dict[str, Any]:
    """Return a charger's configuration; some are null, as was seen."""
    value = charger.value
    return {
        "isEnabled": value(Id.ENABLED),
        "lockCablePermanently": value(Id.LOCK_PERMANENTLY),
        "authorizationRequired": value(Id.AUTHORIZATION_REQUIRED),
        "remoteStartRequired": value(Id.REMOTE_START_REQUIRED),
        "smartButtonEnabled": value(Id.SMART_BUTTON),
        "wiFiSSID": value(36),
        "detectedPowerGridType": value(Id.GRID_TYPE),
        "offlineChargingMode": value(Id.OFFLINE_MODE),
        "circuitMaxCurrentP1": value(22),
        "circuitMaxCurrentP2": value(23),
        "circuitMaxCurrentP3": value(24),
        "enableIdleCurrent": value(Id.IDLE_CURRENT),
        "limitToSinglePhaseCharging": None,
        "phaseMode": value(Id.PHASE_MODE),
        "localNodeType": value(Id.NODE_TYPE),
        "localAuthorizationRequired": value(Id.LOCAL_AUTHORIZATION),
        "localRadioChannel": value(147),
        "localShortAddress": value(148),
        "localParentAddrOrNumOfNodes": value(149),
        "localPreAuthorizeEnabled": value(Id.PRE_AUTHORIZE),
        "localAuthorizeOfflineEnabled": value(Id.AUTHORIZE_OFFLINE),
        "allowOfflineTxForUnknownId": value(Id.OFFLINE_UNKNOWN_TAG),
        "maxChargerCurrent": value(Id.MAX_CURRENT),
        "ledStripBrightness": None,
    }


def circuit_settings_of(chargers: list[Charger]) -> dict[str, Any]:
    """Return a circuit's settings, which its master knows."""
    master = chargers[0]
    answer: dict[str, Any] = {
        "allowOfflineMaxCircuitCurrent": False,
        "equalizerId": None,
        "masterChargerId": master.serial,
        "useDynamicMaster": False,
        "enableIdleCurrent": master.value(Id.IDLE_CURRENT),
    }
    for name, first in (
        ("maxCircuitCurrent", Id.CIRCUIT_MAX),
        ("dynamicCircuitCurrent", Id.CIRCUIT_DYNAMIC),
        ("offlineMaxCircuitCurrent", Id.OFFLINE_MAX),
    ):
        for phase in range(3):
            answer[f"{name}P{phase + 1}"] = master.value(first + phase)
    return answer


def session_of(charger: Charger) -> dict[str, Any] | None:
    """Return the charger's running session."""
    if charger.session is None:
        return None
    return {
        "chargerId": charger.serial,
        "sessionEnergy": charger.session_kwh,
        "sessionStart": charger.session["Start"],
        "sessionEnd": None,
        "sessionId": charger.session["Id"],
        "chargeDurationInSeconds": 0,
        "firstEnergyTransferPeriodStart": charger.session["Start"],
        "lastEnergyTransferPeriodEnd": None,
    }


def observation_of(seen: Observation, form: str) -> dict[str, Any]:
    """Return an observation; ``form`` of its value: native or string."""
    value = seen.value if form == "native" else as_text(seen.value)
    return {
        "id": seen.id,
        "timestamp": timestamp(seen.at_s),
        "value": value,
        "dataType": seen.data_type,
    }

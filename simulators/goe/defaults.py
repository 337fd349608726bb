"""The status of a new charger: a fixed Gemini of 22 kW with firmware 60.2.

Keys and their meaning are those of the vendor's lists; the values are plausible ones
of our own.
"""

from typing import Any


def _schedule() -> dict[str, Any]:
    moment = {"hour": 0, "minute": 0, "second": 0}
    return {
        "control": 0,
        "ranges": [{"begin": dict(moment), "end": dict(moment)} for _ in range(2)],
    }


def default_status(serial: str, name: str) -> dict[str, Any]:
    """Return a full status; what the model works out is overwritten by it."""
    status: dict[str, Any] = {
        # identity and system
        "sse": serial, "fna": name, "host": f"go-echarger_{serial}", "oem": "go-e",
        "typ": "go-eCharger_V4", "styp": "", "var": 22, "fwv": "60.2", "isgo": False,
        "dfam": "go-eCharger", "rbc": 14, "rbt": 0, "tab": 0, "lto": 3_600_000,
        "utc": "", "loc": "", "tof": 60, "tds": 1, "tzt": "Europe/Vienna", "tse": True,
        "tsss": 0, "simo": False, "aus": False, "wda": False, "evt": None,
        "ocu": ["60.2", "60.3", "60.4 BETA", "V 59.4 OUTDATED", "V 56.9 OUTDATED"],
        # measurement
        "nrg": [0] * 16, "eto": 1_234_567, "wh": 0, "tpa": 0, "mmp": 11_123.4,
        "fhz": 50.0, "avgfhz": 50.0, "pha": [False] * 3 + [True] * 3, "pnp": 3,
        "tma": [21.5, 23.0], "cdi": {"type": 1, "value": 0}, "cco": 18.5, "esk": False,
        "whs": 0, "whb": 0, "whg": 0, "who": 0, "ws": None, "wb": None, "wg": None,
        "wo": None,
        # charging
        "car": 1, "alw": False, "alwt": 0, "modelStatus": 0, "err": 0, "acu": None,
        "frc": 0, "amp": 16, "ama": 32, "mca": 6, "tcl": None, "cll": {}, "amt": 32,
        "adi": False, "cbl": None, "clp": [6, 10, 16, 24, 32], "la1": 16, "la3": 16,
        "dwo": None, "acp": True, "mci": 0, "mcpd": 0, "mcpea": None, "su": False,
        "sua": False, "sumd": 10_000, "ct": "default",
        # phases, logic, price, surplus
        "psm": 0, "fsp": False, "pwm": 0, "lfspt": None, "fsptws": None, "lmo": 3,
        "fup": False, "awe": False, "fzf": False, "zfo": 200, "fst": 1400,
        "spl3": 4200, "psh": 500, "sh": 200, "po": -300, "pgt": 0, "frm": 1,
        "fmt": 300_000, "mpwst": 120_000, "mptwt": 600_000, "psmd": 10_000,
        "csd": False, "emx": 0, "pgrid": None, "ppv": None, "pakku": None,
        "pvopt_averagePGrid": 0, "pvopt_averagePPv": 0, "pvopt_averagePAkku": 0,
        "inva": None, "dsrc": None, "deltap": 0, "deltaa": 0, "lpsc": None,
        "awc": 0, "awp": 8, "awcp": {"start": 0, "end": 3600, "marketprice": 9.31},
        "awpl": {"start": 0, "interval": 3600, "marketprice": [9.31, 8.7, 10.2]},
        "ara": False, "ate": 20_000, "att": 25_200, "atp": None, "tlf": False,
        "tls": None, "sch_week": _schedule(), "sch_satur": _schedule(),
        "sch_sund": _schedule(), "rdbs": 0, "rdes": 0, "rdbf": 0, "rdef": 0,
        "rdre": 0, "rdpl": 0, "rdbse": None, "rdese": None, "rdbfe": None,
        "rdefe": None, "rdree": None, "rdple": None,
        # access, cable, buttons
        "acs": 0, "facacs": 0, "trx": None, "lrc": None, "lrr": None, "lri": None,
        "tsi": None, "rde": False, "ust": 0, "lck": 0, "cus": 1, "ffb": 0, "upo": True,
        "bac": 3, "sdp": 3, "bar": 3, "lbp": None, "lbl": None, "nmo": False,
        # light, digital input
        "lbr": 120, "lse": False, "cid": "#0088FF", "cwc": "#FFFF00",
        "cch": "#00FFFF", "cfi": "#00FF00", "nld": 32,
        "led": {"id": 5, "name": "Idle", "ranges": []},
        "die": False, "dii": False, "di1": False, "din": 0, "pdi": False,
        "pgr": False,
        # load balancing
        "loe": False, "log": "", "lop": 50, "lof": 6, "loa": None, "loty": 0,
        "lot": {"amp": 32, "dyn": 32, "sta": 32, "ts": 0}, "map": [1, 2, 3],
        "lopr": False, "lpc": None,
        # network
        "rssi": -58, "wst": 3, "wsms": 3, "wsc": 0, "wsm": "", "wsl": [], "scaa": 0,
        "scan": [], "nif": "st", "wifis": [{"ssid": "home", "key": True}],
        "ccw": {"ssid": "home", "ip": "192.0.2.7", "bssid": "02:00:00:00:00:01"},
        "wfb": None, "wcb": "02:00:00:00:00:01", "wpb": [], "lwf": 0,
        "dns": {"dns0": "192.0.2.1"}, "cwe": True, "cae": True, "cle": None,
        "clea": None, "hai": False, "hla": False, "data": "{}", "dll": "",
        # time stamps of states
        "lccfi": None, "lccfc": None, "lcctc": None, "lmsc": 0, "lcs": 0,
        "csa": False,
        # MQTT, Modbus, OCPP, controllers
        "mce": False, "mcs": False, "mcc": False, "mcr": True, "mcu": "",
        "mtp": f"go-eCharger/{serial}/", "mqg": True, "mqcn": False, "mqss": False,
        "mcca": None, "mlr": None, "mlra": None, "mhe": False,
        "mht": "homeassistant", "men": False, "msp": 502, "msb": False, "msr": False,
        "ocppe": False, "ocppu": "", "ocppg": True, "ocppcn": False, "ocppss": False,
        "ocpps": False, "ocppc": False, "ocppca": None, "ocppa": False,
        "ocppaa": None, "ocppti": None, "ocppao": False, "ocpplo": False,
        "ocppla": True, "ocpph": 300, "ocppi": 0, "ocppai": 0, "ocppd": "no-card",
        "ocppr": False, "ocpplea": None, "ocppple": None, "ocpprl": False,
        "ocppcs": 0, "ocppfai": 0, "ocppff": False, "cmse": False, "cmmr": 20,
        "cms": "_go-e_controller", "cmp": "_tcp", "ctrls": [], "ccd": None,
        # grid code
        "ufe": False, "ufm": 0, "ufa": 0, "ufs": 0, "uve": False, "uvs": 0, "uvt": 0,
        "gmtr": 0, "gsa": False, "rmaf": 0, "rmif": 0, "rmav": 0, "rmiv": 0,
        "smd": None,
    }  # fmt: skip
    cards = [
        {"name": f"User {place}", "energy": 1000 * place, "cardId": place == 1}
        for place in range(1, 11)
    ]
    status["cards"] = cards
    for place, card in enumerate(cards):
        status[f"c{place}n"] = card["name"]
        status[f"c{place}e"] = card["energy"]
        status[f"c{place}i"] = card["cardId"]
    return status

"""The API keys that Sunbridge reads or writes (vendor's key lists, reference 1.4-1.7).

``live`` keys change by themselves while a car charges, or are what people and
automations regulate by.
"""

from typing import Any, Final

from .decode import Key, array, boolean, integer, number, rounded, text
from .values import (
    Measurements,
    button_lock,
    cards,
    charging_duration_s,
    colour,
    keep_temperatures,
    limits,
    member,
    newest_release,
    phase_order,
    phases,
    price,
    temperatures,
)

# Made by the integration: how old the data were on arrival, in seconds.
DATA_AGE = Key("_data_age", integer, live=True)

# Identity
FNA = Key("fna", text)
FWV = Key("fwv", text)
OEM = Key("oem", text)
SSE = Key("sse", text)
STYP = Key("styp", text)
TYP = Key("typ", text)
VAR = Key("var", integer)

# Measurement
NRG = Key("nrg", Measurements.decode, live=True)
ETO = Key("eto", rounded(0), live=True)
ETO_MID = Key("eto_mid", rounded(0), live=True)
WH = Key("wh", rounded(0), live=True)
WH_MID = Key("wh_mid", rounded(0), live=True)
WHS = Key("whs", rounded(0), live=True)
WHB = Key("whb", rounded(0), live=True)
WHG = Key("whg", rounded(0), live=True)
WHO = Key("who", rounded(0), live=True)
WS = Key("ws", rounded(0), live=True)
WB = Key("wb", rounded(0), live=True)
WG = Key("wg", rounded(0), live=True)
WO = Key("wo", rounded(0), live=True)
TPA = Key("tpa", rounded(0), live=True)
MMP = Key("mmp", rounded(0), live=True)
FHZ = Key("fhz", rounded(2), live=True)
AVGFHZ = Key("avgfhz", rounded(2), live=True)
PHA = Key("pha", phases, live=True)
PNP = Key("pnp", integer, live=True)
TMA = Key("tma", temperatures, live=True, keep=keep_temperatures)
CDI = Key("cdi", charging_duration_s, live=True)
CCO = Key("cco", number)

# Charging state
CAR = Key("car", integer, live=True)
ALW = Key("alw", boolean, live=True)
ALWT = Key("alwt", integer, live=True)
MODEL_STATUS = Key("modelStatus", integer, live=True)
ERR = Key("err", integer, live=True)
ACU = Key("acu", integer, live=True)
FRC = Key("frc", integer, live=True)
AMP = Key("amp", integer, live=True)
AMA = Key("ama", integer)
MCA = Key("mca", integer)
TCL = Key("tcl", integer, live=True)
CLL = Key("cll", limits, live=True)
AMT = Key("amt", integer, live=True)
ADI = Key("adi", boolean, live=True)
CBL = Key("cbl", integer, live=True)
LA1 = Key("la1", integer)
LA3 = Key("la3", integer)
DWO = Key("dwo", number, live=True)
ACP = Key("acp", boolean)
MCI = Key("mci", integer)
MCPD = Key("mcpd", integer)
MCPEA = Key("mcpea", integer, live=True)
SU = Key("su", boolean)
SUA = Key("sua", boolean)
SUMD = Key("sumd", integer)
CT = Key("ct", text)

# Phases, logic mode, price, PV surplus, schedule
PSM = Key("psm", integer, live=True)
FSP = Key("fsp", boolean, live=True)
PWM = Key("pwm", integer, live=True)
LFSPT = Key("lfspt", integer, live=True)
FSPTWS = Key("fsptws", integer, live=True)
LMO = Key("lmo", integer, live=True)
FUP = Key("fup", boolean, live=True)
AWE = Key("awe", boolean, live=True)
FZF = Key("fzf", boolean)
ZFO = Key("zfo", number)
FST = Key("fst", number)
SPL3 = Key("spl3", number)
PSH = Key("psh", number)
SH = Key("sh", number)
PO = Key("po", number)
PGT = Key("pgt", number)
FRM = Key("frm", integer)
FMT = Key("fmt", integer)
MPWST = Key("mpwst", integer)
MPTWT = Key("mptwt", integer)
PSMD = Key("psmd", integer)
CSD = Key("csd", boolean)
EMX = Key("emx", integer)
PGRID = Key("pgrid", rounded(0), live=True)
PPV = Key("ppv", rounded(0), live=True)
PAKKU = Key("pakku", rounded(0), live=True)
AVG_PGRID = Key("pvopt_averagePGrid", rounded(0), live=True)
AVG_PPV = Key("pvopt_averagePPv", rounded(0), live=True)
AVG_PAKKU = Key("pvopt_averagePAkku", rounded(0), live=True)
DSRC = Key("dsrc", text)
DELTAP = Key("deltap", rounded(0), live=True)
DELTAA = Key("deltaa", rounded(1), live=True)
LPSC = Key("lpsc", integer, live=True)
AWC = Key("awc", integer)
AWP = Key("awp", rounded(1))
AWCP = Key("awcp", price, live=True)
ARA = Key("ara", boolean)
ATE = Key("ate", number)
ATT = Key("att", integer)
TLF = Key("tlf", boolean)
TLS = Key("tls", integer)
SCH_WEEK = Key("sch_week", member("control", integer))
SCH_SATUR = Key("sch_satur", member("control", integer))
SCH_SUND = Key("sch_sund", member("control", integer))
RDBS = Key("rdbs", integer)
RDES = Key("rdes", integer)
RDBF = Key("rdbf", integer)
RDEF = Key("rdef", integer)
RDRE = Key("rdre", integer)
RDPL = Key("rdpl", integer)

# Access and cable
ACS = Key("acs", integer)
TRX = Key("trx", integer, live=True)
CARDS = Key("cards", cards)
CARD_ENERGIES = tuple(Key(f"c{place}e", rounded(0)) for place in range(10))
CARDS_LEARNED = tuple(Key(f"c{place}i", boolean) for place in range(10))
LRC = Key("lrc", integer, live=True)
LRR = Key("lrr", integer, live=True)
RDE = Key("rde", boolean)
UST = Key("ust", integer)
LCK = Key("lck", integer)
CUS = Key("cus", integer, live=True)
FFB = Key("ffb", integer, live=True)
UPO = Key("upo", boolean)
BAC = Key("bac", button_lock)
SDP = Key("sdp", integer)
BAR = Key("bar", integer)
LBP = Key("lbp", integer, live=True)
NMO = Key("nmo", boolean)

# Light and digital input
LBR = Key("lbr", integer)
LSE = Key("lse", boolean)
CID = Key("cid", colour)
CWC = Key("cwc", colour)
CCH = Key("cch", colour)
CFI = Key("cfi", colour)
DIE = Key("die", boolean)
DII = Key("dii", boolean)
DI1 = Key("di1", boolean)
DIN = Key("din", integer, live=True)

# Load balancing
LOE = Key("loe", boolean)
LOTY = Key("loty", integer)
LOT_AMP = Key("lot", member("amp", integer))
LOF = Key("lof", integer)
LOP = Key("lop", integer)
LOA = Key("loa", integer, live=True)
MAP = Key("map", phase_order)

# Network and system
RSSI = Key("rssi", integer, live=True)
WST = Key("wst", integer)
NIF = Key("nif", text)
RBC = Key("rbc", integer)
RBT = Key("rbt", integer)
LCCFI = Key("lccfi", integer, live=True)
LCCFC = Key("lccfc", integer, live=True)
LCCTC = Key("lcctc", integer, live=True)
LMSC = Key("lmsc", integer, live=True)
CWE = Key("cwe", boolean)
CLEA = Key("clea", integer)
MCE = Key("mce", boolean)
MCC = Key("mcc", boolean)
MCR = Key("mcr", boolean)
MEN = Key("men", boolean)
OCPPE = Key("ocppe", boolean)
OCPPA = Key("ocppa", boolean)
OCPPCS = Key("ocppcs", integer)
CERT = Key("cert", integer)
ISO2EN = Key("iso2en", integer)
FSE = Key("fse", boolean)
FSI = Key("fsi", number)
TEN = Key("ten", boolean)
CTRLS = Key("ctrls", array)
OCU = Key("ocu", newest_release)

KEYS: Final[tuple[Key[Any], ...]] = (
    *(value for value in tuple(vars().values()) if isinstance(value, Key)),
    *CARD_ENERGIES,
    *CARDS_LEARNED,
)

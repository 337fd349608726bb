"""What the simulated Easees of the benchmark say, in order of a number.

Both sides know it: who publishes it and who checks what became of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

AMQP, SIGNALR, ONE, MANY = "amqp", "signalr", "one", "many"
FLEETS = {AMQP: 20, SIGNALR: 20, ONE: 1, MANY: 200}
PASSWORD = "marked-password"

# Observation id: entity, smallest value, decimals.
IDS = {
    114: ("current_offered", 6.0, 2),
    120: ("power", 1.0, 3),
    121: ("energy_session", 1.0, 3),
    183: ("current_l1", 5.0, 2),
    184: ("current_l2", 5.1, 2),
    185: ("current_l3", 5.2, 2),
    194: ("voltage_l1", 220.0, 1),
    195: ("voltage_l2", 220.1, 1),
    196: ("voltage_l3", 220.2, 1),
}
# In place of the session's, once an hour.
LIFETIME = 124
ENTITIES = {LIFETIME: "energy_lifetime"} | {key: row[0] for key, row in IDS.items()}

# Each charger says all that it has once a minute of its own time, which isn't ours: it
# begins days ago, and is never ahead.
STEP_S = 60
SWEEPS_PER_HOUR = 3600 // STEP_S
DAYS_AGO = 10
# Values come again after so many sweeps.
STEPS = 250


@dataclass(frozen=True)
class Sample:
    """What a charger says: id, value and epoch s."""

    serial: str
    number: int
    value: float
    at_s: float


def serials(fleet: str) -> list[str]:
    """Return the serials of a fleet."""
    first = 100_000 * (1 + list(FLEETS).index(fleet))
    return [f"EH{first + number}" for number in range(FLEETS[fleet])]


def samples(fleet: str, start_s: float, numbers: range) -> Iterator[Sample]:
    """Return what the chargers of a fleet say; each value differs from the last one."""
    chargers, ids = serials(fleet), list(IDS)
    for number in numbers:
        sweep, place = divmod(number, len(chargers) * len(ids))
        key = ids[place % len(ids)]
        _, smallest, decimals = IDS[key]
        steps = sweep % STEPS
        if key == 121:
            steps = sweep
            if sweep % SWEEPS_PER_HOUR == 0:
                key, smallest = LIFETIME, 2000.0
        value = round(smallest + steps * 10**-decimals, decimals)
        yield Sample(chargers[place // len(ids)], key, value, start_s + sweep * STEP_S)

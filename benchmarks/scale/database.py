"""What the recorder has written, by entity."""

from collections import Counter
from pathlib import Path
import sqlite3
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from .fleet import Place

FILE: Final = "home-assistant_v2.db"

_ROWS: Final = """\
SELECT states_meta.entity_id, COUNT(*) FROM states
JOIN states_meta USING (metadata_id)
WHERE last_updated_ts >= ? AND last_updated_ts < ?
GROUP BY states_meta.entity_id"""


def _count(file: Path, from_s: float, to_s: float) -> dict[str, int]:
    connection = sqlite3.connect(file)
    try:
        return dict(connection.execute(_ROWS, (from_s, to_s)))
    finally:
        connection.close()


async def rows_by_entity(
    hass: HomeAssistant, places: list[Place], from_s: float, to_s: float
) -> Counter[tuple[str, str]]:
    """Return the rows of states of a time (epoch s), by serial and entity's key.

    Entities of others aren't counted.
    """
    recorder = get_instance(hass)
    await recorder.async_block_till_done()
    counts = await recorder.async_add_executor_job(
        _count, Path(hass.config.path(FILE)), from_s, to_s
    )
    return Counter(
        {
            whose: counts.get(entity_id, 0)
            for entity_id, whose in entities(hass, places).items()
        }
    )


def entities(hass: HomeAssistant, places: list[Place]) -> dict[str, tuple[str, str]]:
    """Return serial and key of the chargers' enabled entities."""
    serials = {place.serial for place in places}
    registry = er.async_get(hass)
    found = {}
    for entity in registry.entities.values():
        if entity.platform != "sunbridge" or entity.disabled_by is not None:
            continue
        serial, _, key = entity.unique_id.partition("_")[2].partition("_")
        if serial in serials:
            found[entity.entity_id] = (serial, key)
    return found

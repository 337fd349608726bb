"""A real Home Assistant in this process, with Sunbridge and nothing else to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import sys
import tempfile

from homeassistant.bootstrap import async_setup_hass
from homeassistant.core import HomeAssistant
from homeassistant.runner import RuntimeConfig

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "sunbridge"

CONFIGURATION = """\
homeassistant:
  name: Benchmark
logger:
  default: fatal
"""


@asynccontextmanager
async def house(more: str = "") -> AsyncIterator[HomeAssistant]:
    """Start it, and stop it in order; ``more`` is configuration, as YAML."""
    with tempfile.TemporaryDirectory(prefix="sunbridge-bench-") as name:
        folder = Path(name)
        (folder / "configuration.yaml").write_text(CONFIGURATION + more)
        (folder / "custom_components").mkdir()
        (folder / "custom_components" / "sunbridge").symlink_to(INTEGRATION)
        hass = await async_setup_hass(
            RuntimeConfig(
                config_dir=name, skip_pip=True, recovery_mode=False, safe_mode=False
            )
        )
        assert hass is not None
        # It logs what nobody caught, and here no log is kept.
        sys.excepthook = sys.__excepthook__
        await hass.async_start()
        await hass.async_block_till_done()
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)

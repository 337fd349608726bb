"""What Sunbridge costs, as ratios to what's unavoidable, measured in one run."""

# Before anything imports httpx: Home Assistant 2026.11 has another module of that name.
import homeassistant  # noqa: F401

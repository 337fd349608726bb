"""What Sunbridge costs, as ratios to what's unavoidable, measured in one run."""

import os
import socket


def free_port() -> int:
    """Return a port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Home Assistant's HTTP reads it when it's imported. A process that another one of ours
# has started was given one.
os.environ.setdefault("SETUP_PORT", str(free_port()))

# Before anything imports httpx: Home Assistant 2026.11 has another module of that name.
import homeassistant  # noqa: E402, F401

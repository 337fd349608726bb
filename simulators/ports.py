"""Ports of loopback for servers that bind them later, and again after a stop."""

from contextlib import ExitStack
import random
import socket
from typing import Final

# Below what Linux gives to connections that go out, and to who asks for any port: one
# of those would be somebody else's by the time that a broker binds it.
_FIRST: Final = 20_000
_AFTER_LAST: Final = 32_768
_chance = random.SystemRandom()


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return so many different ports that nobody has."""
    found: list[int] = []
    with ExitStack() as probes:
        while len(found) < count:
            # All are held together, so that no two are the same.
            probe = probes.enter_context(socket.socket())
            port = _chance.randrange(_FIRST, _AFTER_LAST)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found.append(port)
    return found

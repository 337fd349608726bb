"""Who may ask. Nobody, until an address is listed: what is served tells who's at home.

Nothing here does I/O or has a clock: times are arguments. Addresses are matched as they
come from the socket, IPv4 in IPv6 as IPv4 (reference 2.4).
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from .errors import Fault, NrgkickConfigError

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

REMEMBERED: Final = 16
CLIENTS: Final = 64
# IPv4 in IPv6 is ::ffff:0:0/96; what is wider begins with another address.
_MAPPED_BITS: Final = 96


class Answer(StrEnum):
    """Whether a request may be answered; too many is for a client that may ask."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a client may ask: requests a second, and at once after a rest."""

    per_s: float = 10.0
    burst: int = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """A client that asked and may not: how often, and when last."""

    address: Address
    count: int
    last_at_s: float


def network(text: str) -> Network:
    """Read an address or a network, such as 192.168.1.20 or 192.168.1.0/24.

    Raises ``NrgkickConfigError`` for what is neither.
    """
    host, slash, prefix = text.strip().partition("/")
    try:
        found = ip_network(_without_zone(host) + slash + prefix, strict=False)
    except ValueError:
        raise NrgkickConfigError(Fault.NOT_AN_ADDRESS) from None
    if isinstance(found, IPv6Network):
        mapped = found.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, found.prefixlen - _MAPPED_BITS))
    return found


# The same wallbox asks again and again.
@lru_cache(maxsize=4 * CLIENTS)
def address(text: str | None) -> Address | None:
    """Read a client's address; None is what is none."""
    if text is None:
        return None
    try:
        found = ip_address(_without_zone(text))
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


@dataclass(slots=True)
class _Bucket:
    """Requests that a client may make now, and when that was counted."""

    tokens: float
    at_s: float

    def take(self, now_s: float, rate: Rate) -> bool:
        # A clock that was set back gives nothing, and doesn't stop the filling.
        passed_s = max(0.0, now_s - self.at_s)
        self.tokens = min(float(rate.burst), self.tokens + passed_s * rate.per_s)
        self.at_s = now_s
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Access:
    """Lets those in who are listed, no faster than the rate; remembers who else asks.

    Loopback is where proxies of the same machine come from, and with them the whole
    internet. So it has to be listed by itself: a network of everything doesn't do.
    """

    allowed: tuple[Network, ...] = ()
    rate: Rate = field(default_factory=Rate)
    refused_count: int = 0
    _refused: OrderedDict[Address, Refused] = field(
        default_factory=OrderedDict, repr=False
    )
    _buckets: OrderedDict[Address, _Bucket] = field(
        default_factory=OrderedDict, repr=False
    )

    @classmethod
    def of(cls, texts: Iterable[str], rate: Rate | None = None) -> Access:
        """Return the access of a list. Raises ``NrgkickConfigError`` as ``network``."""
        return cls(tuple(map(network, texts)), rate or Rate())

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Those who were refused, the newest first; no more than some."""
        return tuple(reversed(self._refused.values()))

    def is_listed(self, client: Address) -> bool:
        """Tell whether a client may ask."""
        return any(
            client in listed and (listed.is_loopback or not client.is_loopback)
            for listed in self.allowed
        )

    def ask(self, remote: str | None, now_s: float) -> Answer:
        """Decide on a request from an address at a time, and count it."""
        client = address(remote)
        # Who has a bucket was found in the list before, which is never another one.
        bucket = None if client is None else self._buckets.get(client)
        if client is None or (bucket is None and not self.is_listed(client)):
            self._refuse(client, now_s)
            return Answer.REFUSED
        if bucket is None:
            bucket = self._buckets[client] = _Bucket(float(self.rate.burst), now_s)
        self._buckets.move_to_end(client)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return Answer.ALLOWED if bucket.take(now_s, self.rate) else Answer.TOO_MANY

    def _refuse(self, client: Address | None, now_s: float) -> None:
        self.refused_count += 1
        if client is None:
            return
        before = self._refused.pop(client, None)
        count = 1 if before is None else before.count + 1
        self._refused[client] = Refused(client, count, now_s)
        if len(self._refused) > REMEMBERED:
            self._refused.popitem(last=False)


def _without_zone(text: str) -> str:
    """Drop the interface of a link-local address: fe80::1%eth0."""
    return text.partition("%")[0]

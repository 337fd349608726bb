"""Ways to ask. How a real wallbox asks is unknown (reference 1.1, 8): so there are many.

``MANNERS`` has good ways, which any server has to answer, and ``MISCHIEF`` what comes
from broken networks, port scanners and the curious.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Manner:
    """How a request is sent, and its answer read.

    ``connection`` is the header's value, None for no header. ``copies`` are sent in
    one piece, ``noise`` (bytes) before them. ``sends`` is how many bytes of all that
    are sent at all, None for each; with ``hangs_up`` nobody waits for the answer.
    ``sends_at_once`` and ``reads_at_once`` are bytes between two pauses of ``pause_s``.
    """

    version: str = "1.1"
    names_host: bool = True
    connection: str | None = "close"
    method: str = "GET"
    query: str = ""
    body: bytes = b""
    copies: int = 1
    noise: bytes = b""
    sends: int | None = None
    hangs_up: bool = False
    sends_at_once: int = 65_536
    reads_at_once: int = 65_536
    pause_s: float = 0.0

    @property
    def keeps(self) -> bool:
        """Tell whether the connection is to stay for the next request."""
        said = (self.connection or "").lower()
        return said == "keep-alive" or (self.version == "1.1" and said != "close")

    @property
    def answers(self) -> int:
        """How many answers there should be; garbage should get one, too."""
        return max(1, self.copies)

    def request(self, path: str, host: str, port: int) -> bytes:
        """Return all bytes to be sent."""
        lines = [f"{self.method} {path}{self.query} HTTP/{self.version}"]
        if self.names_host:
            name = f"[{host}]" if ":" in host else host
            lines.append(f"Host: {name}:{port}")
        if self.connection is not None:
            lines.append(f"Connection: {self.connection}")
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, "", ""]).encode()
        sent = self.noise + (head + self.body) * self.copies
        return sent[: self.sends]


MANNERS = {
    "close": Manner(),
    "keep_alive": Manner(connection="keep-alive"),
    "keep_alive_unsaid": Manner(connection=None),
    "http_1_0": Manner(version="1.0", names_host=False, connection=None),
    "http_1_0_with_host": Manner(version="1.0", connection="close"),
    "slow": Manner(reads_at_once=7, pause_s=0.0005),
    "slow_http_1_0": Manner(
        version="1.0",
        names_host=False,
        connection=None,
        reads_at_once=7,
        pause_s=0.0005,
    ),
    "pipelined": Manner(connection="keep-alive", copies=3),
}

MISCHIEF = {
    "query": Manner(query="?t=1"),
    "slow_to_ask": Manner(sends_at_once=7, pause_s=0.0005),
    "no_host": Manner(names_host=False),
    "head": Manner(method="HEAD"),
    "post": Manner(method="POST", body=b"{}"),
    "put": Manner(method="PUT", body=b"x" * 2000),
    "unknown_method": Manner(method="BREW"),
    "half_then_close": Manner(sends=40, hangs_up=True),
    "half_then_hang": Manner(sends=40),
    "nothing_then_hang": Manner(sends=0),
    "hang_up": Manner(hangs_up=True),
    # The beginning of a TLS handshake.
    "tls": Manner(copies=0, noise=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "garbage": Manner(copies=0, noise=b"\x00\xff\xfe{]\r\n\r\n" * 3),
    "garbage_before": Manner(noise=b"\x00\x01\x02\x03"),
    "endless_line": Manner(query="?" + "x" * 20_000),
}

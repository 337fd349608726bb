"""HTTP answers as a small device might read them: by the letter, and no more.

The wallbox's own parser is unknown (reference 1.1). So this one takes what the vendor's
server and the public Node-RED flow send, calls what breaks RFC 9112 a violation, and
what only a larger client is sure to grasp a doubt.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import re

from .findings import Findings

MAX_HEAD_BYTES = 4096
MAX_BODY_BYTES = 65_536
# More than the full set of devices needs; a guess of what a device has room for.
_ROOMY_BYTES = 8192

_STATUS_LINE = re.compile(r"HTTP/(1\.[01]) (\d{3}) ([\t -~]*)")
_HEADER = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*"
)

# Gives so many bytes, or fewer only where the connection ended.
type Reader = Callable[[int], Awaitable[bytes]]


class BadAnswerError(ValueError):
    """What came is no answer; the text says why, and holds nothing of what came."""


class EndedError(EOFError):
    """The connection ended before the answer did; no text where nothing came at all."""


@dataclass(frozen=True)
class Answer:
    """An answer; header names are in lower case."""

    version: str
    status: int
    headers: dict[str, str]
    body: bytes
    findings: Findings

    @property
    def closes(self) -> bool:
        """Tell whether the server said that it closes the connection."""
        said = self.headers.get("connection", "").lower()
        return said == "close" or (self.version == "1.0" and said != "keep-alive")


async def read_answer(read: Reader, method: str = "GET") -> Answer:
    """Read one answer and no byte more, unless it goes to the connection's end.

    Raises:
        EndedError: The connection ended first.
        BadAnswerError: What came is no answer.
    """
    findings = Findings()
    version, status, headers = _head(await _read_head(read), findings)
    _check_headers(status, headers, findings)
    length = _length(headers, findings)
    if method == "HEAD" or status in {204, 304}:
        body = b""
    elif length is None:
        findings.doubts.append("the body has no length and goes to the end")
        body = await read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BadAnswerError("the body is too long")
    else:
        body = await read(length)
        if len(body) < length:
            raise EndedError("the body is cut off")
    if len(body) > _ROOMY_BYTES:
        findings.doubts.append("the body is long")
    return Answer(version, status, headers, body, findings)


async def _read_head(read: Reader) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if len(head) >= MAX_HEAD_BYTES:
            raise BadAnswerError("the head is too long")
        if not (byte := await read(1)):
            raise EndedError("the head is cut off" if head else "")
        head += byte
        # An early word on what can't become an answer.
        if not b"HTTP/1.".startswith(head[:7]):
            raise BadAnswerError("doesn't begin as an answer")
    return head[:-4].decode("latin-1")


def _head(head: str, findings: Findings) -> tuple[str, int, dict[str, str]]:
    first, *lines = head.split("\r\n")
    if (match := _STATUS_LINE.fullmatch(first)) is None:
        raise BadAnswerError("the status line is malformed")
    headers: dict[str, str] = {}
    for line in lines:
        if (found := _HEADER.fullmatch(line)) is None:
            raise BadAnswerError("a header is malformed")
        name, value = found[1].lower(), found[2]
        if name in headers:
            findings.violations.append(f"header {name} is there twice")
        headers[name] = value
    return match[1], int(match[2]), headers


def _check_headers(status: int, headers: dict[str, str], findings: Findings) -> None:
    if status == 200:
        kind = headers.get("content-type", "")
        base, _, parameters = kind.partition(";")
        if base.strip().lower() != "application/json":
            findings.violations.append("content-type isn't application/json")
        elif parameters:
            findings.doubts.append("content-type has parameters")
    if "content-encoding" in headers:
        findings.violations.append("content-encoding that wasn't asked for")
    if "transfer-encoding" in headers:
        raise BadAnswerError("transfer-encoding isn't understood")


def _length(headers: dict[str, str], findings: Findings) -> int | None:
    if (text := headers.get("content-length")) is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadAnswerError("content-length is no number")
    if (length := int(text)) > MAX_BODY_BYTES:
        raise BadAnswerError("the body is too long")
    return length

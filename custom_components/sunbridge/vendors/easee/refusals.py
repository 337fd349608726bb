"""What the cloud means by a refusal, by REST and at the hub (reference 1.3, 1.4)."""

from collections.abc import Mapping
import time
from typing import Any

import orjson

from ..waits import retry_after_s
from .errors import EaseeBusyError, EaseeForbiddenError
from .gate import Block

_FORBIDDEN = 403
_BUSY = frozenset({429, 502})


def json_or_none(content: bytes) -> Any:
    """Return the JSON of a body, None for anything else."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def refusal(
    block: Block,
    status: int,
    headers: Mapping[str, str],
    body: Any = None,
    *,
    may_be_forbidden: bool = False,
) -> EaseeBusyError | EaseeForbiddenError | None:
    """Return what a status means, and note a block; None if it's no refusal of these.

    A 403 whose ``body``, parsed, is a problem is about a right to something. In any
    other form it's the gateway's and a block, like 429 and 502; with
    ``may_be_forbidden`` it's never one.
    """
    is_problem = isinstance(body, dict) and "title" in body
    if status == _FORBIDDEN and (is_problem or may_be_forbidden):
        return EaseeForbiddenError("no right to it")
    if status != _FORBIDDEN and status not in _BUSY:
        return None
    return block.refused(
        time.monotonic(),
        retry_after_s(headers),
        by_firewall=status == _FORBIDDEN,
    )

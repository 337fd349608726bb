"""How many cases each property is held against, and what no case may leave behind."""

from collections.abc import Iterable
import logging
import os
from typing import Final

from hypothesis import settings
import pytest

# Set by scripts/fuzz, which has more time than the tests of each change.
_WANTED: Final = os.environ.get("SUNBRIDGE_FUZZ_EXAMPLES")
_SEED: Final = int(os.environ.get("SUNBRIDGE_FUZZ_SEED", "0"))


def examples(few: int) -> settings:
    """Return settings for a few examples, or for as many as somebody asks for."""
    if _WANTED is None:
        return settings(max_examples=few)
    return settings(max_examples=int(_WANTED), derandomize=False, database=None)


def cases(few: int) -> Iterable[int]:
    """Return the seeds of a few cases, or of as many as somebody asks for."""
    return range(_SEED, _SEED + (few if _WANTED is None else int(_WANTED)))


def check_log(caplog: pytest.LogCaptureFixture, seed: int | None = None) -> None:
    """Hold the log against what's promised: no error, and no traceback."""
    for record in caplog.records:
        assert record.levelno < logging.ERROR, (seed, record.getMessage())
        is_told = record.levelno > logging.DEBUG
        assert not (is_told and record.exc_info), (seed, record.getMessage())

"""Whatever a network or a file brings: nothing but the parsers' own errors.

Each parser is held against cases that hypothesis makes, which then finds the smallest
that fails, and against many more that a random generator makes. A case of these is
made again by its seed: ``scripts/fuzz --only NAME --seed SEED --examples 1``.
"""

import asyncio

from hypothesis import event, given, strategies as st
import pytest

from .conftest import examples
from .dice import Drawn, Rolled
from .nrgkick import raw_requests, serving
from .targets import TARGETS

_ROLLED = 300
_REQUESTS = 150


@pytest.mark.parametrize("name", TARGETS)
def test_drawn(name: str) -> None:
    """No case breaks what a parser promises."""
    target = TARGETS[name]
    with asyncio.Runner() as runner:

        @examples(40)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            event(target.run(target.make(Drawn(data.draw)), runner) or "")

        check()


@pytest.mark.parametrize("name", TARGETS)
def test_rolled(name: str) -> None:
    """No case breaks it, of many."""
    target = TARGETS[name]
    told = set()
    with asyncio.Runner() as runner:
        for seed in range(_ROLLED):
            try:
                told.add(target.run(target.make(Rolled(seed)), runner))
            except Exception as err:
                err.add_note(f"seed {seed} of {name}")
                raise
    # What always comes to the same end isn't fuzzed.
    assert len(told) > 1


async def test_port(socket_enabled: None) -> None:
    """Whatever is sent to NRGkick's own port, the next one has an answer."""
    async with serving() as port:
        for seed in range(_REQUESTS):
            try:
                await port.check(raw_requests(Rolled(seed)))
            except Exception as err:
                err.add_note(f"seed {seed}")
                raise
    assert {200, 400, 404, 500} <= port.api.answers.keys()

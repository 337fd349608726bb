"""Commands: what is an answer, what is late, and what is somebody else."""

import pytest

from custom_components.sunbridge.surplus.outbox import TRIES, Outbox, Setting


def seen(box: Outbox, now_s: float, amps: float, phases: int) -> bool:
    """Tell whether what is reported is somebody else's, by then."""
    return box.see(now_s, (amps, phases), reply_s=9, switch_s=20, by_other=False)


def charging() -> Outbox:
    """Return that of a charger that does what it was told."""
    box = Outbox()
    box.adopt((10.0, 3))
    assert not seen(box, 0, 10, 3)
    return box


def test_a_pause_that_nobody_confirms() -> None:
    """It's repeated: one that is lost costs the grid's power."""
    box = charging()
    spare = {"spacing_s": 5, "reply_s": 9, "switch_s": 20}
    for wish, wait_s in (((0.0, 3), 30), ((8.0, 3), float("inf"))):
        box.send(100, wish, is_seen=False)
        left_s = box.wait_s(
            100, wish, None, refresh_s=None, blocked_until_s=None, **spare
        )
        assert left_s == wait_s


def test_phases_that_come_late() -> None:
    """While a lost switch of phases is tried again currents come without it."""
    box = charging()
    for second in range(1, 90):
        if second % 5 == 0:
            box.send(second, (10.0 + second // 5 % 4, 1))
        amps = box.sent_a if second > 3 else 10.0
        assert not seen(box, second, amps, 3)
    assert not seen(box, 91, box.sent_a, 1)
    assert not box.is_open
    assert box.obeys


def test_two_commands_under_way() -> None:
    """One that asks for what is there is confirmed before the one ahead of it came."""
    box = charging()
    box.send(10, (9.0, 3))
    box.send(15, (10.0, 3))
    assert not seen(box, 16, 10, 3)
    assert not seen(box, 17, 9, 3)
    assert box.is_open
    assert not seen(box, 19, 10, 3)
    assert not box.is_open


def test_away_while_a_command_is_under_way() -> None:
    """It's read anew, still as it was, and then does what it was told before."""
    box = charging()
    box.send(10, (9.0, 3))
    box.adopt((10.0, 3))
    assert not seen(box, 12, 10, 3)
    assert not any(seen(box, second, 9, 3) for second in range(14, 40))
    assert not box.is_manual


@pytest.mark.parametrize("setting", [(7.0, 3), (10.0, 1), (0.0, 3)])
def test_somebody_else(setting: Setting) -> None:
    """What nobody here asked for, and stays, is somebody else."""
    box = charging()
    found = [seen(box, second, *setting) for second in range(10, 20)]
    assert found.count(True) == 1
    assert box.is_manual
    assert box.failures < TRIES


def test_somebody_else_while_a_command_is_under_way() -> None:
    """Also then, and nothing is sent until that's sure."""
    box = charging()
    box.send(10, (9.0, 3))
    assert not seen(box, 11, 14, 3)
    wait_s = box.wait_s(
        16,
        (8.0, 3),
        (14.0, 3),
        spacing_s=5,
        reply_s=9,
        switch_s=20,
        refresh_s=None,
        blocked_until_s=None,
    )
    assert wait_s > 0
    assert seen(box, 17, 14, 3)


def test_somebody_else_for_a_moment() -> None:
    """A value that is gone at once was nobody's."""
    box = charging()
    assert not seen(box, 10, 7, 3)
    assert not seen(box, 12, 10, 3)
    assert not seen(box, 20, 10, 3)
    assert not box.is_manual

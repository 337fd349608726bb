"""No journey, but that the checks of each page and of the log notice something."""

import re

from playwright.sync_api import Page
import pytest

from .checks import faults
from .complaints import quiet
from .log import complaints
from .looks import Look

_LOOK = Look.of("de-light-phone")
_TIME = "2026-11-21 19:46:51.084+00:00"
_OURS = f"{_TIME} WARNING (MainThread) [custom_components.sunbridge.goe] It rains"
_OTHERS = f"{_TIME} ERROR (MainThread) [homeassistant.components.met] No weather"
_PATH = '  File "/config/custom_components/sunbridge/entity.py", line 1, in rain'


def _faults(page: Page, body: str) -> list[str]:
    page.set_viewport_size(_LOOK.size)
    page.goto("about:blank")
    page.set_content(f'<meta name="viewport" content="width=device-width">{body}')
    return list(faults(page, _LOOK, frozenset({"House"})))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("component.sunbridge.config.step.user.title", "not written for people"),
        ("Das ist {name}", "not written for people"),
        ("goe_invalid_auth", "not written for people"),
        ("TypeError: x is undefined", "not written for people"),
        ("Serial number", "English: Serial number"),
        ("<b>Now:</b> <b>3600 W feed-in</b>", "English: 3600 W feed-in"),
        ('<p style="width: 500px">Ein langer Satz</p>', "too wide"),
        ('<p style="margin-left: 370px">Ein_langes_Wort</p>', "outside the window"),
        (
            '<dialog open><p style="width: 40px; overflow: hidden">Ein_langes_Wort</p>',
            "cut off",
        ),
    ],
)
def test_page(page: Page, body: str, expected: str) -> None:
    """Each kind of fault is found, and told with what is read there."""
    assert any(expected in fault for fault in _faults(page, body))


def test_fine_page(page: Page) -> None:
    """A page as it should be has no faults, and names of the house may be English."""
    assert not _faults(page, "<p>Seriennummer</p><p>House</p><p>OK</p>")


def test_console(page: Page) -> None:
    """What the browser's console says is an error fails a journey."""
    page.goto("about:blank")
    with pytest.raises(AssertionError, match="it rains"), quiet(page):
        page.evaluate("console.error('it rains')")


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (_OURS, 1),
        (_OURS.replace("WARNING", "INFO"), 0),
        (_OTHERS, 0),
        (f"{_OTHERS}\nTraceback (most recent call last):\n{_PATH}", 1),
        (f"{_OTHERS} of sunbridge\n{_OURS}", 2),
        (f"{_OTHERS}\n  File '/home/sunbridge/python.py', line 1", 0),
    ],
)
def test_log(log: str, found: int) -> None:
    """Ours is what we log, and what goes through our code."""
    assert len(complaints(log, [])) == found
    assert not complaints(log, [re.compile("")])

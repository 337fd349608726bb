"""What may be wrong with a page, whatever it shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypedDict

from playwright.sync_api import Page

from .looks import Look
from .texts import is_raw, left_in_english

_VISIBLE: Final = Path(__file__).with_name("visible.js").read_text()
# Further than a rounded corner or a letter's overhang.
_OVERHANG_PX: Final = 2


class Seen(TypedDict):
    """A piece of text; how far it's cut off, and how far outside the window, px."""

    text: str
    in_dialog: bool
    cut: int
    outside: int


def visible(page: Page) -> list[Seen]:
    """Return the pieces of text that a person sees now, or may scroll to."""
    found: list[Seen] = page.evaluate(_VISIBLE)
    return found


def faults(page: Page, look: Look, given: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with what a person sees.

    ``given`` are names that the house has by itself, in whatever language.
    """
    english = left_in_english(look.language)
    for one in visible(page):
        text = one["text"]
        if is_raw(text):
            yield f"not written for people: {text}"
        if text not in given and english.fullmatch(text):
            yield f"English: {text}"
        # Home Assistant shortens long names in its lists; a dialog has to be read.
        if one["in_dialog"] and one["cut"] > _OVERHANG_PX and text not in given:
            yield f"{one['cut']} px cut off: {text}"
        if one["outside"] > _OVERHANG_PX:
            yield f"{one['outside']} px outside the window: {text}"
    width_px: Any = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    if width_px > _OVERHANG_PX:
        yield f"the page is {width_px} px too wide"

"""How a page is looked at: the user's language, the theme, and the window's width."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from playwright.sync_api import ViewportSize
import pytest


class Language(StrEnum):
    """What the user's profile and the house's settings say."""

    ENGLISH = "en"
    GERMAN = "de"
    DUTCH = "nl"


class Width(StrEnum):
    """A desktop's window, or a phone held upright."""

    DESKTOP = "desktop"
    PHONE = "phone"


_SIZES: dict[Width, ViewportSize] = {
    Width.DESKTOP: {"width": 1280, "height": 900},
    Width.PHONE: {"width": 390, "height": 844},
}


@dataclass(frozen=True, slots=True)
class Look:
    """A combination; its name is such as ``de-dark-phone``."""

    language: Language
    theme: Literal["light", "dark"]
    width: Width

    @classmethod
    def of(cls, name: str) -> Look:
        """Return the look of a name."""
        language, theme, width = name.split("-")
        assert theme in {"light", "dark"}
        return cls(
            Language(language), "dark" if theme == "dark" else "light", Width(width)
        )

    @property
    def name(self) -> str:
        """What a folder of pictures is called."""
        return f"{self.language}-{self.theme}-{self.width}"

    @property
    def size(self) -> ViewportSize:
        """Width and height of the window, px."""
        return _SIZES[self.width]


def looks(*names: str) -> pytest.MarkDecorator:
    """Let a journey be made in each of some looks."""
    return pytest.mark.parametrize(
        "look", [pytest.param(Look.of(name), id=name) for name in names]
    )

"""What the integration says in a language, and what a reader must never see."""

from collections.abc import Iterator, Mapping
from functools import cache
import json
from pathlib import Path
import re
from typing import Any, Final

from .looks import Language

_FOLDER: Final = (
    Path(__file__).parents[2] / "custom_components" / "sunbridge" / "translations"
)
_PLACEHOLDER: Final = re.compile(r"\\\{\w+\\\}")
# What bold and paragraphs make several pieces of, on a page.
_PIECES: Final = re.compile(r"\*\*|\*|\n+|\d\. ")
# What Home Assistant's own buttons say in each language.
_EVERYWHERE: Final = frozenset({"OK"})
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")

# Text that only somebody who programs would understand.
_RAW: Final = (
    re.compile(r"\bcomponent\.\w+\."),
    re.compile(r"\b(config|options|config_subentries|issues|selector)\.\w+\.\w+"),
    re.compile(r"\{\w+\}"),
    re.compile(r"^[a-z]+(_[a-z0-9]+)+$"),
    re.compile(r"Traceback|Exception|Error:|NoneType|<class |object at 0x"),
    re.compile(r"\[object |\bundefined\b|\bNaN\b|^None$|[Uu]nknown error"),
)


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Return all texts of a language by path, such as ``config.step.user.title``."""
    file = _FOLDER / f"{language}.json"
    return dict(_flat(json.loads(file.read_text())))


def is_raw(text: str) -> bool:
    """Tell whether a piece of text on a page wasn't written for people."""
    return any(pattern.search(text) for pattern in _RAW)


def pattern_of(text: str) -> re.Pattern[str]:
    """Return what a text is with whatever is in its placeholders."""
    return re.compile(_PLACEHOLDER.sub(".+", re.escape(text)), re.DOTALL)


@cache
def left_in_english(language: Language) -> re.Pattern[str]:
    """Return what matches a piece of English that this language has another word for.

    A word that is one of this language's texts too may stand anywhere.
    """
    if language is Language.ENGLISH:
        return re.compile(r"(?!)")
    own = texts(language)
    words = {piece for text in own.values() for piece in _pieces(text)} | _EVERYWHERE
    foreign = {
        piece
        for path, text in texts(Language.ENGLISH).items()
        if own.get(path) != text
        for piece in _pieces(text)
        if piece not in words and _LETTERS.search(piece)
    }
    return re.compile("|".join(sorted(pattern_of(one).pattern for one in foreign)))


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts of a text as a page has them, but for bare placeholders."""
    for piece in _PIECES.split(text):
        if _LETTERS.search(re.sub(r"\{\w+\}", "", piece)):
            yield piece.strip()


def _flat(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in part.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value

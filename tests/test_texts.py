"""Texts speak to their reader as Home Assistant itself does."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

import pytest

import custom_components.sunbridge

_FOLDER = Path(custom_components.sunbridge.__file__).parent / "translations"
# In German a word for several others begins a sentence, and the formal one may stand
# anywhere.
_FORMAL = {
    "de": re.compile(r"(?<=[a-zäöüß,] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b"),
    "nl": re.compile(r"\b[Uu]w?\b"),
}


def _texts(part: Mapping[str, Any]) -> Iterator[str]:
    for value in part.values():
        if isinstance(value, dict):
            yield from _texts(value)
        else:
            yield value


@pytest.mark.parametrize("language", _FORMAL)
def test_nobody_is_addressed_formally(language: str) -> None:
    """German says "du", and Dutch "je"."""
    texts = json.loads((_FOLDER / f"{language}.json").read_text())
    assert not [text for text in _texts(texts) if _FORMAL[language].search(text)]


@pytest.mark.parametrize("text", ["Haben Sie es?", "Es ist Ihr Haus.", "Wenn Sie"])
def test_formal_german_is_found(text: str) -> None:
    """The test above would find what the texts once had."""
    assert _FORMAL["de"].search(text)

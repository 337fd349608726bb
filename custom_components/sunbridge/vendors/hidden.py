"""Secrets in forms: a form shows that there is one, and never which.

What a form suggests goes to the browser as it is, also into fields that show dots only.
"""

from collections.abc import Mapping
from typing import Any, Final

# Stands for what is stored. Whoever leaves it as it is keeps that.
HIDDEN: Final = "\u2022" * 8


def shown(data: Mapping[str, Any], *secrets: str) -> dict[str, Any]:
    """Return settings for a form, with what is hidden of these."""
    return {
        key: HIDDEN if key in secrets and value else value
        for key, value in data.items()
    }


def given(
    user_input: Mapping[str, Any], data: Mapping[str, Any], *secrets: str
) -> dict[str, Any]:
    """Return what a form means: of these, where they were left hidden, those of data."""
    return {
        key: data[key] if key in secrets and value == HIDDEN and key in data else value
        for key, value in user_input.items()
    }

"""Texts of others that people read: names of devices, and reasons of refusals.

They end up in titles and logs. A line feed in there would begin a line of the log that
nobody has written, and a name without an end has no place in an entity's id.
"""

from typing import Final

LONGEST_NAME: Final = 64


def plain(text: str, most: int = LONGEST_NAME) -> str:
    """Return a text on one line, of printable signs, with so many at the most."""
    printable = "".join(
        sign if sign.isprintable() else " " for sign in text[: 4 * most]
    )
    return " ".join(printable.split())[:most].rstrip()

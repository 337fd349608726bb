"""All parsers that are fuzzed without Home Assistant, by name."""

from typing import Final

from . import easee, goe, kept, nrgkick, weheat
from .target import Target

TARGETS: Final[dict[str, Target]] = {
    **goe.TARGETS,
    **easee.TARGETS,
    **weheat.TARGETS,
    **nrgkick.TARGETS,
    **kept.TARGETS,
}

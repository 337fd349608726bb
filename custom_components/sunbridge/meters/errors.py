"""What can be wrong with a choice of sensors."""

from enum import StrEnum


class SourceFault(StrEnum):
    """Why sensors can't be added up."""

    NO_SOURCE = "no_source"
    SAME_SOURCE = "same_source"


class SetupError(ValueError):
    """A set-up can't be used; the text has no name, source or address."""

    def __init__(self, fault: StrEnum) -> None:
        """Keep what is wrong."""
        super().__init__(fault.value)
        self.fault = fault

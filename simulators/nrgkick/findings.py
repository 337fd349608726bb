"""What is found wrong with an answer, and what isn't proven to be right."""

from dataclasses import dataclass, field


@dataclass
class Findings:
    """Remarks on an answer, as texts for people.

    ``violations`` contradict what is documented. ``doubts`` are what the documents
    leave open and nobody has published: a real wallbox may take it or not.
    """

    violations: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take the remarks of another."""
        self.violations += other.violations
        self.doubts += other.doubts

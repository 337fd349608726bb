"""A small disk of its own for Home Assistant, which can be filled to the last byte."""

import contextlib
from pathlib import Path
import subprocess
from typing import Self

_BLOCK = 65_536


class Disk:
    """A tmpfs; a context manager mounts it. Without the right to, ``is_small`` is false.

    Then the folder is a normal one, and can't be filled.
    """

    def __init__(self, path: Path, size_mb: int) -> None:
        """Make an empty folder for it."""
        self.path = path
        self._size_mb = size_mb
        self.is_small = False
        path.mkdir()

    def __enter__(self) -> Self:
        """Mount it."""
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size_mb}m", "none"]
        done = subprocess.run([*command, self.path], capture_output=True, check=False)
        self.is_small = done.returncode == 0
        return self

    def __exit__(self, *_: object) -> None:
        """Unmount it, also where somebody still has a file open."""
        if self.is_small:
            subprocess.run(["umount", "-l", self.path], check=True)

    def fill(self) -> None:
        """Leave no byte."""
        if not self.is_small:
            return
        with (self.path / "ballast").open("ab", buffering=0) as file:
            size = _BLOCK
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2

    def free(self) -> None:
        """Give the room back."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / "ballast").unlink()

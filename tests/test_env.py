"""The scripts' environment takes nothing unsigned but where there's no key for it."""

from pathlib import Path
import subprocess

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "env.sh"
SOURCES = "deb [signed-by=/keyring.gpg] http://mirror.invalid/debian forky main\n"
# What stands for apt-get: it fails with a text, until nothing is checked any more.
APT = """\
#!/bin/sh
grep -q trusted=yes "$(dirname "$0")/sources.list" && exit 0
echo "$SAYS" >&2
exit 100
"""


def fetched(
    folder: Path, says: str, *, has_keyring: bool = True
) -> subprocess.CompletedProcess[str]:
    """Fetch Debian's lists with an apt-get that says something."""
    (folder / "sources.list").write_text(SOURCES)
    apt, keyring = folder / "apt-get", folder / "keyring.gpg"
    apt.write_text(APT)
    apt.chmod(0o755)
    if has_keyring:
        keyring.touch()
    return subprocess.run(
        ["bash", "-c", '. "$0"; _debian_lists "$@"', SCRIPT, folder, keyring, apt],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "SAYS": says},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "says",
    [
        "W: GPG error: the public key is not available: NO_PUBKEY 6ED0E7B82643E131",
        "W: sqv: Missing key 4CB50190207B4758, which is needed to verify signature.",
    ],
)
def test_no_key(tmp_path: Path, says: str) -> None:
    """Without a key of the release nothing can be checked, which is said aloud."""
    found = fetched(tmp_path, says)
    assert found.returncode == 0
    assert "WITHOUT A CHECK" in found.stderr


def test_no_keyring(tmp_path: Path) -> None:
    """So it is without any key."""
    found = fetched(tmp_path, "E: The repository is not signed.", has_keyring=False)
    assert found.returncode == 0
    assert "WITHOUT A CHECK" in found.stderr


@pytest.mark.parametrize(
    "says",
    [
        "W: GPG error: The following signatures were invalid: BADSIG 6ED0E7B82643E131",
        "E: Could not resolve 'mirror.invalid'",
    ],
)
def test_other_failures(tmp_path: Path, says: str) -> None:
    """A wrong signature, or no network, ends it with the reason."""
    found = fetched(tmp_path, says)
    assert found.returncode == 1
    assert says in found.stderr
    assert (tmp_path / "sources.list").read_text() == SOURCES

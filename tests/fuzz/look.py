"""Let atheris look for a parser's cases: ``python -m tests.fuzz.look NAME SECONDS DIR``.

It sees which code of Sunbridge a case reaches, and prefers those that reach more. What
it finds ends the process with a traceback; the case is in the folder.
"""

import asyncio
import logging
import sys

# Instrumented is what's imported afterwards.
import homeassistant  # noqa: F401

# isort: off
import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["custom_components.sunbridge"]):
    from .targets import TARGETS
# isort: on

from .dice import Told


def main() -> None:
    """Look until the time is over."""
    name, seconds, folder = sys.argv[1:]
    target, runner = TARGETS[name], asyncio.Runner()
    logging.disable(logging.WARNING)

    def check(data: bytes) -> None:
        dice = Told(atheris.FuzzedDataProvider(data))
        target.run(target.make(dice), runner)

    options = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/"]
    options += [
        "-print_final_stats=1",
        "-max_len=2048",
        "-len_control=0",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

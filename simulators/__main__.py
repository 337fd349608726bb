"""Serve simulators for people who develop by hand: ``python -m simulators goe``."""

import argparse
import asyncio
import contextlib

from .goe import Charger, CloudFront


async def _serve_goe(port: int, count: int) -> None:
    chargers = [
        Charger(
            f"{number:06}", f"token-{number}", name=f"Charger {number}", seed=number
        )
        for number in range(1, count + 1)
    ]
    for charger in chargers:
        charger.plug_in()
    async with CloudFront(chargers, port=port) as front:
        for charger in chargers:
            print(f"{front.url}/{charger.serial}/api/status  token {charger.token}")
        await asyncio.Event().wait()


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("vendor", choices=["goe"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--chargers", type=int, default=1)
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_goe(arguments.port, arguments.chargers))


if __name__ == "__main__":
    main()

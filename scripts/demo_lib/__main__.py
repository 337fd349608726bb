"""Start simulators and Home Assistant, add a vendor after the other, show them live."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import signal
import socket
import sys
import tempfile
import time

from homeassistant.const import __version__ as ha_version

from .home import Home, HomeError
from .started import Started
from .vendors import VENDORS, Vendor

LIVE_TIMEOUT_S = 60


@dataclass
class Row:
    """What there is to say of a vendor."""

    vendor: str
    transport: str
    state: str = "not added"
    devices: int = 0
    entities: int = 0
    live: bool = False
    age_s: float | None = None


def progress(text: str) -> None:
    """Tell what takes time now."""
    print(f"· {text}", file=sys.stderr, flush=True)


async def watch(home: Home, vendor: Vendor, entry_id: str) -> tuple[Row, list[str]]:
    """Wait until a vendor is live; return its row and three of its values.

    Live is: loaded, with fresh data, and with states that changed while we looked.
    """
    row = Row(vendor.vendor, vendor.transport)
    deadline = time.monotonic() + LIVE_TIMEOUT_S
    first: dict[str, str] | None = None
    values: list[str] = []
    while not row.live and time.monotonic() < deadline:
        row.state = await home.entry_state(entry_id)
        if row.state == "loaded":
            entities = {
                entity["entity_id"]: entity["unique_id"]
                for entity in await home.registry("entity")
                if entity["config_entry_id"] == entry_id
                and entity["disabled_by"] is None
            }
            row.entities = len(entities)
            row.devices = sum(
                entry_id in device["config_entries"]
                for device in await home.registry("device")
            )
            states = await home.states()
            shown = {
                entity_id: states[entity_id]["state"]
                for entity_id in entities
                if entity_id in states
            }
            values = [
                f"{entity_id} {shown.get(entity_id)}"
                for key in vendor.shows
                for entity_id, unique_id in entities.items()
                if unique_id.split("_", 2)[2] == key
            ]
            coordinators = await home.coordinators(entry_id)
            # What is made in Home Assistant itself has no age.
            ages_s = [
                item["age_s"] for item in coordinators if item["age_s"] is not None
            ]
            fresh = all(item["available"] for item in coordinators) and all(
                age_s < vendor.live_age_s for age_s in ages_s
            )
            row.age_s = round(max(ages_s), 2) if fresh and ages_s else None
            if fresh and first is None:
                first = shown
            row.live = fresh and first is not None and first != shown
        await asyncio.sleep(1)
    return row, values


def print_table(rows: list[tuple[Row, list[str]]]) -> None:
    """Print what there is."""
    head = ("vendor", "transport", "state", "devices", "entities", "live", "age")
    table = [head] + [
        (
            row.vendor,
            row.transport,
            row.state,
            str(row.devices),
            str(row.entities),
            "yes" if row.live else "NO",
            "-" if row.age_s is None else f"{row.age_s:.1f} s",
        )
        for row, _ in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    for number, line in enumerate(table):
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)))
        for value in rows[number - 1][1] if number else []:
            print(f"    {value}")


async def run(arguments: argparse.Namespace) -> int:
    """Run the demo; return the exit code."""
    async with AsyncExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="sunbridge-"))
        )
        progress("Starting the simulated vendors")
        started: list[tuple[Vendor, Started]] = [
            (vendor, await vendor.start(stack)) for vendor in VENDORS
        ]
        environment = {
            name: value for _, one in started for name, value in one.environment.items()
        }
        progress(f"Starting Home Assistant {ha_version}")
        home = await stack.enter_async_context(
            Home(folder, arguments.port, environment)
        )
        progress("Creating the user demo")
        await home.onboard()
        rows: list[tuple[Row, list[str]]] = []
        for vendor, one in started:
            progress(f"Adding {vendor.vendor} by {vendor.transport}")
            try:
                for integration, steps in one.before.items():
                    await home.add_entry(steps, integration)
                await one.prepare(home)
                entry_id = await home.add_entry(one.steps)
                await one.after(home, entry_id)
                rows.append(await watch(home, vendor, entry_id))
            except HomeError as err:
                print(f"{vendor.vendor} by {vendor.transport}: {err}")
                rows.append((Row(vendor.vendor, vendor.transport), []))
        await home.remove_failed_entries()
        # Without an answer to this one the browser shows nothing but a logo.
        await home.ask("get_services")
        print_table(rows)
        if arguments.json:
            report = {
                "ha_version": ha_version,
                "vendors": [asdict(row) for row, _ in rows],
            }
            Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
        problems = home.problems()
        for line in problems:
            print(line)
        dead = [row for row, _ in rows if not row.live]
        for row in dead:
            print(
                f"{row.vendor} by {row.transport} isn't live: its entry is {row.state}"
            )
        if arguments.once:
            return 1 if dead or problems else 0
        print(f"\n{home.url}   user demo, password demo   (Ctrl-C to stop)", flush=True)
        await asyncio.Event().wait()
    return 0


async def supervise(arguments: argparse.Namespace) -> int:
    """Run until the end, Ctrl-C or a termination, and stop all that was started."""
    task = asyncio.create_task(run(arguments))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        progress("Stopped")
        return 0 if not arguments.once else 130
    except HomeError as err:
        print(err)
        return 1


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when all are live")
    parser.add_argument("--json", metavar="FILE", help="write what is live")
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant")
    arguments = parser.parse_args()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", arguments.port))
        except OSError:
            print(f"Port {arguments.port} is taken; choose another with --port.")
            return 1
    return asyncio.run(supervise(arguments))


if __name__ == "__main__":
    sys.exit(main())

"""The vendor's REST API for commands and settings, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from simulators.clock import Clock

from .accounts import Account
from .charger import Charger
from .control import command_of
from .faults import Faults
from .observations import Id
from .shapes import circuit_settings_of
from .wire import EPOCH_TICKS, precise, problem, ticks

SENT, EXECUTED, REJECTED = 1, 3, 4
CIRCUIT_COMMAND = 22

type Respond = Callable[[str, dict[str, Any]], None]


@dataclass
class Command:
    """A command under way: its result and when (clock's s) that's known."""

    device: str
    number: int
    ticks: int
    result: int
    done_at_s: float
    polls: int = 0

    @property
    def answer(self) -> dict[str, Any]:
        """What the cloud says at once."""
        return {"device": self.device, "commandId": self.number, "ticks": self.ticks}


class Commands:
    """Takes commands, hands them to chargers and tells who asks for results."""

    def __init__(self, faults: Faults, clock: Clock, respond: Respond) -> None:
        """``respond`` hands a command response to the stream."""
        self.faults = faults
        self.sent: list[Command] = []
        # How often a result is asked for in vain.
        self.unknown_polls = 1
        self._clock = clock
        self._respond = respond

    def post_command(
        self, charger: Charger, name: str, body: dict[str, Any]
    ) -> web.Response:
        """Take a command by the name that the path ends with."""
        most = float(charger.value(Id.MAX_CURRENT))
        number, arguments = 0, body
        match name:
            case "pause_charging":
                number, arguments = 48, {"amps": 0}
            case "resume_charging":
                number, arguments = 48, {"amps": most}
            case "start_charging":
                number = 25
            case "stop_charging":
                number = 26
            case "toggle_charging":
                number = 26 if charger.authorized else 25
            case "override_schedule":
                number = 63
            case "reboot":
                number = 1
            case "update_firmware":
                number = 4
            case "lock_state" if isinstance(body.get("state"), bool):
                number = 30
            case "set_dynamic_charger_current" if _is_number(body.get("amps")):
                number = 48
            case "set_phase_mode" if _is_number(body.get("phaseMode")):
                number = command_of("phaseMode")
                mode = body["phaseMode"]
                return self._queued(
                    charger, number, partial(charger.set_setting, "phaseMode", mode)
                )
            case "lock_state" | "set_dynamic_charger_current" | "set_phase_mode":
                return invalid()
            case _:
                return web.json_response(problem(404, "Not Found"), status=404)
        return self._queued(
            charger, number, partial(charger.command, number, arguments)
        )

    def post_settings(self, charger: Charger, body: dict[str, Any]) -> web.Response:
        """Take settings; the answer is a list, empty where nothing is to change."""
        commands = []
        for name, value in body.items():
            if value is None:
                continue
            try:
                number = command_of(name)
            except KeyError:
                return invalid()
            taken = self._take(
                charger, number, partial(charger.set_setting, name, value)
            )
            commands.append(taken.answer)
        return web.json_response(commands, status=202)

    def post_circuit(
        self, chargers: list[Charger], body: dict[str, Any]
    ) -> web.Response:
        """Take a circuit's settings; values are cut to whole amps."""
        minutes = body.get("timeToLive") or 0
        dynamic = {
            f"p{phase}": body.get(f"dynamicCircuitCurrentP{phase}")
            for phase in (1, 2, 3)
        }
        others = {
            name: int(value)
            for name, value in body.items()
            if name.startswith(("maxCircuit", "offlineMax")) and _is_number(value)
        }
        for charger in chargers:
            if all(_is_number(value) for value in dynamic.values()):
                amps = {name: int(value or 0) for name, value in dynamic.items()}
                given = amps | {"minutes": minutes}
                self._take(
                    charger,
                    CIRCUIT_COMMAND,
                    partial(charger.command, CIRCUIT_COMMAND, given),
                )
            for name, value in others.items():
                self._take(
                    charger,
                    command_of(name),
                    partial(charger.set_setting, name, value),
                )
        return web.Response(status=200)

    def result(self, device: str, number: int, at_ticks: int) -> web.Response:
        """Answer what became of a command."""
        for command in self.sent:
            if (command.device, command.number) == (device, number) and (
                command.ticks == at_ticks
            ):
                break
        else:
            return web.Response(status=404)
        command.polls += 1
        if self.faults.no_result or command.polls <= self.unknown_polls:
            return web.Response(status=404)
        done = self._clock.monotonic() >= command.done_at_s
        answer = {
            "serialNumber": command.device,
            "id": command.number,
            "timestamp": precise((command.ticks - EPOCH_TICKS) / 1e7),
            "deliveredAt": None,
            "wasAccepted": command.result != REJECTED if done else None,
            "resultCode": command.result if done else SENT,
            "comment": "",
            "ticks": command.ticks,
        }
        return web.json_response(answer)

    def _queued(
        self, charger: Charger, number: int, act: Callable[[], bool]
    ) -> web.Response:
        return web.json_response(self._take(charger, number, act).answer, status=202)

    def _take(self, charger: Charger, number: int, act: Callable[[], bool]) -> Command:
        now = self._clock.time()
        at_ticks = ticks(now)
        if self.sent:
            # Two of one moment would be one.
            at_ticks = max(at_ticks, self.sent[-1].ticks + 10)
        if self.faults.reject_commands:
            result = REJECTED
        elif self.faults.ignore_commands or not charger.online:
            result = SENT
        else:
            result = EXECUTED if act() else REJECTED
        done_at_s = self._clock.monotonic() + charger.reaction_s
        command = Command(charger.serial, number, at_ticks, result, done_at_s)
        self.sent.append(command)
        if result != SENT:
            response = {
                "serialNumber": charger.serial,
                "id": number,
                "timestamp": precise(now),
                "deliveredAt": precise(now),
                "wasAccepted": result == EXECUTED,
                "resultCode": 0 if result == EXECUTED else REJECTED,
                "comment": "",
                "ticks": at_ticks,
            }
            self._respond(charger.serial, response)
        return command


def dynamic_of(chargers: list[Charger]) -> dict[str, Any]:
    """Return a circuit's dynamic current as its own path has it."""
    settings = circuit_settings_of(chargers)
    return {
        f"phase{phase}": settings[f"dynamicCircuitCurrentP{phase}"]
        for phase in (1, 2, 3)
    }


def circuit_of(account: Account, site: str, circuit: str) -> list[Charger] | None:
    """Return the chargers of an account's circuit."""
    if site != str(account.site_id) or not circuit.isdigit():
        return None
    return account.circuits.get(int(circuit))


def invalid() -> web.Response:
    """Answer that a request isn't well-formed."""
    body = problem(400, "One or more validation errors occurred.", errors={})
    return web.json_response(body, status=400)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

"""What Easee's REST API is asked for (reference 4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import re
from typing import Any, Final, Self
from urllib.parse import quote

from ..json import JsonValue
from ..lenient import integer
from ..names import plain
from .errors import (
    EaseeExpiredError,
    EaseeForbiddenError,
    EaseeNotFoundError,
    EaseeRejectedError,
    EaseeResponseError,
    EaseeTokenError,
)
from .parse import observed_in
from .rest import EaseeRest
from .state import Observed

_SERIAL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Of the connection details.
_TEXTS: Final = ("server", "queueName", "username", "password")
_LABEL: Final = r"[A-Za-z0-9_-]{1,63}"
_HOST: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
_MAX_PORT: Final = 65_535

_EXPIRED: Final = 2
_EXECUTED: Final = 3
_REJECTED: Final = 4


@dataclass(frozen=True, slots=True)
class Circuit:
    """The circuit that a charger hangs on, where the account may see it.

    ``chargers`` is how many it has.
    """

    site: int
    circuit: int
    chargers: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Product:
    """A charger or an Equalizer of the account; ``serial`` is the vendor's id."""

    serial: str
    name: str
    is_equalizer: bool = False
    product_code: int | None = None
    is_master: bool = False
    circuit: Circuit | None = None


@dataclass(frozen=True, slots=True)
class AmqpDetails:
    """How an integration account reaches its queue (vendor's AMQP document)."""

    host: str = field(repr=False)
    port: int
    virtual_host: str
    queue: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def from_json(cls, body: Any) -> Self:
        """Read the answer. Raises ``EaseeResponseError``."""
        body = body if isinstance(body, dict) else {}
        found = [body.get(name) for name in _TEXTS]
        texts = [value for value in found if isinstance(value, str) and value]
        try:
            port = integer(body.get("port"))
        except ValueError:
            port = 0
        if len(texts) != len(_TEXTS) or not 0 < port <= _MAX_PORT:
            raise EaseeResponseError("no connection details")
        host, queue, username, password = texts
        if not _HOST.fullmatch(host):
            raise EaseeResponseError("the stream's host is no name")
        virtual_host = body.get("virtualHost")
        if not isinstance(virtual_host, str) or not virtual_host:
            virtual_host = "/"
        if body.get("useSsl") is False:
            raise EaseeResponseError("the stream isn't encrypted")
        return cls(host, port, virtual_host, queue, username, password)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a queued command can be recognized by when its result comes."""

    device: str
    command: int
    ticks: int


class EaseeApi:
    """Reads and steers an account's products."""

    def __init__(self, rest: EaseeRest) -> None:
        """Use the account's requests."""
        self.rest = rest

    async def products(self) -> tuple[Product, ...]:
        """Return all chargers and Equalizers that the account sees.

        The list of chargers has those of an operator; the sites have the circuits and
        the Equalizers, and may be missing (reference 4.1).
        """
        chargers = await self.rest.get("/api/chargers")
        try:
            sites = await self.rest.get("/api/accounts/products")
        except EaseeForbiddenError, EaseeNotFoundError:
            sites = []
        if not isinstance(chargers, list):
            raise EaseeResponseError("no list of chargers")
        found: dict[str, Product] = {}
        for site in _dicts(sites):
            for product in _of_site(site):
                found[product.serial] = product
        for charger in _dicts(chargers):
            if (serial := _serial(charger)) is not None:
                known = found.get(serial)
                found[serial] = _charger(charger, known.circuit if known else None)
        return tuple(found.values())

    async def observations(
        self, serial: str, numbers: Iterable[int]
    ) -> tuple[Observed, ...]:
        """Return the newest observations of a product.

        Raises ``EaseeResponseError`` for an answer that isn't understood: taken for one
        without news it would keep old values fresh for ever.
        """
        ids = ",".join(str(number) for number in sorted(numbers))
        body = await self.rest.get(
            f"/state/{quote(serial, safe='')}/observations?ids={ids}",
            budget=self.rest.gate.observations,
        )
        observed = tuple(observed_in(body, device=serial).observed)
        if not observed and not _is_empty_list(body):
            raise EaseeResponseError("no observations")
        return observed

    async def amqp_details(self) -> AmqpDetails:
        """Return how to reach the queue of an integration account."""
        # A normal account may be refused by the gateway: that's no block.
        body = await self.rest.get("/api/streams/amqp/v2", may_be_forbidden=True)
        return AmqpDetails.from_json(body)

    async def is_integration_account(self) -> bool:
        """Tell whether the account may have AMQP.

        What a normal account gets isn't documented, so any refusal counts; blocks and
        outages are raised.
        """
        try:
            await self.amqp_details()
        except (
            EaseeForbiddenError,
            EaseeNotFoundError,
            EaseeResponseError,
            EaseeTokenError,
        ):
            # The token was good for the log-in a moment ago.
            return False
        return True

    async def latest_firmware(self, serial: str) -> int | None:
        """Return the newest release for a charger."""
        body = await self.rest.get(f"/firmware/{quote(serial, safe='')}/latest")
        latest = body.get("latestFirmware") if isinstance(body, dict) else None
        return latest if isinstance(latest, int) else None

    async def surplus(self, serial: str) -> dict[str, JsonValue]:
        """Return an Equalizer's setting for charging by surplus."""
        body = await self.rest.get(surplus_path(serial))
        if not isinstance(body, dict):
            raise EaseeResponseError("no surplus setting")
        return body

    async def send(self, path: str, body: JsonValue) -> tuple[Ticket, ...] | None:
        """Send a command; return its tickets, None if there was nothing to change.

        Without tickets only the product's report tells what becomes of it. Raises
        ``EaseeRejectedError`` or ``EaseeExpiredError`` if the answer says that it came
        to nothing (reference 4.4).
        """
        status, answer = await self.rest.post(path, body, budget=self.rest.gate.writes)
        listed = answer if isinstance(answer, list) else [answer]
        answers = list(_dicts(listed))
        for one in answers:
            if one.get("wasAccepted") is False:
                raise EaseeRejectedError("refused")
            _check_code(one.get("resultCode"))
        tickets = tuple(
            Ticket(device, command, ticks)
            for one in answers
            if isinstance(device := one.get("device"), str)
            and isinstance(command := one.get("commandId"), int)
            and isinstance(ticks := one.get("ticks"), int)
            and ticks
        )
        is_nothing = all(one.get("ticks") == 0 for one in answers)
        if status == 202 and len(answers) == len(listed) and is_nothing:
            return None
        return tickets

    async def is_executed(self, ticket: Ticket) -> bool:
        """Tell whether a command was executed; False if nobody knows yet.

        Raises ``EaseeRejectedError`` or ``EaseeExpiredError`` (reference 4.4).
        """
        device = quote(ticket.device, safe="")
        try:
            body = await self.rest.get(
                f"/api/commands/{device}/{ticket.command}/{ticket.ticks}"
            )
        except EaseeNotFoundError:
            return False
        code = body.get("resultCode") if isinstance(body, dict) else None
        _check_code(code)
        return bool(code == _EXECUTED)


def surplus_path(serial: str) -> str:
    """Return where an Equalizer's surplus setting is."""
    serial = quote(serial, safe="")
    return f"/cloud-loadbalancing/equalizer/{serial}/config/surplus-energy"


def _check_code(code: Any) -> None:
    """Raise what a result means that isn't, or won't be, a success."""
    if code == _REJECTED:
        raise EaseeRejectedError("refused")
    if code == _EXPIRED:
        raise EaseeExpiredError("ran out")


def _is_empty_list(body: Any) -> bool:
    """Tell the answer about a product that has never said anything."""
    return body in ([], {"observations": []})


def _dicts(body: Any) -> Iterable[dict[str, Any]]:
    """Return the objects of a list; the vendor's lists may be null."""
    if not isinstance(body, list):
        return ()
    return (item for item in body if isinstance(item, dict))


def _of_site(site: dict[str, Any]) -> Iterable[Product]:
    for circuit in _dicts(site.get("circuits")):
        place = None
        ids = (site.get("id"), circuit.get("id"))
        chargers = list(_dicts(circuit.get("chargers")))
        if isinstance(ids[0], int) and isinstance(ids[1], int):
            place = Circuit(ids[0], ids[1], len(chargers))
        for charger in chargers:
            if _serial(charger) is not None:
                yield _charger(charger, place)
    for equalizer in _dicts(site.get("equalizers")):
        if (serial := _serial(equalizer)) is not None:
            yield Product(serial, _name(equalizer, "Equalizer"), is_equalizer=True)


def _serial(body: dict[str, Any]) -> str | None:
    """Return a product's id, which will be a part of addresses."""
    serial = body.get("id")
    if isinstance(serial, str) and _SERIAL.fullmatch(serial):
        return serial
    return None


def _charger(body: dict[str, Any], circuit: Circuit | None) -> Product:
    plate = body.get("backPlate")
    plate = plate if isinstance(plate, dict) else {}
    code = body.get("productCode")
    return Product(
        serial=body["id"],
        name=_name(body, "Easee"),
        product_code=code if isinstance(code, int) else None,
        is_master=plate.get("id") is not None
        and plate.get("id") == plate.get("masterBackPlateId"),
        circuit=circuit,
    )


def _name(body: dict[str, Any], otherwise: str) -> str:
    """Return the user's name of a product, which isn't to hold its serial number."""
    name = body.get("name")
    name = plain(name) if isinstance(name, str) else ""
    return otherwise if not name or body["id"] in name else name

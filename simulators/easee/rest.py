"""The vendor's REST API: discovery, state, commands, and where its streams are."""

from typing import Any

from aiohttp import web

from simulators.rabbitmq import RabbitMQ

from .accounts import Account, Tokens
from .charger import Charger
from .commands import Commands, circuit_of, dynamic_of, invalid
from .equalizer import Equalizer
from .faults import RateLimit, answer_status, forbidden
from .product import Product
from .shapes import (
    charger_of,
    circuit_settings_of,
    config_of,
    details_of,
    observation_of,
    session_of,
    site_of,
)
from .wire import problem


class Rest:
    """Answers requests that no fault has met."""

    def __init__(
        self,
        tokens: Tokens,
        commands: Commands,
        limit: RateLimit,
        observation_limit: RateLimit,
    ) -> None:
        """Take what the cloud keeps."""
        self.broker: RabbitMQ | None = None
        # What a normal account gets for the AMQP stream; the vendor doesn't say.
        self.amqp_status = 403
        # Whether empty lists are null, and the form of values: native or string.
        self.nulls = False
        self.values = "native"
        self._tokens = tokens
        self._commands = commands
        self._limit = limit
        self._observation_limit = observation_limit

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """Answer a request; ``body`` is its JSON or None."""
        parts = request.path.strip("/").split("/")
        given = body if isinstance(body, dict) else {}
        if self._limit.exceeded():
            return answer_status(429, 60)
        match request.method, parts:
            case "GET", ["health"]:
                return web.Response(text="Healthy")
            case "POST", ["api", "accounts", "login"]:
                return self._tokens.log_in(body)
            case "POST", ["api", "accounts", "refresh_token"]:
                return self._tokens.refresh(body)
        account = self._tokens.account_of(request)
        if account is None:
            return answer_status(401)
        return self._for(account, request, parts, given)

    def _for(
        self,
        account: Account,
        request: web.Request,
        parts: list[str],
        given: dict[str, Any],
    ) -> web.Response:
        match request.method, parts:
            case "GET", ["api", "streams", "amqp", "v2"]:
                return self._amqp(account)
            case "GET", ["api", "chargers"]:
                return _json([charger_of(item) for item in account.chargers])
            case "GET", ["api", "accounts", "products"]:
                return _json([site_of(account, nulls=self.nulls)])
            case "GET", ["api", "sites"]:
                return _json([site_of(account, details=False)])
            case "GET", ["api", "sites", number]:
                if number != str(account.site_id):
                    return forbidden()
                return _json(site_of(account, nulls=self.nulls))
            case method, ["api", "sites", site, "circuits", circuit, what]:
                chargers = circuit_of(account, site, circuit)
                if chargers is None:
                    return forbidden()
                return self._circuit(method, chargers, what, given)
            case "GET", ["api", "commands", device, number, at_ticks]:
                if device not in account.products:
                    return forbidden()
                if not (number.isdigit() and at_ticks.isdigit()):
                    return invalid()
                return self._commands.result(device, int(number), int(at_ticks))
            case "GET", ["state", serial, "observations"]:
                if self._observation_limit.exceeded():
                    return answer_status(429, 60)
                return self._observations(request, account, serial)
            case "GET", ["firmware", serial, "latest"]:
                found = account.products.get(serial)
                if found is None:
                    return forbidden()
                return _json({"latestFirmware": found.latest_firmware})
            case method, [
                "cloud-loadbalancing",
                "equalizer",
                serial,
                "config",
                "surplus-energy",
            ]:
                product = account.products.get(serial)
                if not isinstance(product, Equalizer):
                    return forbidden()
                if method == "POST":
                    product.set_surplus(given)
                return _json(product.surplus)
            case method, ["api", "chargers", serial, *rest]:
                product = account.products.get(serial)
                if not isinstance(product, Charger):
                    return forbidden()
                return self._charger(method, account, product, rest, given)
        return _not_found()

    def _amqp(self, account: Account) -> web.Response:
        if not account.integration:
            return answer_status(self.amqp_status)
        if self.broker is None:
            return _not_found()
        return _json(self.broker.details)

    def _circuit(
        self, method: str, chargers: list[Charger], what: str, body: dict[str, Any]
    ) -> web.Response:
        match method, what:
            case "GET", "settings":
                return _json(circuit_settings_of(chargers))
            case "POST", "settings":
                return self._commands.post_circuit(chargers, body)
            case "GET", "dynamicCurrent":
                return _json(dynamic_of(chargers))
            case "POST", "dynamicCurrent":
                settings = {
                    f"dynamicCircuitCurrentP{phase}": body.get(f"phase{phase}")
                    for phase in (1, 2, 3)
                }
                settings["timeToLive"] = body.get("timeToLive")
                return self._commands.post_circuit(chargers, settings)
        return _not_found()

    def _charger(
        self,
        method: str,
        account: Account,
        charger: Charger,
        rest: list[str],
        body: dict[str, Any],
    ) -> web.Response:
        match method, rest:
            case "GET", ["config"]:
                return _json(config_of(charger))
            case "GET", ["details"]:
                return _json(details_of(charger))
            case "GET", []:
                return _json(charger_of(charger))
            case "GET", ["site"]:
                return _json(site_of(account, nulls=self.nulls))
            case "GET", ["sessions", "ongoing"]:
                session = session_of(charger)
                return _not_found() if session is None else _json(session)
            case "POST", ["commands", name]:
                return self._commands.post_command(charger, name, body)
            case "POST", ["settings"]:
                return self._commands.post_settings(charger, body)
        # Among them the state, which the vendor removed on 2026-09-01.
        return _not_found()

    def _observations(
        self, request: web.Request, account: Account, serial: str
    ) -> web.Response:
        product: Product | None = account.products.get(serial)
        if product is None:
            return forbidden()
        wanted = sorted(product.observations)
        if text := request.query.get("ids"):
            numbers = text.split(",")
            if not all(number.strip().isdigit() for number in numbers):
                return invalid()
            wanted = [int(number) for number in numbers]
        found = [
            observation_of(product.observations[number], self.values)
            for number in wanted
            if number in product.observations
        ]
        return _json({"observations": found})


def _json(body: Any) -> web.Response:
    return web.json_response(body)


def _not_found() -> web.Response:
    return web.json_response(problem(404, "Not Found"), status=404)

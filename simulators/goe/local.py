"""A charger's own API in the local network: no token, no dates, a connection a request."""

from typing import override

from aiohttp import web

from .charger import Charger
from .http import Faults, HttpFront, answer_json, answer_status, query_of, set_keys


class LocalFront(HttpFront):
    """Serves one charger at ``/api/…`` while its owner has switched the API on."""

    paths = ("/api/{call}",)

    def __init__(
        self, charger: Charger, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        super().__init__([charger], host=host, port=port)
        self.charger = charger

    @override
    def charger_of(self, request: web.Request) -> Charger:
        """Return the one that is there."""
        return self.charger

    @override
    def answer(
        self, request: web.Request, charger: Charger, faults: Faults
    ) -> web.Response:
        """Answer whoever asks."""
        status = charger.status()
        if not status.get("hai", False):
            return web.Response(status=404, text="not found")
        query = query_of(request)
        match request.match_info["call"]:
            case "status":
                response = answer_status(status, faults, query)
            case "set":
                answers = set_keys(charger, faults, query)
                failed = any(answer is not True for answer in answers.values())
                response = answer_json(answers, 500 if failed else 200)
            case _:
                return web.Response(status=404, text="not found")
        response.force_close()
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

"""The vendor's cloud API in front of chargers (the vendor's cloud API document)."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
import time
from typing import Any, override

from aiohttp import web

from .charger import Charger
from .http import Faults, HttpFront, answer_json, answer_status, query_of, set_keys

DEFAULT_AGE_S = 30.0
# A charger that has long been away, as one was seen.
LONG_AGO_S = 25_382.09


@dataclass
class _Frozen:
    status: dict[str, Any]
    at_s: float


class CloudFront(HttpFront):
    """Serves chargers at ``/<serial>/api/…``, or ``/api/…`` with the serial as host."""

    paths = ("/{serial}/api/{call}", "/api/{call}")

    def __init__(
        self, chargers: Iterable[Charger], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        super().__init__(chargers, host=host, port=port)
        self._frozen: dict[str, _Frozen] = {}

    @override
    def charger_of(self, request: web.Request) -> Charger | None:
        """Return the charger of the path or of the host's name."""
        serial = request.match_info.get("serial") or (request.host or "").split(".")[0]
        return self.chargers.get(serial)

    @override
    def answer(
        self, request: web.Request, charger: Charger, faults: Faults
    ) -> web.Response:
        """Check who asks, then answer."""
        query = query_of(request)
        if (refusal := self._refused(request, charger, faults, query)) is not None:
            return refusal
        match request.match_info["call"]:
            case "status":
                return self._status(charger, faults, query)
            case "set":
                answers = set_keys(charger, faults, query)
                accepted = any(answer is True for answer in answers.values())
                return answer_json(answers, 202 if accepted else 422)
        return web.Response(status=404)

    def _refused(
        self,
        request: web.Request,
        charger: Charger,
        faults: Faults,
        query: dict[str, str],
    ) -> web.Response | None:
        """Check token and access, in the order that was seen."""
        token = query.pop("token", None)
        authorization = request.headers.get("Authorization", "")
        if token is None and authorization.startswith("Bearer "):
            token = authorization.removeprefix("Bearer ")
        if faults.cloud_off or not charger.status().get("cae", True):
            return answer_json({"success": False, "reason": "Forbidden"}, 403)
        if token != charger.token:
            return web.Response(status=401)
        max_age_s = DEFAULT_AGE_S
        if request.match_info["call"] == "status" and "age" in query:
            max_age_s = float(query.pop("age"))
        age_s = time.time() - self._reported_at(charger, faults)
        if faults.offline:
            age_s = max(age_s, LONG_AGO_S)
        if age_s > max_age_s and not faults.frozen:
            reason = {"success": False, "reason": "Data is outdated", "age": age_s}
            return answer_json(reason, 404)
        return None

    def _reported_at(self, charger: Charger, faults: Faults) -> float:
        if faults.frozen:
            frozen = self._frozen.setdefault(
                charger.serial, _Frozen(charger.status(), charger.reported_at)
            )
            return frozen.at_s
        self._frozen.pop(charger.serial, None)
        if faults.offline_since is not None:
            return faults.offline_since
        return charger.reported_at

    def _status(
        self, charger: Charger, faults: Faults, query: dict[str, str]
    ) -> web.Response:
        reported_at = self._reported_at(charger, faults)
        frozen = self._frozen.get(charger.serial)
        status = charger.status() if frozen is None else frozen.status
        response = answer_status(status, faults, query)
        if not faults.no_last_modified:
            response.headers["Last-Modified"] = formatdate(reported_at, usegmt=True)
        return response

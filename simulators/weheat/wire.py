"""How the vendor reads and writes times, and what its errors look like."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

SERVER = "nginx/1.18.0 (Ubuntu)"
THIRD_PARTY = "This endpoint is not available for third-party API clients."


def timestamp(at_s: float, digits: int = 7) -> str:
    """Return a time as logs have it: UTC with so many digits of a second.

    The server counts in 100 ns; what floats can't tell apart there is left to them.
    """
    whole = int(at_s)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if not digits:
        return f"{text}Z"
    fraction = int((at_s - whole) * 10**digits)
    return f"{text}.{fraction:0{digits}}Z"


def read_time(text: str) -> float | None:
    """Return epoch seconds of a request's time, None for what is none.

    A plus sign that wasn't encoded has become a space, and makes it none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def json(body: Any, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.json_response(body, status=status, headers={"Server": SERVER})


def empty(status: int, **headers: str) -> web.Response:
    """Answer without a body."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers={"Server": SERVER, **given})


def nginx(status: int, title: str) -> web.Response:
    """Answer with a page of the proxy in front of the API."""
    text = f"<html><head><title>{status} {title}</title></head><body></body></html>"
    return web.Response(
        status=status, text=text, content_type="text/html", headers={"Server": SERVER}
    )


def forbidden() -> web.Response:
    """Answer that a client has no right to this."""
    return json({"message": THIRD_PARTY}, 403)


def invalid(field: str, message: str) -> web.Response:
    """Answer that a parameter isn't right."""
    return _problem(
        400, "One or more validation errors occurred.", errors={field: [message]}
    )


def not_found() -> web.Response:
    """Answer that there's no such thing."""
    return _problem(404, "Not Found")


def _problem(status: int, title: str, **more: Any) -> web.Response:
    # The form of the framework that the vendor uses; its own wasn't captured.
    body = {"type": "about:blank", "title": title, "status": status, **more}
    return json(body | {"traceId": "00-marked-trace-00"}, status)

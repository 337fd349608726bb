"""The vendor's SignalR hub: Microsoft's JSON hub protocol over a WebSocket."""

import asyncio
from collections.abc import Callable
import contextlib
import json
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from .accounts import Account, Tokens
from .product import Observation, Product
from .wire import as_text, timestamp

END = "\x1e"
COOKIE = "AWSALB"
TRANSPORTS = [
    {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
    {"transport": "ServerSentEvents", "transferFormats": ["Text"]},
    {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
]


class Connection:
    """A client of the hub: what it subscribed to, and what's to be sent to it."""

    def __init__(
        self, account: Account, request: web.Request, socket: web.WebSocketResponse
    ) -> None:
        """Start without subscriptions."""
        self.account = account
        self.request = request
        self.socket = socket
        self.subscriptions: dict[str, Callable[[], None]] = {}
        self.frames: asyncio.Queue[str] = asyncio.Queue()
        self.heard_at_s = asyncio.get_running_loop().time()

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame, together with others that wait."""
        self.frames.put_nowait(json.dumps(frame, separators=(",", ":")) + END)

    def abort(self) -> None:
        """Cut the connection."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def forget(self) -> None:
        """End all subscriptions."""
        while self.subscriptions:
            self.subscriptions.popitem()[1]()


class Hub:
    """Serves ``/hubs/chargers`` and ``/hubs/products``."""

    def __init__(self, tokens: Tokens) -> None:
        """Start with what was seen of the vendor's."""
        self.ping_s = 15.0
        # Microsoft's default: a client that is silent for longer is cut off.
        self.client_timeout_s = 30.0
        # A connection has to come to the node that negotiated, which a cookie tells.
        self.needs_cookie = True
        self.target = "ProductUpdate"
        self.booleans = "digit"
        self.mute = False
        self.connections: list[Connection] = []
        self.negotiations = 0
        self.pings = 0
        self.accepted = 0
        self._tokens = tokens
        self._negotiated: dict[str, str] = {}

    @property
    def subscriptions(self) -> set[str]:
        """The serials that any client listens to."""
        return {serial for item in self.connections for serial in item.subscriptions}

    def drop_connections(self) -> None:
        """Cut all connections without a word."""
        for connection in list(self.connections):
            connection.abort()

    def close_with(
        self, error: str | None = None, *, allow_reconnect: bool = False
    ) -> None:
        """Tell all clients that the connection is closed, and close it."""
        frame: dict[str, Any] = {"type": 7}
        if error is not None:
            frame["error"] = error
        if allow_reconnect:
            frame["allowReconnect"] = True
        for connection in self.connections:
            connection.send(frame)
            connection.frames.put_nowait("")

    def send_raw(self, text: str) -> None:
        """Send a text to all clients as it is; the end mark isn't added."""
        for connection in self.connections:
            connection.frames.put_nowait(text)

    def respond(self, serial: str, response: dict[str, Any]) -> None:
        """Tell those that listen to a product what became of a command."""
        for connection in self.connections:
            if serial in connection.subscriptions:
                connection.send(_invocation("CommandResponse", response))

    async def negotiate(self, request: web.Request) -> web.Response:
        """Answer which transports there are, with an identifier for one connection."""
        if self._tokens.account_of(request) is None:
            return web.Response(status=401)
        self.negotiations += 1
        token, node = secrets.token_urlsafe(16), secrets.token_hex(8)
        self._negotiated[token] = node
        answer: dict[str, Any] = {"connectionId": token}
        if request.query.get("negotiateVersion") == "1":
            answer = {"connectionId": secrets.token_urlsafe(16)}
            answer |= {"negotiateVersion": 1, "connectionToken": token}
        response = web.json_response(answer | {"availableTransports": TRANSPORTS})
        response.set_cookie(COOKIE, node)
        return response

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve a WebSocket, with an identifier or without having negotiated."""
        account = self._tokens.account_of(request)
        if account is None:
            return web.Response(status=401)
        if (token := request.query.get("id")) is not None:
            node = self._negotiated.get(token)
            same = not self.needs_cookie or request.cookies.get(COOKIE) == node
            if node is None or not same:
                return web.Response(status=404, text="No Connection with that ID")
            del self._negotiated[token]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(account, request, socket)
        buffer = await self._shake_hands(socket)
        if buffer is None:
            return socket
        self.accepted += 1
        self.connections.append(connection)
        tasks = [
            asyncio.create_task(self._write(connection)),
            asyncio.create_task(self._ping(connection)),
        ]
        try:
            await self._read(connection, buffer)
        finally:
            self.connections.remove(connection)
            connection.forget()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket

    async def _shake_hands(self, socket: web.WebSocketResponse) -> str | None:
        """Agree on the protocol; return what came after that, None for a failure."""
        text = ""
        while END not in text:
            message = await socket.receive()
            if message.type is not WSMsgType.TEXT:
                return None
            text += message.data
        first, _, rest = text.partition(END)
        try:
            wanted = json.loads(first)
            known = (wanted["protocol"], wanted["version"]) == ("json", 1)
        except ValueError, KeyError, TypeError:
            known = False
        if not known:
            await socket.send_str('{"error":"The protocol is not supported."}' + END)
            await socket.close()
            return None
        await socket.send_str("{}" + END)
        return rest

    async def _read(self, connection: Connection, buffer: str) -> None:
        while True:
            *frames, buffer = buffer.split(END)
            for text in frames:
                try:
                    frame = json.loads(text)
                    self._take(connection, frame)
                except ValueError, KeyError, TypeError, IndexError, AttributeError:
                    connection.send({"type": 7, "error": "Error parsing the frame."})
                    connection.frames.put_nowait("")
                    return
            message = await connection.socket.receive()
            if message.type is not WSMsgType.TEXT:
                return
            connection.heard_at_s = asyncio.get_running_loop().time()
            buffer += message.data

    def _take(self, connection: Connection, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case 1:
                error = self._invoke(connection, frame["target"], frame["arguments"])
                number = frame.get("invocationId")
                if number is not None:
                    answer = {"type": 3, "invocationId": number}
                    if error is not None:
                        answer["error"] = error
                    else:
                        answer["result"] = None
                    connection.send(answer)
            case 6:
                self.pings += 1
            case 7:
                connection.frames.put_nowait("")

    def _invoke(
        self, connection: Connection, target: str, arguments: list[Any]
    ) -> str | None:
        """Call a method; return the error, None for success."""
        serial = str(arguments[0]) if arguments else ""
        match target.lower():
            case "subscribewithcurrentstate":
                product = connection.account.products.get(serial)
                if product is None:
                    return (
                        "Failed to invoke 'SubscribeWithCurrentState' due to an error"
                        " on the server. HubException: Forbidden"
                    )
                self._subscribe(connection, product, current=bool(arguments[1]))
                return None
            case "unsubscribe":
                if (end := connection.subscriptions.pop(serial, None)) is not None:
                    end()
                return None
        return f"Unknown hub method '{target}'"

    def _subscribe(
        self, connection: Connection, product: Product, *, current: bool
    ) -> None:
        if (end := connection.subscriptions.pop(product.serial, None)) is not None:
            end()

        def update(product: Product, seen: Observation) -> None:
            connection.send(_invocation(self.target, self._update(product, seen)))

        connection.subscriptions[product.serial] = product.listen(update)
        if current:
            # With the times that the values have, however old.
            for seen in list(product.observations.values()):
                update(product, seen)

    def _update(self, product: Product, seen: Observation) -> dict[str, Any]:
        return {
            "mid": product.serial,
            "dataType": seen.data_type,
            "id": seen.id,
            "timestamp": timestamp(seen.at_s),
            "value": as_text(seen.value, self.booleans),
        }

    async def _write(self, connection: Connection) -> None:
        """Send what waits, several frames in one message; an empty text ends it."""
        with contextlib.suppress(ConnectionError):
            while True:
                frames = [await connection.frames.get()]
                while not connection.frames.empty():
                    frames.append(connection.frames.get_nowait())
                if not self.mute:
                    text = "".join(frames)
                    if text:
                        await connection.socket.send_str(text)
                if "" in frames:
                    await connection.socket.close()
                    return

    async def _ping(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(self.ping_s, self.client_timeout_s))
            connection.send({"type": 6})
            if loop.time() - connection.heard_at_s > self.client_timeout_s:
                connection.send({"type": 7, "error": "Client timeout elapsed."})
                connection.frames.put_nowait("")


def _invocation(target: str, argument: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "target": target, "arguments": [argument]}

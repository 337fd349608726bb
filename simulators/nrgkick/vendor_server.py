"""A server in the manner of the vendor's script, to compare others with.

The script's text isn't public; its description is (the vendor's document, reference
1.1): blocking sockets, one client at a time, one read for a request, static documents
turned into JSON for each answer, 404 for other paths, 500 for other methods, and the
connection closed after each answer. The status lines and headers are guesses.
"""

from collections import deque
import contextlib
import json
import socket
import threading
from typing import Any, Self

from .contract import INFO_PATH, VALUES_PATH
from .documents import sample_info, sample_values

MAX_REQUESTS = 100_000
_REASONS = {200: "OK", 404: "Not Found", 500: "Internal Server Error"}


class VendorServer:
    """Serves two documents from a thread; a context manager starts and stops it.

    ``values`` and ``info`` may be changed, ``requests`` are the bytes that arrived.
    """

    def __init__(
        self,
        values: dict[str, Any] | None = None,
        info: dict[str, Any] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        self.values = sample_values() if values is None else values
        self.info = sample_info() if info is None else info
        self.requests: deque[bytes] = deque(maxlen=MAX_REQUESTS)
        self.host = host
        self.port = port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start to serve."""
        self._stopping = False
        self._listener = socket.create_server((self.host, self.port))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(self._listener,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to serve, also a client that dawdles."""
        assert self._listener is not None
        assert self._thread is not None
        self._stopping = True
        with contextlib.suppress(OSError):
            # Wakes the thread where it waits for a client …
            socket.create_connection((self.host, self.port)).close()
        with contextlib.suppress(OSError):
            # … or for a client's request.
            if (client := self._client) is not None:
                client.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            with client:
                # In this order: whoever stops it sees the client, or it sees that.
                self._client = client
                if self._stopping:
                    return
                with contextlib.suppress(OSError):
                    self._serve(client)
                self._client = None

    def _serve(self, client: socket.socket) -> None:
        request = client.recv(1024)
        self.requests.append(request)
        if not request:
            return
        method, path = _first_two_words(request.decode("latin-1"))
        body = b""
        if method != "GET":
            status = 500
        elif path == VALUES_PATH:
            status, body = 200, json.dumps(self.values).encode()
        elif path == INFO_PATH:
            status, body = 200, json.dumps(self.info).encode()
        else:
            status = 404
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        client.sendall(head.encode() + body)


def _first_two_words(request: str) -> tuple[str, str]:
    method, _, rest = request.partition("\n")[0].partition(" ")
    return method, rest.partition(" ")[0].strip()

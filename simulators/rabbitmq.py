"""A real RabbitMQ on free ports of loopback, as the vendor Easee gives it to a partner.

The operator's user may only read its queue. The simulator's own user fills the queue
through an exchange that the operator doesn't see.
"""

import asyncio
from collections.abc import Iterable, Mapping
import contextlib
import itertools
import json
import os
from pathlib import Path
import re
import secrets
import signal
import ssl
import tempfile
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aiormq.exceptions import AMQPError

from .certificates import Authority
from .ports import free_ports
from .rabbitmq_config import CONFIGURATION, definitions

# Debian's command in the path would change to the system's broker user and data.
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
LIBRARY = "/usr/lib/rabbitmq/lib"
EPMD = "epmd"
ERL_CALL = "erl_call"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
OBSERVATIONS = "observations"

_CONSOLE = "console.log"
_ADMIN = "simulator"
_ADMIN_PASSWORD = "marked-amqp-admin-password"
_numbers = itertools.count(1)


class EndedError(Exception):
    """The broker ended while it was to start."""


class RabbitMQ:
    """A broker; a context manager starts and stops it.

    ``port`` speaks TLS only, with a certificate of ``authority``, and is the
    operator's; ``admin_port`` speaks plain TCP and is the simulator's.
    """

    def __init__(self, *, authority: Authority, operator: str = "4711") -> None:
        """Take free ports."""
        self.host = "127.0.0.1"
        self.authority = authority
        self.operator = operator
        self.queue = f"Operator_{operator}.Q"
        self.exchange = f"Operator_{operator}.C.X"
        self.username = f"marked-operator-{operator}"
        self.virtual_host = "/"
        self._passwords = 1
        self._takes_clients = False
        self._has_queue = True
        self._node = f"sunbridge-{os.getpid()}-{next(_numbers)}@localhost"
        self._cookie = secrets.token_hex(16)
        self._folder = tempfile.TemporaryDirectory(
            prefix="sunbridge-rabbitmq-", ignore_cleanup_errors=True
        )
        self._server: asyncio.subprocess.Process | None = None
        self._epmd: asyncio.subprocess.Process | None = None
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._target: AbstractExchange | None = None
        self._lock = asyncio.Lock()
        self.port, self.admin_port, self._epmd_port, self._node_port = free_ports(4)

    @property
    def password(self) -> str:
        """The operator's password; each rotation makes another."""
        return f"marked-amqp-password-{self._passwords}"

    @property
    def running(self) -> bool:
        """Whether it takes clients."""
        return self._takes_clients and self.died is None

    @property
    def died(self) -> str | None:
        """How its process ended while nobody stopped it; None where it didn't."""
        server = self._server
        if server is None or not self._takes_clients or server.returncode is None:
            return None
        return self._ended(server.returncode)

    @property
    def details(self) -> dict[str, Any]:
        """The vendor's answer to where the stream is, and how to get in."""
        return {
            "server": self.host,
            "port": self.port,
            "useSsl": True,
            "virtualHost": self.virtual_host,
            "queueName": self.queue,
            "exchangeName": self.exchange,
            "username": self.username,
            "password": self.password,
        }

    def tls(self) -> ssl.SSLContext:
        """Return what a client needs to trust it."""
        return ssl.create_default_context(cadata=self.authority.pem)

    async def __aenter__(self) -> Self:
        """Start it."""
        try:
            await self.start()
        except BaseException:
            await self.stop(kill=True)
            self._folder.cleanup()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it at once: nobody reads its data any more."""
        await self.stop(kill=True)
        self._folder.cleanup()

    async def start(self) -> None:
        """Start it on its ports with its data, and wait until it takes clients.

        Raises:
            EndedError: It ended at once, as where a port is taken.
        """
        folder = Path(self._folder.name)
        self._configure(folder)
        environment = self._environment(folder)
        # A name server of its own: the node would leave one behind that never ends.
        self._epmd = await asyncio.create_subprocess_exec(
            EPMD, "-port", str(self._epmd_port), "-address", self.host, **_QUIET
        )
        await self._wait_for(self._epmd_port)
        with (folder / _CONSOLE).open("wb") as console:
            self._server = await asyncio.create_subprocess_exec(
                SERVER,
                env=environment,
                cwd=folder,
                # Its helpers are in a group of its own, and so can be ended with it.
                start_new_session=True,
                **_QUIET | {"stdout": console, "stderr": console},
            )
        await self._wait_for(self.admin_port)
        await self._wait_for(self.port)
        self._takes_clients = True

    async def stop(self, *, kill: bool = False) -> None:
        """Stop it in order, or kill it; what is in the queue stays on disk.

        Killed, it loses what came within its last quarter of a second or so.
        """
        self._takes_clients = False
        await self._forget_admin()
        server, self._server = self._server, None
        if server is not None:
            if server.returncode is None and not kill:
                server.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STOP_TIMEOUT_S):
                        await server.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            await server.wait()
        epmd, self._epmd = self._epmd, None
        if epmd is not None:
            with contextlib.suppress(ProcessLookupError):
                epmd.kill()
            await epmd.wait()

    async def rotate_credentials(self) -> None:
        """Give the operator another password, and close its connections."""
        self._passwords += 1
        await self._call(
            "rabbit_auth_backend_internal:change_password("
            f'<<"{self.username}">>, <<"{self.password}">>, <<"simulator">>)'
        )
        await self.close_connections()

    async def close_connections(self) -> None:
        """Close the operator's connections, as in a maintenance window."""
        await self._call(
            "rabbit_networking:close_all_user_connections("
            f'<<"{self.username}">>, <<"maintenance">>)'
        )

    async def delete_queue(self) -> None:
        """Delete the operator's queue with all that is in it."""
        self._has_queue = False
        async with self._lock:
            channel = await self._admin()
            await channel.queue_delete(self.queue)

    async def create_queue(self) -> None:
        """Declare and bind the operator's queue again."""
        self._has_queue = True
        async with self._lock:
            channel = await self._admin()
            queue = await channel.declare_queue(self.queue, durable=True)
            await queue.bind(OBSERVATIONS, "#")

    async def publish(
        self,
        routing_key: str,
        body: bytes,
        *,
        headers: Mapping[str, Any] | None = None,
        content_encoding: str | None = None,
    ) -> None:
        """Hand a message to the broker, which keeps it over a restart."""
        message = _message(body, headers, content_encoding)
        async with self._lock:
            await self._publish([(routing_key, message)])

    async def publish_many(
        self, messages: Iterable[tuple[str, bytes, Mapping[str, Any] | None]]
    ) -> None:
        """Hand many messages to the broker: routing key, body, headers of each."""
        async with self._lock:
            await self._publish(
                (key, _message(body, headers)) for key, body, headers in messages
            )

    async def depth(self) -> int:
        """Return the count of messages in the queue, with those not acknowledged."""
        return await self._count("messages")

    async def ready(self) -> int:
        """Return the count of messages that wait for a consumer."""
        return await self._count("messages_ready")

    async def consumers(self) -> int:
        """Return the count of consumers of the queue."""
        return await self._count("consumers")

    async def _count(self, item: str) -> int:
        answer = await self._call(
            "{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r("
            f'<<"/">>, queue, <<"{self.queue}">>)),'
            f" [{{{item}, N}}] = rabbit_amqqueue:info(Q, [{item}]), N"
        )
        found = re.fullmatch(r"\{ok,\s*(\d+)\}", answer)
        if found is None:
            raise RuntimeError(f"the broker answers {answer}")
        return int(found[1])

    async def _publish(self, messages: Iterable[tuple[str, aio_pika.Message]]) -> None:
        channel = await self._admin()
        assert self._target is not None
        for key, message in messages:
            await self._target.publish(message, key, mandatory=False)
        # Its answer comes after all messages are in the queue; what isn't there when
        # the connection closes would be lost.
        await channel.get_exchange(OBSERVATIONS, ensure=True)

    async def _admin(self) -> AbstractChannel:
        """Return the kept channel; a restart or a lost one makes another."""
        if (
            self._channel is None
            or self._channel.is_closed
            or self._connection is None
            # A connection that the broker ended doesn't count as closed.
            or not self._connection.connected.is_set()
        ):
            await self._forget_admin()
            self._connection = await aio_pika.connect(
                host=self.host,
                port=self.admin_port,
                login=_ADMIN,
                password=_ADMIN_PASSWORD,
            )
            self._channel = await self._connection.channel(publisher_confirms=False)
            self._target = await self._channel.get_exchange(OBSERVATIONS, ensure=False)
        return self._channel

    async def _forget_admin(self) -> None:
        connection, self._connection = self._connection, None
        self._channel = self._target = None
        if connection is not None:
            with contextlib.suppress(AMQPError, OSError, TimeoutError):
                await asyncio.wait_for(connection.close(), 5)

    async def _call(self, expression: str) -> str:
        """Evaluate an expression in the node: rabbitmqctl needs seconds for it."""
        process = await asyncio.create_subprocess_exec(
            ERL_CALL,
            *("-sname", self._node, "-c", self._cookie, "-e"),
            env=self._environment(Path(self._folder.name)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate(f"{expression}.\n".encode())
        answer = output.decode().strip()
        if process.returncode or not answer.startswith("{ok,"):
            raise RuntimeError(f"the broker answers {answer}")
        return answer

    def _ended(self, code: int) -> str:
        last = (Path(self._folder.name) / _CONSOLE).read_text(errors="replace")
        return f"the broker ended with {code}: {last[-2000:].strip()}"

    async def _wait_for(self, port: int) -> None:
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                if self._server is not None and self._server.returncode is not None:
                    raise EndedError(self._ended(self._server.returncode))
                try:
                    _, writer = await asyncio.open_connection(self.host, port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    def _environment(self, folder: Path) -> dict[str, str]:
        paths = {
            "CONF_ENV_FILE": "environment",
            "CONFIG_FILE": "none",
            "ADVANCED_CONFIG_FILE": "rabbitmq.config",
            "ENABLED_PLUGINS_FILE": "plugins",
            "PLUGINS_DIR": "applications",
            "MNESIA_BASE": "data",
            "LOG_BASE": "log",
            "FEATURE_FLAGS_FILE": "features",
            "GENERATED_CONFIG_DIR": "generated",
        }
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": self.host,
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_DIST_PORT": str(self._node_port),
            # On some virtual machines the monotonic clock goes back by milliseconds now and
            # then, of which Erlang dies unless it doesn't correct the time (+c).
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+c false +S 1:1 +A 4 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            # Without it a shell stays between, and has to be ended too.
            "RUNNING_UNDER_SYSTEMD": "true",
            **{f"RABBITMQ_{name}": str(folder / path) for name, path in paths.items()},
        }

    def _configure(self, folder: Path) -> None:
        certificate, key = self.authority.issue("amqp").write(folder, "amqp")
        (folder / "authority.crt").write_text(self.authority.pem)
        # To look through all plug-ins takes it a second; its own folder has to be there.
        applications = folder / "applications"
        applications.mkdir(exist_ok=True)
        for path in Path(LIBRARY).glob("rabbitmq_server-*/plugins/rabbit-[0-9]*"):
            if not (applications / path.name).exists():
                (applications / path.name).symlink_to(path)
        (folder / "environment").write_text("")
        (folder / "plugins").write_text("[].\n")
        known = definitions(
            admin=(_ADMIN, _ADMIN_PASSWORD),
            operator=(self.username, self.password),
            queue=self.queue,
            has_queue=self._has_queue,
            source=OBSERVATIONS,
            commands=self.exchange,
        )
        (folder / "definitions.json").write_text(json.dumps(known))
        cookie = folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(self._cookie)
            cookie.chmod(0o400)
        (folder / "rabbitmq.config").write_text(
            CONFIGURATION.format(
                host=self.host,
                port=self.port,
                admin_port=self.admin_port,
                folder=folder,
                cert=certificate,
                key=key,
            )
        )


_QUIET: dict[str, Any] = dict.fromkeys(
    ("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL
)


def _message(
    body: bytes,
    headers: Mapping[str, Any] | None = None,
    content_encoding: str | None = None,
) -> aio_pika.Message:
    return aio_pika.Message(
        body,
        headers=dict(headers or {}),
        content_encoding=content_encoding,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )

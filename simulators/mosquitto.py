"""A real Mosquitto on a free port of loopback, with a user, and with TLS on demand."""

import asyncio
from pathlib import Path
import signal
import ssl
import tempfile
from typing import Self

from .certificates import Authority, Certificate
from .ports import free_ports

USERNAME = "house"
PASSWORD = "marked-broker-password"
MOSQUITTO = "/usr/sbin/mosquitto"
START_TIMEOUT_S = 10.0


class Mosquitto:
    """A broker; a context manager starts and stops it.

    ``authority`` makes it speak TLS only; then ``client_certificates`` asks clients
    for one too.
    """

    def __init__(
        self,
        *,
        username: str = USERNAME,
        password: str = PASSWORD,
        authority: Authority | None = None,
        client_certificates: bool = False,
    ) -> None:
        """Take a free port."""
        self.host = "127.0.0.1"
        self.username = username
        self.password = password
        self.authority = authority
        self._client_certificates = client_certificates
        self._folder = tempfile.TemporaryDirectory(prefix="sunbridge-mosquitto-")
        self._process: asyncio.subprocess.Process | None = None
        (self.port,) = free_ports(1, self.host)

    def tls_with(self, certificate: Certificate | None = None) -> ssl.SSLContext:
        """Return what a client needs to trust it, and to be trusted."""
        assert self.authority is not None
        context = ssl.create_default_context(cadata=self.authority.pem)
        # Devices aren't as strict as Python.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if certificate is not None:
            paths = certificate.write(Path(self._folder.name), "client")
            context.load_cert_chain(*paths)
        return context

    async def __aenter__(self) -> Self:
        """Start it."""
        await self._configure()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()
        self._folder.cleanup()

    async def start(self) -> None:
        """Start it on its port, and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            MOSQUITTO,
            "-c",
            str(Path(self._folder.name) / "mosquitto.conf"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                if self._process.returncode is not None:
                    raise RuntimeError("mosquitto ended at once")
                try:
                    _, writer = await asyncio.open_connection(self.host, self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def stop(self, *, kill: bool = False) -> None:
        """Stop it in order, or kill it; what it kept is lost."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
            # One that is frozen wouldn't notice.
            process.send_signal(signal.SIGCONT)
        await process.wait()

    def freeze(self) -> None:
        """Let it take connections and say nothing, until it's thawed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def _configure(self) -> None:
        folder = Path(self._folder.name)
        lines = [
            f"listener {self.port} {self.host}",
            # It would give up root's rights, and then not read its own files.
            "user root",
            "allow_anonymous false",
            f"password_file {folder / 'passwords'}",
            "persistence false",
            "log_type none",
            "set_tcp_nodelay true",
            # A slow client misses nothing.
            "max_queued_messages 0",
        ]
        if self.authority is not None:
            certificate, key = self.authority.issue("broker").write(folder, "broker")
            (folder / "ca.crt").write_text(self.authority.pem)
            lines += [
                f"cafile {folder / 'ca.crt'}",
                f"certfile {certificate}",
                f"keyfile {key}",
                f"require_certificate {str(self._client_certificates).lower()}",
            ]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        process = await asyncio.create_subprocess_exec(
            "mosquitto_passwd",
            "-c",
            "-b",
            str(folder / "passwords"),
            self.username,
            self.password,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError("mosquitto_passwd failed")

"""A server as its users run it: a process of its own on a free port, asked over a real socket."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from types import TracebackType

SOURCE = Path(os.environ.get("AMCC_TEST_SOURCE", Path(__file__).parent.parent.parent / "src"))
GRAPH = """\
@prefix e: <http://e/> .
e:a e:p e:b , e:c ; e:name "a \\"quoted\\" name"@en .
e:b e:p e:c .
GRAPH e:g { e:a e:p e:b . }
GRAPH e:h { e:b e:p e:c . }
"""

# Behind a server with two workers for one client: one for others, and the process that forks them.
PROCESSES = 4

LIMITED = """
import functools, sys
from amcc_kg.__main__ import main
from amcc_kg.serving import config
config.Config = functools.partial(config.Config, limits=config.Limits(**{}))
sys.exit(main())
"""


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """`amcc serve` with these files and options; a context manager that ends it and all its processes."""

    def __init__(
        self,
        *arguments: str | Path,
        cache: Path | None = None,
        cwd: Path | None = None,
        before: str = "",
        **limits: float,
    ) -> None:
        """Start it; `limits` are fields of `amcc_kg.serving.config.Limits`, which no option sets.

        What stands in `before` is carried out in its process first.
        """
        changed = limits or before
        starting = ["-c", f"import sys\n{before}\n{LIMITED.format(limits)}"] if changed else ["-m", "amcc_kg"]
        environment = os.environ | {"PYTHONPATH": str(SOURCE)}
        if cache is not None:
            environment["AMCC_CACHE"] = str(cache)
        self._log = TemporaryFile("w+")  # noqa: SIM115 (open as long as the server)
        self.process = subprocess.Popen(
            [sys.executable, *starting, "serve", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            cwd=cwd,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.logged()
        self.url = line.split()[-1]
        host, _, port = self.url.removeprefix("http://").rstrip("/").rpartition(":")
        self.address = (host, int(port))
        self.log = ""

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to end, and return its exit code; the log is then in `log`."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.log = self.logged()
        return self.process.returncode

    def logged(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def request(
        self, method: str, target: str, body: bytes | None = None, timeout: float = 15, **headers: str
    ) -> Response:
        """Send one request on a connection of its own; header names with underscores for hyphens."""
        connection = HTTPConnection(*self.address, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, target: str, **headers: str) -> Response:
        return self.request("GET", target, **headers)

    def query(self, text: str, *more: tuple[str, str], timeout: float = 15, **headers: str) -> Response:
        target = f"/sparql?{urlencode([('query', text), *more])}"
        return self.request("GET", target, timeout=timeout, **headers)

    def rows(self, text: str) -> list[dict[str, str]]:
        """Return the bindings of a SELECT as plain values."""
        answer = self.query(text)
        assert answer.status == 200, answer
        bindings = json.loads(answer.body)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]

    def socket(self, source: str = "") -> socket.socket:
        """Connect, from a certain address of this machine if one is given."""
        return socket.create_connection(self.address, 15, (source, 0) if source else None)

    def raw(self, sent: bytes, timeout: float = 5) -> bytes:
        """Send bytes and return all that comes back until the server closes or `timeout` has passed."""
        with self.socket() as connection:
            connection.settimeout(timeout)
            connection.sendall(sent)
            return everything(connection)

    def processes(self) -> list[int]:
        """Return the ids of all processes below the server's."""
        return descendants(self.process.pid)

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory(self) -> int:
        """Return the resident memory of the server process itself, in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def everything(connection: socket.socket) -> bytes:
    """Read until the other end closes, or nothing more comes."""
    received = b""
    with contextlib.suppress(OSError):
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received


def statuses(received: bytes) -> list[int]:
    """Return the statuses of the answers in what came back."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]


def settles(condition: object, within: float = 5) -> bool:
    """Wait until a callable returns something true."""
    assert callable(condition)
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def descendants(pid: int) -> list[int]:
    """Return the ids of all processes below one, but for those that have ended."""
    found, parents = [], [pid]
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    while parents:
        below = children.get(parents.pop(), [])
        found += below
        parents += below
    return sorted(found)

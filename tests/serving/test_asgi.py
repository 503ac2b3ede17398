"""The application under any ASGI server, and what it is told by the environment."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from behind import free_port
from live import SOURCE, Response, descendants, settles

from amcc_kg.serving import config
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SERVERS = {
    "hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}", "amcc_kg.serving.app:app"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "--no-proxy-headers", "amcc_kg.serving.app:app"],
}


def ask(port: int, target: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Response:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


@contextmanager
def under(name: str, **variables: str) -> Iterator[int]:
    """Run the application under a server of another's until the block is left; yield its port."""
    port = free_port()
    command = [sys.executable, *(word.format(port=port) for word in SERVERS[name])]
    process = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(SOURCE)} | variables,
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            return ask(port, "/readyz").status == 200
        except OSError:
            return False

    try:
        assert settles(lambda: answers() or process.poll() is not None, 30)
        assert process.poll() is None
        yield port
        behind = descendants(process.pid)
        process.terminate()
        process.wait(20)
        assert settles(lambda: not any(Path(f"/proc/{pid}").exists() for pid in behind))
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", SERVERS)
def test_it_answers_the_same_under_another_server(name: str):
    if name == "hypercorn":
        pytest.importorskip("hypercorn")
    with under(name) as port:
        rows = ask(port, "/queries/who-chaired.csv")
        assert (rows.status, rows.text.splitlines()[0]) == (200, "person,name,event,title,heldOn,passage")
        page = ask(port, "/event/amcc-3", Accept="text/html", Accept_Encoding="gzip")
        assert (page.status, page.headers["content-encoding"]) == (200, "gzip")
        assert page.headers["content-location"] == f"http://127.0.0.1:{port}/event/amcc-3.html"
        again = ask(
            port,
            "/event/amcc-3",
            Accept="text/html",
            Accept_Encoding="gzip",
            If_None_Match=page.headers["etag"],
        )
        assert (again.status, again.body) == (304, b"")
        direct = {"Content_Type": "application/sparql-query"}
        assert b"true" in ask(port, "/sparql", "POST", b"ASK {}", **direct).body
        assert ask(port, "/sparql", "POST", b" " * 2_000_000, **direct).status == 413
        assert ask(port, "/sparql?query=SELECT").text.startswith("line 1")
        part = ask(port, "/downloads/SHA256SUMS", Range="bytes=0-9")
        assert (part.status, len(part.body)) == (206, 10)
        assert ask(port, "/ask/").headers["location"] == "../ask"
        assert ask(port, "/place/a%2Fb").status == 404
        head = ask(port, "/event/amcc-3.ttl", "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert ask(port, "/sparql", "OPTIONS").status == 204
        assert ask(port, "/nothing").headers["access-control-allow-origin"] == "*"


def test_variables_of_the_environment_say_what_is_served(graph_file: Path):
    with under(
        "hypercorn", AMCC_FILES=str(graph_file), AMCC_MAX_ROWS="2", AMCC_BASE="https://kg.example/x"
    ) as port:
        assert ask(port, "/sparql?query=SELECT+*+%7B+?s+?p+?o+%7D").status == 413
        assert ask(port, "/sparql?query=SELECT+*+%7B+?s+?p+?o+%7D+LIMIT+2").status == 200
        assert "https://kg.example/x/sparql" in ask(port, "/sparql", Accept="text/turtle").text


def test_each_option_has_a_variable():
    given = {
        "AMCC_FILES": os.pathsep.join(("a.ttl", "b.nq")),
        "AMCC_REPO": "folder",
        "AMCC_BASE": "https://kg.example",
        "AMCC_TIMEOUT": "2.5",
        "AMCC_WORKERS": "3",
        "AMCC_MEMORY": "64",
        "AMCC_MAX_ROWS": "9",
        "AMCC_MAX_BYTES": "1000",
        "AMCC_WATCH": "true",
        "AMCC_TRUSTED_PROXY": "10.0.0.0/8, ::1/128",
        "AMCC_QUIET": "1",
    }
    assert given.keys() == config.VARIABLES.keys()
    found = config.of_environment(given)
    assert (found.files, found.repo) == ((Path("a.ttl"), Path("b.nq")), Path("folder"))
    assert (found.base, found.timeout, found.workers, found.memory) == ("https://kg.example/", 2.5, 3, 64)
    assert (found.max_rows, found.max_bytes, found.watch, found.quiet) == (9, 1000, True, True)
    assert found.trusted == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert config.of_environment({"AMCC_BASE": ""}) == config.Config()


@pytest.mark.parametrize(
    ("name", "value"),
    [("AMCC_WORKERS", "0"), ("AMCC_WORKERS", "x"), ("AMCC_TIMEOUT", "nan"), ("AMCC_QUIET", "perhaps"),
     ("AMCC_BASE", "ftp://x"), ("AMCC_TRUSTED_PROXY", "nonsense"), ("AMCC_MEMORY", "1")],
)  # fmt: skip
def test_a_variable_that_says_nothing_is_named(name: str, value: str):
    with pytest.raises(InputError, match=f"{name}={value}"):
        config.of_environment({name: value})


def test_to_import_it_reads_nothing_and_starts_nothing(tmp_path: Path):
    code = (
        "import os, sys, subprocess\n"
        "def refuse(*a, **k): raise AssertionError(a)\n"
        "subprocess.Popen = os.fork = refuse\n"
        "from amcc_kg.serving.app import app, create_app\n"
        "create_app()\n"
        "assert not {'pyshacl', 'owlrl', 'rdflib', 'pyoxigraph'} & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ
        | {"PYTHONPATH": str(SOURCE), "AMCC_REPO": str(tmp_path / "none"), "AMCC_WORKERS": "x"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_graph_that_cannot_be_loaded_keeps_the_application_from_starting(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, *(word.format(port=port) for word in SERVERS["uvicorn"])]
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "AMCC_FILES": str(tmp_path / "missing.ttl")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "missing.ttl: cannot be read: No such file" in done.stderr

"""What `deploy/` holds, run for real where the machine has the program that reads it.

On a developer's machine a test whose program is missing is skipped; in continuous integration it fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import yaml
from behind import free_port, named
from live import Response, Server, settles

from amcc_kg.serving import config

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
PUBLIC = "https://kg.example.org/"
MODULES = Path("/usr/lib/apache2/modules")
# The modules that Debian's Apache enables by itself, and those that the files say they need.
APACHE = ("mpm_event", "authz_core", "authz_host", "headers", "rewrite", "proxy", "proxy_http")

TARGETS = (
    "event/amcc-3",
    "event/amcc-3.ttl",
    "document/2018-09-20-amcc-3/s05",
    "ontology",
    "ontology.ttl",
    "",
    "sparql?query=ASK%20%7B%7D",
    "queries/commitments-by-status?status=under%20consideration",
    "person/%C3%A9l%C3%A9onore",
    "person/a%2Fb%20c%25d",
    "person/a+b&c=d;e,f'(g)!~$@:h",
)


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is missing, and these tests would test nothing")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def ask(port: int, target: str, method: str = "GET", **headers: str) -> Response:
    connection = HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body)


def listens(port: int) -> bool:
    try:
        ask(port, "/")
    except OSError:
        return False
    return True


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[int]:
    """Run a web server in the foreground until the block is left."""
    with log.open("w") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            assert settles(lambda: listens(port) or process.poll() is not None, 15)
            assert process.poll() is None, log.read_text()
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def reachable() -> Iterator[Path]:
    """Yield a new folder that the workers of a web server, who are nobody, may enter from the root down.

    A folder of pytest's own is its user's alone, and a service that the superuser starts works as another.
    """
    others = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]
    for parent in others:
        if parent.is_dir() and all(above.stat().st_mode & 0o001 for above in (parent, *parent.parents)):
            break
    with tempfile.TemporaryDirectory(dir=parent, prefix="amcc-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def put(path: Path, text: str) -> Path:
    """Write a file that everybody may read, whatever is masked here, below a folder that they may enter."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


@contextmanager
def nginx(folder: Path, inside: str) -> Iterator[int]:
    """Run nginx with a `server { … }` that holds these lines; yield its port."""
    port, configuration = free_port(), folder / "nginx.conf"
    folders = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{folders}"
        f"server {{ listen 127.0.0.1:{port}; server_name kg.example.org;\n{inside}\n}} }}\n"
    )
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration), "-e", f"{folder}/error.log"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    with running(command, port, folder / "log"):
        yield port


@contextmanager
def site(folder: Path, server: Server) -> Iterator[tuple[int, int]]:
    """Run nginx with the whole site before a server; yield the ports for https and for http."""
    secure, plain = free_port(), free_port()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=kg.example.org", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    text = (DEPLOY / "nginx" / "site.conf").read_text(encoding="utf-8")
    for there, here in (
        ("/var/cache/nginx/amcc", str(folder / "cache")),
        ("/etc/letsencrypt/live/kg.example.org/fullchain.pem", str(certificate)),
        ("/etc/letsencrypt/live/kg.example.org/privkey.pem", str(key)),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("include conf.d/amcc/proxy.conf;", before("nginx", server, folder)),
    ):
        assert there in text, there
        text = text.replace(there, here)
    folders = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{folders}{put(folder / 'site.conf', text).read_text()}\n}}\n"
    )
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration), "-e", f"{folder}/error.log"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with running(command, plain, folder / "log"):
        yield secure, plain


def fetched(port: int, target: str, *options: str) -> Response:
    """Ask for what lies at the public address, over TLS, as curl does."""
    address = f"kg.example.org:{port}:127.0.0.1"
    command = [
        program("curl"),
        "-sik",
        "--resolve",
        address,
        *options,
        f"https://kg.example.org:{port}{target}",
    ]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Response(int(first.split()[1]), headers | {"version": first.split()[0]}, body)


@pytest.fixture(scope="module")
def whole_site() -> Iterator[tuple[int, int]]:
    with ExitStack() as stack:
        folder = stack.enter_context(reachable())
        server = stack.enter_context(named(PUBLIC, "--trusted-proxy", "127.0.0.1/32"))
        yield stack.enter_context(site(folder, server))


def test_the_site_has_tls_and_http_2(whole_site: tuple[int, int]) -> None:
    secure, plain = whole_site
    page = fetched(secure, "/event/amcc-3", "--http2", "-H", "Accept: text/html")
    assert (page.status, page.headers["version"]) == (200, "HTTP/2")
    assert page.headers["content-location"] == f"{PUBLIC}event/amcc-3.html"
    assert "strict-transport-security" in page.headers
    assert fetched(secure, "/event/amcc-3", "--http1.1").headers["version"] == "HTTP/1.1"
    led = ask(plain, "/event/amcc-3?x=y", Host="kg.example.org")
    assert (led.status, led.headers["location"]) == (301, "https://kg.example.org/event/amcc-3?x=y")


def test_the_cache_of_the_site_keeps_one_answer_for_each_choice(whole_site: tuple[int, int]) -> None:
    secure, _ = whole_site
    choices = {
        "text/html": ("Accept: text/html",),
        "text/turtle": ("Accept: text/turtle",),
        "gzip": ("Accept: text/turtle", "Accept-Encoding: gzip"),
    }
    seen: dict[str, Response] = {}
    for turn in range(2):
        for name, headers in choices.items():
            options = [word for header in headers for word in ("-H", header)]
            answer = fetched(secure, "/place/istana", *options)
            assert answer.headers["x-cache"] == ("HIT" if turn else "MISS")
            assert seen.setdefault(name, answer).body == answer.body
            media = "text/turtle" if name == "gzip" else name
            assert answer.headers["content-type"].startswith(media)
            assert (answer.headers.get("content-encoding") == "gzip") == (name == "gzip")
    tag = seen["text/turtle"].headers["etag"]
    for condition, status in ((f"If-None-Match: {tag}", 304), ('If-Match: "x"', 412)):
        asked = ("-H", "Accept: text/turtle", "-H", condition)
        assert fetched(secure, "/place/istana", *asked).status == status


def test_the_cache_of_the_site_keeps_nothing_that_may_not_be_kept(whole_site: tuple[int, int]) -> None:
    secure, _ = whole_site
    query = "/sparql?" + urlencode({"query": "SELECT (UUID() AS ?x) {}"})
    assert fetched(secure, query).body != fetched(secure, query).body
    assert fetched(secure, "/readyz").headers["x-cache"] != "HIT"
    for _ in range(2):
        missing = fetched(secure, "/person/nobody")
        assert (missing.status, missing.headers["x-cache"] != "HIT") == (404, True)
    posted = ("--data-urlencode", "query=ASK {}")
    assert fetched(secure, "/sparql", *posted).status == 200


def test_the_site_sends_slow_visitors_away(whole_site: tuple[int, int]) -> None:
    text = (DEPLOY / "nginx" / "site.conf").read_text(encoding="utf-8")
    limits = config.Limits()
    for name, seconds in (
        ("client_header_timeout", limits.head_time),
        ("client_body_timeout", limits.body_time),
        ("send_timeout", limits.write_time),
        ("keepalive_timeout", limits.idle_time),
    ):
        assert f"{name} {seconds:g}s;" in text
    assert f"limit_conn amcc_visitors {limits.client_connections};" in text
    secure, _ = whole_site
    assert fetched(secure, "/" + "x" * 17_000).status == 414


@contextmanager
def apache(folder: Path, inside: str) -> Iterator[int]:
    """Run Apache with a virtual host that holds these lines; yield its port."""
    binary, port, configuration = program("apache2"), free_port(), folder / "apache.conf"
    modules = "".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
        for name in APACHE
        if (MODULES / f"mod_{name}.so").exists()
    )
    configuration.write_text(
        f"ServerRoot {folder}\nServerName kg.example.org\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\nErrorLog {folder}/error.log\nUser nobody\nGroup nogroup\n{modules}"
        f"<VirtualHost 127.0.0.1:{port}>\n{inside}\n</VirtualHost>\n"
    )
    command = [binary, "-d", str(folder), "-f", str(configuration)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with running([*command, "-DFOREGROUND"], port, folder / "log"):
        yield port


def before(kind: str, server: Server, folder: Path) -> str:
    """Return the lines that include the proxy file, with the port where the server listens here."""
    text = (DEPLOY / kind / "proxy.conf").read_text(encoding="utf-8")
    assert "127.0.0.1:8080" in text
    path = put(folder / "proxy.conf", text.replace("127.0.0.1:8080", f"127.0.0.1:{server.address[1]}"))
    return f"include {path};" if kind == "nginx" else f"Include {path}"


PROXIES = {"nginx": nginx, "apache": apache}


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port where a proxy answers, before a server that knows its public address."""
    with ExitStack() as stack:
        folder = stack.enter_context(reachable())
        server = stack.enter_context(named(PUBLIC))
        yield stack.enter_context(PROXIES[request.param](folder, before(request.param, server, folder)))


def test_behind_a_proxy_a_thing_answers_under_its_public_address(proxied: int) -> None:
    page = ask(proxied, "/event/amcc-3", Accept="text/html", Host="kg.example.org")
    assert page.status == 200
    assert page.headers["content-location"] == f"{PUBLIC}event/amcc-3.html"
    assert f'href="{PUBLIC}event/amcc-3.ttl"' in page.text
    turtle = ask(proxied, "/event/amcc-3.ttl", Host="kg.example.org")
    assert turtle.status == 200
    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "event:amcc-3" in turtle.text
    assert "127.0.0.1" not in turtle.text + str(turtle.headers)


def test_behind_a_proxy_the_url_comes_through_as_it_was_sent(proxied: int) -> None:
    for target in ("/person/a%2Fb", "/person/%C3%A9", "/person/a%20b"):
        assert ask(proxied, target, Host="kg.example.org").status == 404
    query = "/sparql?query=SELECT%20%28%22a%2Fb%2Bc%20%C3%A9%22%20AS%20%3Fx%29%20%7B%7D"
    found = ask(proxied, query, Host="kg.example.org", Accept="text/csv")
    assert found.text.splitlines() == ["x", "a/b+c é"]


def test_behind_a_proxy_conditions_compression_and_ranges_still_work(proxied: int) -> None:
    first = ask(proxied, "/event/amcc-3.ttl", Host="kg.example.org", Accept_Encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    tag = first.headers["etag"]
    again = ask(
        proxied, "/event/amcc-3.ttl", Host="kg.example.org", Accept_Encoding="gzip", If_None_Match=tag
    )
    assert (again.status, again.body) == (304, b"")
    whole = ask(proxied, "/downloads/SHA256SUMS", Host="kg.example.org")
    part = ask(proxied, "/downloads/SHA256SUMS", Host="kg.example.org", Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])


def test_behind_a_proxy_the_reason_of_a_refusal_is_the_servers(proxied: int) -> None:
    refused = ask(proxied, "/sparql?query=SELEC", Host="kg.example.org")
    assert refused.status == 400
    assert refused.text.startswith("line 1")
    gone = ask(proxied, "/ontology/0.1.0", Host="kg.example.org")
    assert gone.status == 410
    assert "is retired" in gone.text
    assert f'<{PUBLIC}ontology>; rel="related"' in gone.headers["link"]


@pytest.mark.parametrize("kind", PROXIES)
def test_without_a_base_a_trusted_proxy_says_what_the_address_is(kind: str) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(reachable())
        server = stack.enter_context(Server("--trusted-proxy", "127.0.0.1/32", cwd=Path(__file__).parent))
        port = stack.enter_context(PROXIES[kind](folder, before(kind, server, folder)))
        page = ask(port, "/event/amcc-3", Host="kg.example.org", Accept="text/html")
        assert page.headers["content-location"] == "http://kg.example.org/event/amcc-3.html"
        assert 'href="http://kg.example.org/event/amcc-3.ttl"' in page.text
        forged = {
            "X_Forwarded_For": "203.0.113.9",
            "X_Forwarded_Host": "e.example",
            "Forwarded": "host=e.example",
        }
        page = ask(port, "/event/amcc-3", Host="kg.example.org", Accept="text/html", **forged)
        assert page.headers["content-location"] == "http://kg.example.org/event/amcc-3.html"
    assert "203.0.113.9" not in server.log


@pytest.fixture(scope="module", params=PROXIES)
def persistent(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port where the persistent address answers, by the rules of each kind."""
    rules = DEPLOY / "w3id"
    with ExitStack() as stack:
        folder = stack.enter_context(reachable())
        site = folder / "site"
        put(site / "amcc-kg" / ".htaccess", (rules / ".htaccess").read_text(encoding="utf-8"))
        site.chmod(0o755)
        inside = {
            "nginx": f"include {rules / 'nginx.conf'};",
            "apache": f"DocumentRoot {site}\nAllowEncodedSlashes NoDecode\n"
            f"<Directory {site}>\nAllowOverride All\nRequire all granted\n</Directory>",
        }
        yield stack.enter_context(PROXIES[request.param](folder, inside[request.param]))


@pytest.mark.parametrize("target", TARGETS)
def test_the_persistent_address_leads_to_the_same_path_of_the_server(persistent: int, target: str) -> None:
    for method in ("GET", "HEAD"):
        answer = ask(persistent, f"/amcc-kg/{target}", method)
        assert answer.status == 303
        assert answer.headers["location"] == f"{PUBLIC}{target}"


def test_the_persistent_address_answers_for_nothing_else(persistent: int) -> None:
    assert ask(persistent, "/other/event/amcc-3").status == 404


def test_where_the_persistent_address_leads_the_server_answers(persistent: int) -> None:
    with named(PUBLIC) as server:
        for target in ("event/amcc-3", "ontology", "document/2018-09-20-amcc-3/s05"):
            path = ask(persistent, f"/amcc-kg/{target}").headers["location"].removeprefix(PUBLIC)
            answer = server.get(f"/{path}", Accept="text/turtle")
            if answer.status == 303:
                answer = server.get("/" + answer.headers["location"].removeprefix(PUBLIC))
            assert answer.status == 200
            assert f"https://w3id.org/amcc-kg/{target.partition('/')[0]}" in answer.text


def unit(tmp_path: Path) -> Path:
    """Return a copy of the unit whose program exists here, which is all that is changed."""
    text = (DEPLOY / "systemd" / "amcc.service").read_text(encoding="utf-8")
    path = tmp_path / "amcc.service"
    path.write_text(text.replace("/opt/amcc/bin/amcc", str(Path(sys.executable).parent / "amcc")), "utf-8")
    return path


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    command = [program("systemd-analyze"), "verify", "--man=no", str(unit(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in done.stderr.splitlines() if "amcc.service" in line]
    assert (done.returncode, said) == (0, [])


def test_systemd_finds_the_unit_well_guarded(tmp_path: Path) -> None:
    command = [program("systemd-analyze"), "security", "--offline=true", "--threshold=20", "--no-pager"]
    done = subprocess.run(
        [*command, str(unit(tmp_path))], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_unit_starts_the_server_with_options_that_it_has() -> None:
    text = (DEPLOY / "systemd" / "amcc.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"(?m)^ExecStart=\S+ serve (.*)$", text.replace("\\\n", " "))
    _is_understood(line.split())
    assert fits(line.split(), re.findall(r"(?m)^MemoryMax=(\S+)$", text))
    assert "\nOOMPolicy=continue\n" in text
    assert "\nStartLimitIntervalSec=0\n" in text


def test_the_composed_container_is_confined() -> None:
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"].values()
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert "volumes" not in service
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    options = service["command"][1:]
    _is_understood(options)
    assert fits(options, [service["mem_limit"]])
    # Whom the server believes is whoever the bridge network brings, and the port leads there from here alone.
    (network,) = service["networks"]
    (part,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["networks"][network]["ipam"][
        "config"
    ]
    assert part["subnet"] in options


def _is_understood(options: list[str]) -> None:
    """Start the server with options as they are shipped, but for where it listens."""
    given: dict[str, list[str]] = {}
    for name, value in zip(options[::2], options[1::2], strict=True):
        given.setdefault(name, []).append(value)
    assert given.keys() == {"--host", "--port", "--base", "--trusted-proxy", "--memory"}
    # Where the proxy of the snippets asks from, so that visitors are told apart.
    assert "127.0.0.1/32" in given["--trusted-proxy"]
    kept = [
        word for name in ("--trusted-proxy", "--memory") for value in given[name] for word in (name, value)
    ]
    with named(*given["--base"], *kept) as server:
        assert server.get("/readyz").status == 200


def fits(options: list[str], bounds: list[str]) -> bool:
    """Tell whether all workers at their bound leave the server what it may take itself."""
    (bound,) = bounds
    most = int(bound[:-1]) << {"M": 20, "G": 30}[bound[-1].upper()]
    workers = (config.Config().workers + 1) * int(options[options.index("--memory") + 1]) << 20
    limits = config.Limits()
    # Answers that are kept come compressed too, and known ones once more with their headers.
    own = limits.unsent + limits.bodies + 2 * limits.cache + limits.facts
    return workers + own + GRAPH < most


# The graph in the process that forks workers, with its Python, and the server's own: measured at half of it.
GRAPH = 300 << 20


CROSS = "SELECT (COUNT(*) AS ?n) { " + " ".join(
    f"VALUES ?{name} {{ {' '.join(map(str, range(100)))} }}" for name in "abcdef"
)


@pytest.mark.parametrize("kind", PROXIES)
def test_behind_a_proxy_one_visitor_does_not_keep_another_waiting(kind: str) -> None:
    """With the options of the unit: its proxy's visitors are clients each of their own."""
    text = (DEPLOY / "systemd" / "amcc.service").read_text(encoding="utf-8").replace("\\\n", " ")
    proxy = re.findall(r"--trusted-proxy \S+", text)[-1].split()
    with ExitStack() as stack:
        folder = stack.enter_context(reachable())
        server = stack.enter_context(named(PUBLIC, *proxy, "--timeout", "8"))
        port = stack.enter_context(PROXIES[kind](folder, before(kind, server, folder)))

        def visit(source: str, query: str) -> Response:
            connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
            with closing(connection):
                connection.request("GET", f"/sparql?{urlencode({'query': query})}")
                answer = connection.getresponse()
                return Response(answer.status, dict(answer.getheaders()), answer.read())

        with ThreadPoolExecutor(3) as threads:
            slow = [threads.submit(visit, "127.0.0.2", f"{CROSS} }} #{n}") for n in range(2)]
            assert settles(lambda: "\namcc_workers_busy 2.0\n" in server.get("/metrics").text)
            time.sleep(1)
            # A third of the same visitor waits.
            slow.append(threads.submit(visit, "127.0.0.2", f"{CROSS} }} #2"))
            assert settles(lambda: "\namcc_queue_length 1.0\n" in server.get("/metrics").text)
            started = time.monotonic()
            other = visit("127.0.0.3", "ASK { ?s ?p ?o }")
            assert (other.status, time.monotonic() - started < 3) == (200, True)
            assert {one.result().status for one in slow} <= {429, 504}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, continued lines joined and comments left out."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    pairs = (line.strip().partition(" ") for line in text.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, _, rest in pairs]


def test_the_image_runs_as_nobody_and_takes_nothing_from_the_network_but_packages() -> None:
    given = instructions()
    names = [name for name, _ in given]
    last = len(names) - 1 - names[::-1].index("FROM")
    final = dict(given[last:])
    assert final["USER"].split(":")[0].isdigit()
    assert int(final["USER"].split(":")[0]) > 0
    assert "HEALTHCHECK" in final
    assert "ADD" not in names
    assert not any("curl" in rest or "wget" in rest for name, rest in given if name == "RUN")
    # Tags that move would make two builds of one commit differ.
    assert all(re.search(r":\d+\.\d+\.\d+-", rest) for name, rest in given if name == "FROM")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage makes, made by its own instructions without a container around them."""
    folder = tmp_path_factory.mktemp("image")
    context, source, target = folder / "context", folder / "source", folder / "opt"
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    allowed = [
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    for name in kept:
        if any(name == path or name.startswith(f"{path}/") for path in allowed):
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, context / name)
    source.mkdir()
    given = instructions()
    stage = given[1 : [name for name, _ in given].index("FROM", 1)]
    # Packages come from this environment: what is tried is that the image has all that the build needs.
    venv.create(target, with_pip=True, system_site_packages=False)
    (site,) = target.glob("lib/python*/site-packages")
    (site / "here.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages")), encoding="utf-8"
    )
    for name, rest in stage:
        if name == "COPY":
            *sources, to = rest.split()
            for path in sources:
                into = source / to / (path if to == "./" else "")
                copy = shutil.copytree if (context / path).is_dir() else shutil.copy
                copy(context / path, into)
        elif name == "RUN":
            script = rest.replace("python -m venv /opt/amcc", "true").replace("/opt/amcc", str(target))
            script = script.replace("pip install", "pip install --no-build-isolation --no-deps --quiet")
            subprocess.run(script, shell=True, cwd=source, check=True, timeout=300)
        else:
            assert name == "WORKDIR"
    return target


def test_the_image_holds_no_source_text(image: Path) -> None:
    words = (ROOT / "seeds" / "2018-09-20-amcc-3.txt").read_text(encoding="utf-8").split("\n\n")
    longest = max((text.strip() for text in words), key=len).encode()[:120]
    assert not list(image.parent.rglob("seeds"))
    files = [
        path for path in image.parent.rglob("*") if path.is_file() and "site-packages/pip" not in str(path)
    ]
    assert len(files) > 100
    assert not any(longest in path.read_bytes() for path in files)


def test_the_image_answers_with_nothing_else_at_hand(image: Path, tmp_path: Path) -> None:
    given = dict(instructions())
    entry, (command, *options) = yaml.safe_load(given["ENTRYPOINT"]), yaml.safe_load(given["CMD"])
    assert (entry, command) == (["amcc"], "serve")
    port = free_port()
    arguments = [option.replace("0.0.0.0", "127.0.0.1").replace("8080", str(port)) for option in options]
    environment = {"PATH": f"{image}/bin:/usr/bin:/bin", "AMCC_CACHE": str(tmp_path / "cache")}
    with running_image([str(image / "bin" / entry[0]), command, *arguments], environment, tmp_path, port):
        assert ask(port, "/readyz").status == 200
        assert "event:amcc-3" in ask(port, "/event/amcc-3.ttl").text
        # The check of the image's own health, as it would run it.
        check = yaml.safe_load(given["HEALTHCHECK"].partition("CMD ")[2])
        script = check[-1].replace("8080", str(port))
        done = subprocess.run([image / "bin" / check[0], *check[1:-1], script], env=environment, check=False)
        assert done.returncode == 0


@contextmanager
def running_image(command: list[str], environment: dict[str, str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("w") as written:
        process = subprocess.Popen(command, env=environment, cwd="/", stdout=written, stderr=written)
        try:
            assert settles(lambda: listens(port) or process.poll() is not None, 20)
            assert process.poll() is None, (folder / "log").read_text()
            assert settles(lambda: ask(port, "/readyz").status == 200, 15)
            yield
        finally:
            process.terminate()
            assert process.wait(20) == 0

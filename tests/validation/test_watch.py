"""`amcc validate` for people at a terminal: it watches, it colours, and Ctrl-C ends it cleanly."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from command_line import SOURCE

from amcc_kg.cli import validate
from amcc_kg.cli.named_files import Named

ROOT = Path(__file__).parent.parent.parent
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix : <http://e/> .
:BookShape a sh:NodeShape ; sh:targetClass :Book ; sh:property :title .
:title sh:path :title ; sh:minCount 1 ; sh:message "A book has a title." .
"""
GOOD = '@prefix : <http://e/> .\n:emma a :Book ; :title "Emma" .\n'
BAD = "@prefix : <http://e/> .\n:emma a :Book .\n"


class Watching:
    """A running `amcc validate --watch`, and what it has said since one last looked."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self._read = 0

    def says(self, pattern: str, within: float = 20) -> str:
        """Wait for a text, and then for the end of that round; return all that was said until then."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            text = self._log.read_text("utf-8")[self._read :]
            found = re.search(f"(?s){pattern}.*?watching; Ctrl-C ends\n", text)
            if found:
                self._read += found.end()
                return text[: found.end()]
            assert self.process.poll() is None, text
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not said: {text!r}")


@contextmanager
def watching(folder: Path, cache: Path, *arguments: str) -> Iterator[Watching]:
    log = folder.parent / "said"
    environment = os.environ | {"AMCC_CACHE": str(cache), "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "amcc_kg", "validate", "--watch", *arguments],
            cwd=folder, env=environment, stdout=written, stderr=written,
        )  # fmt: skip
        try:
            yield Watching(process, log)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
            assert "Traceback" not in log.read_text("utf-8")
        finally:
            process.kill()
            process.wait(20)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (folder / "books.ttl").write_text(GOOD, encoding="utf-8")
    return folder


def test_it_validates_again_whatever_happens_to_a_file(library: Path, cache: Path) -> None:
    books = library / "books.ttl"
    with watching(library, cache, "books.ttl", "--shapes", "shapes.ttl") as run:
        run.says("conforms")
        books.write_text(BAD, encoding="utf-8")
        run.says(r"books.ttl:2:1: violation: A book has a title")
        books.write_text(GOOD[:-9], encoding="utf-8")
        run.says(r"books.ttl:2:23: error: expected an object")
        # As editors save: a new file takes the place of the old one.
        (library / "books.tmp").write_text(GOOD, encoding="utf-8")
        (library / "books.tmp").rename(books)
        run.says("conforms")
        books.unlink()
        run.says("error: books.ttl: ")
        books.write_text(BAD, encoding="utf-8")
        run.says("1 violation")
        (library / "shapes.ttl").write_text(
            SHAPES.replace("sh:minCount 1", "sh:minCount 0"), encoding="utf-8"
        )
        run.says("conforms")


def test_a_file_that_is_away_for_a_moment_ends_nothing(library: Path) -> None:
    books, away, done = library / "books.ttl", library / "books.away", threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            books.rename(away)
            away.rename(books)

    named = Named(paths=(books, library), shapes=(str(library / "shapes.ttl"),))
    editor = threading.Thread(target=come_and_go)
    editor.start()
    try:
        for _ in range(5000):
            assert set(validate._state(named)[1]) <= {books, away, library / "shapes.ttl"}
    finally:
        done.set()
        editor.join()


def test_a_file_that_comes_into_a_watched_folder_is_seen(library: Path, cache: Path) -> None:
    with watching(library, cache, ".", "--shapes", "shapes.ttl") as run:
        run.says("conforms")
        (library / "more.ttl").write_text(BAD.replace(":emma", ":ulysses"), encoding="utf-8")
        run.says("more.ttl:2:1: violation")


def test_without_a_file_it_watches_the_whole_repository(tmp_path: Path, cache: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, copy / name)
    passage = copy / "data" / "documents" / "2018-09-20-amcc-3" / "s02a.ttl"
    text = passage.read_text("utf-8")
    with watching(copy, cache) as run:
        run.says("conforms")
        passage.write_text(text.replace("amcc:heldOn ", "amcc:heldOnn "), encoding="utf-8")
        run.says("s02a.ttl:24:18: violation")
        passage.write_text(text, encoding="utf-8")
        run.says("conforms")


def test_while_nothing_changes_it_rests(library: Path, cache: Path) -> None:
    with watching(library, cache, "books.ttl", "--shapes", "shapes.ttl") as run:
        run.says("conforms")
        before = _processor_time(run.process.pid)
        time.sleep(1.5)
        assert _processor_time(run.process.pid) - before < 0.5
        assert "conforms" not in (library.parent / "said").read_text("utf-8")[run._read :]


def _running_in_group(group: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, belongs = stat.read_text().rpartition(")")[2].split()[:3]
            if int(belongs) == group and state != "Z":
                found.append(stat.parent.name)
    return found


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_a_terminal(folder: Path, cache: Path, *arguments: str, **more: str) -> str:
    """Return what a call writes to a terminal."""
    parent, child = pty.openpty()
    environment = os.environ | {"AMCC_CACHE": str(cache), "PYTHONPATH": str(SOURCE), "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "amcc_kg", "validate", *arguments],
        cwd=folder, env=environment | more, stdout=child, stderr=child, stdin=child,
    )  # fmt: skip
    os.close(child)
    received = b""
    while True:
        try:
            chunk = os.read(parent, 65536)
        except OSError:
            break
        if not chunk:
            break
        received += chunk
    os.close(parent)
    process.wait(20)
    return received.decode()


def test_a_terminal_gets_colours_unless_it_wants_none(library: Path, cache: Path) -> None:
    (library / "books.ttl").write_text(BAD, encoding="utf-8")
    call = ("books.ttl", "--shapes", "shapes.ttl")
    assert "\x1b[" in at_a_terminal(library, cache, *call)
    plain = at_a_terminal(library, cache, *call, NO_COLOR="1")
    assert "\x1b" not in plain
    assert "\x1b" not in at_a_terminal(library, cache, *call, TERM="dumb")
    assert re.sub(r"\x1b\[[0-9;]*m", "", at_a_terminal(library, cache, *call)) == plain
    at_a_terminal(library, cache, *call, "--format", "text=report.txt")
    assert "\x1b" not in (library / "report.txt").read_text("utf-8")


def test_a_long_run_says_at_a_terminal_what_it_does_and_leaves_no_trace(library: Path, cache: Path) -> None:
    lines = ["@prefix : <http://e/> .", *(f":b{n} a :Book ; :n 'a{n}' ; :m {n} ." for n in range(120_000))]
    (library / "many.ttl").write_text("\n".join(lines), encoding="utf-8")
    shapes = SHAPES.replace("sh:minCount 1", "sh:minCount 0") + "".join(
        f":s{n} sh:targetClass :Book ; sh:property [ sh:path :n ; sh:pattern '^a[0-9]*.{{0,{n}}}$' ] .\n"
        for n in range(12)
    )
    (library / "shapes.ttl").write_text(shapes, encoding="utf-8")
    call = ("books.ttl", "many.ttl", "--shapes", "shapes.ttl")
    shown = at_a_terminal(library, cache, *call, NO_COLOR="1")
    painted = re.findall(r"\r((?:reading file|checking shape) \d+ of \d+)\x1b\[K", shown)
    assert painted
    assert {text.rpartition(" ")[2] for text in painted} <= {"1", "2", "13"}
    # As the terminal shows it in the end: the line is erased before the results stand in its place.
    progress, _, results = shown.rpartition("\r\x1b[K")
    assert progress.endswith(f"\r{painted[-1]}\x1b[K")
    assert results == "conforms: nothing to report\r\n"
    # A pipe gets nothing of it, nor a terminal that cannot erase, nor a short run.
    environment = os.environ | {"AMCC_CACHE": str(cache), "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "amcc_kg", "validate", *call]
    done = subprocess.run(command, cwd=library, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("conforms: nothing to report\n", "")
    assert "\x1b" not in at_a_terminal(library, cache, *call, TERM="dumb")


def test_ctrl_c_ends_all_processes_and_leaves_no_half_a_report(library: Path, cache: Path) -> None:
    lines = ["@prefix : <http://e/> .", *(f":b{n} a :Book ; :n {n} ; :m {n} ." for n in range(150_000))]
    (library / "books.ttl").write_text("\n".join(lines), encoding="utf-8")
    shapes = SHAPES + "".join(
        f":s{n} a sh:NodeShape ; sh:targetClass :Book ; sh:property [ sh:path :n ; sh:maxInclusive {n} ] .\n"
        for n in range(6)
    )
    (library / "shapes.ttl").write_text(shapes, encoding="utf-8")
    environment = os.environ | {"AMCC_CACHE": str(cache), "PYTHONPATH": str(SOURCE)}
    for delay in (0.3, 1.0, 2.5):
        process = subprocess.Popen(
            [sys.executable, "-m", "amcc_kg", "validate", "books.ttl", "--shapes", "shapes.ttl",
             "--jobs", "2", "--format", "json=report.json"],
            cwd=library, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(delay)
        assert process.poll() is None, "ended before it was interrupted"
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert (process.returncode, said) == (130, "")
        assert not (library / "report.json").exists()
        assert _running_in_group(process.pid) == []

"""Work in a process of its own: its result comes back, or its error as it was raised, or that it died."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import InvalidOperation
from pathlib import Path

import pytest

from amcc_kg.graph.child_process import Child, run
from amcc_kg.terms.errors import EngineError, InconsistentError, InputError, PlacedError
from amcc_kg.terms.spelling import nearest


class OwnError(ValueError):
    """An error whose constructor asks for other things than its text."""

    def __init__(self, *, place: int, thing: object) -> None:
        self.place = place
        self.thing = thing
        super().__init__(f"wrong at {place}")


def inconsistent() -> InconsistentError:
    error = InconsistentError("the graph contradicts its ontology: so it is", None, None)
    error.explanation = "because"
    return error


ERRORS = [
    InputError("no such thing"),
    EngineError("gave up"),
    PlacedError(Path("a.ttl"), 3, None, "not Turtle"),
    inconsistent(),
    SyntaxError("error at 1:7: expected one of", ("q.rq", 1, 7, "SELECT")),
    OSError(2, "No such file", "x"),
    KeyError("x"),
    ZeroDivisionError("division by zero"),
    InvalidOperation("no number"),
    json.JSONDecodeError("expected", "doc", 2),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    OwnError(place=7, thing=object()),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_class_and_its_text(error: Exception) -> None:
    def work() -> bytes:
        raise error

    with pytest.raises(type(error)) as caught:
        run(work)
    assert str(caught.value) == str(error)
    for name in ("line", "column", "path", "reason", "explanation", "lineno", "errno", "place"):
        assert getattr(caught.value, name, None) == getattr(error, name, None)


def test_an_error_of_no_importable_class_is_told_by_its_name() -> None:
    class HiddenError(Exception):
        pass

    def work() -> bytes:
        raise HiddenError("deep down")

    with pytest.raises(EngineError, match=r"HiddenError: deep down"):
        run(work)


def test_a_result_of_any_size_comes_back() -> None:
    assert run(lambda: b"") == b""
    assert run(lambda: b"x" * 5_000_000) == b"x" * 5_000_000


def test_a_child_that_dies_or_is_late_is_an_engine_error_and_leaves_nothing() -> None:
    before = children()
    with pytest.raises(EngineError, match="broke off"):
        run(lambda: os.kill(os.getpid(), signal.SIGKILL) or b"")  # type: ignore[func-returns-value]
    with pytest.raises(EngineError, match="broke off"):
        run(lambda: b"x" * (1 << 62))
    with pytest.raises(EngineError, match="ended early"):
        Child(lambda: os._exit(3)).result(died="ended early")
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"no answer within 0\.2 s"):
        run(lambda: time.sleep(60) or b"", 0.2)  # type: ignore[func-returns-value]
    assert time.monotonic() - started < 30
    assert children() <= before


def children() -> set[str]:
    """The processes that this one has started and not waited for: those of other tests may be among them."""
    return {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def test_a_confined_child_can_complain_and_open_nothing() -> None:
    assert run(lambda: nearest("partis", ["parties"]).encode()) == b"; did you mean 'parties'?"
    with pytest.raises(OSError, match="Too many open files"):
        run(lambda: Path(__file__).read_bytes())
    assert Child(Path(__file__).read_bytes, confined=False).result() == Path(__file__).read_bytes()
    assert "difflib" in sys.modules


def test_several_work_at_once() -> None:
    children = [Child(lambda n=n: str(n).encode(), confined=False) for n in range(4)]  # type: ignore[misc]
    assert [child.result() for child in children] == [b"0", b"1", b"2", b"3"]


ENDLESS = """
import sys
from pyoxigraph import NamedNode, Quad, Store
from amcc_kg.graph.child_process import run
store = Store()
store.extend(Quad(NamedNode(f"e:{n}"), NamedNode("e:p"), NamedNode("e:o")) for n in range(500))

def work():
    sys.stdout.write(f"{__import__('os').getpid()}\\n")
    sys.stdout.flush()
    next(store.query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"))

run(work)
"""


def is_at_work(process: int) -> bool:
    """Tell whether a process is there and has not ended, which in a container nobody may have noticed."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return sys.platform != "linux"
    return state != "Z"


def test_a_child_ends_with_its_parent_even_in_the_middle_of_a_query() -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 60
    while is_at_work(child) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not is_at_work(child)

"""What is said to the C library: it must leave a process as able as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

from amcc_kg.reasoning import allocator

CLOSING = """
import sys
from pyoxigraph import RdfFormat, Store
from amcc_kg.reasoning import allocator, fixpoint
owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix : <http://example.org/> . "
store = Store()
links = "".join(f":a{n} :p :b{n} . " for n in range(int(sys.argv[1])))
store.load(f"{owl}:p owl:inverseOf :q . {links}".encode(), RdfFormat.TURTLE)
assert fixpoint.close(store) == []
print(len(store), allocator.merge_what_is_freed.cache_info().currsize)
"""


@pytest.mark.parametrize(("size", "told"), [(60_000, 1), (100, 0)])
def test_only_a_large_graph_is_closed_with_the_allocator_told(size: int, told: int) -> None:
    command = [sys.executable, "-c", CLOSING, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{2 * size + 1} {told}\n"


def test_a_c_library_without_the_setting_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert allocator.merge_what_is_freed.__wrapped__() is False

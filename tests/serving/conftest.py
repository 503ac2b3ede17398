from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from live import GRAPH, Server, settles

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("uvloop", reason="the extra `serve` is not installed")


@pytest.fixture(scope="session")
def graph_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "graph.trig"
    path.write_text(GRAPH, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def server(graph_file: Path) -> Iterator[Server]:
    """A server over four triples and two named graphs, with short limits."""
    with Server(graph_file, "--timeout", "1.5", "--memory", "256", "--max-rows", "20000") as running:
        yield running


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    """A server over the repository that these tests stand in."""
    with Server("--quiet", cwd=Path(__file__).parent) as running:
        assert settles(lambda: running.get("/").status == 200, 15)
        yield running

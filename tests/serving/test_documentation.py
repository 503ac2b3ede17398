"""The commands of docs/serving.md, run as they stand there against a server, print what stands there.

`AMCC_WRITE_DOCS=1 pytest tests/serving/test_documentation.py` puts the present output into it.
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from live import Server, settles

from amcc_kg.cli import serve as command
from amcc_kg.serving import config, routes
from amcc_kg.serving.http import negotiation

DOCUMENT = Path(__file__).parents[2] / "docs" / "serving.md"
BLOCKS = re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
ADDRESS = "http://127.0.0.1:8080/"


TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_every_option_and_every_limit_is_told_of() -> None:
    options = {
        option
        for parameter in inspect.signature(command.serve).parameters.values()
        for option in re.findall(r"--[a-z-]+", str(parameter))
    } | {f"--{name.replace('_', '-')}" for name in inspect.signature(command.serve).parameters} - {
        "--context",
        "--files",
    }
    assert len(options) > 10
    assert [option for option in sorted(options) if option not in TEXT] == []
    limits = config.Limits()
    for value in (limits.url, limits.head, limits.body, limits.unsent, limits.cache):
        size = f"{value >> 10} KB" if value < 1 << 20 else f"{value >> 20} MB"
        assert f"| {size} |" in TEXT, size
    for number in (limits.connections, limits.pipelined, limits.share):
        assert f"| {number:,} |" in TEXT, number
    assert f"| {limits.client_connections}; " in TEXT
    for time in (limits.head_time, limits.body_time, limits.idle_time):
        assert f"| {time:g} s |" in TEXT, time
    assert f"| {limits.queue}, each for {limits.queue_time:g} s |" in TEXT
    assert f"| {limits.write_time:g} s, and 1 s for each {limits.write_rate >> 10} KB |" in TEXT


def test_every_representation_is_told_of_with_its_other_names() -> None:
    for offer in {offer for offers in negotiation.OFFERS.values() for offer in offers}:
        media = offer.media.partition(";")[0]
        if offer is not negotiation.PLAIN_JSON:
            (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{media}` |")]
            assert all(f"`{alias}`" in line for alias in offer.aliases)
            assert f"`.{offer.suffix}`" in line or offer.suffix in ("srj", "srx")


def test_every_service_of_the_server_is_told_of() -> None:
    things = {"/favicon.svg", "/favicon.ico", "/robots.txt", "/"}
    for path, *_ in (*routes.EXACT, *routes.WITH_REST):
        if path not in things:
            assert f"`{path.partition('{')[0]}" in TEXT, path


@pytest.mark.skipif(not shutil.which("curl") and "CI" not in os.environ, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_session_goes_as_the_documentation_shows(number: int) -> None:
    block = BLOCKS[number]
    printed = ""
    with Server("--quiet", "--timeout", "5", cwd=Path(__file__).parent) as running:
        assert settles(lambda: running.get("/").status == 200, 15)
        own = f"http://127.0.0.1:{running.address[1]}/"
        for command in [line[2:] for line in block.splitlines() if line.startswith("$ ")]:
            done = subprocess.run(
                ["bash", "-c", command.replace(ADDRESS, own)], capture_output=True, timeout=60, check=False
            )
            output = done.stdout.decode().replace("\r\n", "\n").replace(own, ADDRESS)
            printed += f"$ {command}\n{output}" + ("\n" if output and not output.endswith("\n") else "")
    if os.environ.get("AMCC_WRITE_DOCS"):
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(text.replace(f"```console\n{block}```", f"```console\n{printed}```"), "utf-8")
        return
    assert printed == block

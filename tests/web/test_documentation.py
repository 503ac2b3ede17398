"""The commands of docs/serving.md, run as they stand there against a server, print what stands there.

`AMCC_WRITE_DOCS=1 pytest tests/web/test_documentation.py` puts the present output into it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from live import Server, settles

DOCUMENT = Path(__file__).parents[2] / "docs" / "serving.md"
BLOCKS = re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
ADDRESS = "http://127.0.0.1:8080/"


@pytest.mark.skipif(not shutil.which("curl") and "CI" not in os.environ, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_session_goes_as_the_documentation_shows(number: int) -> None:
    block = BLOCKS[number]
    printed = ""
    with Server("--quiet", "--timeout", "2", cwd=Path(__file__).parent) as running:
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

"""The README's commands, run as they stand there, print what stands there.

`AMCC_WRITE_README=1 pytest tests/cli/test_readme.py` puts the present output into it; read the difference.
"""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import pytest
import shell

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
BLOCKS = CONSOLE.findall(README.read_text(encoding="utf-8"))


def commands_of(block: str) -> list[str]:
    """The commands of a block: lines after `$ `, with their continuation lines after `> `."""
    found: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(line[2:])
        elif line.startswith("> "):
            found[-1] += "\n" + line[2:]
    return found


def run(block: str, folder: Path) -> str:
    """Run a block's commands in one shell and return the block as a terminal would show it."""
    shown = []
    for command in commands_of(block):
        done = shell.run(command, folder)
        shown.append("$ " + command.replace("\n", "\n> ") + "\n" + done.stdout)
        if command.startswith("cd "):
            folder = folder / command.split()[1]
    return "".join(shown)


@pytest.fixture
def checkout(block: str, tmp_path: Path) -> Path:
    """A folder that is this checkout for every command, and takes what they write.

    The source texts are there only for what holds the data against them: evidence shows whole sentences where
    it has them, and the README goes into wheels, which no source text does.
    """
    seeds = ["seeds"] if "amcc verify" in block or "amcc build" in block else []
    for entry in ("ontology", "data", "queries", "tests", "src", *seeds):
        (tmp_path / entry).symlink_to(ROOT / entry)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=[commands_of(block)[0].split("\n")[0][:50] for block in BLOCKS])
def test_a_block_of_commands_prints_what_the_readme_shows(block: str, checkout: Path) -> None:
    printed = run(block, checkout)
    if os.environ.get("AMCC_WRITE_README"):
        text = README.read_text(encoding="utf-8")
        README.write_text(
            text.replace(f"```console\n{block}```", f"```console\n{printed}```"), encoding="utf-8"
        )
        return
    assert printed == block


def test_the_python_session_prints_what_the_readme_shows() -> None:
    found = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0

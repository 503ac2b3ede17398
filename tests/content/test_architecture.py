"""`docs/architecture.md` names what there is: every room, and no file or folder that does not exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "amcc_kg"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
][0]["layers"]
# What is named by its path: `room/file.py`, `room/module.Class`, `room/folder/`; a verb's file is a pattern.
NAMED = sorted({name for name in re.findall(r"`([a-z_]+(?:/[\w<>.-]*)+)`", TEXT) if "<" not in name})

# Where a path may begin: the package, or a room that has rooms of its own.
TOPS = [SOURCE, *(SOURCE / room for room in ("serving", "validation", "receipts", "syntax"))]


def test_every_room_has_a_row_in_the_order_of_the_contract() -> None:
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", TEXT, re.MULTILINE)
    assert rows == ROOMS


def test_a_module_to_begin_with_lies_in_its_room() -> None:
    begun = re.findall(r"^\| `(\w+)/` \|.*\| `([\w/.]+)` \|$", TEXT, re.MULTILINE)
    assert len(begun) == len(ROOMS) - 1  # the Python face is a module by itself
    for room, module in begun:
        assert (SOURCE / room / module).is_file(), f"{room}/{module}"


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_exists(name: str) -> None:
    if (ROOT / name).exists() or any((top / name).exists() for top in TOPS):
        return
    place, *members = name.split(".")
    (found,) = {path for top in TOPS for path in [top / f"{place}.py"] if path.is_file()}
    for member in members:
        assert re.search(
            rf"^\s*(?:async )?(?:def|class) {member}\b|^{member}\b", found.read_text(), re.MULTILINE
        )

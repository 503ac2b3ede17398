"""What `make` says where it has no Python to work with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# As at a prompt, also where `make` runs these tests.
PROMPT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
OLD = f"""#!/bin/sh
exec {sys.executable} -c "import sys; sys.version_info = (3, 10, 9); sys.version = '3.10.9 (old)'; \
exec(sys.argv[1])" "$2"
"""


def make(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(
        ["make", *words], cwd=folder, env=PROMPT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("python", "complaint"),
    [("./old", "is 3.10.9;"), ("", "there is none;"), ("./none", "./none does not run;")],
)
@pytest.mark.parametrize("target", ["setup", "demo", "test"])
def test_make_says_in_one_line_which_python_it_needs(
    target: str, python: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "old").chmod(0o755)
    done = make(target, f"PYTHON={python}", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Python 3.11 or newer is needed, but " in done.stderr and complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


def test_make_takes_a_python_that_is_new_enough(tmp_path: Path) -> None:
    done = make("--dry-run", "setup", f"PYTHON={sys.executable}", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{sys.executable} -m venv .venv" in done.stdout

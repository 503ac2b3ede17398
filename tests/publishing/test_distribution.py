"""What is distributed: a wheel that answers anywhere without compiling, and no source text in it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = [path.read_text(encoding="utf-8") for path in (ROOT / "seeds").glob("*.txt")]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return out


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what the wheel depends on is lent from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=100)
    python = folder / "bin" / "python"
    (wheel,) = distributions.glob("*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        str(wheel),
    ]
    subprocess.run(pip, check=True, timeout=200)
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", query], check=True, capture_output=True, text=True, timeout=20)
    (Path(found.stdout.strip()) / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "amcc"


def test_an_installed_wheel_answers_in_any_folder_without_compiling(installed: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AMCC_CACHE": str(cache)}
    done = subprocess.run(
        [installed, "query", "who-chaired", "--format", "csv"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=60,
    )
    # Which data these are is said once, and nothing else.
    assert done.stderr.startswith(b"no repository here")
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == (ROOT / "tests" / "golden" / "who-chaired.csv").read_bytes()
    assert not cache.exists(), "it compiled, for it wrote to the cache"


def test_an_installed_wheel_validates(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AMCC_CACHE": str(tmp_path / "cache")}
    broken = ROOT / "tests" / "broken" / "CommitmentAgents.or.ttl"
    done = subprocess.run(
        [installed, "validate", broken],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr


def test_distributions_hold_no_source_text(distributions: Path) -> None:
    contents: dict[str, bytes] = {}
    for path in distributions.iterdir():
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                contents |= {f"{path.name}/{n}": wheel.read(n) for n in wheel.namelist()}
        else:
            with tarfile.open(path) as archive:
                for member in archive.getmembers():
                    if member.isfile() and (file := archive.extractfile(member)):
                        contents[f"{path.name}/{member.name}"] = file.read()
    assert any(name.endswith("content/compiled.amcc") for name in contents)
    assert any(name.endswith("content/ontology/shapes.ttl") for name in contents)
    assert not [name for name in contents if "/seeds/" in name]
    for text in SEEDS:
        pieces = [text[start : start + 150].encode() for start in range(0, len(text) - 150, 25)]
        assert not [name for name, content in contents.items() if any(piece in content for piece in pieces)]

"""A coverage-guided fuzzer at the parsers that know places, for a few seconds of every run of the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import SOURCE

FUZZER = Path(__file__).parent.parent / "fuzz_positions.py"
SEEDS = (
    b'\0@prefix : <x:> . :a :b [ :c ( 1 "d"@en ) ] ; a :e .',
    b"\1@base <x:y/> . <g> { <a> <b> 1.0e0 , true . }",
    b'\2<x:a> <x:b> "c\\u00e9\\n"^^<x:d> .\n',
    b"\3_:a <x:b> _:c <x:g> .\n",
    b"\0@version '1.2' . << <x:a> <x:b> <<( [] <x:c> 1 )>> ~ <x:d> >> <x:e> 'f'@g--ltr ~ _:h {| a <x:i> |} .",
    b'\2VERSION "1.2"\n<x:a> <x:b> <<( _:c <x:d> <<( <x:e> <x:f> "g"@h--rtl )>> )>> .\n',
)


def fuzz(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FUZZER), *options, "-print_final_stats=1", str(folder)]
    return subprocess.run(
        command,
        cwd=folder.parent,
        env={"PYTHONPATH": str(SOURCE), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this machine or Python")
def test_no_text_makes_a_parser_crash_or_lose_a_place(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    for number, seed in enumerate(SEEDS):
        (folder / str(number)).write_bytes(seed)
    done = fuzz(folder, "-max_total_time=5", "-timeout=10", "-max_len=200")
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    assert runs is not None, done.stderr[-3000:]
    assert int(runs[1]) > 1000
    # It saw what the parsers do with them: only texts that reach something new are added.
    assert len(list(folder.iterdir())) > len(SEEDS)

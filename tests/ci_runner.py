"""A stand-in for GitHub's runner: it runs the steps of a composite action in order, as far as they are shell.

It knows what `action.yml` uses of the runner's language (inputs, outputs of steps, `always()`, `==`, `!=`,
`&&`) and refuses everything else. A step that is another action is recorded with what it is given, not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ACTION = Path(__file__).parents[1] / "action.yml"
_REFERENCE = re.compile(r"inputs\.([\w-]+)|steps\.([\w-]+)\.outputs\.([\w-]+)")
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script in bash as CI does, with the amcc of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@dataclass
class Job:
    """What a run of the action left behind."""

    outputs: dict[str, str] = field(default_factory=dict)
    stdout: str = ""
    stderr: str = ""
    summary: str = ""
    failed: bool = False
    scripts: list[str] = field(default_factory=list)
    used: dict[str, dict[str, str]] = field(default_factory=dict)


def run_action(folder: Path, work: Path, **given: str) -> Job:
    """Run the action in a folder with inputs, and with the runner's own files in another folder."""
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert set(given) <= set(action["inputs"])
    inputs = {name: str(about["default"]) for name, about in action["inputs"].items()} | given
    job, outputs = Job(), dict[tuple[str, str], str]()
    summary = work / "summary.md"
    for number, step in enumerate(action["runs"]["steps"]):
        if not _wanted(step.get("if", "true"), inputs, outputs, job.failed):
            continue
        if "uses" in step:
            job.used[step["uses"]] = {
                name: _text(value, inputs, outputs) for name, value in step.get("with", {}).items()
            }
            continue
        assert "${{" not in step["run"], "an input is spliced into a script"
        job.scripts.append(step["name"])
        written = work / f"output-{number}"
        variables = {name: _text(value, inputs, outputs) for name, value in step.get("env", {}).items()}
        done = run(
            step["run"],
            folder,
            **variables,
            GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_OUTPUT=str(written),
            GITHUB_ACTION_PATH=str(ACTION.parent),
        )
        job.stdout += done.stdout
        job.stderr += done.stderr
        job.failed |= done.returncode != 0
        if written.is_file():
            found = _written(written.read_text(encoding="utf-8"))
            outputs |= {(step["id"], name): value for name, value in found.items()}
    job.outputs = {name: _text(about["value"], inputs, outputs) for name, about in action["outputs"].items()}
    job.summary = summary.read_text(encoding="utf-8") if summary.is_file() else ""
    return job


def _text(value: Any, inputs: dict[str, str], outputs: dict[tuple[str, str], str]) -> str:
    """Fill in a value's expressions; each may be no more than a reference."""

    def filled(found: re.Match[str]) -> str:
        reference = _REFERENCE.fullmatch(found[1])
        assert reference is not None, f"not understood: {found[0]}"
        return _value(reference, inputs, outputs)

    return _EXPRESSION.sub(filled, str(value))


def _value(found: re.Match[str], inputs: dict[str, str], outputs: dict[tuple[str, str], str]) -> str:
    return inputs[found[1]] if found[1] else outputs.get((found[2], found[3]), "")


def _wanted(
    condition: str, inputs: dict[str, str], outputs: dict[tuple[str, str], str], failed: bool
) -> bool:
    parts = [part.strip() for part in condition.split("&&")]
    if failed and "always()" not in parts:
        return False
    return all(part in ("true", "always()") or _compared(part, inputs, outputs) for part in parts)


def _compared(text: str, inputs: dict[str, str], outputs: dict[tuple[str, str], str]) -> bool:
    found = re.fullmatch(r"(\S+) (==|!=) '([^']*)'", text)
    reference = found and _REFERENCE.fullmatch(found[1])
    assert found is not None and reference is not None, f"not understood: {text}"
    return (_value(reference, inputs, outputs) == found[3]) == (found[2] == "==")


def _written(text: str) -> dict[str, str]:
    """Read what a step wrote to its outputs: `name=value`, or lines between `name<<MARK` and MARK."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        if opened := re.fullmatch(r"([\w-]+)<<(\S+)", line):
            held = []
            while (following := next(lines)) != opened[2]:
                held.append(following)
            found[opened[1]] = "\n".join(held)
        else:
            name, sign, value = line.partition("=")
            assert sign, f"no output: {line}"
            found[name] = value
    return found

"""What people put into their CI works: the action's steps, the hook, the GitLab job, the guide."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_reports import BOOKS, SHAPES

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "shacl-in-ci.md"
PLACES = [("books.ttl", "5"), ("books.ttl", "9"), ("books.ttl", "10")]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "a library"
    folder.mkdir()
    (folder / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (folder / "books.ttl").write_text(BOOKS, encoding="utf-8")
    return folder


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script in bash as CI does, with the amcc of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def run_action(folder: Path, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the shell step of the action as the runner does: inputs into its variables."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    values = {name: str(about["default"]) for name, about in action["inputs"].items()} | inputs
    (step,) = [step for step in action["runs"]["steps"] if step.get("id") == "validate"]
    assert "${{" not in step["run"]
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in step["env"].items()
    }
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    return run(step["run"], folder, **variables, **files)


def test_the_action_annotates_summarizes_and_writes_sarif(library: Path, tmp_path: Path) -> None:
    done = run_action(library, tmp_path, paths="books.ttl", shapes="shapes.ttl")
    assert done.returncode == 1, done.stderr
    assert re.findall(r"^::\w+ file=(.*?),line=(\d+)", done.stdout, re.M) == PLACES
    assert "| violation | books.ttl:9:12 |" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert (tmp_path / "GITHUB_OUTPUT").read_text("utf-8") == "conforms=false\n"
    sarif = json.loads((library / "amcc-validate.sarif").read_text("utf-8"))
    assert len(sarif["runs"][0]["results"]) == 3


def test_the_action_passes_what_conforms_and_takes_no_input_for_a_command(
    library: Path, tmp_path: Path
) -> None:
    (library / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    (library / "$(touch hit).ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    paths = "books.ttl\n$(touch hit).ttl\n"
    done = run_action(library, tmp_path, paths=paths, shapes="shapes.ttl", arguments="--strict\n")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / "GITHUB_OUTPUT").read_text("utf-8") == "conforms=true\n"
    assert not (library / "hit").exists()


def test_the_gitlab_job_writes_its_artifacts(library: Path) -> None:
    job = yaml.safe_load((ROOT / "deploy/gitlab/amcc-validate.gitlab-ci.yml").read_text(encoding="utf-8"))
    variables = job["variables"] | {"AMCC_PACKAGE": "", "AMCC_PATHS": "books.ttl"}
    done = run("\n".join(job["amcc-validate"]["script"]), library, **variables)
    assert done.returncode == 1, done.stderr
    artifacts = job["amcc-validate"]["artifacts"]["reports"]
    quality = json.loads((library / artifacts["codequality"]).read_text("utf-8"))
    assert [(q["location"]["path"], str(q["location"]["lines"]["begin"])) for q in quality] == PLACES
    assert (library / artifacts["junit"]).is_file()


def test_the_hook_is_run_by_pre_commit(library: Path, tmp_path: Path) -> None:
    pre_commit = shutil.which(
        "pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if pre_commit is None:
        pytest.skip("pre-commit is not installed")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    # As published, but with the amcc of this environment instead of one that pre-commit would install.
    local = hook | {"language": "system", "args": ["--shapes", "shapes.ttl", "books.ttl"]}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (library / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    script = "git init -q && git add . && pre-commit run --all-files"
    done = run(script, library, PRE_COMMIT_HOME=str(tmp_path / "home"))
    assert done.returncode == 1, done.stderr
    assert "books.ttl:9:12: violation: " in done.stdout
    (library / "books.ttl").write_text(BOOKS.split(":persuasion")[0], encoding="utf-8")
    again = run("git add . && pre-commit run --all-files", library, PRE_COMMIT_HOME=str(tmp_path / "home"))
    assert again.returncode == 0, again.stdout


def test_the_guide_s_commands_do_what_it_says(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for kind, block in re.findall(r"```(sh|console)\n(.*?)```", text, re.S):
        if kind == "sh":
            done = run(block, tmp_path)
            assert done.returncode == 0, done.stderr
        else:
            commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
            shown = []
            for command in commands:
                done = run(f"set +e\n{command}", tmp_path)
                shown.append(f"$ {command}\n{done.stdout}{done.stderr}")
            if os.environ.get("AMCC_WRITE_README"):
                text = text.replace(block, "".join(shown))
                GUIDE.write_text(text, encoding="utf-8")
            else:
                assert "".join(shown) == block
    for workflow in re.findall(r"```yaml\n(.*?)```", text, re.S):
        assert yaml.safe_load(workflow)
    assert (tmp_path / "shacl.sarif").is_file()
    for link in re.findall(r"\]\((\.?[^)#:]+)\)", text):
        assert (GUIDE.parent / link).exists(), link

"""What people put into their CI works: the action's steps, the hook, the GitLab job, the guide."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from books import BOOKS, SHAPES
from ci_runner import ACTION, Job, run, run_action

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "shacl-in-ci.md"
GITLAB = ROOT / "deploy/gitlab/amcc-validate.gitlab-ci.yml"
PLACES = [("books.ttl", "5"), ("books.ttl", "9"), ("books.ttl", "10")]
GOOD = BOOKS.split(":persuasion")[0]
HOSTILE = (
    "$(touch hit).ttl",
    "`touch hit`.ttl",
    "a 'b' \"c\" & d;touch hit.ttl",
    "line\n::error::of its own\nconforms=true.ttl",
    "a|b %0A*c*,line=1::.ttl",
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "a library"
    folder.mkdir()
    (folder / "shapes.ttl").write_text(SHAPES, encoding="utf-8")
    (folder / "books.ttl").write_text(BOOKS, encoding="utf-8")
    return folder


def annotations(job: Job) -> list[tuple[str, str]]:
    return re.findall(r"^::\w+ file=(.*?),line=(\d+)", job.stdout, re.M)


# ---- GitHub ----


def test_the_action_annotates_summarizes_and_writes_sarif(library: Path, tmp_path: Path) -> None:
    job = run_action(
        library, tmp_path, install="false", paths="books.ttl", shapes="shapes.ttl", upload="true"
    )
    assert job.failed
    assert annotations(job) == PLACES
    assert "| violation | books.ttl:9:12 |" in job.summary
    assert job.outputs == {"conforms": "false", "sarif": "amcc-validate.sarif"}
    sarif = json.loads((library / "amcc-validate.sarif").read_text("utf-8"))
    assert len(sarif["runs"][0]["results"]) == 3
    # Uploaded though the validation failed, for only then is there something to see.
    (uploaded,) = job.used.values()
    assert uploaded["sarif_file"] == "amcc-validate.sarif"


def test_the_action_passes_what_conforms(library: Path, tmp_path: Path) -> None:
    (library / "books.ttl").write_text(GOOD, encoding="utf-8")
    options = {"arguments": "--strict\n", "sarif": "reports of today/s.sarif"}
    job = run_action(library, tmp_path, install="false", paths="books.ttl", shapes="shapes.ttl", **options)
    assert (job.failed, job.stdout, job.stderr) == (False, "", "")
    assert job.summary == "### SHACL: conforms: nothing to report\n\n"
    assert job.outputs == {"conforms": "true", "sarif": "reports of today/s.sarif"}
    assert job.used == {}
    assert json.loads((library / "reports of today/s.sarif").read_text("utf-8"))["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"shapes": "none.ttl"}, "nothing was validated"),
        ({"arguments": "--no-such-option"}, "nothing was validated"),
        ({"paths": "bad.ttl"}, "1 syntax error in 1 file; nothing was validated"),
    ],
)
def test_the_action_says_when_nothing_was_validated(
    library: Path, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    (library / "bad.ttl").write_text("@prefix : <http://e/> .\n:a :b c:d .\n", encoding="utf-8")
    inputs = {"paths": "books.ttl", "shapes": "shapes.ttl", "upload": "true"} | wrong
    job = run_action(library, tmp_path, install="false", **inputs)
    assert job.failed
    assert said in job.summary
    assert job.outputs["conforms"] == "false"
    # What was not written is not uploaded; what does not parse is shown at its line like any finding.
    assert bool(job.used) == bool(job.outputs["sarif"]) == ("paths" in wrong)
    assert annotations(job) == ([("bad.ttl", "2")] if "paths" in wrong else [])


def test_the_action_takes_no_name_and_no_input_for_a_command(library: Path, tmp_path: Path) -> None:
    folder = library / "$(touch hit) 'data'"
    folder.mkdir()
    for number, name in enumerate(HOSTILE):
        text = BOOKS.replace(":ulysses", f":ulysses{number}").replace(":persuasion", f":persuasion{number}")
        (folder / name).write_text(text, encoding="utf-8")
    sarif = "$(touch hit)\nconforms=true\nend-tmp"
    inputs = {"paths": f"{folder.name}\n-- $(touch hit).ttl\n", "sarif": sarif, "upload": "true"}
    (library / "-- $(touch hit).ttl").write_text(GOOD, encoding="utf-8")
    job = run_action(library, tmp_path, install="false", shapes="shapes.ttl", **inputs)
    assert not list(library.rglob("hit"))
    assert job.failed
    assert job.outputs == {"conforms": "false", "sarif": sarif}
    assert len(annotations(job)) == 3 * len(HOSTILE)
    # Nothing but one command a line, and each names one of the files.
    for line in job.stdout.splitlines():
        found = re.match(r"::(?:error|warning) file=([^,]*),line=(\d+),", line)
        assert found is not None, line
        name = re.sub("%(0A|2C|3A|25)", lambda code: chr(int(code[1], 16)), found[1])
        assert (library / name).is_file()
    rows = [line for line in job.summary.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 3 * len(HOSTILE)  # the head, and a row a finding
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_the_action_sets_up_what_it_runs(library: Path, tmp_path: Path) -> None:
    """The step that installs, with a pip that only says what it was asked for."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "<%s>" "$@" >> "$ASKED"\n')
    python.chmod(0o755)
    step = next(
        s for s in yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"] if s.get("name") == "Install"
    )
    for package, installed in (("", str(ROOT)), ("$(touch hit) -r x", "$(touch hit) -r x")):
        asked = tmp_path / "asked"
        asked.unlink(missing_ok=True)
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        script = f'PATH="$FAKE"\n{step["run"]}'
        done = run(
            script, library, FAKE=path, ASKED=str(asked), PACKAGE=package, GITHUB_ACTION_PATH=str(ROOT)
        )
        assert done.returncode == 0, done.stderr
        assert asked.read_text().endswith(f"<--><{installed}>")
    assert not (library / "hit").exists()
    job = run_action(library, tmp_path, install="false", paths="books.ttl", shapes="shapes.ttl")
    assert job.scripts == ["Validate"]


def test_the_action_explains_itself_and_names_what_it_uses() -> None:
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    for about in (*action["inputs"].values(), *action["outputs"].values()):
        assert about["description"].endswith(".")
    used = [step["uses"] for step in action["runs"]["steps"] if "uses" in step]
    assert used
    for name in used:
        assert re.fullmatch(r"(actions|github)/[\w/-]+@(v\d+|[0-9a-f]{40})", name), name
    scripts = "".join(step.get("run", "") for step in action["runs"]["steps"])
    named = {name for step in action["runs"]["steps"] for name in step.get("env", {})}
    assert named <= set(re.findall(r"\$\{?(\w+)", scripts))
    text = ACTION.read_text(encoding="utf-8")
    for name in action["inputs"]:
        assert re.search(rf"inputs\.{name}\b", text.partition("\nruns:")[2]), f"nothing uses the input {name}"


# ---- GitLab ----


def run_gitlab(folder: Path, shell: str = "bash", **variables: str) -> subprocess.CompletedProcess[str]:
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    values = {name: about["value"] for name, about in job["variables"].items()} | {"AMCC_PACKAGE": ""}
    script = "\n".join(job["amcc-validate"]["script"])
    return run(f'exec {shell} -e -c "$JOB"', folder, JOB=script, **values | variables)


def test_the_gitlab_job_writes_its_artifacts(library: Path) -> None:
    done = run_gitlab(library, AMCC_PATHS="books.ttl")
    assert done.returncode == 1, done.stderr
    assert "books.ttl:9:12: violation: " in done.stdout
    artifacts = yaml.safe_load(GITLAB.read_text("utf-8"))["amcc-validate"]["artifacts"]
    assert artifacts["when"] == "always"
    quality = json.loads((library / artifacts["reports"]["codequality"]).read_text("utf-8"))
    assert [(q["location"]["path"], str(q["location"]["lines"]["begin"])) for q in quality] == PLACES
    junit = (library / artifacts["reports"]["junit"]).read_text("utf-8")
    assert re.findall(r'file="(.*?)" line="(\d+)"', junit) == PLACES


@pytest.mark.parametrize("shell", ["bash", "sh"])  # GitLab takes what the image has
def test_the_gitlab_job_takes_no_name_for_a_command(library: Path, shell: str) -> None:
    hostile = [name for name in HOSTILE if "\n" not in name]
    for number, name in enumerate(hostile):
        (library / name).write_text(BOOKS.replace(":ulysses", f":ulysses{number}"), encoding="utf-8")
    (library / "my shapes.ttl").write_text(SHAPES, encoding="utf-8")
    variables = {"AMCC_PATHS": "\n".join([*hostile, ""]), "AMCC_SHAPES": "shapes.ttl\nmy shapes.ttl"}
    done = run_gitlab(library, shell, **variables)
    assert done.returncode == 1, done.stderr
    assert not (library / "hit").exists()
    quality = json.loads((library / "gl-code-quality-report.json").read_text("utf-8"))
    assert {issue["location"]["path"] for issue in quality} == set(hostile)


# ---- pre-commit ----


def commit(folder: Path, *paths: str) -> str:
    """Make a folder a git repository with one commit; return the commit's name."""
    git = 'git -c user.name=a -c user.email=a@example.org -c core.hooksPath=/dev/null "$@"'
    for words in (["init", "-q"], ["add", "--", *paths], ["commit", "-qm", "all"]):
        done = run(f"set -- {' '.join(words)}\n{git}", folder)
        assert done.returncode == 0, done.stderr
    return run("git rev-parse HEAD", folder).stdout.strip()


def test_the_hook_is_installed_and_run_by_pre_commit(library: Path, tmp_path: Path) -> None:
    """As a stranger has it: pre-commit clones this project, installs it from a package index, and runs it."""
    project = tmp_path / "project"
    files = run("git ls-files -z", ROOT).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    hook = {"id": "amcc-validate", "args": ["--shapes", "shapes.ttl", "books.ttl"]}
    config = {"repos": [{"repo": str(project), "rev": commit(project, "."), "hooks": [hook]}]}
    (library / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    home = str(tmp_path / "home")
    script = "git init -q && git add . && pre-commit run --all-files"
    done = run(script, library, PRE_COMMIT_HOME=home)
    if re.search("NewConnectionError|Temporary failure in name resolution", done.stdout):
        pytest.skip("pre-commit reaches no package index to install from")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.findall(r"^(\S+):(\d+):\d+: (?:violation|warning): ", done.stdout, re.M) == PLACES
    assert "validate RDF against SHACL shapes" in done.stdout
    (library / "books.ttl").write_text(GOOD, encoding="utf-8")
    again = run("git add . && pre-commit run --all-files", library, PRE_COMMIT_HOME=home)
    assert again.returncode == 0, again.stdout
    assert "Passed" in again.stdout
    other = run(
        "echo > notes.txt && git add . && pre-commit run --files notes.txt", library, PRE_COMMIT_HOME=home
    )
    assert "no files to check" in other.stdout


def test_pre_commit_accepts_the_files_for_it() -> None:
    command = "pre-commit validate-manifest .pre-commit-hooks.yaml && pre-commit validate-config"
    done = run(command, ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# ---- the guide ----


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

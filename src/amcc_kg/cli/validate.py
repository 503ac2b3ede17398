"""`amcc validate`: what is validated, what of it counts, and where each report goes."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand

from amcc_kg.cli.options import Output, Repo, choice, whole
from amcc_kg.cli.streams import in_colour, put
from amcc_kg.repository import files as repo
from amcc_kg.terms.errors import AmccError, InputError
from amcc_kg.terms.spelling import nearest
from amcc_kg.validation.baseline import known_findings
from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.engines import ENGINES
from amcc_kg.validation.findings.notices import UNMATCHED, UnvalidatedError
from amcc_kg.validation.findings.report import Omission, Report, Severity
from amcc_kg.validation.inputs.check import Manner, check
from amcc_kg.validation.inputs.files import STDIN, Inputs, resolve
from amcc_kg.validation.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from amcc_kg.repository.files import Repository
    from amcc_kg.validation.baseline.known_findings import Scope
    from amcc_kg.validation.baseline.revision import Revision, Tree
    from amcc_kg.validation.findings.report import Notice

PACK = "amcc"
"""The name of this project's own shapes."""

SYNTAX_NAMES = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}
"""The names of the syntaxes in a call, and what the readers of files call them."""

_NOTICES_SHOWN = 8
_USUAL = Manner()


class Command(TyperCommand):
    """Takes `--changed` without a revision for `--changed=HEAD`; typer knows no option of that kind."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Sort out the words after the verb."""
        return super().parse_args(
            ctx,
            [
                "--changed=HEAD" if word == "--changed" and after.startswith("-") else word
                for word, after in zip(args, [*args[1:], "-"], strict=False)
            ],
        )


class Call(NamedTuple):
    """The words of a call, each already of its type; `formats` are `NAME` or `NAME=FILE`."""

    paths: tuple[Path, ...] = ()
    shapes: tuple[str, ...] = ()
    ontology: tuple[Path, ...] = ()
    formats: tuple[str, ...] = ()
    output: Path | None = None
    least: str = "info"
    most: int | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    changed: str | None = None
    explain: str | None = None
    engine: str = "columns"
    strict: bool = False
    jobs: int = 1
    syntax: str | None = None
    repo: Path | None = None


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders to check, - for standard input; the repository if none is given.",
            metavar="[PATH]...",
        ),
    ] = None,
    shapes: Annotated[
        list[str] | None,
        typer.Option(
            help="Shapes to check against: a file, or amcc for those of this project; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    ontology: Annotated[
        list[Path] | None, typer.Option(help="Ontology to reason with; may be repeated.", metavar="FILE")
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="How to write the report, and with =FILE where to; may be repeated. One of "
            f"{', '.join(FORMATS)}. Default: {FORMATS[0]}.",
            metavar="NAME[=FILE]",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    severity_threshold: Annotated[
        str, choice(reversed(Severity), "Leave out findings that are less grave than this.")
    ] = Severity.INFO.value,
    max_findings: Annotated[
        int | None, whole("Write at most so many findings, the gravest first.", 0)
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Findings recorded in this file are known and do not fail.", metavar="FILE"),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Record the present findings in the --baseline file.")
    ] = False,
    changed: Annotated[
        str | None,
        typer.Option(
            help="Only findings that are new since this git revision, or stand in files changed since; "
            "HEAD if none is named.",
            metavar="[REV]",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            help="Explain the findings at this FILE:LINE, or of this fingerprint, and write nothing else.",
            metavar="FINDING",
        ),
    ] = None,
    engine: Annotated[
        str, choice(ENGINES, "What validates; both runs the two and fails if they differ.")
    ] = _USUAL.engine,
    strict: Annotated[
        bool, typer.Option("--strict", help="Take for a finding what the verdict does not cover.")
    ] = False,
    syntax: Annotated[
        str | None,
        typer.Option(
            help="The syntax of standard input (-) and of files whose endings tell none: "
            f"{', '.join(SYNTAX_NAMES)}.",
            metavar="NAME",
        ),
    ] = None,
    jobs: Annotated[int, whole("How many processes to use at most.", 1)] = _USUAL.jobs,
    watch: Annotated[
        bool, typer.Option("--watch", help="Validate again whenever one of the files is saved.")
    ] = False,
    repo: Repo = None,
) -> int:
    """Validate and write the reports; return 0 for no finding, 1 for some, 2 if a file does not parse.

    Raises `InputError` where the call or what it names is wrong.
    """
    call = Call(
        paths=tuple(paths or ()),
        shapes=tuple(shapes or ()),
        ontology=tuple(ontology or ()),
        formats=tuple(format or ()),
        output=output,
        least=severity_threshold,
        most=max_findings,
        baseline=baseline,
        write_baseline=write_baseline,
        changed=changed,
        explain=explain,
        engine=engine,
        strict=strict,
        jobs=jobs,
        syntax=syntax,
        repo=repo,
    )
    return _watch(call) if watch else answer(call)


def answer(call: Call, inputs: Inputs | None = None) -> int:
    """Validate and write the reports; return 0 for no finding, 1 for some, 2 if a file does not parse.

    `inputs` are the files that the call names, if somebody has looked already.
    Raises `InputError` where the call or what it names is wrong.
    """
    targets = _targets(call)
    if call.write_baseline and call.baseline is None:
        raise InputError("--write-baseline needs --baseline FILE")
    revision = None
    if call.changed is not None:
        from amcc_kg.validation.baseline.revision import Revision

        revision = Revision(call.changed)
    try:
        inputs = inputs or _inputs(call)
        found = _run(call, inputs)
    except UnvalidatedError as error:
        _say(error.notices)
        raise
    if not found.unreadable:
        found = _counting(found, call, inputs.scope, revision)
    if call.explain is not None:
        from amcc_kg.validation.reports.text import explain

        put(explain(found, call.explain))
        return 2 if found.unreadable else int(bool(found.findings))
    _say_notices(found, call)
    _write(found, targets, call.most)
    return 2 if found.unreadable else int(bool(found.findings))


def _watch(call: Call) -> int:
    """Validate whenever a file changes, until Ctrl-C; errors of input are said and waited out."""
    if STDIN in call.paths:
        raise InputError("--watch: standard input cannot be watched; name a file")
    seen: dict[Path, int] | None = None
    while True:
        inputs, now = _state(call)
        if now != seen:
            seen = now
            try:
                answer(call, inputs)
            except AmccError as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
            print("watching; Ctrl-C ends", file=sys.stderr, flush=True)
        time.sleep(0.3)


def _state(call: Call) -> tuple[Inputs | None, dict[Path, int]]:
    """Return the files that a call names, and when each was saved; nothing where one cannot be had."""
    stamps: dict[Path, int] = {}
    try:
        inputs = _inputs(call)
    except (InputError, OSError):  # what comes and goes meanwhile is looked at in the next round
        return None, stamps
    for path in inputs.files:
        with suppress(OSError):
            stamps[path] = path.stat().st_mtime_ns
    return inputs, stamps


def _inputs(call: Call, place: Callable[[Path], Path] = Path) -> Inputs:
    """Return the files that the call names; `place` tells where a path's content is to be found."""
    shapes, ontology = files_of_shapes(call.shapes, call.ontology, place)
    syntax = None if call.syntax is None else _syntax(call.syntax)
    paths, root = [place(path) for path in call.paths], place(Path.cwd())
    return resolve(_repository(call, place), paths, shapes, ontology, root, syntax)


def _run(call: Call, inputs: Inputs) -> Report:
    with progress.shown():
        return check(inputs, Manner(call.engine, call.strict, call.jobs, call.explain is not None))


def _syntax(name: str) -> str:
    """Return what `repository.SYNTAXES` calls a syntax of `SYNTAX_NAMES`; raises `InputError` for another."""
    if name not in SYNTAX_NAMES:
        near = nearest(name, SYNTAX_NAMES)
        raise InputError(f"--syntax {name}: unknown syntax; one of {', '.join(SYNTAX_NAMES)}{near}")
    return SYNTAX_NAMES[name]


def _repository(call: Call, place: Callable[[Path], Path] = Path) -> Repository | None:
    """Return the repository; none if files and shapes are named."""
    if call.paths and call.shapes:
        return None
    return repo.find(place(repo.find(call.repo).root))


def files_of_shapes(
    named: Iterable[str], ontology: Iterable[Path] = (), place: Callable[[Path], Path] = Path
) -> tuple[list[Path], list[Path]]:
    """Return the files of shapes and of ontology; raises `InputError` for a name that is not a file."""
    shapes: list[Path] = []
    terms = [place(path) for path in ontology]
    for name in named:
        if name == PACK:
            content = _pack()
            shapes.append(content.shapes_file)
            terms += content.ontology_files
        else:
            path = place(_local(name))
            if not path.is_file():
                near = nearest(name, (PACK,))
                raise InputError(f"{name}: no such file of shapes{near}")
            shapes.append(path)
    return shapes, terms


def _local(name: str) -> Path:
    """Return the path that a name or a local file's URL stands for; raises `InputError` for other URLs."""
    if "://" not in name:
        return Path(name)
    from urllib.parse import unquote, urlsplit

    try:
        url = urlsplit(name)
    except ValueError:
        url = urlsplit("")
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        raise InputError(
            f"--shapes {name}: only files are read, nothing is fetched; save it and name the file"
        )
    return Path(unquote(url.path))


def _pack() -> Repository:
    """Return the shapes and the ontology that this program comes with, wherever it runs."""
    package = Path(repo.__file__).parents[1]
    for folder in (package / "content", package.parent.parent):
        if repo.is_repository(folder):
            return repo.Repository(folder)
    raise InputError(f"--shapes {PACK}: this installation comes without shapes")


def _targets(call: Call) -> list[tuple[str, Path | None]]:
    """Return each format with its file; raises `InputError` for one unknown, or two for one stream."""
    targets: list[tuple[str, Path | None]] = []
    for text in call.formats or FORMATS[:1]:
        name, separator, file = text.partition("=")
        if name not in FORMATS:
            raise InputError(
                f"--format {name}: unknown format; one of {', '.join(FORMATS)}{nearest(name, FORMATS)}"
            )
        if separator and not file:
            raise InputError(f"--format {text}: expected a file behind =")
        targets.append((name, Path(file) if file else call.output))
    streams = [file for _, file in targets]
    for stream in streams:
        if streams.count(stream) > 1:
            where = stream or "standard output"
            raise InputError(f"two reports for {where}; give each a file: --format NAME=FILE")
        # Said before the work, which may be long, and before another report is out.
        if stream is not None and not stream.parent.is_dir():
            raise InputError(f"{stream}: cannot be written: there is no folder {stream.parent}")
    return targets


def _counting(whole: Report, call: Call, scope: Scope, revision: Revision | None) -> Report:
    """Leave out what does not count; record the baseline if that is asked for."""
    changed = None
    if revision is not None:
        shapes = [_local(name) for name in call.shapes if name != PACK]
        named = [*call.paths, *shapes, *call.ontology]
        changed = revision.since(whole, revision.validate(named, lambda tree: _before(call, tree)))
    known: set[str] = set()
    if call.baseline is not None:
        entries = known_findings.known_from(call.baseline, whole, scope, call.write_baseline)
        known = {entry.fingerprint for entry in entries}
    counted = known_findings.counted(whole, Severity(call.least), changed, known)
    if (number := len(counted.omitted(Omission.KNOWN))) and not call.write_baseline:
        print(f"{number} findings are known from {call.baseline}", file=sys.stderr)
    return counted


def _before(call: Call, tree: Tree) -> Report:
    """Validate what of the call's files was there before."""
    paths = tuple(path for path in call.paths if tree.holds(path))
    shapes = tuple(name for name in call.shapes if name == PACK or tree.holds(_local(name)))
    if len(call.paths) > len(paths) == 0 or len(call.shapes) > len(shapes) == 0:
        return Report(())
    ontology = tuple(path for path in call.ontology if tree.holds(path))
    then = call._replace(paths=paths, shapes=shapes, ontology=ontology)
    return _run(then, _inputs(then, tree.at))


def _say_notices(found: Report, call: Call) -> None:
    """Say what the verdict does not cover, the probable slips one by one.

    Of a repository's own shapes only what is wrong with themselves: they ask for more than it has data for.
    """
    if not call.strict:
        _say(n for n in found.notices if call.shapes or n.kind not in UNMATCHED)


def _say(notices: Iterable[Notice]) -> None:
    slips = [notice for notice in notices if notice.severity is Severity.WARNING]
    for notice in slips[:_NOTICES_SHOWN]:
        print(notice, file=sys.stderr)
    if len(slips) > _NOTICES_SHOWN:
        rest = len(slips) - _NOTICES_SHOWN
        print(f"warning: and {rest} more; --strict makes findings of them", file=sys.stderr)


def _write(found: Report, targets: list[tuple[str, Path | None]], most: int | None) -> None:
    from amcc_kg.validation.reports import render
    from amcc_kg.validation.reports.text import write

    shown = found if most is None else found.first(most)
    for name, file in targets:
        text = write(shown, colour=file is None and in_colour()) if name == "text" else render(shown, name)
        put(text, file)
        if name == "sarif":
            _say_what_sarif_lacks(len(shown.findings), file)


def _say_what_sarif_lacks(number: int, file: Path | None) -> None:
    from amcc_kg.validation.reports.sarif import MOST

    if number > MOST:
        held = f"the gravest {MOST:,} findings, which is what code scanning takes, not {number - MOST:,} more"
        print(f"{file or 'the SARIF'} holds {held}", file=sys.stderr)
